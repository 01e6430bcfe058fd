"""The encoder tier at run time: one ONNX graph, one text a run, one thread a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from appealnlp.classify.features import Floats
from appealnlp.classify.linear import Head, columns_of
from appealnlp.classify.mix import window_of
from appealnlp.errors import MissingExtra
from appealnlp.text.tokens import TokenTags

Ids = npt.NDArray[np.int64]

_SLOWER = ["SkipLayerNormFusion"]
"""Onnxruntime joins a sum and a norm to one node that takes twice the time of both, on the processors we measured."""


class Session(Protocol):
    """What is needed of an ONNX session."""

    def run(self, outputs: None, feeds: Mapping[str, Ids], /) -> Sequence[Floats]:
        """The outputs of the graph."""


class Encoding(Protocol):
    """Token ids of a text, and where each token stands in it."""

    @property
    def ids(self) -> list[int]:
        """Token ids."""

    @property
    def offsets(self) -> list[tuple[int, int]]:
        """Start and end of each token in the text."""


class Tokenizer(Protocol):
    """What is needed of a tokenizer."""

    def encode(self, text: str, /) -> Encoding:
        """Cut a text."""


@dataclass(frozen=True)
class Encoded:
    """What the encoder says of one text: raw scores of each head, and tags of its tokens where they are of use."""

    scores: Mapping[str, Floats]
    tags: TokenTags | None


class Encoder:
    """Runs the graph. The same text gives the same bytes, whatever ran before or runs beside it."""

    def __init__(
        self, session: Session, tokenizer: Tokenizer, heads: Sequence[Head], tags: Sequence[str],
        window: tuple[int, int], token_share: float = 0.0, name: str = "encoder",
    ) -> None:  # fmt: skip
        """``window`` is the most tokens that are read, and how many of them from the head of a longer text;
        ``token_share`` is how much the tags of its tokens count beside a tagger's: 0 for a head that learned little;
        ``name`` is that of its tier.
        """
        self.name = name
        self._session, self._tokenizer = session, tokenizer
        self._token_share = token_share
        self.heads, self.tags, self.window = tuple(heads), tuple(tags), window
        self._columns = columns_of(self.heads)

    def within(self, window: tuple[int, int]) -> Encoder:
        """The same encoder, which reads at most ``window`` of a text; never more than it does by itself."""
        if window[0] >= self.window[0]:
            return self
        share = self._token_share
        return Encoder(self._session, self._tokenizer, self.heads, self.tags, window, share, self.name)

    def encode(self, text: str) -> Encoded:
        """Scores of one normalised text, and of its tokens."""
        encoded = self._tokenizer.encode(text)
        kept = window(len(encoded.ids), *self.window)
        ids = np.array([[encoded.ids[i] for i in kept]], np.int64)
        scores, tags = self._session.run(None, {"ids": ids})
        raw = {name: scores[0, column] for name, column in self._columns.items()}
        if not self._token_share:
            return Encoded(raw, None)
        offsets = [encoded.offsets[i] for i in kept]
        return Encoded(raw, TokenTags(self.tags, tags[0], offsets, self._token_share))

    def log_probability(self, text: str, head: str, label: str) -> float:
        """Logarithm of the probability that this tier alone gives ``label``; that of its lowest class if unknown."""
        found = next(item for item in self.heads if item.name == head)
        scores = self.encode(text).scores[head]
        chances = np.log(np.maximum(found.probabilities(scores), 1e-9))
        return float(chances[found.classes.index(label)] if label in found.classes else chances.min())


def window(length: int, most: int, head: int) -> Sequence[int]:
    """Places of the tokens that are read: all, or the first ``head`` and the last of a long text."""
    if length <= most:
        return range(length)
    return [*range(head), *range(length - (most - head), length)]


def load_encoder(folder: Path, data: Mapping[str, Any], name: str = "encoder") -> Encoder:
    """The encoder ``name`` of a folder whose hashes were checked; ``data`` describes it.

    Raises MissingExtra without onnxruntime or tokenizers, ValueError for a graph of another kind.
    """
    try:
        import onnxruntime
        import tokenizers
    except ImportError:
        raise MissingExtra("the encoder tier", "encoder") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # a plan of memory for each length of text costs more than it saves
    session = onnxruntime.InferenceSession(
        str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
    )
    if (inputs := [item.name for item in session.get_inputs()]) != ["ids"]:
        raise ValueError(f"{name}.onnx takes {', '.join(inputs)} in place of ids; export it anew")
    heads = [
        Head(row["name"], tuple(row["classes"]), 1.0, bool(row["exclusive"]), bool(row["public"]))
        for row in data["heads"]
    ]
    return Encoder(
        session,
        tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json")),
        heads,
        data["tags"],
        window_of(data["window"]),
        float(data.get("token_share", 0.0)),
        name,
    )
