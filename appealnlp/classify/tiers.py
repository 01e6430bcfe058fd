"""One interface over the tiers: probabilities of all heads, the thresholds that go with them, tags of tokens if any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appealnlp.classify.decider import Decider
from appealnlp.classify.encoder import Encoder
from appealnlp.classify.features import Reading
from appealnlp.classify.store import Stored
from appealnlp.errors import InputError
from appealnlp.schemes import Scheme
from appealnlp.text import without_tone
from appealnlp.text.tokens import TokenTags

Scores = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Judgement:
    """What a tier says of one text. ``tags`` are those of the encoder's tokens, where it took part and they count."""

    scores: Scores
    linear: Scores
    """What the linear tier alone says; ``scores`` where the encoder took no part."""
    decide: Decider
    tier: str
    tags: TokenTags | None = None
    encoder: Encoder | None = None
    """The encoder, where it took part."""


class Tiers:
    """Asks the linear tier, and the encoder that was loaded where the chosen tier wants it."""

    def __init__(self, stored: Stored, scheme: Scheme, tier: str | None = None) -> None:
        """``tier`` is one of those that the model folder holds, its default without it. Raises InputError."""
        if tier is not None and tier not in stored.tiers:
            raise InputError(f"unknown tier {tier!r}; this model has {', '.join(stored.tiers)}")
        self.tier = tier or stored.tiers[0]
        self._stored = stored
        self._linear = Decider(scheme, stored.decisions)
        self._joined = Decider(scheme, stored.joined) if stored.joined else self._linear
        self._encoder = _encoder_of(stored, self.tier)
        self._single = {head.name for head in stored.linear.heads if not head.exclusive}

    def judge(self, reading: Reading, text: str) -> Judgement:
        """Judge one normalised text; ``reading`` is the same text with persons hidden. No tier reads mere tone."""
        scores = self._stored.linear.chances(reading)
        encoder, mix = self._encoder, self._stored.mix
        if encoder is None or mix is None or self.tier == "linear":
            return Judgement(scores, scores, self._linear, "linear")
        if self.tier == "cascade" and mix.is_sure(scores):
            return Judgement(scores, scores, self._linear, "linear")
        encoded = encoder.encode(without_tone(text))
        raw = {
            head.name: dict(zip(head.classes, encoded.scores[head.name].tolist(), strict=True))
            for head in encoder.heads
        }
        joined = mix.combine(scores, raw, self._single)
        return Judgement(joined, scores, self._joined, encoder.name, encoded.tags, encoder)


def _encoder_of(stored: Stored, tier: str) -> Encoder | None:
    """The encoder that was loaded; a cascade's may read less of a long text."""
    encoder, mix = stored.encoder, stored.mix
    if encoder is None or mix is None or mix.window is None or tier != "cascade":
        return encoder
    return encoder.within(mix.window)
