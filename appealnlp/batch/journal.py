"""The journal of a job: what has been analysed, saved chunk by chunk beside the output, so that no crash costs more.

A job folder holds ``lock``, ``job.json`` (on what the output depends), ``000001.chunk`` and so on (the chunk list),
the drafts of the output, and at the very end ``finished``. A chunk is a line of JSON (rows read, SHA-256) and the
outcomes of its rows, compressed. Only the owner can read it; it goes when the output is in place.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from appealnlp.batch.draft import writing
from appealnlp.batch.lock import Lock, Refused
from appealnlp.batch.storage import get_json, put, put_json, remove_folder, sync_folder
from appealnlp.batch.table import Place, cell_text, fault
from appealnlp.batch.workers import Outcome, Refusal

FORMAT = 1
_SHOWN = 24


def job_folder(anchor: Path) -> Path:
    """Where the job of an output lies."""
    return anchor.with_name(f".{anchor.name[:100]}.part")


def may_overwrite(folder: Path) -> bool:
    """Whether the run of a job might overwrite, or had come as far as to put its output in place."""
    manifest = get_json(folder / "job.json") or {}
    return bool(manifest.get("overwrite")) or (folder / "finished").exists()


def whole_identity(identity: Mapping[str, Any]) -> dict[str, Any]:
    """On what an output depends, as it is read back from JSON, with the format of the journal."""
    return {"format": FORMAT, **json.loads(json.dumps(identity, default=str))}


def encoded(outcome: Outcome) -> bytes:
    """One line of JSON."""
    value = [outcome.reason] if isinstance(outcome, Refusal) else outcome
    return json.dumps(value, default=cell_text).encode()


def decoded(line: bytes) -> Outcome:
    """The outcome of a line."""
    value = json.loads(line)
    return Refusal(value[0]) if isinstance(value, list) else value


class Journal:
    """The open, locked journal of one job; leaving it keeps what is saved, or removes a folder that saved nothing."""

    def __init__(self, target: Place, folder: Path) -> None:
        """Raises Refused when another run has the job, OSError when the folder cannot be made."""
        self.target, self.folder = target, folder
        folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = Lock.take(folder / "lock", target)
        sync_folder(folder.parent)
        self.saved = self._count()
        self._done = False

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._done or not (self.saved or (self.folder / "finished").exists()):
            self.discard()
        elif error is not None and not isinstance(error, Refused):
            error.add_note(f"{self.folder}: 已完成的部分已保存，加 --resume 继续。What is done is saved; add --resume.")
        self._lock.release()

    def _count(self) -> int:
        number = 0
        while self._chunk(number + 1).exists():
            number += 1
        return number

    def _chunk(self, number: int) -> Path:
        return self.folder / f"{number:06}.chunk"

    def check_asked(self, *, resume: bool, restart: bool) -> None:
        """Raises Refused where an interrupted run is neither to be resumed nor to be given up."""
        if self.saved and not resume and not restart:
            problem = "an interrupted run has saved a part of it"
            raise Refused(str(fault(self.target, None, problem, "go on with --resume, or begin anew with --overwrite")))

    def begin(self, identity: Mapping[str, Any], *, resume: bool, overwrite: bool) -> None:
        """Go on with what is saved if it fits ``identity``, else begin. Raises Refused, leaving all as it is."""
        if self.saved and resume:
            self.compare((get_json(self.folder / "job.json") or {}).get("identity", {}), identity)
            return
        allowed = overwrite or (resume and may_overwrite(self.folder))
        self._forget_from(1)  # before the manifest changes, so that no chunk ever lies under another one
        put_json(self.folder / "job.json", {"identity": identity, "overwrite": allowed})
        (self.folder / "finished").unlink(missing_ok=True)

    def compare(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Raises Refused with all that has changed."""
        changes = differences(old, new)
        if changes:
            problem = f"the run cannot go on, since {'; '.join(changes)}"
            remedy = "put it back as it was, or begin anew with --overwrite and without --resume"
            raise Refused(str(fault(self.target, None, problem, remedy)))

    def stored(self) -> Iterator[tuple[int, list[Outcome]]]:
        """Rows read and outcomes of each saved chunk; a torn chunk and those behind it are done again."""
        for number in range(1, self.saved + 1):
            found = _read_chunk(self._chunk(number))
            if found is None:
                with writing(self.target):
                    self._forget_from(number)
                return
            yield found

    def add(self, read: int, lines: Sequence[bytes]) -> None:
        """Save a chunk. Raises OSError."""
        packed = zlib.compress(b"\n".join(lines), 1)
        header = {"read": read, "outcomes": len(lines), "sha256": hashlib.sha256(packed).hexdigest()}
        put(self._chunk(self.saved + 1), json.dumps(header).encode() + b"\n" + packed)
        self.saved += 1

    def finish(self) -> None:
        """Say that the output is about to be put in place."""
        put(self.folder / "finished", b"")

    def close(self) -> None:
        """The output is in place; nothing of the job is needed."""
        self._done = True

    def discard(self) -> None:
        """Give up what is saved, at one stroke: a crash leaves all of the job or none of it."""
        remove_folder(self.folder)
        self.saved = 0

    def _forget_from(self, first: int) -> None:
        for number in range(self._highest(), first - 1, -1):
            self._chunk(number).unlink(missing_ok=True)
        sync_folder(self.folder)
        self.saved = first - 1

    def _highest(self) -> int:
        numbers = [int(name[:-6]) for name in os.listdir(self.folder) if name.endswith(".chunk")]
        return max(numbers, default=0)


def _read_chunk(path: Path) -> tuple[int, list[Outcome]] | None:
    try:
        head, packed = path.read_bytes().split(b"\n", 1)
        header = json.loads(head)
        if hashlib.sha256(packed).hexdigest() != header["sha256"]:
            return None
        lines = zlib.decompress(packed).split(b"\n") if header["outcomes"] else []
        return int(header["read"]), [decoded(line) for line in lines]
    except (OSError, ValueError, KeyError, TypeError, zlib.error):
        return None


def differences(old: Mapping[str, Any], new: Mapping[str, Any], within: str = "") -> list[str]:
    """What differs, as ``input.size was 100 and is 120``."""
    found: list[str] = []
    for key in sorted({*old, *new}):
        before, after, name = old.get(key), new.get(key), f"{within}{key}"
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found += differences(before, after, f"{name}.")
        elif before != after:
            found.append(f"{name} was {_shown(before)} and is {_shown(after)}")
    return found


def _shown(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
