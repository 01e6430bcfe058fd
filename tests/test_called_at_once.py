"""Where somebody must be called at once, a model that is sure of "no appeal" keeps nobody from being called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import appealnlp

TEXT = "何美兰坐在水塔顶上，哭着说今天就从这儿下去。"


@pytest.mark.parametrize(("text", "kept"), [(TEXT, True), ("今天天气不错，大家吃了吗。", False)])
def test_a_hand_off_makes_an_appeal(text: str, kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    nlp: Any = appealnlp.load(tier="linear")
    judge = nlp._tiers.judge

    def sure_of_none(*given: Any) -> Any:
        judged = judge(*given)
        types = dict.fromkeys(judged.scores["type"], 0.001) | {"other": 0.98, "request": 0.014}
        return replace(judged, scores={**judged.scores, "type": types})

    monkeypatch.setattr(nlp._tiers, "judge", sure_of_none)
    found = nlp(text)
    assert (found.type.label != "other") == kept
    assert bool(found.route.handoff) == kept
    assert ("self_harm" in {flag.flag for flag in found.flags}) == kept
