"""Tokens: kept as SHA-256 digests, compared in constant time, two live digests a name so that keys can be rolled."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Scope = Literal["analyze", "feedback", "metrics"]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Token(BaseModel):
    """Who may do what: a name for the log, one or two digests that are live at once, and scopes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
    digests: Annotated[tuple[_Digest, ...], Field(min_length=1, max_length=2)]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    """A fresh token of 256 random bits; only its digest belongs in the settings."""
    return secrets.token_urlsafe(32)


def find(tokens: Sequence[Token], given: str) -> Token | None:
    """The entry to which a token belongs. Every digest is compared, in constant time, whichever fits."""
    wanted = digest(given)
    found: Token | None = None
    for token in tokens:
        for kept in token.digests:
            if hmac.compare_digest(kept, wanted):
                found = token
    return found
