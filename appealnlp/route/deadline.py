"""Time limits as policies write them ("2 hours", "15 days", "5 working days") and the moment they end."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from appealnlp.errors import InputError

_FORM = re.compile(r"([0-9]{1,4}) (minutes?|hours?|days?|working days?)")


def due(within: str, start: datetime | None) -> datetime | None:
    """When ``within`` ends; None where the start is unknown, or where working days need a calendar of holidays.

    Raises InputError when ``within`` is of another form.
    """
    found = _FORM.fullmatch(within)
    if found is None:
        raise InputError(f"time limit {within!r} is not understood; write '2 hours', '15 days' or '5 working days'")
    number, unit = int(found[1]), found[2].rstrip("s")
    if start is None or unit == "working day":
        return None
    return start + timedelta(**{f"{unit}s": number})
