"""appealnlp reads Chinese citizen appeals: what is asked, how urgent, about what, for whom, by when."""

from importlib import import_module
from typing import TYPE_CHECKING

from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal
from appealnlp.errors import AppealError, InputError, MissingExtra, ModelError, SchemeError, TableError, Withheld

if TYPE_CHECKING:
    from appealnlp.address import parse_address
    from appealnlp.analyzer import Analyzer, load
__all__ = ["Analysis", "Analyzer", "Appeal", "AppealError", "InputError", "MissingExtra", "ModelError", "SchemeError",
           "TableError", "Withheld", "load", "parse_address"]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in ("Analyzer", "load", "parse_address"):
        raise AttributeError(f"module 'appealnlp' has no attribute {name!r}")
    return getattr(import_module(f"appealnlp.{'address' if name == 'parse_address' else 'analyzer'}"), name)
