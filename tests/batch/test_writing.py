"""Tables out: round trips of any cell, formulas made safe, limits of the formats."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appealnlp.batch import xlsxfile
from appealnlp.batch.csvfile import safe_cell
from appealnlp.batch.formats import FORMATS
from appealnlp.batch.table import Column, ReadOptions, cell_text
from appealnlp.errors import InputError, TableError
from batch.conftest import read_csv, read_xlsx

COLUMNS = (Column("id"), Column("text"))
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def written(suffix: str, rows: list[dict], columns=COLUMNS, schema=None) -> bytes:
    file = io.BytesIO()
    sink = FORMATS[suffix].sink(file, columns, schema)
    try:
        for row in rows:
            sink.write(row)
        sink.finish()
    except BaseException:
        sink.abandon()
        raise
    return file.getvalue()


def read_back(suffix: str, data: bytes, folder: Path) -> list[dict]:
    path = folder / f"back{suffix}"
    path.write_bytes(data)
    with FORMATS[suffix].read(path, ReadOptions(encoding="utf-8-sig")) as source:
        return [dict(row.values) for row in source.rows]


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@given(cells=st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_csv_round_trip(tmp_path_factory, suffix, cells):
    rows = [{"id": f"x{a}", "text": b} for a, b in cells]
    back = read_back(suffix, written(suffix, rows), tmp_path_factory.mktemp("w"))
    assert back == [{"id": row["id"], "text": safe_cell(row["text"])} for row in rows]


@given(cells=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_jsonl_round_trip(tmp_path_factory, cells):
    rows = [{"id": a, "text": b} for a, b in cells]
    assert read_back(".jsonl", written(".jsonl", rows), tmp_path_factory.mktemp("w")) == rows


@given(cells=st.lists(st.tuples(CELLS, CELLS), max_size=5))
@settings(deadline=None)
def test_xlsx_round_trip(tmp_path_factory, cells):
    rows = [{"id": f"x{a}", "text": b} for a, b in cells]
    back = read_back(".xlsx", written(".xlsx", rows), tmp_path_factory.mktemp("w"))
    assert back == [{name: _XML.sub("", value) or None for name, value in row.items()} for row in rows]


@given(cells=st.lists(st.tuples(CELLS, CELLS), max_size=5))
@settings(deadline=None)
def test_parquet_round_trip(tmp_path_factory, cells):
    pytest.importorskip("pyarrow")
    rows = [{"id": a, "text": b} for a, b in cells]
    assert read_back(".parquet", written(".parquet", rows), tmp_path_factory.mktemp("w")) == rows


RISKY = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "－水管破了",
    "+86 13900001111",
    "-",
]
HARMLESS = ["-3.5", "+7", "-1e5", "-12%", "停水=停电", "1+1", "", "'=1", "3-5号楼"]


@pytest.mark.parametrize("text", RISKY)
def test_formulas_are_made_safe(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_and_text_are_left_alone(text):
    assert safe_cell(text) == text


def test_csv_has_the_mark_and_safe_headers():
    data = written(".csv", [{"=id": "=1", "n": -3.5}], (Column("=id"), Column("n")))
    assert data == b"\xef\xbb\xbf'=id,n\r\n'=1,-3.5\r\n"


def test_xlsx_text_is_never_a_formula(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(written(".xlsx", [{"id": "=1+1", "text": "00123"}, {"id": "#REF!", "text": "TRUE"}]))
    from openpyxl import load_workbook

    sheet = load_workbook(path).active
    assert [[cell.data_type for cell in row] for row in sheet["A2:B3"]] == [["s", "s"], ["s", "s"]]
    assert [row["id"] for row in read_xlsx(path)] == ["=1+1", "#REF!"]
    assert read_xlsx(path)[0]["text"] == "00123"


def test_xlsx_looks(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(written(".xlsx", [{"id": 5, "text": "好"}], (Column("id"), Column("很长很长很长的列名"))))
    from openpyxl import load_workbook

    sheet = load_workbook(path).active
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.bold
    assert sheet["A2"].value == 5
    assert (sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width) == (10, 20)


def test_xlsx_has_sums_as_numbers(tmp_path):
    data = written(".xlsx", [{"id": Decimal("1.50"), "text": Decimal("NaN")}])
    assert read_back(".xlsx", data, tmp_path) == [{"id": 1.5, "text": "NaN"}]


def test_xlsx_has_no_time_in_it():
    data = written(".xlsx", [{"id": 1, "text": "好"}])
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert {member.date_time[0] for member in book.infolist()} == {1980}
        assert b"1980-01-01T00:00:00Z" in book.read("docProps/core.xml")


def test_xlsx_keeps_times_and_drops_zones(tmp_path):
    when = datetime.fromisoformat("2024-05-01T09:30:00+08:00")
    rows = read_back(".xlsx", written(".xlsx", [{"id": when, "text": None}]), tmp_path)
    assert rows[0]["id"] == datetime(2024, 5, 1, 9, 30)


@pytest.mark.parametrize("text", ["_x0041_", "_x0041_x0042_", "_x_", "_x005F_x0041_", "a\r\nb"])
def test_xlsx_keeps_what_looks_like_an_escape(tmp_path, text):
    assert read_back(".xlsx", written(".xlsx", [{"id": text, "text": "好"}]), tmp_path) == [{"id": text, "text": "好"}]


@pytest.mark.parametrize("text", ["长" * 32_768, "𠮷" * 16_384])
def test_xlsx_refuses_what_a_cell_cannot_hold(text):
    with pytest.raises(InputError, match="field 'text' is longer than an xlsx cell holds"):
        written(".xlsx", [{"text": text}])


def test_xlsx_is_full(monkeypatch):
    monkeypatch.setattr(xlsxfile, "MAX_ROWS", 3)
    with pytest.raises(TableError, match="holds 3 rows; write csv"):
        written(".xlsx", [{"text": "好"}] * 3)


def test_jsonl_half_characters_can_be_read_again(tmp_path):
    data = written(".jsonl", [{"nested": {"a": "\ud800"}}])
    assert data == b'{"nested": {"a": "\\ud800"}}\n'


def test_jsonl_refuses_what_json_cannot_hold():
    with pytest.raises(InputError, match="cannot be written as JSON"):
        written(".jsonl", [{(1, 2): 3}])


def test_parquet_keeps_types(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    schema = arrow.schema([("id", arrow.int32()), ("tags", arrow.list_(arrow.string()))])
    columns = (Column("id"), Column("tags"), Column("n", int), Column("p", float), Column("ok", bool), Column("s", str))
    rows = [
        {"id": 1, "tags": ["a"], "n": 2, "p": 0.5, "ok": True, "s": "好"},
        dict.fromkeys(["id", "tags", "n", "p", "ok", "s"]),
    ]
    data = written(".parquet", rows, columns, schema)
    assert read_back(".parquet", data, tmp_path) == rows
    with pytest.raises(InputError, match="field 'id' is no int32"):
        written(".parquet", [{"id": "x"}], columns, schema)


TEXTS = [
    ("好", "好"),
    (None, ""),
    (True, "true"),
    (441302.0, "441302"),
    (0.5, "0.5"),
    (7, "7"),
    (float("nan"), "nan"),
    (datetime(2024, 5, 1, 9, 30), "2024-05-01 09:30:00"),
    (datetime(2024, 5, 1).date(), "2024-05-01"),
    (memoryview(b"abc"), "616263"),
    (Decimal("1.50"), "1.50"),
    ({"a": ["好", datetime(2024, 5, 1)]}, '{"a": ["好", "2024-05-01 00:00:00"]}'),
]


@pytest.mark.parametrize(("value", "text"), TEXTS)
def test_cell_text(value, text):
    assert cell_text(value) == text


def test_read_csv_helper_agrees(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(written(".csv", [{"id": 1, "text": "一\n二"}]))
    assert read_csv(path) == [{"id": "1", "text": "一\n二"}]
