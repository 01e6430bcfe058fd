"""The command `matters`, and the tables that it reads and writes."""

from __future__ import annotations

import csv
import json

import pytest

from appealnlp.errors import TableError
from appealnlp.matters import Matters, Rows, write_answers
from matters.appeals import ALL


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["工单编号", "标题", "诉求内容", "受理时间"])
        for number, (title, text) in enumerate(ALL):
            writer.writerow([f"n{number}", title, text, f"2024-05-{number + 1:02} 09:00"])
        writer.writerow(["n9", "", "", "2024-05-09"])
    return path


def test_on_a_screen(call, table):
    code, out, err = call("matters", table, "--workers", 1, "--by", "month")
    assert (code, err) == (0, "")
    assert "7 行 rows；首次 new 4，重复件 duplicates 1，同一事项 repeats 1；4 个事项 matters" in out
    assert "热点 hot issues 2024-05" in out
    assert "云岭花园" in out
    assert "1 行不能用 rows are unusable" in out


def test_as_json(call, table):
    code, out, _ = call("matters", table, "--workers", 1, "--json", "--at", "2024-05-03", "--by", "month", "--top", 1)
    told = json.loads(out)
    assert code == 0
    assert told["kinds"] == {"new": 4, "duplicate": 1, "repeat": 1}
    assert told["hot"]["issues"][0]["count"] == 3
    assert all(key.isascii() for key in told)


def test_again_from_an_index(call, table, tmp_path):
    call("matters", table, "--workers", 1, "--index", tmp_path / "index")
    code, out, _ = call("matters", table, "--workers", 1, "--index", tmp_path / "index", "--json")
    assert code == 0
    assert json.loads(out)["already_indexed"] == 6


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx"])
def test_a_table_of_answers(call, table, tmp_path, suffix):
    target = tmp_path / f"out.{suffix}"
    assert call("matters", table, "-o", target, "--workers", 1)[0] == 0
    if suffix == "csv":
        rows = list(csv.DictReader(target.open(encoding="utf-8-sig")))
        assert [row["matter_kind"] for row in rows] == ["new"] * 4 + ["duplicate", "repeat"]
        assert rows[5]["matter_id"] == "n0"
        assert "云岭花园" in rows[5]["matter_evidence"]
        assert "上周城管来过" in rows[5]["matter_new"]
    if suffix == "jsonl":
        rows = [json.loads(line) for line in target.read_text().splitlines()]
        assert rows[4]["matter"]["kind"] == "duplicate"
    code, _, err = call("matters", table, "-o", target, "--workers", 1)
    assert code == 2
    assert "--overwrite" in err


def test_two_processes_find_the_same(table, tmp_path):
    told = []
    for workers in (1, 2):
        with Matters(tmp_path / str(workers)) as found:
            found.add(Rows(table).entries(), workers)
            told.append([answer.to_dict() for answer in found.answers()])
    assert told[0] == told[1]


ERRORS = [
    (["--by", "year"], "unknown rhythm 'year'"),
    (["--at", "昨天"], "--at '昨天' is no day"),
    (["--text-column", "全文"], "no column '全文'"),
    (["-o", "out.doc"], "no table format"),
]


@pytest.mark.parametrize(("args", "says"), ERRORS)
def test_errors(call, table, monkeypatch, tmp_path, args, says):
    monkeypatch.chdir(tmp_path)
    code, _, err = call("matters", table, "--workers", 1, *args)
    assert code == 2
    assert says in err
    assert "Traceback" not in err


def test_tagged_tables_bring_flags_and_area(tmp_path):
    flat, nested = tmp_path / "flat.csv", tmp_path / "nested.jsonl"
    flat.write_text("id,text,appeal_flags,appeal_area\na,路灯不亮,wage_arrears,441302\nb,停水,,\n", "utf-8")
    record = {"id": "a", "text": "路灯不亮", "analysis": {"flags": [{"flag": "wage_arrears"}]}}
    nested.write_text(json.dumps(record) + "\n" + json.dumps({"id": "b", "text": "停水"}) + "\n", "utf-8")
    rows = list(Rows(flat).entries())
    assert [row.flags for row in rows] == ["wage_arrears", ""]
    assert rows[0].appeal.area == "441302"
    source = Rows(nested)
    assert [row.flags for row in source.entries()] == ["wage_arrears", None]


def test_a_table_without_texts(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "analysis": {}}\n')
    with pytest.raises(TableError, match="no column of appeals"):
        list(Rows(path).entries())


def test_nothing_half_is_written(table, tmp_path):
    def broken(found):
        yield from list(found.answers())[:2]
        raise RuntimeError

    with Matters(tmp_path / "index") as found:
        found.add(Rows(table).entries())
        with pytest.raises(RuntimeError):
            write_answers(broken(found), table, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
