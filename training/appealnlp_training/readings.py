"""Records as the features see them: the same steps that the analyzer takes before it asks a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from appealnlp.classify.features import GRAM_BLOCKS, Floats, Reading, Vocabulary
from appealnlp.classify.grams import Keys, counted, text_of
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
    number = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    of_reading = [number[group] for group in groups]
    columns: dict[str, list[str]] = {}
    idf: list[float] = []
    for block in GRAM_BLOCKS:
        keys, counts = _group_counts([counted(reading.text(block))[0] for reading in readings], of_reading)
        kept = np.flatnonzero((counts >= min_groups) & np.array([_clean(text_of(key)) for key in keys.tolist()], bool))
        kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")][: limits.get(block)])
        columns[block] = [text_of(key) for key in keys[kept].tolist()]
        idf += (np.log((1 + len(number)) / (1 + counts[kept])) + 1.0).tolist()
    columns["rule"] = _rules(readings, of_reading, min_groups)
    idf += [1.0] * len(columns["rule"])
    return Vocabulary(columns, np.array(idf, np.float32), weights)


def _group_counts(found: Sequence[Keys], groups: Sequence[int]) -> tuple[Keys, npt.NDArray[np.int64]]:
    """Every key in order, and the number of groups that hold it."""
    order = np.argsort(groups, kind="stable").tolist()
    merged: dict[int, list[Keys]] = defaultdict(list)
    for place in order:
        merged[groups[place]].append(found[place])
    distinct = [np.unique(np.concatenate(parts)) if len(parts) > 1 else parts[0] for parts in merged.values()]
    return np.unique(np.concatenate(distinct), return_counts=True)


def _rules(readings: Sequence[Reading], groups: Sequence[int], min_groups: int) -> list[str]:
    spread: dict[str, set[int]] = defaultdict(set)
    for reading, group in zip(readings, groups, strict=True):
        for name in reading.rules:
            spread[name].add(group)
    return sorted(name for name, seen in spread.items() if len(seen) >= min_groups)


def _clean(feature: str) -> bool:
    return all((char.isprintable() and not "\ue000" <= char <= "\uf8ff") or char == "\n" for char in feature)


def matrix(vocabulary: Vocabulary, readings: Iterable[Reading]) -> sparse.csr_matrix:
    """The rows of all readings."""
    rows = [vocabulary.features(reading) for reading in readings]
    starts = np.concatenate([[0], np.cumsum([len(row.ids) for row in rows])])
    data: Floats = np.concatenate([row.values for row in rows])
    return sparse.csr_matrix(
        (data, np.concatenate([row.ids for row in rows]), starts), shape=(len(rows), vocabulary.size)
    )
