"""Everything that is wrong with an installation, a scheme folder and a model folder, in one list."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from appealnlp.errors import AppealError

_NEEDED = ("numpy", "yaml", "openpyxl", "rich", "safetensors", "opencc", "ahocorasick_rs")
_WORD_CUTTERS = ("rjieba", "jieba")


def faults(scheme: Path | None, model: Path | None) -> Iterator[str]:
    """A sentence for each fault. Without a model folder the shipped model is loaded as a trial."""
    yield from _installation()
    yield from _scheme(scheme)
    yield from _folder(model) if model is not None else _shipped()


def _installation() -> Iterator[str]:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if not any(find_spec(name) for name in _WORD_CUTTERS):
        missing.append(" or ".join(_WORD_CUTTERS))
    for name in missing:
        yield f"the package {name} is missing; pip install --force-reinstall appealnlp"


def _scheme(folder: Path | None) -> Iterator[str]:
    from appealnlp.schemes import lint_scheme
    from appealnlp.schemes.loader import SHIPPED

    for error in lint_scheme(folder or SHIPPED):
        yield str(error)


def _folder(folder: Path) -> Iterator[str]:
    from appealnlp.classify.store import check_model_folder

    for error in check_model_folder(folder):
        yield str(error)


def _shipped() -> Iterator[str]:
    import appealnlp

    try:
        appealnlp.load()
    except AppealError as error:
        yield str(error)
