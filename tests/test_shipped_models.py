"""What lies in the shipped model folders: sound files, no pickle, and nothing that names a private person."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from appealnlp.classify import check_model_folder, load_model
from appealnlp.schemes import shipped

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(path for path in (ROOT / "models").iterdir() if (path / "linear.safetensors").exists())
LEAST_GROUPS = 5


@pytest.fixture(params=FOLDERS, ids=lambda path: path.name)
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def features(folder: Path) -> list[str]:
    vocabulary = load_model(folder).linear.vocabulary
    return [*vocabulary.columns["body"], *vocabulary.columns["title"]]


def test_every_folder_is_sound_and_fits_the_scheme(folder: Path) -> None:
    assert check_model_folder(folder, shipped().version) == []


def test_only_safe_kinds_of_files(folder: Path) -> None:
    kinds = {path.suffix for path in folder.iterdir()}
    assert kinds <= {".json", ".txt", ".safetensors", ".onnx", ".md"}


def test_the_models_are_small() -> None:
    assert sum(path.stat().st_size for folder in FOLDERS for path in folder.rglob("*")) < 60e6


def test_the_card_names_data_figures_and_forbidden_uses(folder: Path) -> None:
    card = (folder / "card.md").read_text("utf-8")
    for words in ("## Data", "## Figures", "## Forbidden uses", "Vocabulary"):
        assert words in card


def test_no_feature_holds_a_digit_but_nought(folder: Path) -> None:
    assert not [gram for gram in features(folder) if set(gram) & set("123456789")]


def test_classes_are_those_of_the_scheme(folder: Path) -> None:
    scheme = shipped()
    for head in load_model(folder).linear.heads:
        if head.public:
            assert set(head.classes) <= set(scheme.labels(head.name))


def test_no_name_of_a_person_is_a_feature(folder: Path, shared: Path) -> None:
    """A labelled name may be a feature only as an everyday run of characters that many texts hold elsewhere."""
    grams = {gram for gram in features(folder) if len(gram) > 1}
    rows = [json.loads(line) for line in (shared / "data" / "gold" / "train.jsonl").read_text("utf-8").splitlines()]
    names = {words for row in rows for label, words in row["entities"] if label == "PER"} & grams
    groups: dict[str, set[int]] = defaultdict(set)
    for path in sorted((shared / "data" / "appeals").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            for name in names:
                if name in row["text"]:
                    groups[name].add(row["group"])
    assert all(len(groups[name]) >= LEAST_GROUPS for name in names)
    assert len(names) <= 5


def test_the_shipped_folder_serves_each_tier_with_its_own_encoder() -> None:
    pytest.importorskip("onnxruntime", reason="needs an encoder")
    asked = {
        tier: load_model(ROOT / "models" / "default", tier=tier) for tier in (None, "linear", "student", "encoder")
    }
    assert asked[None].tiers == ("cascade", "linear", "encoder", "student")
    names = {tier: stored.encoder.name if stored.encoder else None for tier, stored in asked.items()}
    assert names == {None: "encoder", "linear": None, "student": "student", "encoder": "encoder"}
    scores = {
        tier: stored.encoder.encode("小区停水三天了，没有人管").scores["type"]
        for tier, stored in asked.items()
        if stored.encoder
    }
    assert (scores[None] == scores["encoder"]).all()
    assert (scores["student"] != scores["encoder"]).any()
