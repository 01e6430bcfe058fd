"""appealnlp reads Chinese citizen appeals: what is asked, how urgent, about what, for whom, by when."""

from typing import TYPE_CHECKING

from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal
from appealnlp.errors import AppealError, InputError, MissingExtra, ModelError, SchemeError, TableError

if TYPE_CHECKING:
    from appealnlp.analyzer import Analyzer, load

__all__ = ["Analysis", "Analyzer", "Appeal", "AppealError", "InputError", "MissingExtra", "ModelError", "SchemeError",
           "TableError", "load"]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in ("Analyzer", "load"):  # models and dictionaries load on demand, so that importing stays fast
        from appealnlp import analyzer

        return getattr(analyzer, name)
    raise AttributeError(f"module 'appealnlp' has no attribute {name!r}")
