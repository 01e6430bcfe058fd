"""Command line of the importers.

python -m appealnlp_training.importers 附件2.xlsx --format teddy2 --out records.jsonl
python -m appealnlp_training.importers 附件4.xlsx --out records.jsonl --details details.jsonl
python -m appealnlp_training.importers cluener.jsonl --tagged --out tagged.jsonl
python -m appealnlp_training.importers 附件1.xlsx --tree --out topics.yaml
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from appealnlp.errors import AppealError, InputError, TableError
from appealnlp_training.importers.formats import TreeFormat, format_named, formats
from appealnlp_training.importers.reading import guess_format, import_messages, read_tagged
from appealnlp_training.importers.tables import Message
from appealnlp_training.importers.tree import read_tree, scheme_yaml
from appealnlp_training.records import Record, write_records


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; gives the exit status: 0, or 2 for what the caller gave wrong."""
    options = _parser().parse_args(arguments)
    options.skipped = 0
    try:
        count = _run(options)
    except AppealError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    left_out = f", {options.skipped} left out" if options.skipped else ""
    print(f"{count} in {options.out}{left_out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {one.name:14} {one.means}" for one in formats().values())
    parser = argparse.ArgumentParser(
        prog="python -m appealnlp_training.importers",
        description=f"{__doc__}\nformats:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--format", metavar="NAME", help="one of the formats; found out when not given")
    parser.add_argument("--out", type=Path, required=True)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--tagged", action="store_true", help='write {"text", "spans"} instead of records')
    kind.add_argument("--tree", action="store_true", help="write a tree of labels as topics.yaml")
    kind.add_argument("--details", type=Path, help="write time, likes, reply, ... by id into this file")
    parser.add_argument(
        "--label", action="append", default=[], metavar="THEIRS=OURS", help="meaning of a label of spans"
    )
    parser.add_argument("--skip", action="store_true", help="leave rows at fault out and print why")
    return parser


def _run(options: argparse.Namespace) -> int:
    name = options.format or guess_format(options.file)
    if options.tree:
        return _write_tree(options.file, name, options.out)

    def skip(error: TableError) -> None:
        options.skipped += 1
        print(f"left out: {error}", file=sys.stderr)

    report, labels = skip if options.skip else None, dict(map(_label, options.label))
    if options.tagged:
        found = read_tagged(options.file, name, labels=labels, report=report)
        return _write_lines(options.out, (one.to_dict() for one in found))
    details: list[dict[str, Any]] = []
    count = write_records(
        options.out, _records(import_messages(options.file, name, labels=labels, report=report), details)
    )
    if options.details:
        _write_lines(options.details, details)
    return count


def _label(given: str) -> tuple[str, str | None]:
    theirs, equals, ours = given.partition("=")
    if not equals or not theirs:
        raise InputError(f"--label {given!r} has no '='; write LOC=ADDR, or GAME= for no name of ours")
    return theirs, ours or None


def _records(messages: Iterable[Message], details: list[dict[str, Any]]) -> Iterator[Record]:
    for message in messages:
        details.append({"id": message.record.id, **message.details})
        yield message.record


def _write_tree(path: Path, name: str, out: Path) -> int:
    format = format_named(name)
    if not isinstance(format, TreeFormat):
        raise InputError(f"the format {name} is no tree of labels; leave --tree out")
    paths = read_tree(path, format)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(scheme_yaml(paths, format.means), "utf-8")
    return len(paths)


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), "utf-8")
    return len(lines)


if __name__ == "__main__":
    sys.exit(main())
