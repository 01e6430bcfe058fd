"""From the rows of a table to prints and records, in this process or in several."""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.appeal import Appeal
from appealnlp.classify.grams import MASK
from appealnlp.matters.grams import Ints
from appealnlp.matters.prints import Prints
from appealnlp.matters.reading import Read, read, seconds
from appealnlp.matters.units import load_units
from appealnlp.matters.wages import is_arrears
from appealnlp.threads import one_thread

CHUNK = 1000
"""Appeals read together."""
_AHEAD = 3
"""Chunks a process may be ahead of the one that collects."""
SMALL = 4_000_000
"""Bytes of a table that is read faster than processes start."""
STAR = "*"


@dataclass(frozen=True, slots=True)
class Entry:
    """An appeal, and its flags where the table has been tagged."""

    appeal: Appeal
    flags: str | None = None


@dataclass(frozen=True)
class Batch:
    """Appeals that were read: prints, a JSON line each, seconds since 1970 (-1: unknown), area, arrears, hash of id."""

    prints: Prints
    lines: list[bytes]
    times: Ints
    areas: list[str]
    arrears: npt.NDArray[np.bool_]
    keys: npt.NDArray[np.uint64]


def prepare(entries: Sequence[Entry]) -> Batch:
    """Read appeals; what names a private person is gone from all of it."""
    reads = [read(entry.appeal) for entry in entries]
    moments = [seconds(entry.appeal.received_at) for entry in entries]
    lines = [_line(entry, item, moment) for entry, item, moment in zip(entries, reads, moments, strict=True)]
    return Batch(
        Prints.of(reads, load_units()),
        lines,
        np.array([-1 if moment is None else moment for moment in moments], np.int64),
        [entry.appeal.area or "" for entry in entries],
        np.array([is_arrears(item.text, entry.flags) for item, entry in zip(reads, entries, strict=True)], bool),
        np.array([key_of(entry.appeal, item) for entry, item in zip(entries, reads, strict=True)], np.uint64),
    )


def _line(entry: Entry, item: Read, moment: int | None) -> bytes:
    text = item.text.replace(MASK, STAR)
    record = {
        "id": entry.appeal.id, "time": moment, "area": entry.appeal.area, "title": bool(entry.appeal.title),
        "head": item.head, "text": text, "names": list(dict.fromkeys(item.names))[:8],
        "firms": list(dict.fromkeys(item.firms))[:4],
    }  # fmt: skip
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def key_of(appeal: Appeal, item: Read) -> int:
    """A hash that is the same when the same row comes again: of the id, else of masked text and time."""
    source = f"id:{appeal.id}" if appeal.id else f"text:{item.text}:{appeal.received_at}"
    return int.from_bytes(hashlib.blake2b(source.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def processes(place: object, asked: int | None) -> int:
    """How many processes read a table: those asked for, else all cores for a large file and one for a small one."""
    if asked is not None:
        return asked
    small = isinstance(place, str | Path) and Path(place).is_file() and Path(place).stat().st_size < SMALL
    return 1 if small else os.cpu_count() or 1


def collect(entries: Iterable[Entry], workers: int = 1) -> Iterator[Batch]:
    """Read all, order kept. With several ``workers`` the work is spread over processes that are started afresh."""
    chunks = _chunks(entries)
    if workers <= 1:
        yield from map(prepare, chunks)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), one_thread) as pool:
        waiting: deque[Future[Batch]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(prepare, chunk))
            if len(waiting) >= workers * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    source = iter(entries)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def record_of(line: bytes) -> dict[str, Any]:
    """The record of a line."""
    found: dict[str, Any] = json.loads(line)
    return found
