"""Data frames of pandas and polars: the same rows in the same order, and the ``appeal_*`` columns behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from appealnlp.batch.columns import Roles
from appealnlp.batch.job import runner
from appealnlp.batch.layout import FRAME_COLUMNS, Flat
from appealnlp.batch.rowwise import answers, frame_roles
from appealnlp.batch.table import Cell
from appealnlp.batch.tagging import shipped_analyzer
from appealnlp.batch.workers import Factory, Here, Workers
from appealnlp.errors import InputError, MissingExtra

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_PANDAS: Mapping[type | None, str] = {str: "string", float: "float64", int: "Int64", bool: "boolean"}
"""Types that hold a missing value without changing the others."""


def tag_pandas(
    frame: pd.DataFrame, *, analyzer_factory: Factory | None = None, columns: Mapping[str, str] | None = None,
    names: bool = False, workers: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """The frame with the ``appeal_*`` columns behind its own; rows, order, index and given columns stay.

    A row that cannot be analysed keeps its place: its new values are missing and ``appeal_problem`` says why.
    ``columns`` names the column of a role (text, title, id, received_at, area), "" that there is none; others are
    guessed by name. ``names`` writes names of labels in place of codes. ``workers`` processes share the rows; with
    more than one, ``analyzer_factory`` (the shipped model without it) must be picklable.
    Raises TableError for columns that are missing or ours already, InputError, ModelError, MissingExtra.
    """
    pandas = _module("pandas")
    _check(frame, pandas.DataFrame, "a pandas DataFrame")
    roles = frame_roles("pandas frame", list(frame.columns), columns)
    cells = {name: pandas_cells(frame[name]) for name in roles.given_columns().values()}
    return with_answers(frame, answers(cells, roles, _runner(analyzer_factory, names, workers)))


def tag_polars(
    frame: pl.DataFrame, *, analyzer_factory: Factory | None = None, columns: Mapping[str, str] | None = None,
    names: bool = False, workers: int = 1,
) -> pl.DataFrame:  # fmt: skip
    """As ``tag_pandas``, for polars. A LazyFrame must be collected first: its rows are read once, in order."""
    polars = _module("polars")
    _check(frame, polars.DataFrame, "a polars DataFrame (collect a LazyFrame first)")
    roles: Roles = frame_roles("polars frame", frame.columns, columns)
    cells = {name: frame[name].to_list() for name in roles.given_columns().values()}
    found = answers(cells, roles, _runner(analyzer_factory, names, workers))
    kinds = {str: polars.String, float: polars.Float64, int: polars.Int64, bool: polars.Boolean}
    new = [polars.Series(item.name, found[item.name], dtype=kinds[item.kind or str]) for item in FRAME_COLUMNS]
    return frame.with_columns(new)


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtra(f"a {name} frame", "tables") from None


def _check(frame: object, kind: type, wanted: str) -> None:
    if not isinstance(frame, kind):
        raise InputError(f"expected {wanted}, found {type(frame).__module__}.{type(frame).__name__}")


def _runner(factory: Factory | None, names: bool, workers: int) -> Here | Workers:
    if workers < 1:
        raise InputError(f"workers is {workers}; give 1 or more")
    return runner(factory or shipped_analyzer, Flat(names).keep, workers)


def pandas_cells(series: pd.Series[Any]) -> list[Cell]:
    """The values of a column as Python has them; None for every kind of missing value."""
    pairs = zip(series.astype(object), series.isna(), strict=True)
    return [None if missing else _plain(value) for value, missing in pairs]


def _plain(value: Cell) -> Cell:
    if isinstance(value, str):
        return value
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime(warn=False)
    return value.item() if type(value).__module__ == "numpy" and hasattr(value, "dtype") and not value.ndim else value


def with_answers(frame: pd.DataFrame, found: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """A pandas frame with the new columns, typed, behind its own."""
    pandas = import_module("pandas")
    new = {item.name: pandas.array(found[item.name], dtype=_PANDAS[item.kind]) for item in FRAME_COLUMNS}
    return frame.assign(**new)
