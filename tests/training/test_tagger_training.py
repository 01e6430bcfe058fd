"""Readers of annotated sets with their differences, and a training small enough to watch."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from appealnlp.entities import load_recogniser
from appealnlp.errors import InputError
from appealnlp_training.importers.tagged import Span, Tagged
from appealnlp_training.records import Record
from appealnlp_training.tagger_data import (
    MAIN,
    Row,
    appeal_rows,
    cluener,
    columns,
    extra_rows,
    found,
    set_rows,
    write_extra,
)

torch = pytest.importorskip("torch")
WEIGHTS = {"gold": 1.0, "read": 1.0, "own": 1.0, "unsure": 0.5}


def words(tagged: Tagged) -> list[tuple[str, str]]:
    return [(span.label, tagged.text[span.start : span.end]) for span in tagged.spans]


def test_cluener_ends_are_inclusive(tmp_path: Path) -> None:
    row = {"text": "请李小明到东湖区", "label": {"name": {"李小明": [[1, 3]]}, "address": {"东湖区": [[5, 7]]}}}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    (read,) = cluener(tmp_path / "a.jsonl")
    assert words(read) == [("name", "李小明"), ("address", "东湖区")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("李 B-PER\n明 I-PER\n在 O\n东 B-LOC\n湖 I-LOC", [("per", "李明"), ("loc", "东湖")]),
        ("李 B-NAME\n小 M-NAME\n明 E-NAME\n东 S-ORG\n西 S-ORG", [("name", "李小明"), ("org", "东"), ("org", "西")]),
        ("他0 B-PER.NOM\n妈1 I-PER.NOM\n李0 B-PER.NAM", [("per.nom", "他妈"), ("per.nam", "李")]),
        ("广 B-prov\n东 I-prov\n1 B-houseno\n栋 I-houseno", [("province", "广东"), ("building", "1栋")]),
        ("开 B-devZone\n区 I-devzone\n中 B-country\n李 B-person", [("devzone", "开区")]),
    ],
)
def test_columns_of_each_set(tmp_path: Path, lines: str, expected: list[tuple[str, str]]) -> None:
    (tmp_path / "a.bio").write_text(lines + "\n\n" + lines + "\n", "utf-8")
    read = list(columns(tmp_path / "a.bio"))
    assert len(read) == 2
    assert words(read[0]) == expected


def test_spans_of_an_appeal_are_those_of_the_normalised_text() -> None:
    record = Record(
        "1", "g", "read", "東湖路积水", "請看：１２号楼在東湖路　东湖物业公司", department="water", sure=False,
        entities=[["ADDR", "１２号楼"], ["ADDR", "東湖路"], ["ORG:corp", "东湖物业公司"], ["ORG:corp", "东湖物业"]],
    )  # fmt: skip
    (row,) = appeal_rows([record], WEIGHTS)
    assert row.weight == 0.5
    assert len(words(row.tagged)) == len(list(found(record))) == 4
    assert {span.subtype for span in row.tagged.spans if span.label == "ORG"} == {"corp"}
    assert [text for label, text in words(row.tagged) if label == "ORG"] == ["东湖物业公司"]
    assert row.tagged.text[row.title_length - 1] == "\n"
    assert not list(appeal_rows([Record("2", "g", "published", "", "没人读过")], WEIGHTS))


def test_rows_of_another_tagger_come_back(tmp_path: Path) -> None:
    path = tmp_path / "extra.jsonl"
    soft = [[0.9, 0.1], [0.2, 0.8]]
    spans = [[0, 3, "ADDR", None]]
    write_extra(path, [{"text": "东湖路", "spans": spans, "group": "7"}, {"text": "东湖", "soft": soft}])
    hard, other = extra_rows(path)
    assert (hard.tagged, hard.group, hard.head) == (Tagged("东湖路", (Span(0, 3, "ADDR"),)), "7", MAIN)
    assert other.soft is not None
    assert np.allclose(other.soft, soft)
    path.write_text(json.dumps({"text": "东", "spans": [[0, 3, "ADDR", None]]}), "utf-8")
    with pytest.raises(InputError, match="mend the offsets"):
        list(extra_rows(path))


SURNAMES, GIVEN, PLACES = "王李张刘陈杨赵黄", ("小明", "大伟", "丽华", "建国"), ("东湖路", "西山村", "南门街", "北塘巷")


def small_rows(count: int, seed: int) -> list[Row]:
    """Invented sentences; the names of one seed are put together otherwise than those of another."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        name = rng.choice(list(SURNAMES)) + rng.choice(GIVEN)
        place, number_ = rng.choice(PLACES), int(rng.integers(1, 99))
        text = f"我叫{name}，家住{place}{number_}号，请管一管"
        end = 7 + len(place) + len(f"{number_}号") + 1
        spans = (Span(2, 5, "PER"), Span(8, end, "ADDR"))
        assert text[8:end].endswith("号")
        rows.append(Row(Tagged(text, spans), MAIN, f"{seed}-{number}"))
    return rows


def config(**learning: object) -> dict[str, object]:
    from appealnlp_training.tagger import CONFIG

    data = tomllib.loads(CONFIG.read_text("utf-8"))
    data["network"] = {"columns": 12, "hidden": [16, 16], "reach": [1, 2]}
    data["learning"] |= {"epochs": 40, "batch": 400, "rate": 2e-2, **learning}
    return {**data, "min_groups": [2] * 3}


def test_a_small_training_finds_names_it_has_not_seen_together(tmp_path: Path) -> None:
    from appealnlp.entities.tagger.store import load_tagger, save_tagger
    from appealnlp_training.tagger import Training
    from appealnlp_training.tagger_card import tagger_card
    from appealnlp_training.tagger_report import pairs_of

    torch.set_num_threads(1)
    recogniser, rows = load_recogniser(), small_rows(40, 1)
    other = Row(Tagged("他妈妈来了", (Span(0, 3, "per.nom"),)), "weibo", "w")
    training = Training([*rows, other], config(), recogniser)
    training.learn()
    parts = training.parts()
    save_tagger(tmp_path / "tagger", "tagger", "1", "x", parts, tagger_card([*rows, other], config()))
    tagger = load_tagger(tmp_path / "tagger", recogniser)
    seen = {row.tagged.text for row in rows}
    fresh = [row for row in small_rows(40, 2) if row.tagged.text not in seen]
    right = [
        {(e.label, e.text) for e in recogniser.find_tagged(row.tagged.text, 0, tagger)} == pairs_of(row)
        for row in fresh
    ]
    assert len(fresh) > 20
    assert sum(right) >= 0.9 * len(right)
    assert "1 rows: Weibo" in (tmp_path / "tagger" / "card.md").read_text("utf-8")


def test_the_network_of_the_library_is_that_of_the_training() -> None:
    from appealnlp_training.tagger import Training
    from appealnlp_training.tagger_input import Batch, Item

    recogniser, rows = load_recogniser(), small_rows(6, 3)
    training = Training(rows, config(), recogniser)
    training.net.eval()
    items = [Item.of(row, training.reader, recogniser, training.tags) for row in rows]
    batch = Batch.of(items, training.net.shape.edge, len(training.tags.main))
    with torch.no_grad():
        expected = training.net(batch.rows, MAIN).numpy()
    tagger = training.parts().tagger(recogniser)
    place = 0
    for item in items:
        size = len(item.tags)
        mine = tagger._network.scores(item.rows)
        assert np.allclose(mine, expected[place : place + size], atol=1e-4)
        assert batch.tags[place : place + size].tolist() == item.tags.tolist()
        place += size + training.net.shape.edge


def test_the_grams_of_few_groups_are_in_no_table() -> None:
    from appealnlp.entities.tagger.grams import places
    from appealnlp_training.tagger_input import vocabulary_of

    common, rare = "祝屋巷", "欧阳某"
    rows = [Row(Tagged(f"{common}里{'甲乙丙丁戊'[i]}{rare if i < 4 else ''}"), MAIN, str(i)) for i in range(5)]
    rows += [Row(Tagged(rare), MAIN, "0")] * 9  # of a group that counts already
    known = vocabulary_of(rows, load_recogniser(), [5] * 3).places
    assert places(common)[2][0] in known[2]
    assert places(rare)[2][0] not in known[2]


def test_shared_sets_are_read_whole(shared: Path) -> None:
    rows = list(set_rows(shared))
    heads = {row.head for row in rows}
    assert heads == {"cluener", "peoples_daily", "weibo", "resume", "address"}
    assert len(rows) > 30_000
    for head, label in (("cluener", "government"), ("weibo", "per.nom"), ("address", "devzone"), ("resume", "title")):
        assert any(span.label == label for row in rows if row.head == head for span in row.tagged.spans)
    labels = {span.label for row in rows if row.head == "address" for span in row.tagged.spans}
    assert not labels & {"prov", "houseno", "country", "person"}
