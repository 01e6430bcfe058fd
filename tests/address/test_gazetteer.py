from __future__ import annotations

import time
from pathlib import Path

import pytest

from appealnlp.address.gazetteer import Table, level_of, line_of, load_gazetteer
from appealnlp.address.hashing import hashes, windows
from appealnlp.address.resolve import old_names
from appealnlp.address.stems import DATA, load_stems
from appealnlp.errors import ModelError
from appealnlp.text.hashing import hash_of
from appealnlp.text.points import code_points


def test_codes_tell_level_and_line() -> None:
    assert [level_of(code) for code in (44 * 10**10, 4413 * 10**8, 441302 * 10**6, 441302003000, 441302003002)] == [
        0, 1, 2, 3, 4
    ]  # fmt: skip
    assert line_of(441302003002)[0] == 44 * 10**10
    assert line_of(441302003002)[-1] == 441302003002


@pytest.mark.parametrize(
    ("name", "level", "stem", "ending"),
    [
        ("惠城区", "county", "惠城", "区"), ("恩施土家族苗族自治州", "city", "恩施", "自治州"),
        ("内蒙古自治区", "province", "内蒙古", "自治区"), ("广西壮族自治区", "province", "广西", "自治区"),
        ("泾县", "county", "泾县", ""), ("江南街道", "town", "江南", "街道"),
        ("祝屋巷社区", "village", "祝屋巷", "社区"),
        ("兰州新区", "county", "兰州新区", ""),
    ],
)  # fmt: skip
def test_stems(name: str, level: str, stem: str, ending: str) -> None:
    assert load_stems().split(name, level) == (stem, ending)


def test_offices_stand_for_villages() -> None:
    stems = load_stems()
    assert stems.official("江南村委会") == "江南村"
    assert stems.official("江南村村民委员会") == "江南村"
    assert stems.official("祝屋巷社区居民委员会") == "祝屋巷社区"


@pytest.mark.parametrize(
    ("name", "level", "code"),
    [
        ("广东省", 0, 44 * 10**10),
        ("惠州", 1, 4413 * 10**8),
        ("惠城区", 2, 441302 * 10**6),
        ("祝屋巷社区", 4, 441302003002),
    ],
)
def test_finds_names_and_stems(name: str, level: int, code: int) -> None:
    assert code in [found for found, _ in load_gazetteer().find(name, level)]


def test_one_name_in_several_places() -> None:
    assert len(list(load_gazetteer().find("鼓楼区", 2))) == 4
    assert list(load_gazetteer().find("甲乙丙丁区", 2)) == []


def test_paths_are_names_from_the_province_down() -> None:
    path = load_gazetteer().path(441302003002)
    assert "".join(item.name for item in path) == "广东省惠州市惠城区江南街道祝屋巷社区"


def test_hashes_agree() -> None:
    signs = code_points("惠州市惠城区")
    found = windows(signs, 3)
    assert int(found[2][3]) == hash_of("惠城区")
    assert int(hashes(signs, *map(lambda n: signs[:1].astype("int64") * 0 + n, (3, 3)))[0]) == hash_of("惠城区")


def test_looking_up_is_fast() -> None:
    gazetteer = load_gazetteer()
    list(gazetteer.find("祝屋巷社区", 4))

    def spent() -> float:
        start = time.process_time()
        for _ in range(50):
            for name, level in (("惠城区", 2), ("江南街道", 3), ("祝屋巷社区", 4), ("新华社区", 4)):
                gazetteer.bearers(name, level)
        return (time.process_time() - start) / 200

    assert min(spent() for _ in range(3)) < 0.0002


def test_the_files_are_small() -> None:
    assert sum((DATA / name).stat().st_size for name in ("divisions.npz", "villages.npz")) < 12e6


def test_older_names_lead_to_divisions_of_today() -> None:
    gazetteer = load_gazetteer()
    assert all(gazetteer.get(code) for codes in old_names().values() for code in codes)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"no archive")
    with pytest.raises(ModelError, match=r"x\.npz"):
        Table(tmp_path / "x.npz")
