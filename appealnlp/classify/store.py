"""The folders of classifying models: the linear tier, and the files of encoders where there are some.

Beside the manifest a folder holds model.json (heads, blocks, thresholds), vocabulary.txt (one feature a line),
linear.safetensors (weights), and card.md for people; for an encoder and for a shallower student of it a graph each and
one tokenizer.json. No pickle.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.classify.encoder import Encoder, load_encoder
from appealnlp.classify.features import BLOCKS, Vocabulary
from appealnlp.classify.linear import Bytes, Head, LinearModel
from appealnlp.classify.mix import Mix
from appealnlp.modelfolder import Manifest, model_draft, readable, require_sound, seal


@dataclass(frozen=True)
class Decisions:
    """Thresholds chosen on folds: they turn probabilities into answers.

    ``urgency`` maps a level to the probability from which it is given (gravest first), ``flags`` likewise;
    a flag of ``flags_by_rule`` is given, too, where a rule alone shows it;
    ``review`` maps a head to the confidence under which a human should look; ``department_set`` is the share of
    probability that the set of possible units must hold together; ``no_appeal`` the probability from which a text is
    taken for no appeal at all, so high that hardly an appeal is lost; ``support`` the probability of the gravest level
    from which a moderate sign of it decides.
    """

    urgency: Mapping[str, float]
    flags: Mapping[str, float]
    flags_by_rule: frozenset[str]
    review: Mapping[str, float]
    department_set: float
    no_appeal: float = 0.5
    precisions: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    """For each reviewed head (precision, confidence from which the answers are right so often), rising."""
    support: float = 0.2

    def review_at(self, precision: float) -> dict[str, float]:
        """For each reviewed head the confidence that ``precision`` asks for: that of the next stated one upwards.

        Raises ValueError where the model states none as high.
        """
        found = {}
        for head, curve in self.precisions.items():
            least = next((confidence for stated, confidence in curve if stated >= precision), None)
            if least is None:
                raise ValueError(f"precision {precision} of {head!r} is beyond {curve[-1][0]}, the highest known")
            found[head] = least
        if not found:
            raise ValueError("this model states no precisions; train it anew")
        return found

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Decisions:
        """From JSON. Raises KeyError for a missing part."""
        by_rule = frozenset(data["flags_by_rule"])
        return cls(
            data["urgency"],
            data["flags"],
            by_rule,
            data["review"],
            float(data["department_set"]),
            float(data["no_appeal"]),
            {head: [(float(p), float(c)) for p, c in curve] for head, curve in data.get("precisions", {}).items()},
            float(data.get("support", cls.support)),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "urgency": dict(self.urgency),
            "flags": dict(self.flags),
            "flags_by_rule": sorted(self.flags_by_rule),
            "review": dict(self.review),
            "department_set": self.department_set,
            "no_appeal": self.no_appeal,
            "precisions": {head: [list(pair) for pair in curve] for head, curve in self.precisions.items()},
            "support": self.support,
        }


@dataclass(frozen=True)
class Stored:
    """A model folder in memory: the linear tier, and of the encoders of the folder the one that the tier asks, with
    decisions for both put together. ``tiers`` are those that the folder can serve, the default first.
    """

    manifest: Manifest
    linear: LinearModel
    decisions: Decisions
    encoder: Encoder | None = None
    mix: Mix | None = None
    joined: Decisions | None = None
    tiers: tuple[str, ...] = ("linear",)


ENCODERS = ("encoder", "student")
"""Encoders that a folder may hold, by name of their tier; the cascade asks the first one that there is."""


def load_model(folder: Path, scheme: str | None = None, tier: str | None = None) -> Stored:
    """Check hashes, then read. Raises ModelError at the first fault; ``scheme`` is the version it must fit.

    For the ``tier`` "linear" no encoder of the folder is loaded, and nothing that it needs.
    """
    manifest = require_sound(folder, scheme)
    with readable(folder):
        data = json.loads((folder / "model.json").read_text("utf-8"))
        linear, decisions = _linear(folder, data), Decisions.of(data["decisions"])
        encoders = tuple(name for name in ENCODERS if name in data)
        tiers = ("cascade", "linear", *encoders) if encoders else ("linear",)
        if not encoders or tier == "linear":
            return Stored(manifest, linear, decisions, tiers=tiers)
        name = tier if tier in encoders else encoders[0]
        about = data[name]
        return Stored(
            manifest,
            linear,
            decisions,
            load_encoder(folder, about, name),
            Mix.of(about["mix"]),
            Decisions.of(about["decisions"]),
            tiers,
        )


def _linear(folder: Path, data: Mapping[str, Any]) -> LinearModel:
    from safetensors.numpy import load_file

    tensors = load_file(folder / "linear.safetensors")
    lines = (folder / "vocabulary.txt").read_text("utf-8").removesuffix("\n").split("\n")
    features = [json.loads(line) if line.startswith('"') else line for line in lines] if lines != [""] else []
    columns: dict[str, list[str]] = {}
    first = 0
    for block in BLOCKS:
        size = int(data["blocks"][block]["size"])
        columns[block] = features[first : first + size]
        first += size
    weights = {block: float(data["blocks"][block]["weight"]) for block in BLOCKS}
    heads = [
        Head(row["name"], tuple(row["classes"]), float(row["temperature"]), bool(row["exclusive"]), bool(row["public"]))
        for row in data["heads"]
    ]
    vocabulary = Vocabulary(columns, tensors["idf"], weights)
    if len(features) != vocabulary.size:
        raise ValueError(f"vocabulary.txt has {len(features)} lines, expected {vocabulary.size}")
    numbers = _unpacked(tensors["packed"], (vocabulary.size, sum(len(head.classes) for head in heads)))
    return LinearModel(vocabulary, heads, numbers, tensors["scales"], tensors["bias"])


def _packed(weights: Bytes) -> npt.NDArray[np.uint8]:
    """Eight-bit weights, most of them small, in a third of their size; nothing is lost."""
    return np.frombuffer(zlib.compress(np.ascontiguousarray(weights).tobytes(), 9), np.uint8)


def _unpacked(packed: npt.NDArray[np.uint8], shape: tuple[int, int]) -> Bytes:
    """What was packed. Raises ValueError when it is no such thing or has another size; never makes more than that."""
    size = shape[0] * shape[1]
    try:
        raw = zlib.decompressobj().decompress(packed.tobytes(), size + 1)
    except zlib.error as error:
        raise ValueError(f"weights cannot be unpacked ({error})") from None
    if len(raw) != size:
        raise ValueError(f"weights have not the expected shape {shape}")
    return np.frombuffer(raw, np.int8).reshape(shape)


def save_model(
    folder: Path, name: str, version: str, scheme: str, linear: LinearModel, decisions: Decisions, card: str
) -> None:
    """Write a model folder; an older one in its place is exchanged only when the new one is complete."""
    with model_draft(folder) as draft:
        _write_linear(draft, linear, decisions)
        (draft / "card.md").write_text(card, "utf-8")
        seal(draft, name, version, scheme)


def _write_linear(folder: Path, linear: LinearModel, decisions: Decisions) -> None:
    from safetensors.numpy import save_file

    vocabulary = linear.vocabulary
    features = [feature for block in BLOCKS for feature in vocabulary.columns[block]]
    quoted = [json.dumps(f) if "\n" in f or f.startswith('"') else f for f in features]
    (folder / "vocabulary.txt").write_text("".join(f"{line}\n" for line in quoted), "utf-8")
    tensors = {"packed": _packed(linear.weights), "scales": linear.scales, "bias": linear.bias, "idf": vocabulary.idf}
    save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, folder / "linear.safetensors")
    data = {
        "blocks": {
            block: {"size": len(vocabulary.columns[block]), "weight": vocabulary.weights[block]} for block in BLOCKS
        },
        "heads": [
            {
                "name": head.name,
                "classes": list(head.classes),
                "temperature": head.temperature,
                "exclusive": head.exclusive,
                "public": head.public,
            }
            for head in linear.heads
        ],
        "decisions": decisions.to_dict(),
    }
    (folder / "model.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")


def write_tiers(
    folder: Path,
    source: Path,
    parts: Path,
    about: Mapping[str, Any],
    mix: Mix,
    joined: Decisions,
    card: str,
    name: str = "encoder",
) -> None:
    """Write a folder with what the folder ``source`` holds, and an encoder ``name`` whose files lie in ``parts``.

    ``about`` is the description of the encoder (heads, tags, window), ``card`` what is added to the card of ``source``.
    Raises ModelError when ``source`` is not sound.
    """
    manifest = require_sound(source)
    with model_draft(folder) as draft:
        for path in (*source.iterdir(), *parts.iterdir()):
            if path.name != "manifest.json":
                shutil.copyfile(path, draft / path.name)
        data = json.loads((draft / "model.json").read_text("utf-8"))
        data[name] = {**about, "mix": mix.to_dict(), "decisions": joined.to_dict()}
        (draft / "model.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
        _, _, rest = (draft / "card.md").read_text("utf-8").partition("\n")  # its title names the linear tier alone
        (draft / "card.md").write_text(f"# {folder.name} {manifest.version}\n{rest}{card}", "utf-8")
        seal(draft, folder.name, manifest.version, manifest.scheme)
