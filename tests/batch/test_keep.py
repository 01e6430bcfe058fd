"""Chosen columns are kept, in their order, and the id always."""

from __future__ import annotations

import pytest

from appealnlp.batch.options import names_of
from appealnlp.errors import TableError
from batch.conftest import read_csv, read_jsonl
from batch.test_job import FLAT

TABLE = "备注,编号,诉求内容,电话\n甲,1,停水,139\n"


@pytest.mark.parametrize(
    ("keep", "columns"),
    [
        (("电话", "备注"), ["备注", "编号", "电话"]),
        (("诉求内容",), ["编号", "诉求内容"]),
        ((), ["编号"]),
        (None, ["备注", "编号", "诉求内容", "电话"]),
    ],
)
def test_columns(write, run, tmp_path, keep, columns):
    run(write("in.csv", TABLE), keep=keep)
    row = read_csv(tmp_path / "out.csv")[0]
    assert list(row) == [*columns, *FLAT]
    assert row["appeal_urgency"] == "urgent"


def test_unknown_columns(write, run, tmp_path):
    says = r"in\.csv: no column '街道'; the columns are 备注, 编号, 诉求内容, 电话; mend --keep"
    with pytest.raises(TableError, match=says):
        run(write("in.csv", TABLE), keep=("街道",))


def test_jsonl(write, run, tmp_path):
    path = write("in.jsonl", '{"id": 1, "text": "好", "a": [1]}\n' * 300 + '{"id": 2, "text": "好", "late": 1}\n')
    run(path, "out.jsonl", keep=("a", "late"))
    first, *_, last = read_jsonl(tmp_path / "out.jsonl")
    assert list(first) == ["id", "a", "late", "analysis"]
    assert (last["id"], last["a"], last["late"]) == (2, None, 1)


def test_jsonl_without_id(write, run, tmp_path):
    run(write("in.jsonl", '{"text": "好", "a": 1}\n'), "out.jsonl", keep=("a",))
    assert list(read_jsonl(tmp_path / "out.jsonl")[0]) == ["a", "analysis"]


def test_a_column_that_would_be_overwritten(write, run):
    path = write("in.csv", "id,编号,内容\n1,2,好\n")
    with pytest.raises(TableError, match="has a column 'id' already"):
        run(path, "out.jsonl", keep=("id",), columns={"id": "编号"})


def test_kept_columns_of_a_tagged_table_are_refused_only_if_kept(write, run, tmp_path):
    path = write("in.csv", "编号,内容,appeal_type\n1,好,x\n")
    with pytest.raises(TableError, match="'appeal_type' already"):
        run(path)
    run(path, keep=("内容",))
    assert read_csv(tmp_path / "out.csv")[0]["appeal_type"] == "complaint"


@pytest.mark.parametrize(
    ("listed", "names"), [(None, None), ("", ()), ("甲,乙", ("甲", "乙")), ("甲， 乙,", ("甲", "乙"))]
)
def test_lists(listed, names):
    assert names_of(listed) == names
