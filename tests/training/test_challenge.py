"""Challenge suites: loader, relations, floors and command line with a fake analyzer; the shipped suites as data."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appealnlp.analysis import Analysis, Decision, Entity, Evidence, Flag, Review, Route, Topic, Unit, Urgency
from appealnlp.appeal import Appeal
from appealnlp.errors import InputError, SchemeError
from appealnlp.schemes import shipped
from appealnlp_training.challenge import (
    HOLDS,
    READ,
    SUITES,
    Case,
    Check,
    Result,
    load_floors,
    load_suites,
    main,
    raise_floors,
    run,
)

MINIMUM = """\
capability: water
kind: minimum
why: Water is life.
version: "1"
items:
  - {id: water-01, text: "家里停水了",
     expect: {urgency: urgent, flags: [supply_cut], department: [water_supply, water]}}
  - id: water-02
    title: "请教"
    text: "水费怎么交？"
    expect: {urgency: low, not_flags: [supply_cut], headcount: null, handoff: [], topic: 城乡建设}
"""
INVARIANCE = """\
capability: marks
kind: invariance
why: Marks say nothing.
version: "1"
items:
  - {id: marks-01, text: "家里停水了", variants: ["家里停水了！！！", "家里停水了。"], fields: [type, urgency, flags]}
"""
DIRECTION = """\
capability: worse
kind: direction
why: Worse is never milder.
version: "1"
items:
  - {id: worse-01, text: "水费怎么交？", changed: "水费怎么交？家里停水了", field: urgency, relation: higher}
  - {id: worse-02, text: "家里停水了", changed: "家里来水了", field: flags, relation: loses, value: supply_cut}
  - {id: worse-03, text: "水费怎么交？", changed: "着火了", field: department, relation: is,
     value: [fire_rescue, housing]}
"""
FILES = {"minimum/water.yaml": MINIMUM, "invariance/marks.yaml": INVARIANCE, "direction/worse.yaml": DIRECTION}


def fake(appeal: Appeal) -> Analysis:
    """停水 is an urgent cut, 着火 a critical fire, anything else a question that waits; 拒收 is refused."""
    text = appeal.content
    if "拒收" in text:
        raise InputError("refused by the fake")
    cut, fire = "停水" in text, "着火" in text
    urgency = "critical" if fire else "urgent" if cut else "low"
    unit = "fire_rescue" if fire else "water_supply"
    return Analysis(
        content=text, type=Decision("complaint" if cut else "consult", 0.9), target=Decision("utility", 0.9),
        purpose=None, ledger=None, topic=Topic(("城乡建设", "城市建设和市政管理", "自来水供应"), 0.8),
        urgency=Urgency(urgency, 0.9, (Evidence(0, 1, text[:1], "fake"),)),
        flags=(Flag(0, 1, text[:1], "supply_cut"),) if cut else (), headcount=None,
        entities=(Entity(0, 3, "《水法》", "LAW"),), matters=((0, len(text)),), scale=None, gravity=None, signals=(),
        departments=(Unit(unit, unit, "lead", 0.9),),
        route=Route("dispatched", handoff=("119",) if fire else ()), review=Review(False), model={}, replay={},
    )  # fmt: skip


def write(folder: Path, **changes: str) -> Path:
    for name, body in {**FILES, **changes}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, "utf-8")
    return folder


def of(results: list[Result]) -> dict[str, Result]:
    return {result.capability: result for result in results}


def test_a_folder_is_loaded_by_kind_and_capability(tmp_path: Path) -> None:
    suites = load_suites(write(tmp_path))
    assert {name: len(cases) for name, cases in suites.items()} == {
        "minimum/water": 2, "invariance/marks": 1, "direction/worse": 3,
    }  # fmt: skip
    first, second = suites["minimum/water"]
    assert first.where == f"{tmp_path / 'minimum/water.yaml'}:6"
    assert Check("department", "is", ("water_supply", "water")) in first.checks
    assert second.appeal == Appeal(text="水费怎么交？", title="请教")
    assert second.checks[1:] == (
        Check("flags", "lacks", ("supply_cut",)), Check("headcount", "is", (None,)), Check("handoff", "any of", ()),
        Check("topic", "under", ("城乡建设",)),
    )  # fmt: skip


def swap(kind: str, old: str, new: str) -> dict[str, str]:
    name = next(name for name in FILES if name.startswith(kind))
    assert old in FILES[name]
    return {name: FILES[name].replace(old, new)}


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        (swap("minimum", "urgency: urgent", "urgency: urgently"), 7, "'urgently'"),
        (swap("minimum", "[water_supply, water]", "[water_supply, waterworks]"), 7, "'waterworks'"),
        (swap("minimum", "flags: [supply_cut], d", "flags: [cut], d"), 7, "'cut'"),
        (swap("minimum", "topic: 城乡建设", "topic: 城乡"), 11, "'城乡'"),
        (swap("minimum", "handoff: []", "handoff: 119"), 11, "119"),
        (swap("minimum", "headcount: null", "heads: null"), 11, "'heads'"),
        (swap("minimum", 'text: "水费怎么交？"', "txt: 水费"), 8, "'text'"),
        (swap("minimum", '"家里停水了"', '" "'), 6, "' '"),
        (swap("minimum", '"家里停水了"', "[[一], 二]"), 6, "['一']"),
        (swap("minimum", "id: water-02", "id: water-01"), 8, "water.yaml:6"),
        (swap("minimum", "kind: minimum", "kind: direction"), 2, "'direction'"),
        (swap("minimum", "capability: water", "capability: fire"), 1, "'fire'"),
        (swap("minimum", 'version: "1"', "version: 1"), 4, "version"),
        (swap("minimum", "why: Water is life.\n", ""), 1, "'why'"),
        (swap("invariance", "flags]", "mood]"), 6, "'mood'"),
        (swap("invariance", '"家里停水了。"', '"家里停水了"'), 6, "changes nothing"),
        (swap("invariance", "fields: [type, urgency, flags]", "field: type"), 6, "'fields'"),
        (swap("direction", "relation: higher", "relation: taller"), 6, "'taller'"),
        (swap("direction", "field: urgency", "field: flags"), 6, "'flags'"),
        (swap("direction", ", value: supply_cut", ""), 7, "None"),
        ({"direction/none.yaml": DIRECTION.split("  -")[0].replace("worse", "none")}, 1, "items.0"),
        ({"direction/list.yaml": "[1, 2]"}, 1, "mapping"),
        ({"direction/broken.yaml": "a: [1"}, 1, "YAML"),
    ],
)
def test_an_error_names_file_line_value_and_remedy(
    tmp_path: Path, changes: dict[str, str], line: int, says: str
) -> None:
    with pytest.raises(SchemeError) as caught:
        load_suites(write(tmp_path, **changes))
    assert caught.value.file == str(tmp_path / next(iter(changes)))
    assert (caught.value.line or 0) >= line
    assert says in str(caught.value)
    assert "; " in str(caught.value)


def test_an_id_is_taken_across_files(tmp_path: Path) -> None:
    with pytest.raises(SchemeError, match=r"worse\.yaml:6: .*'water-01' stands twice; see .*water\.yaml:6"):
        load_suites(write(tmp_path, **swap("direction", "worse-01", "water-01")))


def test_a_folder_without_suites_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SchemeError, match="no suites"):
        load_suites(tmp_path)


@pytest.mark.parametrize(
    ("relation", "before", "after", "value", "holds"),
    [
        ("is", "a", "b", ("b", "c"), True),
        ("is", "a", "b", ("a",), False),
        ("is", None, None, (None,), True),
        ("under", "", "城乡建设/安全生产", ("城乡建设",), True),
        ("under", "", "城乡建设/安全生产", ("城乡建设/安全生产",), True),
        ("under", "", "城乡建设/安全生产", ("城乡建设/安全",), False),
        ("has", frozenset(), frozenset("ab"), ("a",), True),
        ("has", frozenset(), frozenset("b"), ("a", "b"), False),
        ("any of", frozenset(), frozenset("b"), ("a", "b"), True),
        ("any of", frozenset(), frozenset("c"), ("a", "b"), False),
        ("any of", frozenset(), frozenset(), (), True),
        ("any of", frozenset(), frozenset("c"), (), False),
        ("lacks", frozenset("a"), frozenset("b"), ("a",), True),
        ("lacks", frozenset(), frozenset("a"), ("a",), False),
        ("same", "a", "a", (), True),
        ("same", frozenset("a"), frozenset("ab"), (), False),
        ("gains", frozenset("a"), frozenset("ab"), ("b",), True),
        ("gains", frozenset("ab"), frozenset("ab"), ("b",), False),
        ("loses", frozenset("ab"), frozenset("a"), ("b",), True),
        ("loses", frozenset("a"), frozenset("a"), ("b",), False),
        ("higher", "low", "normal", (), True),
        ("higher", "urgent", "urgent", (), False),
        ("lower", "critical", "urgent", (), True),
        ("lower", "low", "critical", (), False),
        ("not_higher", "normal", "normal", (), True),
        ("not_higher", "normal", "urgent", (), False),
        ("not_lower", "urgent", "critical", (), True),
        ("not_lower", "urgent", "low", (), False),
    ],
)
def test_relations(relation: str, before: Any, after: Any, value: tuple[Any, ...], holds: bool) -> None:
    assert HOLDS[relation](before, after, value) is holds


def test_every_relation_is_tested() -> None:
    marks = test_relations.pytestmark[0].args[1]
    assert Counter(row[0] for row in marks).keys() == HOLDS.keys()


def test_the_fake_passes_what_it_was_made_for(tmp_path: Path) -> None:
    results = run(write(tmp_path), fake)
    assert {result.capability: result.rate for result in results} == dict.fromkeys(
        ("minimum/water", "invariance/marks", "direction/worse"), 1.0
    )
    assert all(result.stands and result.floor is None for result in results)


def test_a_fault_says_what_was_wanted_and_found(tmp_path: Path) -> None:
    changes = swap("minimum", "urgency: low, not_flags", "urgency: [normal, urgent], not_flags")
    changes |= swap("invariance", '"家里停水了。"', '"家里没水了。"')
    changes |= swap("direction", "家里来水了", "家里还是停水了")
    found = of(run(write(tmp_path, **changes), fake))
    assert list(found["minimum/water"].failures.values()) == [["urgency: wanted is normal|urgent, found low"]]
    assert list(found["invariance/marks"].failures.values()) == [
        [
            "type: wanted same, found complaint -> consult in 家里没水了。",
            "urgency: wanted same, found urgent -> low in 家里没水了。",
            "flags: wanted same, found supply_cut -> nothing in 家里没水了。",
        ]
    ]
    assert list(found["direction/worse"].failures.values()) == [
        ["flags: wanted loses supply_cut, found supply_cut -> supply_cut in 家里还是停水了"]
    ]
    assert found["direction/worse"].rate == pytest.approx(2 / 3)


def test_an_entity_counts_without_its_brackets() -> None:
    case = Case("a", "here:1", Appeal("按照《水法》"), (), (Check("entities", "has", (("LAW", "水法"),)),))
    assert case.faults(fake) == []


def test_a_refused_appeal_is_a_failure_and_not_an_end(tmp_path: Path) -> None:
    found = of(run(write(tmp_path, **swap("invariance", "家里停水了！！！", "拒收")), fake))
    assert list(found["invariance/marks"].failures.values()) == [["refused: refused by the fake"]]


def test_a_variant_keeps_the_title() -> None:
    seen: list[Appeal] = []

    def watch(appeal: Appeal) -> Analysis:
        seen.append(appeal)
        return fake(appeal)

    Case("a", "here:1", Appeal("一", title="题"), ("二",), (Check("type", "same"),)).faults(watch)
    assert seen == [Appeal("一", title="题"), Appeal("二", title="题")]


def test_a_capability_under_its_floor_does_not_stand(tmp_path: Path) -> None:
    write(tmp_path, **swap("direction", "家里来水了", "家里还是停水了"))
    (tmp_path / "floors.yaml").write_text("direction/worse: 0.67\nminimum/water: 1\n", "utf-8")
    found = of(run(tmp_path, fake))
    assert not found["direction/worse"].stands
    assert found["minimum/water"].stands
    assert "UNDER FLOOR" in str(found["direction/worse"])
    assert "UNDER FLOOR" not in str(found["minimum/water"])


def test_floors_are_raised_and_never_lowered(tmp_path: Path) -> None:
    write(tmp_path, **swap("direction", "家里来水了", "家里还是停水了"))
    (tmp_path / "floors.yaml").write_text("direction/worse: 0.9\nminimum/water: 0.5\n", "utf-8")
    assert raise_floors(tmp_path, run(tmp_path, fake)) == 2
    floors = load_floors(tmp_path, load_suites(tmp_path))
    assert floors == {"minimum/water": 0.98, "invariance/marks": 0.98, "direction/worse": 0.9}
    assert raise_floors(tmp_path, run(tmp_path, fake)) == 0
    assert load_floors(tmp_path, load_suites(tmp_path)) == floors


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("minimum/water: 0.9\nminimum/wine: 0.9\n", "'minimum/wine'"),
        ("minimum/water: 98\n", "rate from 0 to 1"),
        ("minimum/water: high\n", "'high'"),
        ("- 1\n", "mapping"),
    ],
)
def test_a_wrong_floor_names_its_line(tmp_path: Path, body: str, says: str) -> None:
    write(tmp_path)
    (tmp_path / "floors.yaml").write_text(body, "utf-8")
    with pytest.raises(SchemeError, match=r"floors\.yaml:[12]: ") as caught:
        run(tmp_path, fake)
    assert says in str(caught.value)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    asked: list[Path | None] = []

    def load(model: Path | None) -> Callable[[Appeal], Analysis]:
        asked.append(model)
        return fake

    monkeypatch.setattr("appealnlp.load", load)
    return asked


def test_the_command_prints_a_line_a_capability(
    tmp_path: Path, loaded: list[Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--suite", str(write(tmp_path)), "--model", "somewhere"]) == 0
    assert loaded == [Path("somewhere")]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        ["minimum/water", "2", "1.000", "-"],
        ["invariance/marks", "1", "1.000", "-"],
        ["direction/worse", "3", "1.000", "-"],
        ["all", "6"],
    ]


def test_the_command_fails_under_a_floor_and_shows_why(
    tmp_path: Path, loaded: list[Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, **swap("minimum", "urgency: low", "urgency: normal"))
    (tmp_path / "floors.yaml").write_text("minimum/water: 0.6\n", "utf-8")
    assert main(["--suite", str(tmp_path), "--failures"]) == 1
    shown = capsys.readouterr().out
    assert "UNDER FLOOR" in shown
    assert "water-02" in shown
    assert "urgency: wanted is normal, found low" in shown


def test_json_and_raised_floors_do_not_mix(
    tmp_path: Path, loaded: list[Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--suite", str(write(tmp_path)), "--json", "--raise-floors"]) == 0
    shown = capsys.readouterr()
    assert [row["capability"] for row in json.loads(shown.out)] == list(load_suites(tmp_path))
    assert "3 floors raised" in shown.err
    assert (tmp_path / "floors.yaml").exists()


def test_a_wrong_file_ends_with_a_sentence(
    tmp_path: Path, loaded: list[Path | None], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--suite", str(tmp_path)])
    assert "no suites" in capsys.readouterr().err


# The shipped suites.


@pytest.fixture(scope="module")
def shipped_suites() -> dict[str, tuple[Case, ...]]:
    return load_suites(SUITES)


def texts(cases: tuple[Case, ...]) -> list[str]:
    return [text for case in cases for text in (case.appeal.content, *case.variants)]


def test_there_are_many_cases_of_every_kind_and_field(shipped_suites: dict[str, tuple[Case, ...]]) -> None:
    counts = Counter[str]()
    for name, cases in shipped_suites.items():
        counts[name.split("/")[0]] += len(cases)
        assert len(cases) >= 6, name
    assert sum(counts.values()) >= 420
    assert min(counts.values()) >= 100
    checks = [check for cases in shipped_suites.values() for case in cases for check in case.checks]
    assert {check.field for check in checks} == set(READ)
    assert {check.relation for check in checks} == set(HOLDS)


def test_every_capability_has_a_floor(shipped_suites: dict[str, tuple[Case, ...]]) -> None:
    assert load_floors(SUITES, shipped_suites).keys() == shipped_suites.keys()


def test_no_text_is_used_for_two_cases(shipped_suites: dict[str, tuple[Case, ...]]) -> None:
    every = Counter(text for cases in shipped_suites.values() for case in cases for text in set(texts((case,))))
    assert [text for text, n in every.items() if n > 1] == []


def test_wanted_entities_stand_in_their_text(shipped_suites: dict[str, tuple[Case, ...]]) -> None:
    for cases in shipped_suites.values():
        for case in cases:
            for check in case.checks:
                if check.field == "entities":
                    assert check.value
                    assert all(text in case.appeal.content and "《" not in text for _, text in check.value), case.id
                    assert {label for label, _ in check.value} <= set(shipped().entities), case.id


def test_mobile_numbers_are_of_the_range_that_is_nobodys(shipped_suites: dict[str, tuple[Case, ...]]) -> None:
    for text in (text for cases in shipped_suites.values() for text in texts(cases)):
        for number in re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.sub(r"(?<=\d)-(?=\d)", "", text)):
            assert number.startswith("1390000"), text


def test_no_text_is_one_of_the_shared_data(shared: Path, shipped_suites: dict[str, tuple[Case, ...]]) -> None:
    own = {text for cases in shipped_suites.values() for text in texts(cases)}
    for path in (shared / "data").glob("*/*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            assert json.loads(line).get("text") not in own
