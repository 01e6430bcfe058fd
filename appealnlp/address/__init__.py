"""Addresses: their components, and the division of the country where they lie."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from appealnlp.errors import InputError

if TYPE_CHECKING:
    from appealnlp.address.address import Address, Component, Place, Resolution

__all__ = ["Address", "Component", "Place", "Resolution", "locate", "parse_address"]


def parse_address(
    text: str,
    *,
    area: str | None = None,
    context: Iterable[str] = (),
    areas: str | os.PathLike[str] | None = None,
    best: int = 5,
) -> Address:
    """The components of an address, and where it is, as an n-best list with probabilities.

    ``area`` is the code of the division where the caller is, ``context`` those of other places in the text, ``areas``
    a city's own table of divisions and grids (CSV: code, name, level, parent, aliases), ``best`` the most places
    to list. What cannot be told is reported as ambiguous, never guessed. Raises InputError when ``text`` is no text,
    SchemeError for a fault in the table, ModelError when the model is missing or broken.
    """
    from appealnlp.address.address import Address
    from appealnlp.address.parser import load_parser, mentions
    from appealnlp.address.resolve import load_resolver

    if not isinstance(text, str):
        raise InputError(f"an address must be text (str), found {type(text).__name__}")
    parts = load_parser().parse(text)
    resolver = load_resolver(Path(areas) if areas is not None else None)
    return Address(text, parts, resolver.resolve(mentions(parts), area=area, context=context, best=best))


def locate(text: str, *, area: str | None = None, areas: str | os.PathLike[str] | None = None) -> Resolution:
    """Where the matter of a whole text lies, from every division that it names. Arguments as of parse_address."""
    from appealnlp.address.locator import load_locator

    if not isinstance(text, str):
        raise InputError(f"an appeal must be text (str), found {type(text).__name__}")
    return load_locator(Path(areas) if areas is not None else None).locate(text, area=area)


def __getattr__(name: str) -> object:
    if name in ("Address", "Component", "Place", "Resolution"):
        from appealnlp.address import address

        return getattr(address, name)
    raise AttributeError(f"module 'appealnlp.address' has no attribute {name!r}")
