"""A database table as input and output, by SQLAlchemy address: ``sqlite:///appeals.db#petitions``; extra ``db``.

Rows are read in pages behind the last key (primary key, a unique id column, or the rowid of sqlite), so that memory
stays the same and nothing is locked in between. Rows are written to a table beside the wanted one, which gets the
name at the end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from appealnlp.batch.table import (
    BadRow,
    Cell,
    Column,
    Place,
    Row,
    Schema,
    Source,
    cell_text,
    check_header,
    check_row,
    fault,
)
from appealnlp.errors import InputError, MissingExtra, TableError

_Any: TypeAlias = Any
"""Things of SQLAlchemy, which need not be installed."""
PAGE = 1000
_SECRETS = ("password", "passwd", "sslpassword", "token")
"""Parts of an address that no message shows."""
_ROWID = "appeal_rowid_"


def _alchemy() -> _Any:
    try:
        return import_module("sqlalchemy")
    except ImportError:
        raise MissingExtra("a database table", "db") from None


@dataclass(frozen=True)
class Address:
    """A database and a table in it; ``shown`` is how messages name it, without the password."""

    engine: _Any
    name: str
    schema: str | None
    shown: str

    @classmethod
    def of(cls, address: str) -> Address:
        """Raises TableError for an address without a table or of no known kind, MissingExtra."""
        url, mark, table = address.rpartition("#")
        sql = _alchemy()
        if not mark or not table:
            raise fault(_hidden(address), None, "names no table", "add it: sqlite:///appeals.db#petitions")
        schema, _, name = table.rpartition(".")
        try:
            parsed = sql.engine.make_url(url)
            engine = sql.create_engine(parsed)
        except ModuleNotFoundError as error:
            raise fault(_hidden(address), None, f"needs the driver {error.name}", f"pip install {error.name}") from None
        except sql.exc.SQLAlchemyError as error:
            problem = f"is no address of a database ({type(error).__name__})"
            raise fault(_hidden(address), None, problem, "for example sqlite:///appeals.db#petitions") from None
        shown = parsed.difference_update_query(_SECRETS).render_as_string(hide_password=True)
        return cls(engine, name, schema or None, f"{shown}#{table}")

    @property
    def file(self) -> Path | None:
        """The file of an sqlite database."""
        url = self.engine.url
        named = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
        return Path(url.database) if named else None

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Turn what the database says into a TableError that repeats no value of a row."""
        try:
            yield
        except _alchemy().exc.SQLAlchemyError as error:
            problem = f"the database refuses ({type(error).__name__})"
            remedy = "check address, rights and space, and that no other program has it locked"
            raise fault(self.shown, None, problem, remedy) from None


def _hidden(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2].partition('?')[0]}"


def read_table(address: str, key: str | None = None) -> Source:
    """Open a table or view. Raises TableError; ``key`` names a unique column where there is no primary key."""
    at = Address.of(address)
    if at.file is not None and not at.file.exists():
        raise fault(at.shown, None, "no such file", "check the path")
    with at.speaking():
        table = _reflected(at)
        keys = _keys(at, table, key)
        with at.engine.connect() as connection:
            total = int(connection.execute(_alchemy().select(_alchemy().func.count()).select_from(table)).scalar() or 0)
    columns = check_header(at.shown, 1, [column.name for column in table.columns])
    place = [0]
    rows = _rows(at, table, keys, columns, place, total)
    return Source(
        columns, rows, at.engine.dispose, lambda: min(1.0, place[0] / total) if total else None, table,
        lambda: _identity(at, table, keys),
    )  # fmt: skip


def _reflected(at: Address) -> _Any:
    sql = _alchemy()
    try:
        return sql.Table(at.name, sql.MetaData(), schema=at.schema, autoload_with=at.engine)
    except sql.exc.NoSuchTableError:
        names = ", ".join(sql.inspect(at.engine).get_table_names(schema=at.schema)[:30]) or "(none)"
        raise fault(at.shown, None, f"no table {at.name!r}; the tables are {names}", "mend what follows #") from None


def _keys(at: Address, table: _Any, given: str | None) -> list[_Any]:
    """The columns by whose order the rows are read."""
    primary = list(table.primary_key.columns)
    if primary:
        return primary
    if given and given in table.columns:
        return [_unique(at, table.columns[given])]
    view = at.name in _alchemy().inspect(at.engine).get_view_names(schema=at.schema)
    if at.engine.dialect.name == "sqlite" and not view:
        return [_alchemy().literal_column("rowid").label(_ROWID)]
    raise fault(at.shown, None, "has no primary key", "name a unique column with --id-column")


def _unique(at: Address, column: _Any) -> _Any:
    sql = _alchemy()
    asked = sql.select(sql.func.count(), sql.func.count(column.distinct())).select_from(column.table)
    with at.engine.connect() as connection:
        rows, values = connection.execute(asked).one()
    if rows != values:
        problem = f"column {column.name!r} has {values} values in {rows} rows, so that it is no key"
        raise fault(at.shown, None, problem, "name a unique column with --id-column, or add a primary key")
    return column


def _pages(at: Address, table: _Any, keys: Sequence[_Any]) -> Iterator[Sequence[tuple[Cell, ...]]]:
    """All rows, some at a time; nothing is open in the database while they are used."""
    sql = _alchemy()
    bare: list[_Any] = [getattr(key, "element", key) for key in keys]
    base = sql.select(*table.columns, *[key.label(f"{_ROWID}{n}") for n, key in enumerate(bare)])
    base = base.select_from(table).order_by(*bare).limit(PAGE)
    width = len(table.columns)
    asked = base
    while True:
        with at.speaking(), at.engine.connect() as connection:
            found = connection.execute(asked).all()
        if not found:
            return
        yield [tuple(row[:width]) for row in found]
        last = [sql.literal(value, key.type) for value, key in zip(found[-1][width:], bare, strict=True)]
        behind = sql.tuple_(*bare) > sql.tuple_(*last) if len(bare) > 1 else bare[0] > last[0]
        asked = base.where(behind)


def _rows(
    at: Address, table: _Any, keys: Sequence[_Any], columns: Sequence[str], place: list[int], total: int
) -> Iterator[Row | BadRow]:
    for page in _pages(at, table, keys):
        for cells in page:
            place[0] += 1
            yield check_row(Row(place[0], dict(zip(columns, cells, strict=True))))
    if place[0] < total:
        problem = f"{place[0]} of {total} rows could be read; the key has empty values, or rows were removed"
        raise fault(at.shown, None, problem, "name a unique column with --id-column and run it again")


def _identity(at: Address, table: _Any, keys: Sequence[_Any]) -> Mapping[str, Any]:
    """The number of rows and a hash of all of them."""
    rows, found = 0, hashlib.sha256()
    for page in _pages(at, table, keys):
        for cells in page:
            rows += 1
            found.update(json.dumps(cells, default=cell_text).encode() + b"\n")
    return {"size": rows, "sha256": found.hexdigest()}


class TableEnd:
    """A new table of a database. Journal and rejects lie beside the file of sqlite, else in the current folder."""

    nested = False

    def __init__(self, address: str) -> None:
        """Raises TableError for an address that is none, MissingExtra."""
        self._at = Address.of(address)
        file = self._at.file
        self.place: Place = self._at.shown
        self.anchor = file.with_name(f"{file.name}.{self._at.name}") if file else Path(self._at.name)

    def check(self, source: Place, overwrite: bool) -> None:
        """Raises TableError when the table is there already, or is what is read."""
        at = self._at
        if at.file is not None and not at.file.resolve().parent.is_dir():
            raise fault(at.shown, None, f"no folder {at.file.resolve().parent}", "make it first")
        if source == at.shown:
            raise fault(at.shown, None, "input and output are the same table", "give another output")
        with at.speaking():
            taken = _alchemy().inspect(at.engine).has_table(at.name, schema=at.schema)
        if taken and not overwrite:
            raise fault(at.shown, None, "is there already", "give another output, or --overwrite")

    def open(self, folder: Path, columns: Sequence[Column], schema: Schema) -> TableEnding:
        """Make the table under a name of its own."""
        return TableEnding(self._at, columns, schema)


class TableEnding:
    """Writes a table under another name and gives it its own at the end."""

    def __init__(self, at: Address, columns: Sequence[Column], schema: Schema) -> None:
        self._at, self._open = at, True
        sql = _alchemy()
        self._draft = f"{at.name[:50]}__part"
        made = [sql.Column(column.name, _type(column, schema), nullable=True) for column in columns]
        self._table = sql.Table(self._draft, sql.MetaData(), *made, schema=at.schema)
        self._text = {column.name for column in self._table.columns if isinstance(column.type, sql.Text)}
        self._held: list[dict[str, Cell]] = []
        with at.speaking(), at.engine.begin() as connection:
            self._table.drop(connection, checkfirst=True)  # of a run that was killed
            self._table.create(connection)

    @property
    def sink(self) -> TableEnding:
        """Itself."""
        return self

    def write(self, values: Mapping[str, Cell]) -> None:
        """Hold one row, and write some at a time."""
        names = [column.name for column in self._table.columns]
        self._held.append({name: self._cell(name, values.get(name)) for name in names})
        if len(self._held) >= PAGE:
            self._flush()

    def _cell(self, name: str, value: Cell) -> Cell:
        return cell_text(value) if name in self._text and value is not None else value

    def _flush(self) -> None:
        if self._held:
            with self._at.speaking(), self._at.engine.begin() as connection:
                connection.execute(self._table.insert(), self._held)
        self._held = []

    def finish(self) -> None:
        """Write what is held."""
        self._flush()

    def abandon(self) -> None:
        """Nothing is held outside."""

    def prepare(self) -> None:
        """The database has it."""

    def commit(self) -> None:
        """Take the place of an older table."""
        sql, at = _alchemy(), self._at
        quote = at.engine.dialect.identifier_preparer
        with at.speaking(), at.engine.begin() as connection:
            sql.Table(at.name, sql.MetaData(), schema=at.schema).drop(connection, checkfirst=True)
            old, new = quote.format_table(self._table), quote.quote(at.name)
            connection.execute(sql.text(f"ALTER TABLE {old} RENAME TO {new}"))
        self._open = False
        at.engine.dispose()

    def discard(self) -> None:
        """Remove the table, unless it has its name."""
        if self._open:
            with suppress(TableError, InputError), self._at.speaking(), self._at.engine.begin() as connection:
                self._table.drop(connection, checkfirst=True)
            self._at.engine.dispose()


def _type(column: Column, schema: Schema) -> _Any:
    sql = _alchemy()
    known = getattr(schema, "columns", None)
    if column.kind is None and known is not None and isinstance(schema, sql.Table) and column.name in known:
        with suppress(NotImplementedError):
            return known[column.name].type.as_generic()
    kinds: dict[type | None, _Any] = {float: sql.Float, int: sql.Integer, bool: sql.Boolean}
    return kinds.get(column.kind, sql.Text)()
