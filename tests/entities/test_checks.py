from __future__ import annotations

import pytest

from appealnlp.entities.checks import CHECKS, is_credit_code, is_id_card, is_luhn, is_mobile, is_old_id_card


@pytest.mark.parametrize(
    ("number", "holds"),
    [
        ("11010519491231002X", True),
        ("１１０１０５１９４９１２３１００２Ｘ", True),
        ("110105194912310021", False),
        ("11010519490231002X", False),
        ("1101051949123100", False),
        ("ABCDEFGHIJKLMNOPQR", False),
    ],
)
def test_id_card(number: str, holds: bool) -> None:
    assert is_id_card(number) is holds


def test_a_changed_digit_breaks_the_sum() -> None:
    good = "11010519491231002X"
    wrong = [good[:place] + str((int(good[place]) + 1) % 10) + good[place + 1 :] for place in range(17)]
    assert not any(is_id_card(number) for number in wrong)


@pytest.mark.parametrize(("number", "holds"), [("110105491231002", True), ("110105491331002", False), ("1101", False)])
def test_old_id_card(number: str, holds: bool) -> None:
    assert is_old_id_card(number) is holds


@pytest.mark.parametrize(
    ("code", "holds"),
    [("91350100M000100Y43", True), ("91350100M000100Y44", False), ("91350100I000100Y43", False), ("", False)],
)
def test_credit_code(code: str, holds: bool) -> None:
    assert is_credit_code(code) is holds


@pytest.mark.parametrize(
    ("number", "holds"), [("4111 1111 1111 1111", True), ("4111111111111112", False), ("0000000000000000", False)]
)
def test_luhn(number: str, holds: bool) -> None:
    assert is_luhn(number) is holds


@pytest.mark.parametrize(
    ("number", "holds"), [("13900001234", True), ("+86 139 0000 1234", True), ("12900001234", False)]
)
def test_mobile(number: str, holds: bool) -> None:
    assert is_mobile(number) is holds


@pytest.mark.parametrize("name", sorted(CHECKS))
@pytest.mark.parametrize("text", ["", " ", "x", "〇", "²", "1" * 40])
def test_checks_take_any_text(name: str, text: str) -> None:
    assert CHECKS[name](text) in (True, False)
