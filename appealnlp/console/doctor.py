"""Everything that is wrong with an installation, a scheme folder and a model folder, in one list."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from appealnlp.errors import AppealError

_NEEDED = ("numpy", "yaml", "openpyxl", "rich", "safetensors", "opencc", "ahocorasick_rs")
_WORD_CUTTERS = ("rjieba", "jieba")


def faults(scheme: Path | None, model: Path | None, policy: Path | None = None) -> Iterator[str]:
    """A sentence for each fault. Without a model folder the shipped model is loaded as a trial."""
    yield from _installation()
    yield from _scheme(scheme)
    yield from _policies(policy, scheme)
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


def _policies(folder: Path | None, scheme: Path | None) -> Iterator[str]:
    """The policies of ``folder``, or those that ship; the latter are sound for the shipped scheme alone."""
    from appealnlp.route.files import POLICIES
    from appealnlp.route.lint import lint_policies
    from appealnlp.schemes import lint_scheme, load_scheme

    if folder is None and scheme is not None:
        return
    if scheme is not None and lint_scheme(scheme):
        return  # the scheme's own faults are told first
    own = load_scheme(scheme) if scheme is not None else None
    for error in lint_policies(folder or POLICIES, own):
        yield str(error)


def _folder(folder: Path) -> Iterator[str]:
    from appealnlp.modelfolder import check_model_folder

    for error in check_model_folder(folder):
        yield str(error)


def _shipped() -> Iterator[str]:
    import appealnlp

    try:
        appealnlp.load()
    except AppealError as error:
        yield str(error)
