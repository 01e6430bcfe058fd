"""The divisions of the country by name and code: provinces to towns at once, villages when they are asked for.

Codes have twelve digits as the statistics bureau writes them: province 2, city 2, county 2, town 3, village 3.
``data/SOURCE.md`` says where the names come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from appealnlp.address.hashing import Keys, hashes
from appealnlp.address.stems import DATA, LEVELS, Stems, load_stems
from appealnlp.errors import ModelError
from appealnlp.text.hashing import hash_of
from appealnlp.text.points import code_points

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
UNITS = (10**10, 10**8, 10**6, 10**3, 1)
"""What the last digit of each level counts in a code."""


def level_of(code: int) -> int:
    """0 for a province to 4 for a village, by the zeros at the end."""
    return next(level for level, unit in enumerate(UNITS) if code % unit == 0)


def line_of(code: int) -> tuple[int, ...]:
    """The code and those above it, province first; levels that a code passes over are left out."""
    return tuple(dict.fromkeys(code // unit * unit for unit in UNITS[: level_of(code) + 1]))


@dataclass(frozen=True, slots=True)
class Division:
    """One division. ``code`` has twelve digits; ``level`` is one of LEVELS."""

    code: int
    name: str
    level: str


class Table:
    """Names of some levels, sorted by code, found by the hash of their stem."""

    def __init__(self, path: Path) -> None:
        """Read one file. Raises ModelError when it is missing or broken."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                self.codes: Ints = np.cumsum(stored["steps"].astype(np.int64))
                sizes, stems = stored["sizes"].astype(np.int64), stored["stems"].astype(np.int64)
                self._text = stored["names"].tobytes().decode("utf-8")
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{path}: cannot be read ({type(error).__name__}); install appealnlp anew") from None
        self._starts: Ints = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        signs = code_points(self._text)
        keys = hashes(signs, self._starts[:-1], stems)
        self._sizes, self._lasts = sizes, signs[self._starts[1:] - 1]
        self._order = np.argsort(keys, kind="stable").astype(np.int32)
        self._keys: Keys = keys[self._order]

    def __len__(self) -> int:
        return len(self.codes)

    def name(self, row: int) -> str:
        """The name in a row."""
        name: str = self._text[self._starts[row] : self._starts[row + 1]]
        return name

    def is_name(self, rows: Rows, name: str) -> npt.NDArray[np.bool_]:
        """Whether each of ``rows``, which have the stem of ``name``, is that name in full: by length and last sign."""
        same: npt.NDArray[np.bool_] = (self._sizes[rows] == len(name)) & (self._lasts[rows] == ord(name[-1]))
        return same

    def rows(self, key: int) -> Rows:
        """The rows whose stem has this hash."""
        wanted = np.uint64(key)
        first = int(np.searchsorted(self._keys, wanted, "left"))
        last = int(np.searchsorted(self._keys, wanted, "right"))
        return self._order[first:last]

    def row(self, code: int) -> int:
        """The row of a code, -1 where there is none."""
        place = int(np.searchsorted(self.codes, code))
        return place if place < len(self.codes) and int(self.codes[place]) == code else -1


class Gazetteer:
    """All divisions, and older names of them. Holds nothing of a text, so one serves many threads."""

    def __init__(self, folder: Path = DATA, stems: Stems | None = None) -> None:
        """``load_gazetteer`` gives the shipped one."""
        self.stems = stems or load_stems()
        self.upper = Table(folder / "divisions.npz")
        self._folder, self._lock = folder, Lock()

    @cached_property
    def villages(self) -> Table:
        """The lowest level, read when it is first asked for (a quarter of a second)."""
        with self._lock:
            return Table(self._folder / "villages.npz")

    def get(self, code: int) -> Division | None:
        """The division of a code."""
        table = self.villages if code % 1000 else self.upper
        row = table.row(code)
        return None if row < 0 else Division(code, table.name(row), LEVELS[level_of(code)])

    def path(self, code: int) -> tuple[Division, ...]:
        """The division and those above it, province first."""
        return tuple(found for item in line_of(code) if (found := self.get(item)) is not None)

    def bearers(self, name: str, level: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Codes of the divisions of a level that have the stem of ``name``, and whether each has it in full.

        A few microseconds, however many there are (see ``find`` for their names).
        """
        stem = self.stems.split(name, LEVELS[level])[0]
        table = self.villages if level == len(LEVELS) - 1 else self.upper
        rows = self._of_level(table, table.rows(hash_of(stem)), level)
        if len(rows) and not table.name(int(rows[0])).startswith(stem):  # a hash is no proof
            rows = rows[:0]
        return table.codes[rows], table.is_name(rows, name) if name else np.zeros(0, np.bool_)

    @staticmethod
    def _of_level(table: Table, rows: Rows, level: int) -> Rows:
        codes = table.codes[rows]
        wanted = codes % UNITS[level] == 0
        if level:
            wanted &= codes % UNITS[level - 1] != 0
        kept: Rows = rows[wanted]
        return kept

    def find(self, name: str, level: int) -> Iterator[tuple[int, str]]:
        """(code, name) of the divisions of a level that have the stem of ``name``; endings may differ."""
        table = self.villages if level == len(LEVELS) - 1 else self.upper
        for code in self.bearers(name, level)[0].tolist():
            yield code, table.name(table.row(code))

    def names(self, levels: Iterable[int]) -> Iterator[tuple[int, str]]:
        """(code, name) of all divisions above villages of these levels."""
        wanted = frozenset(levels)
        for row, code in enumerate(self.upper.codes.tolist()):
            if level_of(code) in wanted:
                yield code, self.upper.name(row)


@cache
def load_gazetteer() -> Gazetteer:
    """The shipped divisions; read once a process. Raises ModelError."""
    return Gazetteer()
