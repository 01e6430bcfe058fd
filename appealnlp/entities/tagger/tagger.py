"""The tagger: what a text holds of the labels it has learned, for joining with what patterns find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from appealnlp.entities.pattern import LEARNED, Candidate
from appealnlp.entities.tagger.decode import Decoder, Found
from appealnlp.entities.tagger.network import Floats, Network
from appealnlp.entities.tagger.reader import TextReader
from appealnlp.entities.tagger.tokens import joined
from appealnlp.text import trimmed
from appealnlp.text.tokens import TokenTags

RULE = "tagger"


class Tagger:
    """Finds entities in one pass of a small network. Holds nothing of a text, so one serves many threads."""

    def __init__(
        self, reader: TextReader, network: Network, labels: Sequence[str], subtypes: Mapping[str, Sequence[str]],
        replaces: Sequence[str],
    ) -> None:  # fmt: skip
        """``labels`` in the order of the tags; ``subtypes`` of one label, their scores behind those of the tags.

        ``replaces`` are the labels for which it is better than patterns and grammars.
        """
        self.labels, self.replaces = tuple(labels), frozenset(replaces)
        self._reader, self._network = reader, network
        self._decoder = Decoder(len(self.labels))
        self._subtypes = {label: tuple(names) for label, names in subtypes.items()}
        self._tags = 1 + 4 * len(self.labels)

    def find(self, text: str, found: Sequence[Candidate]) -> list[Candidate]:
        """Candidates of the labels that it replaces; ``found`` is what patterns found, which it reads as a hint."""
        return self.find_all([text], [found], [None])[0]

    def find_all(
        self, texts: Sequence[str], found: Sequence[Sequence[Candidate]], tokens: Sequence[TokenTags | None]
    ) -> list[list[Candidate]]:
        """The same for several texts, step by step: faster, since what a step needs stays close at hand.

        ``tokens`` is what an encoder says of each text, where it took part.
        Each text has products of its own, since a larger one may differ in the last bit.
        """
        rows = [self._reader.rows(text, hints) for text, hints in zip(texts, found, strict=True)]
        scores = [self._network.scores(each) for each in rows]
        spans = [self._spans(*each) for each in zip(scores, tokens, strict=True)]
        return [self._kept(*each) for each in zip(texts, scores, spans, strict=True)]

    def _spans(self, scores: Floats, tokens: TokenTags | None) -> list[Found]:
        tags = scores[:, : self._tags]
        return self._decoder.spans(tags if tokens is None else joined(tags, tokens, self.labels))

    def _kept(self, text: str, scores: Floats, spans: Sequence[Found]) -> list[Candidate]:
        candidates = [self._candidate(text, scores, span) for span in spans]
        return [item for item in candidates if item.end > item.start and item.label in self.replaces]

    def scores(self, text: str, found: Sequence[Candidate]) -> Floats:
        """Scores (characters, tags): of the tags of ``labels`` (see ``decode.tag_names``), then of the subtypes."""
        return self._network.scores(self._reader.rows(text, found))

    def _candidate(self, text: str, scores: Floats, span: Found) -> Candidate:
        label = self.labels[span.label]
        names = self._subtypes.get(label)
        subtype = None
        if names:
            subtype = names[int(np.argmax(scores[span.start : span.end, self._tags :].sum(0)))]
        start, end = trimmed(text, span.start, span.end)
        return Candidate(start, end, label, subtype, RULE, LEARNED)
