"""The one pipeline: text -> words found by rule -> entities -> labels -> route."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from appealnlp.analysis import Analysis, Entity, Review, Route
from appealnlp.answers import Answers, entities_at_source
from appealnlp.appeal import Appeal
from appealnlp.classify import Reading, Stored, load_model
from appealnlp.classify.decider import best
from appealnlp.classify.matter import MatterNames
from appealnlp.classify.reading import read
from appealnlp.classify.tiers import Judgement, Tiers
from appealnlp.entities import load_recogniser, load_shipped_tagger, masked
from appealnlp.entities.recogniser import Finder, Given, Recogniser
from appealnlp.entities.roles import load_roles, shown_flags
from appealnlp.evidence import Evidence as Found
from appealnlp.evidence import EvidenceFinder, Headcount, headcount, load_finder
from appealnlp.evidence.loader import RULES
from appealnlp.replay import Marks, differences, digest_folder, digest_hashes, find_key
from appealnlp.route import Facts, Router, load_policy
from appealnlp.route.notice import draft
from appealnlp.route.router import Answer
from appealnlp.schemes import SHIPPED, Scheme, load_scheme, shipped
from appealnlp.shipped import model_folder
from appealnlp.text import normalize, split_matters

BLOCK = 16
"""So many appeals are read at a time where all are at hand: enough for the gain, few enough to stop between them."""


class Analyzer:
    """Reads appeals. Holds no state of a text, so one analyzer serves many threads; give it finished parts."""

    def __init__(
        self, stored: Stored, scheme: Scheme, finder: EvidenceFinder, recogniser: Recogniser, router: Router,
        tier: str | None = None, marks: Marks | None = None, addresses: bool = False, tagger: Finder | None = None,
    ) -> None:  # fmt: skip
        """``load`` puts the shipped parts together. Without ``tagger`` names are found by grammars alone."""
        self._addresses = addresses
        self.scheme, self.stored = scheme, stored
        self._finder, self._recogniser, self._router, self._tagger = finder, recogniser, router, tagger
        self._tiers = Tiers(stored, scheme, tier)
        self._matters, self._roles = MatterNames(scheme), load_roles()
        self._public = {head.name for head in stored.linear.heads if head.public}
        self._about = {"name": stored.manifest.name, "version": stored.manifest.version}
        self._marks = marks if marks is not None else Marks()
        self._replay = {
            "library": _version(), "scheme": scheme.version, "rules": finder.version, "policy": router.version,
            **self._marks.hashes,
        }  # fmt: skip

    def __call__(self, appeal: str | Appeal | Mapping[str, Any]) -> Analysis:
        """Analyse one appeal. Raises InputError when it cannot be read; the message never repeats the text."""
        return self._analyse([Appeal.of(appeal)])[0]

    def _analyse(self, appeals: Sequence[Appeal]) -> list[Analysis]:
        """Step by step over a few appeals: what a step needs stays in the caches of the processor."""
        texts = [normalize(item.content, title_length=len(item.title or "")) for item in appeals]
        given = [
            Given(text.text, text.locate(item.text_start) if item.title else 0, item.received_at)
            for item, text in zip(appeals, texts, strict=True)
        ]
        found = [self._finder.find(item.text) for item in given]
        counts = [headcount(item.text) for item in given]
        hidden = [self._recogniser.personal_spans(item.text) for item in given]
        readings = [_read(*item) for item in zip(given, hidden, found, counts, strict=True)]
        judged = [self._tiers.judge(reading, item.text) for reading, item in zip(readings, given, strict=True)]
        answers = [
            Answers(self.scheme, self.stored.linear, self._matters, *item)
            for item in zip(texts, readings, found, judged, strict=True)
        ]
        entities = [
            self._roles.assign(item.text, item.title_length, tagged, shown_flags(hits))
            for item, tagged, hits in zip(given, self._entities(given, judged), found, strict=True)
        ]
        read_out = [self._decide(*item) for item in zip(appeals, answers, entities, counts, strict=True)]
        routed = [self._router.answer(item.facts) for item in read_out]
        return [self._result(*item) for item in zip(appeals, answers, read_out, routed, strict=True)]

    @property
    def tier(self) -> str:
        """The tier that was chosen: cascade, linear, student or encoder."""
        return self._tiers.tier

    def pipe(self, appeals: Iterable[str | Appeal | Mapping[str, Any]]) -> Iterator[Analysis]:
        """Analyse one after the other, order kept, any length; nothing is held back.

        A list or tuple is read some appeals at a time, which is faster and gives the same analyses.
        """
        return self._blocks(appeals) if isinstance(appeals, list | tuple) else map(self, appeals)

    def _blocks(self, appeals: Sequence[str | Appeal | Mapping[str, Any]]) -> Iterator[Analysis]:
        for start in range(0, len(appeals), BLOCK):
            block = appeals[start : start + BLOCK]
            try:
                done: Iterable[Analysis] = self._analyse([Appeal.of(item) for item in block])
            except Exception:  # those before the one at fault come out all the same
                done = map(self, block)
            yield from done

    def replay(self, appeal: str | Appeal | Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str, ...]:
        """What of ``record``, an analysis of ``appeal`` as JSON, does not come out again; empty: the same bytes.

        Names the fields that differ, model, scheme, rules and policy among them. Raises InputError for the appeal.
        """
        again = self(appeal).to_dict(scores="scores" in record)
        return differences(again, record, self._marks.key)

    def _entities(self, given: Sequence[Given], judged: Sequence[Judgement]) -> list[tuple[Entity, ...]]:
        if self._tagger is None:
            return [self._recogniser.find(*item) for item in given]
        return self._recogniser.find_all_tagged(given, [item.tags for item in judged], self._tagger)

    def _with_addresses(
        self, text: str, area: str | None, entities: tuple[Entity, ...]
    ) -> tuple[str | None, tuple[Entity, ...]]:  # fmt: skip
        from appealnlp.address.values import with_addresses

        area = self._area_of(text, area)
        return area, with_addresses(entities, self._recogniser.place, area)

    def _area_of(self, text: str, given: str | None) -> str | None:
        """The county that a text names for sure; else where the appeal came in."""
        from appealnlp.address import locate

        found = locate(text, area=given).area
        return found.code[:6] if found is not None and found.level not in ("province", "city") else given

    def _decide(
        self, appeal: Appeal, answers: Answers, entities: tuple[Entity, ...], count: Headcount | None
    ) -> _Decided:  # fmt: skip
        """Everything but the route."""
        scheme, judged, text = self.scheme, answers.judged, answers.text
        area = appeal.area
        if self._addresses:
            area, entities = self._with_addresses(text.text, area, entities)
        scores, decide = judged.scores, judged.decide
        urgency, topic, target = answers.urgency(), answers.topic(), best(scores["target"])
        type_ = decide.type(scores["type"], len(text.text), urgency.label == scheme.gravest)
        is_appeal = bool(text.text.strip()) and type_.label not in scheme.no_appeal
        flags = answers.flags(count.value if count else None) if is_appeal else ()
        units = decide.units(scores["department"], is_appeal)
        sure = {"type": type_.confidence, "department": units[0].confidence if is_appeal else 1.0}
        title_length = len(answers.reading.title) + 1 if answers.reading.title else 0
        split = split_matters(text.text, title_length=title_length, framed=answers.reading.framed)
        matters = tuple(text.span(*span) for span in split)
        facts = Facts(
            text=text.text, type=type_, target=target, topic=topic, urgency=urgency, units=units, flags=flags,
            purpose=scheme.purpose(type_.label, target.label, frozenset(item.flag for item in flags)),
            ledger=scheme.ledger(type_.label), headcount=count.value if count else None,
            counted=(count.start, count.end) if count else None, entities=entities, matters=len(matters),
            area=area, received_at=appeal.received_at, doubts=decide.doubts(sure),
            candidates=decide.department_set(scores["department"]), locate=answers.source,
        )  # fmt: skip
        return _Decided(facts, matters, sure)

    def _result(self, appeal: Appeal, answers: Answers, decided: _Decided, routed: Answer) -> Analysis:
        text, judged, decide = answers.text, answers.judged, answers.judged.decide
        facts, sure, scores = decided.facts, decided.sure, judged.scores

        def recut(precision: float) -> tuple[Route, Review]:
            again = self._router.answer(replace(facts, doubts=decide.doubts(sure, precision)))
            return again.route, again.review

        labels = {
            "type": facts.type.label, "target": facts.target.label,
            "topic": "/".join(facts.topic.path[: facts.topic.measured_levels]),
            "urgency": facts.urgency.label, "department": facts.units[0].code,
        }  # fmt: skip
        return Analysis(
            content=text.source, id=appeal.id, type=facts.type, target=facts.target, purpose=routed.purpose,
            ledger=facts.ledger, topic=facts.topic, urgency=facts.urgency, flags=facts.flags,
            headcount=facts.headcount, entities=entities_at_source(text, facts.entities), matters=decided.matters,
            scale=routed.scale, gravity=routed.gravity, signals=routed.signals,
            departments=routed.departments, route=routed.route, review=routed.review,
            model=self._about, replay={**self._replay, "tier": judged.tier, **self._marks.of(appeal)},
            scores={name: values for name, values in scores.items() if name in self._public},
            source_scores={name: values for name, values in scores.items() if name not in self._public},
            _explain=partial(answers.why, labels, facts.urgency), _recut=recut,
            _notice=partial(draft, self._router.policy, self.scheme, appeal.received_at), _mask=masked,
        )  # fmt: skip


class _Decided(NamedTuple):
    """What an appeal is routed by, the matters in it, and how sure the model is of its heads."""

    facts: Facts
    matters: tuple[tuple[int, int], ...]
    sure: Mapping[str, float]


def _read(
    given: Given, personal: Iterable[tuple[int, int, str]], found: Iterable[Found], count: Headcount | None
) -> Reading:  # fmt: skip
    hidden = [(start, end) for start, end, _ in personal]
    return read(given.text, max(given.title_length - 1, 0), hidden, found, count.value if count else None)


@cache
def _version() -> str:
    try:
        return version("appealnlp")
    except PackageNotFoundError:
        return "0"


def load(
    path: str | os.PathLike[str] | None = None, *, tier: str | None = None,
    scheme: str | os.PathLike[str] | None = None,
    policy: str | os.PathLike[str] = "default",
    replay_key: bytes | str | os.PathLike[str] | None = None,
    addresses: bool = False,
) -> Analyzer:  # fmt: skip
    """An analyzer with the model of ``path`` (the shipped one without it) and the scheme folder of ``scheme``.

    ``policy`` routes: the name of a shipped one ("foshan") or the path of a city's own file.

    ``tier`` is "cascade", "linear", "student" or "encoder" where the model has them (its default without it): linear is
    fastest, the encoder reads best, a student is an encoder of few layers, and the cascade asks the encoder (without
    one the student) only where the linear tier is unsure.
    ``replay_key`` (bytes, the path of a file, or "random" for one of this process; without it the environment's
    APPEALNLP_REPLAY_KEY_FILE or APPEALNLP_REPLAY_KEY) adds a keyed hash of the text to ``Analysis.replay``.

    ``addresses`` gives each place its components and the division where it lies as its value, which takes time.
    Loading takes some tenths of a second: keep the result.
    Raises ModelError when the folder is missing, broken or made for another scheme, InputError for an unknown tier.
    """
    chosen = shipped() if scheme is None else load_scheme(Path(scheme))
    stored = load_model(Path(path) if path is not None else model_folder(), chosen.version, tier)
    router = Router(chosen, load_policy(policy, chosen))
    hashes = {
        "model_hash": digest_hashes(stored.manifest.files), "rules_hash": digest_folder(RULES),
        "scheme_hash": digest_folder(Path(scheme) if scheme is not None else SHIPPED),
        "policy_hash": router.policy.digest,
    }  # fmt: skip
    marks = Marks(hashes, find_key(replay_key))
    return Analyzer(
        stored, chosen, load_finder(), load_recogniser(), router, tier, marks, addresses, load_shipped_tagger()
    )
