"""Trees of labels: a path a row, a blank cell meaning the one above (as merged cells come out)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from appealnlp.batch.formats import format_of
from appealnlp.batch.table import BadRow, ReadOptions, Row, cell_text, fault
from appealnlp_training.importers.columns import pick
from appealnlp_training.importers.faults import good
from appealnlp_training.importers.formats import TreeFormat


def read_tree(path: Path, format: TreeFormat) -> list[tuple[str, ...]]:
    """The paths of the tree in file order, each once. Raises TableError naming row and column."""
    with format_of(path).read(path, ReadOptions()) as source:
        columns = [pick(path, names, source.columns, "a level of the tree") for names in format.levels]
        return list(dict.fromkeys(_paths(path, source.rows, columns)))


def _paths(path: Path, rows: Iterator[Row | BadRow], columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    above: list[str] = [""] * len(columns)
    for row in rows:
        cells = [cell_text(good(path, row).values.get(column)).strip() for column in columns]
        first = next((at for at, cell in enumerate(cells) if cell), len(cells))
        above = [*above[:first], *cells[first:]]
        for column, name in zip(columns, above, strict=True):
            if not name:
                raise fault(path, row.number, f"field {column!r} is empty", "write the label, or unmerge the cells")
        yield tuple(above)


def scheme_yaml(paths: Sequence[tuple[str, ...]], means: str) -> str:
    """The tree laid out as topics.yaml of a scheme. Paths have three levels."""
    tree: dict[str, dict[str, list[str]]] = {}
    for field, sub, matter in paths:
        tree.setdefault(field, {}).setdefault(sub, []).append(matter)
    return f'# {means}\nversion: "1"\ntopics:\n' + "".join(_field(name, subs) for name, subs in tree.items())


def _field(name: str, subs: Mapping[str, Sequence[str]]) -> str:
    lines = [f"    {_quoted(sub)}: [{', '.join(map(_quoted, matters))}]\n" for sub, matters in subs.items()]
    return f"  {_quoted(name)}:\n{''.join(lines)}"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)  # JSON is YAML
