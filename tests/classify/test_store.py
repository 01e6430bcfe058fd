"""Model folders: what was saved comes back, and whatever is wrong with a folder is named."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from appealnlp.classify import Decisions, LinearModel, Reading, check_model_folder, load_model
from appealnlp.classify.store import save_model
from appealnlp.errors import ModelError
from appealnlp.modelfolder import seal


@pytest.fixture
def folder(tmp_path: Path, model: LinearModel, decisions: Decisions) -> Path:
    save_model(tmp_path / "m", "m", "1", "s1", model, decisions, "# card\n")
    return tmp_path / "m"


def test_what_was_saved_comes_back(folder: Path, model: LinearModel, decisions: Decisions) -> None:
    stored = load_model(folder, "s1")
    reading = Reading("请问停气", "咨询", ["flag=x"])
    assert stored.decisions == decisions
    assert stored.linear.heads == model.heads
    for name, values in model.scores(reading).items():
        assert np.array_equal(values, stored.linear.scores(reading)[name])
    assert check_model_folder(folder) == []


def test_saving_twice_gives_the_same_bytes(folder: Path, model: LinearModel, decisions: Decisions) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    save_model(folder, "m", "1", "s1", model, decisions, "# card\n")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["m"]


def _truncate(folder: Path) -> None:
    path = folder / "linear.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def _flip(folder: Path) -> None:
    path = folder / "model.json"
    path.write_text(path.read_text("utf-8").replace("complaint", "complainx"), "utf-8")


def _add_pickle(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"]["x.pkl"] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (folder / "x.pkl").write_bytes(b"x")


FAULTS: list[tuple[str, Callable[[Path], object], str]] = [
    ("truncated", _truncate, "does not match"),
    ("mutated", _flip, "does not match"),
    ("missing", lambda f: (f / "vocabulary.txt").unlink(), "missing"),
    ("unlisted", lambda f: (f / "more.txt").write_text("x"), "not in the manifest"),
    ("pickle", _add_pickle, "never read"),
    ("no manifest", lambda f: (f / "manifest.json").unlink(), "missing"),
    ("broken manifest", lambda f: (f / "manifest.json").write_text("{"), "no manifest"),
    ("other format", lambda f: (f / "manifest.json").write_text('{"format": 99}'), "format 99"),
    ("linked", lambda f: ((f / "card.md").unlink(), os.symlink("/etc/hostname", f / "card.md")), "link"),
]


@pytest.mark.parametrize(("mutate", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_every_fault_is_named(folder: Path, mutate: Callable[[Path], object], words: str) -> None:
    mutate(folder)
    with pytest.raises(ModelError, match=words):
        load_model(folder)
    assert any(words in str(fault) for fault in check_model_folder(folder))


@pytest.mark.parametrize(("packed", "words"), [(b"no such thing", "unpacked"), (None, "expected shape")])
def test_weights_that_are_none_are_named(folder: Path, packed: bytes | None, words: str) -> None:
    tensors = load_file(folder / "linear.safetensors")
    longer = zlib.compress(zlib.decompress(tensors["packed"].tobytes()) + b"\0" * (1 << 20))
    tensors["packed"] = np.frombuffer(packed or longer, np.uint8)
    save_file(tensors, folder / "linear.safetensors")
    (folder / "manifest.json").unlink()
    seal(folder, "m", "1", "s1")
    with pytest.raises(ModelError, match=words):
        load_model(folder)


def test_another_scheme_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"s1, not s2"):
        load_model(folder, "s2")


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        load_model(tmp_path / "nowhere")


def test_a_failed_save_leaves_the_old_model(
    folder: Path, model: LinearModel, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("appealnlp.classify.store._write_linear", full)
    with pytest.raises(OSError, match="No space"):
        save_model(folder, "m", "2", "s1", model, decisions, "# other\n")
    assert load_model(folder).manifest.version == "1"
    assert [path.name for path in folder.parent.iterdir()] == ["m"]


def test_decisions_come_back_as_they_were_written() -> None:
    given = Decisions(
        {"critical": 0.6}, {"repeat": 0.3}, frozenset({"repeat"}), {"type": 0.8}, 0.9, 0.7, {"type": [(0.9, 0.8)]}, 0.35
    )
    assert Decisions.of(json.loads(json.dumps(given.to_dict()))) == given
