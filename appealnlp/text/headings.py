"""Names of columns, as tables of different offices write them."""

from __future__ import annotations

import unicodedata


def fold_heading(name: str) -> str:
    """The name of a column without case, width, blanks, underscores, hyphens and colons."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in plain if not sign.isspace() and sign not in "_-:")
