"""An analyzer without a model: reads a few words, so that tables and screens can be tested by themselves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator

from appealnlp.analysis import (
    Analysis,
    Deadline,
    Decision,
    Entity,
    Evidence,
    Explanation,
    Flag,
    Reason,
    Review,
    Route,
    Topic,
    Unit,
    Urgency,
)
from appealnlp.appeal import Appeal
from appealnlp.entities import masked
from appealnlp.errors import InputError, ModelError

_PHONE = re.compile("1390000[0-9]{4}")


def _explain(field: str) -> Explanation:
    if field not in {"type", "target", "topic", "urgency", "department"}:
        raise KeyError(field)
    return Explanation(field, "x", (Reason(0, 1, "水", 1.5, "fake"),))


def analysis_of(appeal: Appeal) -> Analysis:
    content = appeal.content
    phones = tuple(
        Entity(m.start(), m.end(), m[0], "PHONE", mask=f"{m[0][:3]}****{m[0][-4:]}", rule="fake")
        for m in _PHONE.finditer(content)
    )
    at = content.find("停水")
    cut = at >= 0
    evidence = (Evidence(at, at + 2, "停水", "supply.water", handoff="119"),) if cut else ()
    return Analysis(
        content=content,
        type=Decision("complaint", 0.9321),
        target=Decision("utility", 0.8),
        purpose="claim",
        ledger="complaints",
        topic=Topic(("城乡建设", "住房保障与房地产", "物业服务"), 0.71),
        urgency=Urgency("urgent" if cut else "normal", 0.88, evidence),
        flags=(Flag(at, at + 2, "停水", "supply_cut"),) if cut else (),
        headcount=12 if cut else None,
        entities=phones,
        matters=((0, len(content)),),
        scale="few",
        gravity="small",
        signals=(),
        departments=(Unit("housing", "住房和城乡建设局", "lead", 0.8), Unit("water", "水利局", "co", 0.1)),
        route=Route(
            "review" if cut else "dispatched",
            handoff=("119",) if cut else (),
            deadlines=(Deadline("reply", "5 working days", None),),
        ),
        review=Review(cut, ("urgency",) if cut else ()),
        model={"name": "fake", "version": "0"},
        replay={},
        id=appeal.id,
        scores={"type": {"complaint": 0.9321}},
        _explain=_explain,
        _mask=masked,
    )


class FakeAnalyzer:
    def __call__(self, appeal: Appeal | str) -> Analysis:
        appeal = Appeal.of(appeal)
        if "拒绝" in appeal.content:
            raise InputError("refused by the fake")
        if "崩溃" in appeal.content:
            raise RuntimeError(appeal.content)
        if "中断" in appeal.content:
            raise KeyboardInterrupt
        if "很慢" in appeal.content:
            time.sleep(0.05)
        return analysis_of(appeal)

    def pipe(self, appeals: Iterable[Appeal]) -> Iterator[Analysis]:
        for appeal in appeals:
            yield self(appeal)


class DoublingAnalyzer(FakeAnalyzer):
    """A faulty analyzer whose pipe loses its place."""

    def pipe(self, appeals: Iterable[Appeal]) -> Iterator[Analysis]:
        for appeal in appeals:
            yield self(appeal)
            yield self(appeal)


def make(model: object = None, tier: object = None) -> FakeAnalyzer:
    return FakeAnalyzer()


def broken() -> FakeAnalyzer:
    raise ModelError("no model here; train one")
