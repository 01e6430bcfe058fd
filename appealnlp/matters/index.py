"""All appeals that were read so far, in a folder that may be kept: what is new is compared with what was there.

records.jsonl holds one line an appeal (masked), prints.safetensors the arrays, index.json what they are. The folder is
readable by its owner alone. Prints are joined and written anew at each save; records are appended.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from appealnlp.batch.draft import writing
from appealnlp.errors import InputError
from appealnlp.matters.collect import Batch, record_of
from appealnlp.matters.grams import Ints
from appealnlp.matters.links import Links
from appealnlp.matters.prints import Prints

FORM = "1"
RECORDS, ARRAYS, ABOUT = "records.jsonl", "prints.safetensors", "index.json"
_LINKS = ("later", "earlier", "score", "features", "wording")


class Index:
    """Appeals with their prints and links. ``prints`` and the other arrays are whole after ``settle``."""

    def __init__(self, folder: Path, model: str) -> None:
        """Open an index or begin one. Raises InputError when it was made by another version or model."""
        self.folder, self.model = folder, model
        with writing(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.links = Links.none()
        self._parts: list[Batch] = []
        self._offsets: list[int] = []
        self.areas: list[str] = []
        self._stored = self._load() if (folder / ABOUT).exists() else {}
        self.known = len(self._offsets)
        """How many appeals were there before."""
        self._keys: set[int] = set(self._stored["keys"].tolist()) if self._stored else set()
        self._size = self._offsets_end()
        self._file = self._open()

    def __len__(self) -> int:
        return len(self._offsets)

    def add(self, batch: Batch) -> int:
        """Take in appeals that are not there yet; how many were there."""
        fresh = [place for place, key in enumerate(batch.keys.tolist()) if not self._seen(key)]
        for place in fresh:
            self._offsets.append(self._size)
            self._file.write(batch.lines[place])
            self._size += len(batch.lines[place])
            self.areas.append(batch.areas[place])
        whole = len(fresh) == len(batch.lines)
        self._parts.append(replace(batch, lines=[]) if whole else _picked(batch, fresh))  # the lines are on the disk
        return len(batch.lines) - len(fresh)

    def _seen(self, key: int) -> bool:
        if key in self._keys:
            return True
        self._keys.add(key)
        return False

    def settle(self) -> None:
        """Join what was added with what was there."""
        self._file.flush()
        old = [self._stored["prints"]] if self._stored else []
        parts = [*old, *(part.prints for part in self._parts)]
        if not parts:
            raise InputError("no appeal could be read; check the table")
        self.prints = Prints.joined(parts)
        for name in ("times", "arrears", "keys"):
            kept = [self._stored[name]] if self._stored else []
            setattr(self, name, np.concatenate([*kept, *(getattr(part, name) for part in self._parts)]))
        self._parts.clear()

    times: Ints
    arrears: npt.NDArray[np.bool_]
    keys: npt.NDArray[np.uint64]
    prints: Prints

    def record(self, number: int) -> dict[str, Any]:
        """The record of an appeal."""
        self._file.seek(self._offsets[number])
        line = self._file.readline()
        self._file.seek(0, os.SEEK_END)
        return record_of(line)

    def records(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        """The records of appeals."""
        return [self.record(number) for number in numbers]

    def save(self) -> None:
        """Write arrays and what they are; a crash leaves the state of before. Raises TableError when it cannot."""
        from safetensors.numpy import save_file

        arrays = {f"print_{item.name}": getattr(self.prints, item.name) for item in fields(Prints)}
        arrays |= {f"link_{name}": getattr(self.links, name) for name in _LINKS}
        arrays |= {"times": self.times, "arrears": self.arrears, "keys": self.keys}
        arrays["offsets"] = np.array(self._offsets, np.int64)
        codes = {area: code for code, area in enumerate(dict.fromkeys(self.areas))}
        arrays["areas"] = np.array([codes[area] for area in self.areas], np.int32)
        about = {"form": FORM, "model": self.model, "appeals": len(self), "size": self._size, "areas": list(codes)}
        with writing(self.folder):
            os.fsync(self._file.fileno())
            save_file(arrays, self.folder / f"{ARRAYS}.part", {"about": json.dumps(about, ensure_ascii=False)})
            os.replace(self.folder / f"{ARRAYS}.part", self.folder / ARRAYS)
            (self.folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _load(self) -> dict[str, Any]:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.folder / ARRAYS, "np") as file:
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
                about = json.loads(file.metadata()["about"])
        except (OSError, SafetensorError, ValueError, KeyError):
            raise InputError(f"{self.folder}: the index is broken; remove the folder and begin anew") from None
        if (about["form"], about["model"]) != (FORM, self.model):
            made = f"form {about['form']}, model {about['model']}"
            raise InputError(f"{self.folder}: made with {made}, now {FORM}, {self.model}; remove it and begin anew")
        self._offsets = arrays["offsets"].tolist()
        self.areas = [about["areas"][code] for code in arrays["areas"].tolist()]
        self.links = Links(*(arrays[f"link_{name}"] for name in _LINKS))
        prints = Prints(**{item.name: arrays[f"print_{item.name}"] for item in fields(Prints)})
        rest = {name: arrays[name] for name in ("times", "arrears", "keys")}
        return {"prints": prints, "size": about["size"], **rest}

    def _offsets_end(self) -> int:
        return int(self._stored["size"]) if self._stored else 0

    def _open(self) -> BinaryIO:
        path = self.folder / RECORDS
        with writing(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            file = os.fdopen(handle, "r+b")
            if file.seek(0, os.SEEK_END) < self._size:
                raise InputError(f"{path}: is shorter than its index says; remove the folder and begin anew")
            file.truncate(self._size)  # what a run that was broken off had appended
            file.seek(0, os.SEEK_END)
        return file


def _picked(batch: Batch, which: list[int]) -> Batch:
    """Some appeals of a batch."""
    prints = batch.prints
    rows = {name: getattr(prints, name)[which] for name in ("minima", "names", "units")}
    grams = [prints.grams[prints.starts[i] : prints.starts[i + 1]] for i in which]
    words = [prints.words[prints.word_starts[i] : prints.word_starts[i + 1]] for i in which]
    picked = Prints(
        np.cumsum([0, *map(len, grams)]), np.concatenate([*grams, np.empty(0, np.uint32)]),
        np.cumsum([0, *map(len, words)]), np.concatenate([*words, np.empty(0, np.uint32)]), **rows,
    )  # fmt: skip
    return Batch(picked, [], batch.times[which], [], batch.arrears[which], batch.keys[which])
