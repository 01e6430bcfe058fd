"""No shipped vocabulary holds a name, telephone or citizen number of the training sets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appealnlp.classify import load_model
from appealnlp.classify.features import GRAM_BLOCKS
from appealnlp.classify.grams import fold_codes

ROOT = Path(__file__).resolve().parent.parent
MODELS = sorted(path for path in (ROOT / "models").iterdir() if path.is_dir())
NUMBER = re.compile(r"(?<![0-9])(?:1[3-9][0-9]{9}|[1-8][0-9]{16}[0-9Xx]|0[0-9]{2,3}-?[0-9]{7,8}|[0-9]{15,19})(?![0-9])")
HASHED = {"address", "tagger"}
"""Models whose features are hashes: there is no vocabulary to look into, only numbers."""
FEWEST = 5
LONG = 3
"""A name of so many signs must not be a feature at all; shorter ones are everyday runs of signs, too."""


def words(folder: Path) -> list[str]:
    """Every string of the text files of a model folder that is a feature.

    The pieces of the encoder's tokenizer are those of a public base model, which knew none of these texts.
    """
    out: list[str] = []
    for path in folder.iterdir():
        if path.name == "vocabulary.txt":
            out += path.read_text("utf-8").split("\n")
    return out


def texts(shared: Path) -> Iterator[tuple[object, str]]:
    for path in sorted((shared / "data" / "appeals").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            yield row["group"], f"{row.get('title') or ''}\n{row['text']}"
    for path in sorted((ROOT / "corpora" / "own").glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines()):
            row = json.loads(line)
            yield f"{path.name}-{number}", f"{row.get('title') or ''}\n{row['text']}"


def names_of(shared: Path) -> set[str]:
    """Labelled names of people in the training sets."""
    found: set[str] = set()
    for line in (shared / "data" / "gold" / "train.jsonl").read_text("utf-8").splitlines():
        found |= {text for label, text in json.loads(line)["entities"] if label == "PER"}
    for line in (shared / "data" / "ner" / "cluener_train.jsonl").read_text("utf-8").splitlines():
        found |= set(json.loads(line)["label"].get("name", {}))
    return {name for name in found if len(name) > 1}


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: path.name)
def test_no_number_stands_in_a_vocabulary(folder: Path) -> None:
    assert not [word for word in words(folder) if NUMBER.search(word)]
    if folder.name not in HASHED:
        assert words(folder) or folder.name not in ("linear", "own")


@pytest.mark.parametrize("name", sorted(HASHED))
def test_a_hashed_model_holds_no_word(name: str) -> None:
    from safetensors import safe_open
    from safetensors.numpy import load_file

    path = ROOT / "models" / name / f"{name}.safetensors"
    tensors = load_file(path)
    assert all(np.issubdtype(value.dtype, np.number) for value in tensors.values())
    assert all(value.ndim <= 2 for value in tensors.values())
    with safe_open(path, "np") as stored:
        assert not stored.metadata()
    about = json.loads(next(path.parent.glob("[mt]*.json")).read_text("utf-8"))
    assert json.dumps(about).isascii()


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: path.name)
def test_no_number_of_the_training_sets_is_a_feature(folder: Path, shared: Path) -> None:
    known = set(words(folder))
    numbers = {found[0] for _, text in texts(shared) for found in NUMBER.finditer(text)}
    assert numbers, "the sets hold numbers, so that this test can fail"
    assert not known & numbers


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: path.name)
def test_no_name_of_the_training_sets_is_a_feature(folder: Path, shared: Path) -> None:
    """But for everyday runs of signs, which at least five groups of texts hold."""
    known = set(words(folder)) & names_of(shared)
    groups: dict[str, set[object]] = {name: set() for name in known}
    for group, text in texts(shared):
        for name in known:
            if name in text:
                groups[name].add(group)
    assert not {name for name, held in groups.items() if len(held) < FEWEST}
    assert len([name for name in known if len(name) >= LONG]) <= len(known) // 4 + 2


@pytest.mark.parametrize("folder", [path for path in MODELS if path.name not in HASHED], ids=lambda path: path.name)
def test_every_gram_is_as_texts_are_folded(folder: Path) -> None:
    """One that is not would never be met: the folder would have to be trained anew."""
    vocabulary = load_model(folder, tier="linear").linear.vocabulary
    grams = [gram for block in GRAM_BLOCKS for gram in vocabulary.columns[block]]
    unmet = [gram for gram in grams if "".join(map(chr, fold_codes(gram).tolist())) != gram]
    assert (len(unmet), unmet[:5]) == (0, [])
