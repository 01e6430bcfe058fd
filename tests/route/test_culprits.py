"""A unit that the text marks as complained of stands aside wherever it is named; one that is asked to act does not."""

from __future__ import annotations

from dataclasses import replace

from appealnlp.analysis import Entity
from appealnlp.schemes import shipped
from route.conftest import Routes

TEXT = "市场监管局收受商家红包。此事请查。另外区市场监管局的窗口也没人管"
FLAGS = {"misconduct": "收受商家红包"}
UNITS = {"market_regulation": 0.8, "local_government": 0.1}


def named(text: str, words: str, role: str | None) -> Entity:
    return Entity(text.index(words), text.index(words) + len(words), words, "ORG", "gov", role=role)


def test_an_accused_unit_far_from_the_allegation_stands_aside(route: Routes) -> None:
    text = "反映公司老板收受红包。经过如下。涉事单位市场监管局"
    given = {"flags": {"misconduct": "收受红包"}, "units": UNITS, "target": "official"}
    without = route(text, entities=(named(text, "市场监管局", None),), **given)
    marked = route(text, entities=(named(text, "市场监管局", "accused"),), **given)
    assert "market_regulation" not in without.route.withheld_from
    assert "market_regulation" in marked.route.withheld_from
    assert marked.departments[0].code != "market_regulation"


def test_a_role_that_is_no_culprit_changes_nothing(route: Routes) -> None:
    text = "反映公司老板收受红包。经过如下。恳请市场监管局查处"
    given = {"flags": {"misconduct": "收受红包"}, "units": UNITS, "target": "official"}
    marked = route(text, entities=(named(text, "市场监管局", "addressee"),), **given)
    assert "market_regulation" not in marked.route.withheld_from
    assert shipped().culprits == {"accused"}


def test_without_an_accusation_nobody_stands_aside(route: Routes) -> None:
    entity = named(TEXT, "市场监管局", "accused")
    answer = route(TEXT, entities=(entity, replace(entity, role=None)), units=UNITS)
    assert answer.route.withheld_from == ()
