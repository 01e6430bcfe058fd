"""What a token head says of the characters of a text, joined with what the tagger says of them.

The two err apart: the encoder knows the sense of the sentence but sees pieces of several characters, the tagger sees
each character and the lists of names.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from appealnlp.text.tokens import TokenTags

Floats = npt.NDArray[np.float32]
_LEAST = 1e-3
"""No tag is held for less probable by the token head: its pieces cannot show every edge."""


def spread(tokens: TokenTags, labels: tuple[str, ...], length: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Probabilities (characters, tags) of the tags of ``decode.tag_names``, and which characters a token covers.

    A character inside a token goes on with the token's label; the last one of a token ends the entity as surely as
    the next token does not go on with it.
    """
    raw = np.exp(tokens.scores - tokens.scores.max(1, keepdims=True))
    shares = raw / raw.sum(1, keepdims=True)
    begins, goes_on = (shares @ table for table in _tables(tokens.names, labels))
    starts, ends = np.array(tokens.offsets, np.int64).reshape(-1, 2).T
    follows = np.zeros_like(goes_on)
    follows[:-1] = goes_on[1:] * (starts[1:] == ends[:-1])[:, None]
    lengths = np.maximum(ends - starts, 0)
    token = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(token)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    first, last = (place == 0)[:, None], (place == lengths[token] - 1)[:, None]
    held = begins + goes_on
    begin = np.where(first, begins[token], 0)
    inside = np.where(first, goes_on[token], held[token])
    stops = np.where(last, np.clip(1 - follows / np.maximum(held, 1e-6), 0, 1)[token], 0)
    found = np.zeros((length, 1 + 4 * len(labels)), np.float32)
    covered = np.zeros(length, bool)
    at = starts[token] + place
    covered[at] = True
    found[at, 0] = np.maximum(0, 1 - held.sum(1))[token]
    for mark, part in enumerate((begin * (1 - stops), inside * (1 - stops), inside * stops, begin * stops)):
        found[at, 1 + mark :: 4] = part
    return found, covered


def joined(scores: Floats, tokens: TokenTags, labels: tuple[str, ...]) -> Floats:
    """The tagger's ``scores`` (characters, tags) and those of the tokens as one: a weighted mean of logarithms."""
    found, covered = spread(tokens, labels, len(scores))
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    beside = np.log(np.maximum(found, _LEAST))
    mixed: Floats = np.where(covered[:, None], (1 - tokens.share) * logs + tokens.share * beside, logs)
    return mixed


@cache
def _tables(names: tuple[str, ...], labels: tuple[str, ...]) -> tuple[Floats, Floats]:
    """For tags that begin and for tags that go on: which column of ``labels`` each counts for."""
    tables = np.zeros((2, len(names), len(labels)), np.float32)
    for row, name in enumerate(names):
        mark, _, label = name.partition("-")
        label = label.partition(":")[0]
        if label in labels:
            tables["BI".index(mark), row, labels.index(label)] = 1
    return tables[0], tables[1]
