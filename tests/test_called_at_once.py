"""Where somebody must be called at once, a model that is sure of "no appeal" keeps nobody from being called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import appealnlp

TEXT = "何美兰坐在水塔顶上，哭着说今天就从这儿下去。"
CALM = "今天天气不错，大家吃了吗。"


@pytest.mark.parametrize(
    ("text", "urgency", "kept"),
    [(TEXT, None, True), (CALM, None, False), (CALM, {"critical": 0.97, "normal": 0.03}, True)],
)
def test_danger_to_life_makes_an_appeal(
    text: str, urgency: dict[str, float] | None, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a rule shows it in words or the model alone finds it."""
    nlp: Any = appealnlp.load(tier="linear")
    judge = nlp._tiers.judge

    def sure_of_none(*given: Any) -> Any:
        judged = judge(*given)
        types = dict.fromkeys(judged.scores["type"], 0.001) | {"other": 0.98, "request": 0.014}
        levels = dict.fromkeys(judged.scores["urgency"], 0.0) | urgency if urgency else judged.scores["urgency"]
        return replace(judged, scores={**judged.scores, "type": types, "urgency": levels})

    monkeypatch.setattr(nlp._tiers, "judge", sure_of_none)
    found = nlp(text)
    assert (found.type.label != "other") == kept
    assert bool(found.route.handoff) == kept
    assert ("self_harm" in {flag.flag for flag in found.flags}) == (text == TEXT)
