"""The folder of a tagger: manifest.json, tagger.json (labels, classes), tagger.safetensors, card.md. No pickle.

Tables lie in eight bits with one scale a column, layers in sixteen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.entities.recogniser import Recogniser, load_recogniser
from appealnlp.entities.tagger.network import Floats, Layer, Network
from appealnlp.entities.tagger.reader import SPACES, TextReader, Vocabulary
from appealnlp.entities.tagger.tagger import Tagger
from appealnlp.modelfolder import model_draft, readable, require_sound, seal
from appealnlp.shipped import model_folder

_INT8 = 127


@dataclass(frozen=True)
class Parts:
    """Everything that a tagger is made of."""

    vocabulary: Vocabulary
    tables: Sequence[Floats]
    layers: Sequence[Layer]
    weights: Floats
    bias: Floats
    labels: Sequence[str]
    subtypes: Mapping[str, Sequence[str]]
    replaces: Sequence[str]

    def tagger(self, recogniser: Recogniser) -> Tagger:
        """Put together. Raises ValueError where the sizes of the tables are not those of the vocabulary."""
        reader = TextReader(self.vocabulary, recogniser)
        sizes = [len(table) for table in self.tables]
        if sizes != list(reader.sizes):
            raise ValueError(f"the tables have {sizes} rows, expected {list(reader.sizes)}")
        network = Network(self.tables, self.layers, self.weights, self.bias)
        return Tagger(reader, network, self.labels, self.subtypes, self.replaces)


def load_tagger(folder: Path, recogniser: Recogniser) -> Tagger:
    """Check hashes, then read. Raises ModelError for a folder that is missing, broken or of another library."""
    require_sound(folder)
    with readable(folder):
        return read_parts(folder).tagger(recogniser)


@cache
def shipped_tagger() -> Tagger | None:
    """The shipped tagger, read once a process; None where its folder was left out. Raises ModelError."""
    folder = model_folder("tagger")
    return load_tagger(folder, load_recogniser()) if folder.is_dir() else None


def read_parts(folder: Path) -> Parts:
    """The parts in a folder whose hashes were checked. Raises KeyError, ValueError, TypeError, OSError."""
    from safetensors.numpy import load_file

    data = json.loads((folder / "tagger.json").read_text("utf-8"))
    tensors = load_file(folder / "tagger.safetensors")
    count = int(data["tables"])
    tables = [
        tensors[f"table.{i}"].astype(np.float32) * tensors[f"table.{i}.scale"].astype(np.float32) for i in range(count)
    ]
    layers = [
        Layer(_wide(tensors[f"layer.{i}.weight"]), _wide(tensors[f"layer.{i}.bias"]), int(reach))
        for i, reach in enumerate(data["reach"])
    ]
    places = [np.cumsum(tensors[f"places.{i}"].astype(np.int64)) for i in range(len(SPACES))]
    vocabulary = Vocabulary(places, data["words"], data["patterns"])
    return Parts(
        vocabulary, tables, layers, _wide(tensors["tags.weight"]), _wide(tensors["tags.bias"]),
        data["labels"], data["subtypes"], data["replaces"],
    )  # fmt: skip


def save_tagger(folder: Path, name: str, version: str, scheme: str, parts: Parts, card: str) -> None:
    """Write the folder; an older one in its place is exchanged only when the new one is complete."""
    from safetensors.numpy import save_file

    tensors: dict[str, npt.NDArray[Any]] = {}
    for i, table in enumerate(parts.tables):
        scale = np.maximum(np.abs(table).max(0), 1e-8) / _INT8
        tensors[f"table.{i}"] = np.rint(table / scale).astype(np.int8)
        tensors[f"table.{i}.scale"] = scale.astype(np.float32)
    for i, layer in enumerate(parts.layers):
        tensors[f"layer.{i}.weight"] = layer.weights.astype(np.float16)
        tensors[f"layer.{i}.bias"] = layer.bias.astype(np.float16)
    for i, places in enumerate(parts.vocabulary.places):
        tensors[f"places.{i}"] = np.diff(places, prepend=0).astype(np.uint32)
    tensors["tags.weight"], tensors["tags.bias"] = parts.weights.astype(np.float16), parts.bias.astype(np.float16)
    data = {
        "tables": len(parts.tables), "reach": [layer.reach for layer in parts.layers], "labels": list(parts.labels),
        "subtypes": {label: list(names) for label, names in parts.subtypes.items()}, "replaces": list(parts.replaces),
        "words": list(parts.vocabulary.words), "patterns": list(parts.vocabulary.patterns),
    }  # fmt: skip
    with model_draft(folder) as draft:
        save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, draft / "tagger.safetensors")
        (draft / "tagger.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
        (draft / "card.md").write_text(card, "utf-8")
        seal(draft, name, version, scheme)


def _wide(values: npt.NDArray[Any]) -> Floats:
    return np.ascontiguousarray(values.astype(np.float32))
