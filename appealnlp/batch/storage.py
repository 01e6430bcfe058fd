"""Small files that survive a crash: written, synced, renamed, and the folder synced; there whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)


def put(path: Path, data: bytes) -> None:
    """Write a file that only its owner reads. Raises OSError; an older file then stays."""
    draft = path.with_name(f"{path.name}.new")
    handle = os.open(draft, _FLAGS, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(draft, path)
    sync_folder(path.parent)


def put_json(path: Path, value: object) -> None:
    """Write a value as JSON for programs and people."""
    put(path, json.dumps(value, ensure_ascii=False, indent=1, default=str).encode("utf-8", "backslashreplace"))


def get_json(path: Path) -> dict[str, Any] | None:
    """The object of a JSON file; None where there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in a folder last through a loss of power."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folder
        return
    with contextlib.suppress(OSError):  # some file systems sync none
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_folder(folder: Path) -> None:
    """Remove a folder at one stroke: a crash leaves all of it, or what nobody takes for it."""
    gone = folder.with_name(f"{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)  # of a crash at this very place
    with contextlib.suppress(OSError):
        os.replace(folder, gone)
        sync_folder(folder.parent)
    shutil.rmtree(gone, ignore_errors=True)


def digest(path: Path) -> str:
    """SHA-256 of a file of any length, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
