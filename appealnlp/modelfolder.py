"""What all model folders have in common: the manifest and its hashes, and writing one whole or not at all.

manifest.json holds name, version, scheme version and the SHA-256 of every other file; what the others hold is known to
the modules that read them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appealnlp.errors import ModelError

FORMAT = 1
_REMEDY = "copy the folder again, or train it anew"
_LARGEST = 256 << 20
_SAFE = (".json", ".txt", ".safetensors", ".onnx", ".md", ".png", ".toml")


@dataclass(frozen=True)
class Manifest:
    """What a model folder says of itself."""

    name: str
    version: str
    scheme: str
    files: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "format": FORMAT, "name": self.name, "version": self.version, "scheme": self.scheme,
            "files": dict(self.files),
        }  # fmt: skip


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Raises ModelError when the folder or its manifest is missing or broken."""
    if not folder.is_dir():
        raise ModelError(f"{folder}: no such model folder; give a folder that holds manifest.json")
    path = folder / "manifest.json"
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["format"] != FORMAT:
            raise ModelError(f"{path}: format {data['format']!r} is not {FORMAT}; use a matching version of appealnlp")
        return Manifest(str(data["name"]), str(data["version"]), str(data["scheme"]), dict(data["files"]))
    except FileNotFoundError:
        raise ModelError(f"{path}: file is missing; {_REMEDY}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: no manifest ({type(error).__name__}: {error}); {_REMEDY}") from None


def require_sound(folder: Path, scheme: str | None = None) -> Manifest:
    """The manifest of a folder without a fault. Raises ModelError, the first of ``check_model_folder``."""
    manifest = read_manifest(folder)
    for fault in _faults(folder, manifest, scheme):
        raise fault
    return manifest


def check_model_folder(folder: Path, scheme: str | None = None) -> list[ModelError]:
    """Every fault of a model folder: missing, changed, unlisted or unsafe files, another scheme; empty if sound."""
    try:
        manifest = read_manifest(folder)
    except ModelError as error:
        return [error]
    return list(_faults(folder, manifest, scheme))


def _faults(folder: Path, manifest: Manifest, scheme: str | None) -> Iterator[ModelError]:
    for name, value in manifest.files.items():
        yield from _file_faults(folder / name, value)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in manifest.files and name != "manifest.json":
            yield ModelError(f"{path}: file is not in the manifest; remove it")
    if scheme is not None and manifest.scheme != scheme:
        yield ModelError(
            f"{folder}: trained for scheme {manifest.scheme}, not {scheme}; train it anew or use its scheme"
        )


def _file_faults(path: Path, expected: str) -> list[ModelError]:
    if path.suffix not in _SAFE:
        return [ModelError(f"{path}: files of kind {path.suffix!r} are never read from a model folder; remove it")]
    if path.is_symlink():
        return [ModelError(f"{path}: is a link; a model folder holds plain files only, {_REMEDY}")]
    if not path.is_file():
        return [ModelError(f"{path}: file is missing; {_REMEDY}")]
    if path.stat().st_size > _LARGEST:
        return [ModelError(f"{path}: larger than {_LARGEST >> 20} MB; {_REMEDY}")]
    if digest(path) != expected:
        return [ModelError(f"{path}: content does not match the manifest; {_REMEDY}")]
    return []


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """For reading a folder whose hashes are right: what fails in the block becomes a ModelError that names it."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: cannot be read ({type(error).__name__}: {error}); {_REMEDY}") from None


@contextmanager
def model_draft(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder`` that takes its place when the block ends well, and vanishes when it does not."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield draft
        draft.chmod(0o755)
        for path in draft.iterdir():
            path.chmod(0o644)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def seal(draft: Path, name: str, version: str, scheme: str) -> None:
    """Write the manifest over every file of the draft."""
    manifest = Manifest(name, version, scheme, {path.name: digest(path) for path in sorted(draft.iterdir())})
    (draft / "manifest.json").write_text(json.dumps(manifest.to_dict(), ensure_ascii=False, indent=1), "utf-8")
