"""Our own labelled appeals as one parquet file of a fixed schema, which every reader of tables loads alike.

    python -m appealnlp_training.publish --corpora corpora --out runs/hub
    >>> datasets.load_dataset("parquet", data_files="runs/hub/own.parquet")

The jsonl files of corpora/own leave out what an appeal has not, and ``flags`` has other keys in each row, so that
``datasets.load_dataset("json", ...)`` finds files of unequal columns and stops. Here every row has every column;
``flags`` is a list of {flag, text}, ``entities`` a list of {label, subtype, text}, ``time`` stays text (some days are
unknown), and ``file`` says where the row comes from.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from appealnlp.errors import AppealError, MissingExtra, TableError
from appealnlp_training.records import read_lines

TEXTS = ("id", "voice", "time", "title", "text", "type", "type_alt", "target", "topic", "topic3", "urgency",
         "department", "twin")  # fmt: skip
NUMBERS = ("headcount", "matters", "pair")
LISTS = ("urgency_evidence", "department_also")
COLUMNS = ("file", *TEXTS, *NUMBERS, *LISTS, "flags", "entities", "sure")
"""Every column of the file."""


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of every jsonl file of a folder. Raises TableError naming file, line and field."""
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise TableError(f"{folder}: no jsonl files; name the folder of our own appeals with --corpora")
    for path in paths:
        for number, row in read_lines(path):
            yield flat(row, path.stem, f"{path}:{number}")


def flat(row: Mapping[str, Any], file: str, where: str) -> dict[str, Any]:
    """A row with every column. Raises TableError for a field that has no column or a value of another type."""
    for name in row:
        if name not in COLUMNS or name == "file":
            raise TableError(f"{where}: field {name!r} has no column; add it to publish.py, or remove it")
    flags = _typed(row, "flags", dict, where) or {}
    found: dict[str, Any] = {"file": file}
    found |= {name: _typed(row, name, str, where) for name in TEXTS}
    found |= {name: _typed(row, name, int, where) for name in NUMBERS}
    found |= {name: _typed(row, name, list, where) or [] for name in LISTS}
    found["flags"] = [{"flag": flag, "text": text} for flag, text in flags.items()]
    found["entities"] = [_entity(entity, where) for entity in _typed(row, "entities", list, where) or []]
    sure = _typed(row, "sure", bool, where)
    found["sure"] = True if sure is None else sure
    return found


def _typed(row: Mapping[str, Any], name: str, kind: type, where: str) -> Any:  # noqa: ANN401 (of that kind)
    value = row.get(name)
    if value is not None and type(value) is not kind:
        raise TableError(f"{where}: field {name!r} must be {kind.__name__}, found {type(value).__name__}; mend the row")
    return value


def _entity(entity: object, where: str) -> dict[str, str | None]:
    if not isinstance(entity, list) or len(entity) != 2:
        raise TableError(f"{where}: field 'entities' must hold [label, text]; mend the row")
    label, _, subtype = str(entity[0]).partition(":")
    return {"label": label, "subtype": subtype or None, "text": str(entity[1])}


def _pyarrow() -> Any:  # noqa: ANN401 (an optional module)
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError:
        raise MissingExtra("publishing the corpus as parquet", "tables") from None


def _schema(pa: Any) -> Any:  # noqa: ANN401 (pyarrow and its schema)
    text, nested = pa.string(), {"flags": ("flag", "text"), "entities": ("label", "subtype", "text")}
    kinds = {name: pa.int64() for name in NUMBERS} | {name: pa.list_(text) for name in LISTS} | {"sure": pa.bool_()}
    kinds |= {name: pa.list_(pa.struct([(part, text) for part in parts])) for name, parts in nested.items()}
    return pa.schema([(name, kinds.get(name, text)) for name in COLUMNS])


def publish(folder: Path, out: Path) -> int:
    """Write the rows of ``folder`` to ``out``/own.parquet and give their number. Raises MissingExtra, TableError."""
    pa = _pyarrow()
    table = pa.Table.from_pylist(list(rows(folder)), schema=_schema(pa))
    out.mkdir(parents=True, exist_ok=True)
    pa.parquet.write_table(table, out / "own.parquet")
    return int(table.num_rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=Path, default=Path("corpora"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        count = publish(options.corpora / "own", options.out)
    except AppealError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{count} appeals in {options.out / 'own.parquet'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
