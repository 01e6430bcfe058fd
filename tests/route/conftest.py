"""One appeal as it would be read, for tests of the engine without a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appealnlp.analysis import Decision, Flag, Topic, Unit, Urgency
from appealnlp.route import Answer, Facts, Router, load_policy
from appealnlp.schemes import shipped

Routes = Callable[..., Answer]


def facts(text: str, **given: Any) -> Facts:
    """A complaint of normal urgency, to be changed by ``given``; flags are words of the text, units code: chance."""
    scheme = shipped()
    flags = tuple(
        Flag(text.index(words), text.index(words) + len(words), words, code)
        for code, words in given.pop("flags", {}).items()
    )
    units = given.pop("units", {"housing": 0.8, "local_government": 0.1})
    ranked = tuple(
        Unit(code, scheme.departments[code].name, "option" if place else "lead", chance)
        for place, (code, chance) in enumerate(units.items())
    )
    type_, target = given.pop("type", "complaint"), given.pop("target", "business")
    topic = Topic(tuple(given.pop("topic", "城乡建设/住房保障与房地产").split("/")), 0.9)
    out = Facts(
        text, Decision(type_, 0.9), Decision(target, 0.9), topic, Urgency(given.pop("urgency", "normal"), 0.9), ranked,
        flags, purpose=scheme.purpose(type_, target, frozenset(flag.flag for flag in flags)),
        ledger=scheme.ledger(type_),
    )  # fmt: skip
    return replace(out, **given)


@pytest.fixture
def route() -> Routes:
    """Route a text after a policy: ``route(text, policy="foshan", flags={...}, ...)``."""

    def call(text: str, policy: str | Path = "default", **given: Any) -> Answer:
        return Router(shipped(), load_policy(policy)).answer(facts(text, **given))

    return call


@pytest.fixture
def policy_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a policy over the default one (and files beside it) and give its path."""

    def write(body: str, name: str = "own.yaml", **beside: str) -> Path:
        for other, content in beside.items():
            (tmp_path / other.replace("_", ".")).write_text(content, "utf-8")
        path = tmp_path / name
        path.write_text(f'version: "1"\nname: 试验\nextends: default\n{body}', "utf-8")
        return path

    return write
