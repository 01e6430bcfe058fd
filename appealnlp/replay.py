"""Replay: what an analysis says of how it came about, and whether it comes out again to the same bytes.

Model, scheme, rules and policy are no secret, so their SHA-256 stands in every analysis. The hash of the text is keyed
(HMAC-SHA256), since whoever has a list of texts could otherwise look for them; it is only there where the operator
gives a key, so that without one the same appeal gives the same bytes in every process.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from appealnlp.appeal import Appeal
from appealnlp.errors import InputError

KEY_FILE, KEY = "APPEALNLP_REPLAY_KEY_FILE", "APPEALNLP_REPLAY_KEY"
"""Environment variables: the path of a file that holds the key, or the key itself."""
RANDOM = "random"
"""In place of a key: one of this process alone. Its hashes can be compared within the process, never after it."""
LEAST = 16
_SHOWN = 16
_NAME = b"appealnlp replay key"
_HASHED = ("text_hash", "key")


Json: TypeAlias = Any
"""Plain values as ``json`` reads and writes them."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells one run from another: ``hashes`` of model, scheme, rules and policy, and the key of the operator."""

    hashes: Mapping[str, str] = field(default_factory=dict)
    key: bytes | None = field(default=None, repr=False)

    def of(self, appeal: Appeal) -> dict[str, str]:
        """The keyed hash of all that went in but the id, and the name of the key; nothing without a key."""
        if self.key is None:
            return {}
        return {"text_hash": _keyed(self.key, _message(appeal)), "key": key_name(self.key)}


def _message(appeal: Appeal) -> bytes:
    moment = appeal.received_at.isoformat() if appeal.received_at else ""
    parts = (appeal.title or "", appeal.text, moment, appeal.area or "")
    return "\0".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")


def _keyed(key: bytes, message: bytes) -> str:
    return hmac.digest(key, message, "sha256").hex()


@cache
def key_name(key: bytes) -> str:
    """A short name by which an operator knows which key was used; the key cannot be told from it."""
    return _keyed(key, _NAME)[:8]


def find_key(given: bytes | str | os.PathLike[str] | None = None) -> bytes | None:
    """The key given (bytes, "random", or the path of a file), else that of the environment, else None.

    Raises InputError for a file that cannot be read and for a key of less than 16 bytes; neither shows the key.
    """
    if isinstance(given, bytes):
        return _checked(given)
    if given is not None:
        return _process_key() if given == RANDOM else _from_file(Path(given))
    if file := os.environ.get(KEY_FILE):
        return _from_file(Path(file))
    value = os.environ.get(KEY)
    if not value:
        return None
    return _process_key() if value == RANDOM else _checked(value.encode())


def _from_file(path: Path) -> bytes:
    try:
        return _checked(path.read_bytes().strip())
    except OSError as error:
        raise InputError(f"{path}: the replay key cannot be read ({error.strerror}); check path and rights") from None


def _checked(key: bytes) -> bytes:
    if len(key) < LEAST:
        remedy = f"give at least {LEAST}, for example what `openssl rand -hex 32` prints"
        raise InputError(f"the replay key has {len(key)} bytes; {remedy}")
    return key


@cache
def _process_key() -> bytes:
    return secrets.token_bytes(32)


def digest_files(paths: Iterable[Path]) -> str:
    """A short SHA-256 over the names and contents of files."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:_SHOWN]


@cache
def digest_folder(folder: Path) -> str:
    """The same over the data files of a folder and the folders in it; read once a process."""
    return digest_files(path for path in folder.rglob("*") if path.suffix in (".yaml", ".csv", ".json"))


def digest_hashes(hashes: Mapping[str, str]) -> str:
    """One short hash of the hashes of files, as a manifest lists them."""
    return hashlib.sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest()[:_SHOWN]


def differences(now: Mapping[str, Any], then: Mapping[str, Any], key: bytes | None) -> tuple[str, ...]:
    """What of the recorded analysis ``then`` did not come out again; empty where all bytes are the same.

    Says, too, where the keyed hash of the text could not be checked, since the key is missing or another one.
    """
    here, there = dict(now.get("replay", {})), dict(then.get("replay", {}))
    name = there.get("key")
    found: list[str] = []
    if name is not None and (key is None or key_name(key) != name):
        found.append(f"replay.text_hash: made under the key {name}, which is not the one given")
    if name is None or found:
        for part in _HASHED:
            here.pop(part, None)
            there.pop(part, None)
    found += _unlike({**now, "replay": here}, {**then, "replay": there}, "")
    return tuple(found)


def _unlike(now: Json, then: Json, path: str) -> Iterator[str]:
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        for name in dict.fromkeys((*now, *then)):
            yield from _unlike(now.get(name), then.get(name), f"{path}.{name}" if path else str(name))
    elif canonical(now) != canonical(then):
        yield path


def canonical(value: Json) -> bytes:
    """JSON in one form only: the same values give the same bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")
