"""Records as the features see them: the same steps that the analyzer takes before it asks a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import sparse

from appealnlp.classify.features import BLOCKS, Floats, Reading, Vocabulary, fold, grams
from appealnlp.classify.reading import read
from appealnlp.entities import load_recogniser
from appealnlp.evidence import headcount, load_finder
from appealnlp.text import normalize
from appealnlp_training.records import Record


def reading_of(record: Record) -> Reading:
    """Normalise, find evidence, hide what names private persons."""
    normal = normalize(record.content, title_length=len(record.title))
    title_length = normal.locate(len(record.title)) if record.title else 0
    personal = [(start, end) for start, end, _ in load_recogniser().personal_spans(normal.text)]
    count = headcount(normal.text)
    evidence = load_finder().find(normal.text)
    return read(normal.text, title_length, personal, evidence, count.value if count else None)


def block_features(reading: Reading) -> dict[str, Iterable[str]]:
    """The features of each block, repeated as often as they occur."""
    return {"body": grams(fold(reading.content)), "title": grams(fold(reading.title)), "rule": reading.rules}


def build_vocabulary(
    readings: Sequence[Reading],
    groups: Sequence[str],
    *,
    min_groups: int,
    limits: dict[str, int],
    weights: dict[str, float],
) -> Vocabulary:
    """Features that occur in at least ``min_groups`` groups of near-duplicates, the most frequent ones of each block.

    No feature of fewer groups is kept, so that nothing which only one person wrote gets into a shipped file.
    """
    spread: dict[str, dict[str, set[int]]] = {block: defaultdict(set) for block in BLOCKS}
    number = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    for reading, group in zip(readings, groups, strict=True):
        for block, found in block_features(reading).items():
            for feature in set(found):
                spread[block][feature].add(number[group])
    columns: dict[str, list[str]] = {}
    idf: list[float] = []
    for block in BLOCKS:
        counts = {
            feature: len(seen) for feature, seen in spread[block].items() if len(seen) >= min_groups and _clean(feature)
        }
        kept = sorted(counts, key=lambda feature: (-counts[feature], feature))[: limits.get(block)]
        columns[block] = kept
        idf += [1.0 if block == "rule" else float(np.log((1 + len(number)) / (1 + counts[f])) + 1.0) for f in kept]
    return Vocabulary(columns, np.array(idf, np.float32), weights)


def _clean(feature: str) -> bool:
    return all(char.isprintable() and not "\ue000" <= char <= "\uf8ff" or char == "\n" for char in feature)


def matrix(vocabulary: Vocabulary, readings: Iterable[Reading]) -> sparse.csr_matrix:
    """The rows of all readings."""
    rows = [vocabulary.features(reading) for reading in readings]
    starts = np.concatenate([[0], np.cumsum([len(row.ids) for row in rows])])
    data: Floats = np.concatenate([row.values for row in rows])
    return sparse.csr_matrix(
        (data, np.concatenate([row.ids for row in rows]), starts), shape=(len(rows), vocabulary.size)
    )
