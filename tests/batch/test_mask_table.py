"""Tables are masked whole, and a row that cannot be made sure of is withheld."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from appealnlp.batch.masking import mask_table
from appealnlp.entities.masking import Masker
from appealnlp.errors import InputError, TableError

COLUMNS = ("编号", "姓名", "手机号", "标题", "内容", "备注")
FIRST = ("1", "赵六", "13900001234", "物业", "住阳光小区3栋，赵六反映，139 0000 1234", "身份证11010519491231002X")
ROWS = [
    dict(zip(COLUMNS, row, strict=True))
    for row in (FIRST, ("2", "", "", "", "停水三天", ""), ("3", "", "", "", "", "电话13900001235"))
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("policy", ["mask", "replace", "hash", "remove"])
def test_no_cell_keeps_what_names_a_person(table: Path, tmp_path: Path, policy: str) -> None:
    out = tmp_path / "out.csv"
    report = mask_table(table, out, policy=policy)
    assert (report.rows_in, report.rows_out, report.rejects) == (3, 3, 0)
    text = out.read_text("utf-8-sig")
    for words in ("赵六", "13900001234", "139 0000 1234", "13900001235", "11010519491231002X"):
        assert words not in text
    assert [row["编号"] for row in read(out)] == ["1", "2", "3"]
    assert read(out)[1]["内容"] == "停水三天"
    assert "阳光小区" in read(out)[0]["内容"]


def test_one_row_is_one_document(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    mask_table(table, out, policy="replace")
    row = read(out)[0]
    assert row["手机号"] == "〔电话1〕"
    assert "〔电话1〕" in row["内容"]
    assert row["姓名"] in row["内容"]


def test_masking_a_masked_table_changes_nothing(table: Path, tmp_path: Path) -> None:
    for policy in ("mask", "replace"):
        once, twice = tmp_path / f"{policy}.csv", tmp_path / f"{policy}2.csv"
        mask_table(table, once, policy=policy)
        mask_table(once, twice, policy=policy)
        assert twice.read_bytes() == once.read_bytes()


def test_other_formats(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    mask_table(table, out)
    records = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert records[0]["姓名"] == "赵*"


def test_a_row_is_withheld_where_a_recogniser_errs(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Any = Masker.mask

    def failing(self: Masker, text: str, *rest: Any, **more: Any) -> Any:
        if "停水" in text:
            raise RuntimeError(text)
        return real(self, text, *rest, **more)

    monkeypatch.setattr(Masker, "mask", failing)
    out = tmp_path / "out.csv"
    report = mask_table(table, out)
    assert (report.rows_in, report.rows_out, report.rejects) == (3, 2, 1)
    assert "停水" not in out.read_text("utf-8-sig")
    refused = (tmp_path / "out.csv.rejects.jsonl").read_text("utf-8")
    assert "withheld" in refused
    assert "停水" not in refused


def test_faults_are_named(table: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown masking policy"):
        mask_table(table, tmp_path / "out.csv", policy="blur")
    (tmp_path / "out.csv").write_text("x", "utf-8")
    with pytest.raises(TableError):
        mask_table(table, tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
