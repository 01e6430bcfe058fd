"""From prints to links and matters: who repeats whom, and which appeals belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.matters.candidates import candidates
from appealnlp.matters.compare import FEATURES, Floats, Measures, compared, same_words
from appealnlp.matters.grams import Ints
from appealnlp.matters.judge import Judge

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Links:
    """Pairs of appeals that are of one matter: numbers of prints, probability, features, share of common triples."""

    later: Ints
    earlier: Ints
    score: Floats
    features: Floats
    wording: Floats

    def __len__(self) -> int:
        return len(self.later)

    def kept(self, which: Bools | Ints) -> Links:
        """Some of them."""
        return Links(
            self.later[which], self.earlier[which], self.score[which], self.features[which], self.wording[which]
        )

    @classmethod
    def none(cls) -> Links:
        """No link."""
        empty = np.empty(0, np.int64)
        zeros = np.empty(0, np.float32)
        return cls(empty, empty, zeros, np.empty((0, len(FEATURES) + 1), np.float32), zeros)

    def joined(self, other: Links) -> Links:
        """These and the others."""
        return Links(
            np.concatenate((self.later, other.later)),
            np.concatenate((self.earlier, other.earlier)),
            np.concatenate((self.score, other.score)),
            np.concatenate((self.features, other.features)),
            np.concatenate((self.wording, other.wording)),
        )

    def best(self) -> Links:
        """For each later appeal the link of highest probability (of equal ones the earliest appeal)."""
        sort = np.lexsort((self.earlier, -self.score, self.later))
        first = np.concatenate((np.ones(1, bool), np.diff(self.later[sort]) > 0)) if len(sort) else sort
        return self.kept(sort[np.flatnonzero(first)])


def find_links(
    measures: Measures, order: Ints, judge: Judge, span: Span, fresh: Bools | None = None, workers: int = 1
) -> Links:
    """All links between appeals that lie within ``span`` of each other; only those with a fresh one, if given.

    ``workers`` threads share the work.
    """
    later, earlier = candidates(measures, order, fresh, workers)
    near = span.allows(later, earlier)
    later, earlier = later[near], earlier[near]
    features = compared(measures, later, earlier, workers)
    score = judge.probabilities(features)
    found = np.flatnonzero(score >= judge.threshold)
    later, earlier = later[found], earlier[found]
    return Links(later, earlier, score[found], features[found], same_words(measures.prints, later, earlier))


@dataclass(frozen=True)
class Span:
    """How far apart in time two appeals of a matter may lie; ``times`` are seconds, below 0 for unknown."""

    times: Ints
    seconds: int | None = None

    def allows(self, later: Ints, earlier: Ints) -> Bools:
        """Which pairs lie near enough; a time that is not known parts none."""
        if self.seconds is None:
            return np.ones(len(later), bool)
        a, b = self.times[later], self.times[earlier]
        near: Bools = (a < 0) | (b < 0) | (np.abs(a - b) <= self.seconds)
        return near


def matters(count: int, links: Links, order: Ints) -> Ints:
    """For each of ``count`` appeals the number of the first appeal of its matter (itself where it is alone)."""
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    rank = order.tolist()
    for one, other in zip(links.later.tolist(), links.earlier.tolist(), strict=True):
        a, b = root(one), root(other)
        if a != b:
            first, second = (a, b) if rank[a] < rank[b] else (b, a)
            parent[second] = first
    return np.array([root(node) for node in range(count)], np.int64)


def time_order(times: Ints) -> Ints:
    """The rank of each appeal in time; those without a time come last, as they arrived."""
    known = np.where(times < 0, np.iinfo(np.int64).max, times)
    order = np.empty(len(times), np.int64)
    order[np.lexsort((np.arange(len(times)), known))] = np.arange(len(times))
    return order
