"""Where policies lie, and which file extends which."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from appealnlp.errors import InputError, SchemeError
from appealnlp.route.policy import SECTIONS
from appealnlp.route.reading import mapping, text
from appealnlp.schemes.files import Document

POLICIES = Path(__file__).with_name("policies")
SETTINGS = frozenset(
    {
        "version", "name", "extends", "timezone", "calendar", "words", "excepts", "units", "parents", "areas",
        "levels", "gravities", "territory", "fallback", "joint", "named", "soon", "elsewhere", "family", "long_ago",
        "career", "notices", "match", "stand_aside", "short_names", "labels", "crosswalk", "titles", "ledger",
    }
)  # fmt: skip
"""What a policy may hold beside its sections of rows."""


def shipped_policies() -> tuple[str, ...]:
    """Names of the policies that come with the library."""
    return tuple(sorted(path.stem for path in POLICIES.glob("*.yaml")))


def policy_file(policy: str | os.PathLike[str]) -> Path:
    """The file of a policy given by name or path. Raises InputError when there is none."""
    path = Path(policy)
    if path.suffix in (".yaml", ".yml"):
        return path
    named = POLICIES / f"{policy}.yaml"
    if os.sep in str(policy) or not named.is_file():
        raise InputError(f"unknown policy {str(policy)!r}; give a .yaml file or one of {', '.join(shipped_policies())}")
    return named


def chain(path: Path) -> list[Document]:
    """The document and those that it extends. Raises SchemeError for an unknown section or a circle."""
    found: list[Document] = []
    while True:
        doc = Document(path)
        data = mapping(doc, doc.data, ())
        for key in data:
            if key.removesuffix("+") not in SECTIONS and key not in SETTINGS:
                remedy = f"use one of {', '.join(sorted(SETTINGS | {*SECTIONS}))}"
                raise doc.error((key,), f"unknown section {key!r}", remedy)
        if any(doc.path == other.path for other in found):
            raise doc.error(("extends",), "extends itself", "remove one extends:")
        found.append(doc)
        if "extends" not in data:
            return found
        path = _extended(doc, text(doc, data["extends"], ("extends",)))


def _extended(doc: Document, name: str) -> Path:
    beside = doc.path.with_name(name if name.endswith(".yaml") else f"{name}.yaml")
    if beside.is_file() and beside != doc.path:
        return beside
    try:
        return policy_file(name)
    except InputError as error:
        remedy = "name a shipped policy or a file beside this one"
        raise doc.error(("extends",), str(error).split(";")[0], remedy) from None


def lint_folder(folder: Path) -> Iterable[Path]:
    """The policy files of a folder, or the file itself. Raises SchemeError when there is none."""
    if folder.is_file():
        return [folder]
    found = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not found:
        raise SchemeError(folder, None, "no policy files", "give a folder of .yaml files, or one of them")
    return found
