"""How an entity reads where it must not be seen. A mask gives None where nothing in the text needs hiding."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_DIGIT = re.compile(r"[0-9０-９XxＸｘ]")
_SPOKEN = re.compile(r"[〇○零洞一幺妖么二两三四五六拐七八九壹贰叁肆伍陆柒捌玖0-9XxＸ叉]")
_DOUBLE_SURNAMES = 3  # a name of four or more characters has a double surname, one of three a single one
_INNER = re.compile(
    r"[A-Za-z]?[0-9一二三四五六七八九十百]{1,5}[-#]?(?=号楼|栋|幢|座|单元|楼|层|室|房|户)|[0-9]{2,5}(?=号?$)|(?<=[栋幢座元楼室])[-A-Za-z0-9]{1,10}"
)


def _keep(text: str, head: int, tail: int, digit: re.Pattern[str] = _DIGIT) -> str:
    """``text`` with its digits hidden but for the first ``head`` and the last ``tail``; other signs stay."""
    places = [match.start() for match in digit.finditer(text)]
    hidden = set(places[head : len(places) - tail])
    return "".join("*" if place in hidden else sign for place, sign in enumerate(text))


def mask_mobile(text: str) -> str:
    """138****8000; a country code stays."""
    digits = len(_DIGIT.findall(text))
    return _keep(text, max(3, digits - 8), 4)


def mask_id_card(text: str) -> str:
    """110105********0123."""
    return _keep(text, 6, 4 if len(_DIGIT.findall(text)) > 15 else 3)


def mask_spoken(text: str) -> str:
    """幺三九****一二三四: a number that was read out, its first three and last four digits."""
    return _keep(text, 3, 4, _SPOKEN)


def mask_card(text: str) -> str:
    """The last four digits alone."""
    return _keep(text, 0, 4)


def mask_plate(text: str) -> str:
    """粤L·**123: province, letter and the last three signs."""
    head = 3 if len(text) > 2 and not text[2].isalnum() else 2
    return text[:head] + "*" * max(1, len(text) - head - 3) + text[max(head + 1, len(text) - 3) :]


def mask_email(text: str) -> str:
    """The first character of the name and the host."""
    name, _, host = text.partition("@")
    return f"{name[:1]}{'*' * max(1, len(name) - 1)}@{host}"


def mask_person(text: str, surname: int = 1) -> str:
    """张*: the surname stays, one * for each further character."""
    return text[:surname] + "*" * max(1, len(text) - surname)


def mask_address(text: str) -> str | None:
    """The address down to the compound: numbers of building, unit, floor and room are hidden."""
    masked = _INNER.sub(lambda found: "*" * len(found[0]), text)
    return None if masked == text else masked


MASKS: Mapping[str, Callable[[str], str | None]] = {
    "mobile": mask_mobile,
    "id_card": mask_id_card,
    "card": mask_card,
    "spoken": mask_spoken,
    "plate": mask_plate,
    "email": mask_email,
    "person": mask_person,
    "address": mask_address,
}
"""The masks that a data file may name."""
