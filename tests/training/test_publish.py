"""The published corpus: one file of a fixed schema that Hugging Face datasets loads in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appealnlp.errors import TableError
from appealnlp_training.publish import COLUMNS, flat, main, rows

ROOT = Path(__file__).resolve().parents[2]
FIRST = {
    "id": "own-x-1",
    "text": "柳巷停水三天",
    "type": "request",
    "flags": {"supply_cut": "停水三天"},
    "headcount": 3,
}
SECOND = {
    "id": "own-y-1",
    "title": "路灯",
    "text": "东湖路灯坏了",
    "pair": 1,
    "entities": [["ADDR", "东湖"]],
    "sure": False,
}


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    for name, row in (("x", FIRST), ("y", SECOND)):
        (tmp_path / "own" / f"{name}.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
    return tmp_path


def test_every_row_has_every_column(corpora: Path) -> None:
    first, second = rows(corpora / "own")
    assert tuple(sorted(first)) == tuple(sorted(second)) == tuple(sorted(COLUMNS))
    assert first["flags"] == [{"flag": "supply_cut", "text": "停水三天"}]
    assert first["sure"] is True
    assert second["entities"] == [{"label": "ADDR", "subtype": None, "text": "东湖"}]
    assert second["sure"] is False


def test_our_own_corpus_fits() -> None:
    assert all(len(row) == len(COLUMNS) for row in rows(ROOT / "corpora" / "own"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"mood": "x"}, "a:1: field 'mood' has no column"),
        ({"headcount": "3"}, "a:1: field 'headcount' must be int, found str"),
        ({"headcount": True}, "a:1: field 'headcount' must be int, found bool"),
        ({"entities": [["ADDR"]]}, r"a:1: field 'entities' must hold \[label, text\]"),
    ],
)
def test_faults(row: dict[str, object], message: str) -> None:
    with pytest.raises(TableError, match=message):
        flat(row, "a", "a:1")


def test_an_empty_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    assert main(["--corpora", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "no jsonl files" in capsys.readouterr().err


def test_datasets_loads_it_in_one_line(
    corpora: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")
    assert main(["--corpora", str(corpora), "--out", str(tmp_path / "hub")]) == 0
    file, cache = str(tmp_path / "hub" / "own.parquet"), str(tmp_path / "cache")
    loaded = datasets.load_dataset("parquet", data_files=file, cache_dir=cache)["train"]
    assert tuple(loaded.column_names) == COLUMNS
    assert loaded[0]["flags"] == [{"flag": "supply_cut", "text": "停水三天"}]
