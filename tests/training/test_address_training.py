from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from appealnlp.address.gazetteer import Table
from appealnlp.address.stems import load_stems
from appealnlp.errors import InputError
from appealnlp.text.hashing import hash_of
from appealnlp_training import divisions
from appealnlp_training.address import f1, fold_of, read_bio, spans

CONFIG = {"joined": {"subroad": "road"}, "tags": {"road": "road", "city": "city"}}
BIO = "甲 B-city\n市 I-city\n乙 B-subRoad\n路 I-subRoad\n10 B-roadno\n号 I-roadno\n\n丙 B-City\n"


def bio(tmp_path: Path, text: str = BIO) -> Path:
    path = tmp_path / "a.bio"
    path.write_text(text, "utf-8")
    return path


def test_reading(tmp_path: Path) -> None:
    first, second = read_bio(bio(tmp_path), CONFIG)
    assert (first.text, second.text) == ("甲市乙路10号", "丙")
    assert first.labels == ("B-city", "I-city", "B-road", "I-road", "B-roadno", "I-roadno", "I-roadno")
    assert spans(first.labels, CONFIG["tags"]) == {("city", 0, 2), ("road", 2, 4)}


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 2"):
        read_bio(bio(tmp_path, "甲 B-city\n市\n"), CONFIG)


def test_figures() -> None:
    score, parts = f1([({("a", 0, 1), ("b", 1, 2)}, {("a", 0, 1), ("b", 1, 3)})])
    assert score == 0.5
    assert parts == {"a": (1, 0, 0), "b": (0, 1, 1)}


def test_addresses_that_differ_in_numbers_share_a_fold(tmp_path: Path) -> None:
    one, two = read_bio(bio(tmp_path, "路 B-road\n1 O\n\n路 B-road\n2 O\n"), CONFIG)
    assert fold_of(one, 5) == fold_of(two, 5)


def package(folder: Path) -> Path:
    """A country of one province, invented."""
    rows = {
        "provinces": [("99", "甲省")], "cities": [("9901", "乙市"), ("9902", "市辖区")],
        "areas": [("990101", "丙丁区")],
        "streets": [("990101001", "戊己街道")],
        "villages": [("990101001001", "庚辛社区居委会"), ("990101001201", "壬癸村委会")],
    }  # fmt: skip
    (folder / "dist").mkdir(parents=True)
    for name, listed in rows.items():
        with (folder / "dist" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("code", "name"), *listed])
    about = {"name": "small", "version": "1", "repository": {"url": "here"}, "license": "MIT"}
    (folder / "package.json").write_text(json.dumps(about), "utf-8")
    (folder / "LICENSE").write_text("MIT LICENSE\n", "utf-8")
    return folder


def test_the_gazetteer_is_built_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = package(tmp_path / "package")
    for out in ("a", "b"):
        (tmp_path / out).mkdir()
        monkeypatch.setattr("sys.argv", ["divisions", str(made), "--out", str(tmp_path / out)])
        divisions.main()
    for name in ("divisions.npz", "villages.npz", "SOURCE.md"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    upper, villages = Table(tmp_path / "a" / "divisions.npz"), Table(tmp_path / "a" / "villages.npz")
    names = {upper.name(row) for row in range(len(upper))}
    assert names == {"甲省", "乙市", "丙丁区", "戊己街道", "台湾省", "香港特别行政区", "澳门特别行政区"}
    (row,) = villages.rows(hash_of("壬癸")).tolist()
    assert (villages.name(row), int(villages.codes[row])) == ("壬癸村", 990101001201)
    assert load_stems().hollow
    assert "MIT" in (tmp_path / "a" / "SOURCE.md").read_text("utf-8")
