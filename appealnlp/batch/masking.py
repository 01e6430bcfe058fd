"""Masking a table: every text of a row, and whole the columns that hold nothing but personal data.

A row whose masking cannot be made sure of is withheld: it goes to the rejects with the reason, never to the output.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appealnlp.analysis import Analysis, Entity
from appealnlp.batch.columns import Roles
from appealnlp.batch.draft import Draft, check_target, writing
from appealnlp.batch.ends import end_of, open_source, shown
from appealnlp.batch.job import RejectLog
from appealnlp.batch.options import TagOptions, TagReport
from appealnlp.batch.progress import Progress, quiet
from appealnlp.batch.table import BadRow, Cell, Column, Row, Sink, Source, cell_text
from appealnlp.entities.masking import Masked, Masker, load_masker
from appealnlp.entities.masks import MASKS, mask_person
from appealnlp.entities.policies import MaskPolicy, Namer, load_masking
from appealnlp.errors import AppealError, InputError
from appealnlp.text.headings import fold_heading

Analyze = Callable[[Any], Analysis]
_PERSON = "PER"
_WHOLE = {"PER": "person", "PHONE": "mobile", "IDCARD": "id_card", "BANKCARD": "card", "EMAIL": "email"}


@dataclass(frozen=True)
class RowMasker:
    """Masks the cells of rows. ``analyze`` finds names with a model, where one is given; rules always do."""

    roles: Roles
    policy: MaskPolicy
    masker: Masker
    columns: Mapping[str, str]
    analyze: Analyze | None = None
    key: bytes | None = None

    def __call__(self, row: Row) -> dict[str, Cell]:
        """The row with all its texts masked. Raises Withheld, InputError; neither repeats a text.

        One row is one document: the same words get the same token in all its cells.
        """
        namer = Namer(self.policy) if self.key is None else Namer(self.policy, self.key)
        told = [
            str(value)
            for name, value in row.values.items()
            if value and self.columns.get(fold_heading(name)) == _PERSON
        ]
        names = tuple(name for name in told if len(name) > 1 and not _is_token(name) and "*" not in name)
        done = self._appeal(row, names, namer)
        return {name: done[name] if name in done else self._cell(name, cell, names, namer)
                for name, cell in row.values.items()}  # fmt: skip

    def _appeal(self, row: Row, names: Sequence[str], namer: Namer) -> dict[str, Cell]:
        """Title and text, read together by the analyzer; empty where there is none, or nothing to read."""
        if self.analyze is None:
            return {}
        try:
            appeal, _ = self.roles.appeal(row)
        except InputError:
            return {}
        analysis = self.analyze(appeal)
        found = (*analysis.entities, *_occurrences(analysis.content, names))
        masked = self.masker.mask(analysis.content, found, policy=self.policy, namer=namer)
        out = {}
        if self.roles.text is not None:
            out[self.roles.text] = _part(masked, appeal.text_start, len(masked.source))
        if self.roles.title is not None and appeal.title:
            out[self.roles.title] = _part(masked, 0, appeal.text_start - 1)
        return out

    def _text(self, text: str, names: Sequence[str], namer: Namer) -> str:
        return self.masker.mask(text, _occurrences(text, names), policy=self.policy, namer=namer).text

    def _cell(self, name: str, value: Cell, names: Sequence[str], namer: Namer) -> Cell:
        label = self.columns.get(fold_heading(name))
        if label is not None and value not in (None, ""):
            return self._whole(label, cell_text(value), namer)
        if isinstance(value, str):
            return self._text(value, names, namer)
        if isinstance(value, int | float) and not isinstance(value, bool):
            text = str(int(value)) if float(value).is_integer() else str(value)
            masked = self._text(text, names, namer)
            return value if masked == text else masked
        if isinstance(value, Mapping):
            return {key: self._cell(str(key), item, names, namer) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._cell("", item, names, namer) for item in value]
        return value

    def _whole(self, label: str, words: str, namer: Namer) -> str:
        way = self.policy.way(label)
        if way in ("remove", "keep"):
            return "" if way == "remove" else words
        if way != "mask":
            return words if _is_token(words) else namer.token(label, words)
        masked = MASKS[_WHOLE[label]](words) or words
        if masked == words and "*" not in words:
            masked = words[:1] + "*" * (len(words) - 1)
        return self._text(masked, (), namer)


def _occurrences(text: str, names: Sequence[str]) -> list[Entity]:
    """Where the names that a column tells stand in a text."""
    places = ((hit.start(), name) for name in names for hit in re.finditer(re.escape(name), text))
    return [Entity(at, at + len(name), name, _PERSON, mask=mask_person(name), rule="column") for at, name in places]


def _is_token(words: str) -> bool:
    return words.startswith("〔") and words.endswith("〕")


def _part(masked: Masked, start: int, end: int) -> str:
    return masked.text[masked.to_masked(start) : masked.to_masked(end)]


def mask_table(
    input: str | Path,
    output: str | Path,
    *,
    policy: str = "mask",
    analyze: Analyze | None = None,
    options: TagOptions | None = None,
    progress: Progress = quiet,
) -> TagReport:
    """Mask a table that ``tag`` can read, into any format that it can write; all columns stay.

    Rows that cannot be read or must be withheld go to ``OUTPUT.rejects.jsonl`` with line and reason. ``analyze`` (an
    analyzer) finds more names than the rules alone. On any error nothing is written.
    Raises TableError and InputError for what is wrong with the files, InputError for an unknown policy.
    """
    options, begun = options or TagOptions(), time.perf_counter()
    file, end, place = load_masking(), end_of(output), shown(input)
    rejects = end.anchor.with_name(f"{end.anchor.name}.rejects.jsonl")
    end.check(place, options.overwrite)
    check_target(place, rejects, options.overwrite)
    with (
        tempfile.TemporaryDirectory(prefix=".appealnlp-", dir=end.anchor.resolve().parent) as folder,
        open_source(input, options.read, options.columns.get("id")) as source,
        Draft(rejects) as refused,
    ):
        roles = Roles.find(place, source.columns, options.columns)
        mask = RowMasker(roles, file.policy(policy), load_masker(), file.columns, analyze)
        ending = end.open(Path(folder), [Column(name) for name in source.columns], None)
        try:
            report = _write(source, mask, ending.sink, RejectLog(refused.file), progress)
            with writing(end.place):
                ending.sink.finish()
                ending.prepare()
                if report["rejects"]:
                    refused.commit()
                ending.commit()
        finally:
            ending.discard()
    return TagReport(
        report["rows_in"], report["rows_out"], report["rejects"], time.perf_counter() - begun, 0,
        roles.given_columns(), rejects if report["rejects"] else None,
    )  # fmt: skip


def _write(source: Source, mask: RowMasker, sink: Sink, log: RejectLog, progress: Progress) -> dict[str, int]:
    counts = {"rows_in": 0, "rows_out": 0, "rejects": 0}
    for row in source.rows:
        counts["rows_in"] += 1
        bad = row if isinstance(row, BadRow) else _put(row, mask, sink)
        if bad is None:
            counts["rows_out"] += 1
        else:
            log.write(BadRow(bad.number, bad.reason))  # without its id, which may be a person's number
            counts["rejects"] += 1
        progress(1, source.share())
    return counts


def _put(row: Row, mask: RowMasker, sink: Sink) -> BadRow | None:
    try:
        sink.write(mask(row))
    except (InputError, AppealError) as error:
        return BadRow(row.number, str(error))
    except Exception as error:  # fails closed: whatever goes wrong, the row is not written
        return BadRow(row.number, f"withheld: {type(error).__name__}; mask this row by hand")
    return None
