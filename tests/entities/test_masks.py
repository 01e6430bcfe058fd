from __future__ import annotations

import pytest

from appealnlp.entities import load_recogniser
from appealnlp.entities.masks import mask_address, mask_card, mask_email, mask_id_card, mask_mobile, mask_plate

CASES = [
    (mask_mobile, "13900001234", "139****1234"),
    (mask_mobile, "138 0000 1234", "138 **** 1234"),
    (mask_mobile, "+8613900001234", "+86139****1234"),
    (mask_id_card, "11010519491231002X", "110105********002X"),
    (mask_id_card, "110105491231002", "110105******002"),
    (mask_card, "6222020000000000000", "***************0000"),
    (mask_plate, "粤L·A1234", "粤L·**234"),
    (mask_plate, "粤L12345", "粤L**345"),
    (mask_email, "zhang_san@example.com", "z********@example.com"),
    (mask_address, "惠城区祝屋巷社区12栋", "惠城区祝屋巷社区**栋"),
    (mask_address, "阳光小区3栋2单元501", "阳光小区*栋*单元***"),
    (mask_address, "惠城区阳光小区", None),
]


@pytest.mark.parametrize(("mask", "text", "masked"), CASES)
def test_masks(mask, text, masked) -> None:  # type: ignore[no-untyped-def]
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "words", "masked"),
    [
        ("联系人：张三，", "张三", "张*"),
        ("我叫欧阳建华，", "欧阳建华", "欧阳**"),
        ("胡书记：您好", "胡书记", "胡**"),
        ("电话13900001234", "13900001234", "139****1234"),
        ("办公室电话0752-2800000", "0752-2800000", None),
        ("客服400-820-0000", "400-820-0000", None),
        ("住阳光小区3栋", "阳光小区3栋", "阳光小区*栋"),
        ("找教育局", "教育局", None),
        ("去年5月", "去年5月", None),
    ],
)
def test_entities_carry_their_mask(text: str, words: str, masked: str | None) -> None:
    assert {item.text: item.mask for item in load_recogniser().find(text)}[words] == masked
