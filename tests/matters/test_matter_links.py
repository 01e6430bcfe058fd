"""Which appeals are linked, and what is said of a link."""

from __future__ import annotations

import json

import numpy as np
import pytest

from appealnlp.appeal import Appeal
from appealnlp.errors import InputError, ModelError
from appealnlp.matters import Entry, Matters
from appealnlp.matters.compare import FEATURES, Measures, compared, same_words
from appealnlp.matters.index import RECORDS
from appealnlp.matters.judge import load_judge, read_judge
from appealnlp.matters.links import Links, Span, matters, time_order
from appealnlp.matters.prints import Prints
from appealnlp.matters.reading import read
from appealnlp.matters.units import load_units
from matters.appeals import ALL, LIFT, NOISE, NOISE_AGAIN, NOISE_COPY, NOISE_ELSEWHERE, entries, entry


@pytest.fixture
def found(tmp_path):
    with Matters(tmp_path / "index") as finder:
        finder.add(entries())
        yield finder


def answers(finder):
    return {answer.id: answer for answer in finder.answers()}


def test_a_matter_is_fact_place_and_object(found):
    by_id = answers(found)
    assert [by_id[f"n{i}"].kind for i in range(6)] == ["new", "new", "new", "new", "duplicate", "repeat"]
    assert by_id["n4"].matter == by_id["n5"].matter == "n0"
    assert by_id["n5"].size == 3
    assert by_id["n1"].size == by_id["n2"].size == 1


def test_the_evidence_and_what_is_new(found):
    answer = answers(found)["n5"]
    assert "云岭花园" in answer.ground.names
    assert "施工" in "".join(answer.ground.words)
    assert set(answer.ground.numbers) == {*FEATURES, "title_names", "same_wording"}
    assert any("上周城管来过" in words for words in answer.new)
    assert not any("睡不着" in words and "打桩" in words and len(words) > 60 for words in answer.new)
    told = answer.to_dict()
    assert json.dumps(told["matter"], ensure_ascii=True)
    evidence = told["matter"]["evidence"]
    assert "云岭花园" in evidence["names"]
    assert evidence["agreement"]["names"] > 0.5
    assert all(key.isascii() for key in [*told, *told["matter"], *evidence, *evidence["agreement"]])


def test_a_copy_has_nothing_new(found):
    assert answers(found)["n4"].new == ()


def test_nothing_depends_on_the_order_of_rows(tmp_path):
    groups = []
    for number, rows in enumerate((entries(), entries()[::-1])):
        with Matters(tmp_path / str(number)) as finder:
            finder.add(rows)
            groups.append({answer.id: (answer.matter, answer.kind) for answer in finder.answers()})
    assert groups[0] == groups[1]


def test_only_the_new_is_compared_and_the_result_is_the_same(tmp_path):
    rows = entries()
    with Matters(tmp_path / "whole") as finder:
        finder.add(rows)
        whole = {answer.id: (answer.matter, answer.kind, answer.earlier) for answer in finder.answers()}
    parts = {}
    for chunk in (rows[:3], rows[3:5], rows[5:]):
        with Matters(tmp_path / "parts") as finder:
            finder.add(chunk)
            parts |= {answer.id: (answer.matter, answer.kind, answer.earlier) for answer in finder.answers()}
            finder.save()
    assert parts == whole


def test_rows_that_are_there_are_not_added_again(tmp_path):
    for run in range(2):
        with Matters(tmp_path) as finder:
            finder.add(entries())
            finder.save()
            assert finder.counts().known == 6 * run
            assert len(finder.index) == 6
    with Matters(tmp_path) as finder:
        finder.add([*entries()[:2], entry(LIFT, 9, 20)])
        assert finder.counts().kinds == {"new": 0, "duplicate": 1, "repeat": 0}


def test_what_a_broken_run_appended_is_cut_off(tmp_path):
    with Matters(tmp_path) as finder:
        finder.add(entries())
        finder.save()
    with (tmp_path / RECORDS).open("ab") as file:
        file.write(b'{"half')
    with Matters(tmp_path) as finder:
        finder.add([entry(LIFT, 9, 20)])
        assert answers(finder)["n9"].earlier == "n1"


def test_the_index_is_for_its_owner_and_holds_no_person(tmp_path):
    words = (NOISE[0], f"{NOISE[1]}我叫王小红，电话13900001234。")
    with Matters(tmp_path / "index") as finder:
        finder.add([entry(words, 1)])
        finder.save()
    files = list((tmp_path / "index").iterdir())
    stored = b"".join(path.read_bytes() for path in files)
    assert "王小红".encode() not in stored
    assert b"13900001234" not in stored
    assert (tmp_path / "index" / RECORDS).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["prints.safetensors", RECORDS])
def test_a_broken_index_is_told(tmp_path, damage):
    with Matters(tmp_path) as finder:
        finder.add(entries())
        finder.save()
    (tmp_path / damage).write_bytes(b"")
    with pytest.raises(InputError, match="remove the folder"):
        Matters(tmp_path)


def test_an_index_of_another_model_is_refused(tmp_path):
    from appealnlp.matters.index import Index

    with Matters(tmp_path) as finder:
        finder.add(entries())
        finder.save()
    with pytest.raises(InputError, match="begin anew"):
        Index(tmp_path, "another model 1")


def test_persons_never_link(tmp_path):
    who = "我叫王小红，电话13900001234，家住滨河里。"
    texts = (("咨询落户政策", f"{who}请问大学毕业生落户需要什么材料，多久能办好。"),
             ("路灯不亮", f"{who}巷口的路灯坏了半个月，晚上走路看不见，请派人维修。"))  # fmt: skip
    with Matters(tmp_path) as finder:
        finder.add(entries(texts))
        assert [answer.kind for answer in finder.answers()] == ["new", "new"]


def test_days_limit_a_matter(tmp_path):
    rows = [entry(NOISE, 1, 1, 1), entry(NOISE_AGAIN, 2, 1, 6)]
    kinds = []
    for number, days in enumerate((None, 30, 365)):
        with Matters(tmp_path / str(number), days=days) as finder:
            finder.add(rows)
            kinds.append([answer.kind for answer in finder.answers()][1])
    assert kinds == ["repeat", "new", "repeat"]


def test_no_id_and_no_time(tmp_path):
    with Matters(tmp_path) as finder:
        finder.add(Entry(Appeal(text, title)) for title, text in (NOISE, NOISE_AGAIN))
        found = list(finder.answers())
    assert [answer.matter for answer in found] == [1, 1]
    assert found[1].time is None


def test_nothing_to_read(tmp_path):
    with Matters(tmp_path) as finder, pytest.raises(InputError, match="no appeal"):
        finder.add([])


def test_features_are_symmetric_and_bounded():
    prints = Prints.of([read(Appeal(text, title)) for title, text in ALL], load_units())
    measures = Measures.of(prints, prints.counts(), len(prints))
    first, second = (part.reshape(-1) for part in np.meshgrid(np.arange(6), np.arange(6)))
    there, back = compared(measures, first, second), compared(measures, second, first)
    assert np.allclose(there, back, atol=1e-6)
    assert ((there >= 0) & (there <= 1)).all()
    own = compared(measures, np.arange(6), np.arange(6))
    assert np.allclose(own[:, :3], 1.0, atol=1e-4)
    assert there[2][-1] == there[12][-1] < 0.2  # NOISE and NOISE_ELSEWHERE name other places
    assert same_words(prints, np.array([0]), np.array([0])) == 1.0
    assert same_words(prints, np.array([0]), np.array([ALL.index(NOISE_COPY)])) > 0.6
    assert same_words(prints, np.array([0]), np.array([3])) < 0.1
    assert ALL.index(NOISE_ELSEWHERE) == 2
    assert len(compared(measures, first[:0], first[:0])) == 0


def test_matters_are_joined_by_links():
    links = Links(
        np.array([1, 3]), np.array([0, 1]), np.ones(2, np.float32), np.ones((2, 6), np.float32), np.ones(2, np.float32)
    )
    order = time_order(np.array([30, 20, -1, 10]))
    assert order.tolist() == [2, 1, 3, 0]
    assert matters(4, links, order).tolist() == [3, 3, 2, 3]
    assert matters(2, Links.none(), np.arange(2)).tolist() == [0, 1]
    span = Span(np.array([0, 100, -1]), 50)
    assert span.allows(np.array([1, 2]), np.array([0, 0])).tolist() == [False, True]


def test_the_shipped_judge():
    judge = load_judge()
    low, high, elsewhere = judge.probabilities(np.array([[0.0] * 6, [1.0] * 6, [1.0] * 5 + [0.0]], np.float32))
    assert low < 0.05
    assert high > 0.95
    assert elsewhere == 0.0
    assert 0 < judge.threshold < 1


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "cannot be read"), ('{"features": ["x"]}', "are not those"),
     (json.dumps({"features": list(FEATURES), "mean": [1], "scale": [1], "weight": [1]}), "numbers each")],
)  # fmt: skip
def test_a_broken_judge_is_told(tmp_path, content, says):
    path = tmp_path / "judge.json"
    path.write_text(content)
    with pytest.raises(ModelError, match=says):
        read_judge(path)
    with pytest.raises(ModelError, match="missing"):
        read_judge(tmp_path / "none.json")
