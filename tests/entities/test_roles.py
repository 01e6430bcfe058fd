"""Roles of entities, the rules that give them, and what the route makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from appealnlp.analysis import Entity
from appealnlp.entities.loader import DATA
from appealnlp.entities.roles import load_roles, read_roles
from appealnlp.errors import SchemeError
from appealnlp.schemes import load_scheme, shipped

EXAMPLES = yaml.safe_load(Path(__file__).with_name("role_examples.yaml").read_text("utf-8"))


def entity(text: str, label: str, words: str, start: int = 0) -> Entity:
    place = text.index(words, start)
    name, _, subtype = label.partition(":")
    return Entity(place, place + len(words), words, name, subtype or None)


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["text"][:16])
def test_examples(row: dict[str, Any]) -> None:
    text = row["text"].replace("\\n", "\n")
    entities = [entity(text, label, words) for label, words, _ in row["entities"]]
    flags = {
        flag: [(text.index(words), text.index(words) + len(words))] for flag, words in row.get("flags", {}).items()
    }
    title = text.find("\n") + 1
    found = load_roles().assign(text, title, entities, flags)
    assert [item.role for item in found] == [role for _, _, role in row["entities"]]
    assert [replace(item, role=None) for item in found] == entities


def test_every_role_has_an_example() -> None:
    met = {role for row in EXAMPLES for _, _, role in row["entities"]}
    assert met - {None} == set(shipped().roles)


def test_one_place_alone_is_where_it_happened_and_all_its_mentions_are() -> None:
    text = "东湖路积水，西山水库附近的东湖路每次下雨都积水"
    entities = [entity(text, "ADDR", "东湖路"), entity(text, "ADDR", "西山水库"), entity(text, "ADDR", "东湖路", 6)]
    roles = [item.role for item in load_roles().assign(text, 0, entities, {})]
    assert roles.count("place") in (1, 2)
    assert len({item.text for item in load_roles().assign(text, 0, entities, {}) if item.role == "place"}) == 1


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Path]:
    """The shipped rules with one text in the place of another."""

    def write(old: str, new: str) -> Path:
        source = (DATA / "roles.yaml").read_text("utf-8")
        assert old in source
        path = tmp_path / "roles.yaml"
        path.write_text(source.replace(old, new, 1), "utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("role: writer,", "role: author,", "unknown role 'author'"),
        ("labels: [PER]", "labels: [MAN]", "unknown labels 'MAN'"),
        ("flag: repeat", "flag: often", "unknown flag 'often'"),
        ("{id: home,", "{id: home, colour: red,", "unknown field 'colour'"),
        ("%raised%", "%risen%", "unknown fragment 'risen'"),
        ("(?:户籍|", "(?:户籍+|", "unbounded repeat"),
        ("(?:户籍|", "((?:户籍|", "not a regular expression"),
        ("tail: 24", "tail: far", "expected a number"),
        ("  label: ADDR", "  label: STREET", "unknown labels 'STREET'"),
    ],
)
def test_a_wrong_rule_is_named(changed: Callable[[str, str], Path], old: str, new: str, problem: str) -> None:
    with pytest.raises(SchemeError, match=problem) as caught:
        read_roles(changed(old, new))
    assert "roles.yaml:" in str(caught.value)


def test_a_city_may_name_roles_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "roles.yaml").write_text('version: "9"\nroles: {who: {name: 谁, culprit: true}}\n', "utf-8")
    scheme = load_scheme(tmp_path)
    assert (list(scheme.roles), scheme.culprits) == (["who"], {"who"})
    assert scheme.version == shipped().version
    (tmp_path / "roles.yaml").write_text('version: "9"\nroles: {who: {name: 谁, culprit: often}}\n', "utf-8")
    with pytest.raises(SchemeError, match=r"roles\.yaml:2: roles\.who\.culprit: must be bool"):
        load_scheme(tmp_path)
