"""What goes in: one appeal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from appealnlp.errors import InputError

MAX_LENGTH = 200_000
"""Most code points of one appeal; a longer text is a file of appeals, not one."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_BINARY_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal (诉求) as it came in.

    ``received_at`` is when it was written or received, ``area`` the code of the division where it came in,
    ``id`` the caller's own key; none of them is needed. Raises InputError when ``text`` is empty, too long, binary
    or no text, and when a field has the wrong type; the message never repeats the text.
    """

    text: str
    title: str | None = None
    received_at: datetime | None = None
    area: str | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        for name in ("text", "title", "area", "id"):
            value = getattr(self, name)
            if value is None and name != "text":
                continue
            if isinstance(value, bytes):
                raise InputError(f"{name} is bytes; decode it first, e.g. {name}.decode('gb18030')")
            if not isinstance(value, str):
                raise InputError(f"{name} must be text (str), found {type(value).__name__}")
        if self.received_at is not None and not isinstance(self.received_at, datetime):
            raise InputError(f"received_at must be a datetime, found {type(self.received_at).__name__}")
        self._check_content()

    def __reduce__(self) -> tuple[type[Appeal], tuple[object, ...]]:
        """For pickle, by its fields in order: half the cost of what a dataclass with slots does by itself."""
        return Appeal, (self.text, self.title, self.received_at, self.area, self.id)

    def _check_content(self) -> None:
        length = self.text_start + len(self.text)
        if length > MAX_LENGTH:
            raise InputError(f"text has {length} code points, at most {MAX_LENGTH} are taken; split it into appeals")
        if not self.text.strip() and not (self.title or "").strip():
            raise InputError("text is empty; give what the citizen wrote")
        if len(_CONTROL.findall(self.text)) > _BINARY_SHARE * len(self.text):
            raise InputError("text looks like binary data (control characters); extract the text of the document first")

    @property
    def content(self) -> str:
        """Title, line end and text; the text alone where there is no title. Every offset counts its code points."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    @property
    def text_start(self) -> int:
        """Where the text begins in ``content``."""
        return len(self.title) + 1 if self.title else 0

    @classmethod
    def of(cls, value: str | Appeal | Mapping[str, Any]) -> Appeal:
        """An appeal from a text, a mapping with the fields of this class, or an appeal.

        ``received_at`` of a mapping may be ISO 8601. Raises InputError, also for an unknown key.
        """
        if isinstance(value, Appeal):
            return value
        if isinstance(value, Mapping):
            return _from_mapping(value)
        return cls(value)


_FIELDS = frozenset(item.name for item in fields(Appeal))


def _from_mapping(value: Mapping[str, Any]) -> Appeal:
    unknown = sorted(str(key) for key in value if key not in _FIELDS)
    if unknown:
        raise InputError(f"unknown field {unknown[0]!r}; known are {', '.join(sorted(_FIELDS))}")
    if "text" not in value:
        raise InputError("field 'text' is missing; give what the citizen wrote")
    given = dict(value)
    if isinstance(given.get("received_at"), str):
        given["received_at"] = parse_moment(given["received_at"])
    return Appeal(**given)


def parse_moment(value: str) -> datetime:
    """A moment in ISO 8601, or as tables write it (2019/4/25 9:32:09). Raises InputError."""
    text = value.strip()
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise InputError("received_at is no moment; write 2024-05-01T09:30:00 or 2024/5/1 9:30")
