"""Database tables in and out, on sqlite."""

from __future__ import annotations

import sqlite3
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from appealnlp.batch import ReadOptions, TagOptions, tag
from appealnlp.batch import database as db
from appealnlp.batch.ends import end_of, open_source, shown
from appealnlp.batch.journal import job_folder
from appealnlp.batch.lock import Refused
from appealnlp.errors import MissingExtra, TableError
from batch.conftest import read_csv, read_jsonl
from batch.fake_analyzer import FakeAnalyzer, make

pytest.importorskip("sqlalchemy")

COUNT = 250


@pytest.fixture
def base(tmp_path) -> Path:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table 诉求 (编号 integer primary key, 标题 text, 内容 text, 时间 text, 分数 real)")
        rows = [(i * 3, "停水" if i % 2 else None, f"第{i}件", "2024/5/1", i / 4) for i in range(COUNT)]
        connection.executemany("insert into 诉求 values (?, ?, ?, ?, ?)", rows)
    connection.close()
    return path


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(db, "PAGE", 100)


def execute(base: Path, *statements: str) -> list[tuple]:
    with sqlite3.connect(base) as connection:
        found = [connection.execute(statement).fetchall() for statement in statements]
    connection.close()
    return found[-1]


def go(source: str, target, **options):
    return tag(source, target, analyzer_factory=make, options=TagOptions(saved_rows=50, **options))


def test_table_to_file(base, tmp_path):
    report = go(f"sqlite:///{base}#诉求", tmp_path / "out.csv")
    rows = read_csv(tmp_path / "out.csv")
    assert [row["编号"] for row in rows] == [str(i * 3) for i in range(COUNT)]
    assert (rows[1]["标题"], rows[1]["分数"], rows[1]["appeal_urgency"]) == ("停水", "0.25", "urgent")
    assert report.columns == {"text": "内容", "title": "标题", "id": "编号", "received_at": "时间"}
    assert (report.rows_in, report.rows_out) == (COUNT, COUNT)


def test_table_to_jsonl(base, tmp_path):
    go(f"sqlite:///{base}#诉求", tmp_path / "out.jsonl")
    assert [row["id"] for row in read_jsonl(tmp_path / "out.jsonl")] == [i * 3 for i in range(COUNT)]


def test_table_to_table(base, tmp_path):
    report = go(f"sqlite:///{base}#诉求", f"sqlite:///{base}#已分析")
    assert report.rows_out == COUNT
    found = execute(
        base, "select 编号, 分数, appeal_type, appeal_review, typeof(分数) from 已分析 order by 编号 limit 2"
    )
    assert found == [(0, 0.0, "complaint", 0, "real"), (3, 0.25, "complaint", 1, "real")]
    assert execute(base, "select name from sqlite_master where type = 'table' order by name") == [
        ("已分析",), ("诉求",),
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db"]


def test_file_to_table_of_a_new_database(write, tmp_path):
    source = write("in.csv", "编号,内容\n1,好\n2,\n")
    report = go(source, f"sqlite:///{tmp_path / 'new.db'}#t")
    assert execute(tmp_path / "new.db", "select 编号, 内容, appeal_type_confidence from t") == [("1", "好", 0.9321)]
    assert report.rejects_file == tmp_path / "new.db.t.rejects.jsonl"
    assert [item["line"] for item in read_jsonl(report.rejects_file)] == [3]


def test_xlsx_cells_become_text(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["id", "text"])
    book.active.append([7, "好"])
    book.save(tmp_path / "in.xlsx")
    go(tmp_path / "in.xlsx", f"sqlite:///{tmp_path / 'new.db'}#t")
    assert execute(tmp_path / "new.db", "select id from t") == [("7",)]


def test_a_table_that_is_there_stays_unless_told(base, tmp_path):
    execute(base, "create table t (x text)", "insert into t values ('old')")
    with pytest.raises(TableError, match="t: is there already; give another output, or --overwrite"):
        go(f"sqlite:///{base}#诉求", f"sqlite:///{base}#t")
    assert execute(base, "select x from t") == [("old",)]
    go(f"sqlite:///{base}#诉求", f"sqlite:///{base}#t", overwrite=True)
    assert execute(base, "select count(*) from t") == [(COUNT,)]


class Interrupted(FakeAnalyzer):
    def __call__(self, appeal):
        if "第120件" in appeal.content:
            raise KeyboardInterrupt
        return super().__call__(appeal)


def interrupted(source: str, target) -> None:
    with pytest.raises(KeyboardInterrupt):
        tag(source, target, analyzer_factory=Interrupted, options=TagOptions(saved_rows=50))


def test_resume_to_a_table(base):
    source, target = f"sqlite:///{base}#诉求", f"sqlite:///{base}#t"
    interrupted(source, target)
    assert execute(base, "select name from sqlite_master where name like 't%'") == []
    report = go(source, target, resume=True)
    assert (report.resumed, report.rows_out) == (100, COUNT)
    whole = go(source, f"sqlite:///{base}#whole")
    assert whole.rows_out == COUNT
    assert execute(base, "select * from t except select * from whole") == []


def test_resume_to_a_file(base, tmp_path):
    source = f"sqlite:///{base}#诉求"
    go(source, tmp_path / "whole.csv")
    interrupted(source, tmp_path / "out.csv")
    go(source, tmp_path / "out.csv", resume=True)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize(
    "change", ["update 诉求 set 内容 = '另' where 编号 = 600", "delete from 诉求 where 编号 = 600"]
)
def test_a_changed_table_is_refused(base, tmp_path, change):
    interrupted(f"sqlite:///{base}#诉求", tmp_path / "out.csv")
    execute(base, change)
    with pytest.raises(Refused, match=r"input\.sha256 was"):
        go(f"sqlite:///{base}#诉求", tmp_path / "out.csv", resume=True)


def test_what_a_killed_run_left_in_the_database_goes(base):
    execute(base, "create table t__part (x text)")
    go(f"sqlite:///{base}#诉求", f"sqlite:///{base}#t")
    assert execute(base, "select count(*) from sqlite_master where name like 't__part'") == [(0,)]


def numbers(address: str, key: str | None = None) -> list:
    with open_source(address, ReadOptions(), key) as source:
        return [tuple(row.values.values()) for row in source.rows]


def test_keys_of_several_columns(base):
    execute(
        base,
        "create table k (a text, b integer, 内容 text, primary key (a, b))",
        "insert into k select char(97 + 编号 % 5), 编号, '好' from 诉求",
    )
    found = numbers(f"sqlite:///{base}#k")
    assert len(found) == COUNT
    assert found == sorted(found)


def test_rows_without_a_key_come_in_the_order_they_were_written(base):
    execute(base, "create table k (内容 text)", "insert into k select 内容 from 诉求 order by 编号 desc")
    assert [row[0] for row in numbers(f"sqlite:///{base}#k")] == [f"第{i}件" for i in reversed(range(COUNT))]


def test_views_need_a_unique_column(base):
    execute(base, "create view v as select 编号 % 300 as k, 编号 as u, 内容 from 诉求")
    with pytest.raises(TableError, match="v: has no primary key; name a unique column with --id-column"):
        numbers(f"sqlite:///{base}#v")
    with pytest.raises(TableError, match=r"column 'k' has \d+ values in 250 rows, so that it is no key"):
        numbers(f"sqlite:///{base}#v", "k")
    assert len(numbers(f"sqlite:///{base}#v", "u")) == COUNT


def test_rows_with_an_empty_key_are_missed_aloud(base):
    execute(
        base,
        "create table n (k text primary key, 内容 text)",
        "insert into n select nullif('k' || (编号 % 3), 'k0') || 编号, 内容 from 诉求",
    )
    with pytest.raises(TableError, match=r"\d+ of 250 rows could be read; the key has empty values"):
        numbers(f"sqlite:///{base}#n")


ADDRESSES = [
    ("sqlite:///none.db#t", "none.db#t: no such file"),
    ("sqlite:///{base}#none", "no table 'none'; the tables are 诉求"),
    ("sqlite:///{base}", "names no table; add it"),
    ("nonsense://u:secret@h/d#t", "is no address of a database"),
    ("mysql+pymysql://u:secret@h/d#t", "needs the driver pymysql; pip install pymysql"),
]


@pytest.mark.parametrize(("address", "says"), ADDRESSES)
def test_addresses(base, tmp_path, monkeypatch, address, says):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "pymysql", None)
    with pytest.raises(TableError) as caught:
        go(address.format(base=base), tmp_path / "out.csv")
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_database(write, tmp_path):
    with pytest.raises(TableError, match=r"the database refuses \(DatabaseError\)"):
        go(f"sqlite:///{write('a.db', 'no database at all, but text' * 50)}#t", tmp_path / "out.csv")


def test_refused_outputs(base, tmp_path):
    source = f"sqlite:///{base}#诉求"
    with pytest.raises(TableError, match="input and output are the same table"):
        go(source, source, overwrite=True)
    with pytest.raises(TableError, match="no folder"):
        go(source, f"sqlite:///{tmp_path}/none/a.db#t")
    with pytest.raises(TableError, match="columns cannot hold the scores"):
        go(source, f"sqlite:///{base}#t", scores=True)


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sqlalchemy", None)
    with pytest.raises(MissingExtra, match=r"appealnlp\[db\]"):
        end_of("sqlite:///a.db#t")


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_a_password_is_never_shown(monkeypatch):
    address = db.Address.of("sqlite:///a.db#t")
    assert shown("sqlite:///a.db#t") == "sqlite:///a.db#t"
    assert "geheim" not in db._hidden("postgresql://u:geheim@h/d?password=geheim#t")
    assert db.Address.of("sqlite:///a.db?password=geheim&cache=shared#t").shown == "sqlite:///a.db?cache=shared#t"
    with pytest.raises(TableError) as caught, replace(address).speaking():
        raise __import__("sqlalchemy").exc.IntegrityError("insert", {"内容": "机密"}, Exception("机密"))
    assert "机密" not in str(caught.value)


def test_journal_of_a_database_on_a_server_lies_here():
    pytest.importorskip("sqlalchemy")
    end = end_of("sqlite://#t")
    assert job_folder(end.anchor) == Path(".t.part")


def test_nothing_is_locked_between_pages(base):
    with open_source(f"sqlite:///{base}#诉求", ReadOptions()) as source:
        next(source.rows)
        execute(base, "update 诉求 set 分数 = 9")


def test_constant_memory(tmp_path, monkeypatch):
    path = tmp_path / "big.db"
    execute(path, "create table t (id integer primary key, text text)")
    with sqlite3.connect(path) as connection:
        connection.executemany("insert into t values (?, ?)", ((i, "停水" * 500) for i in range(8000)))
    connection.close()
    tracemalloc.start()
    try:
        go(f"sqlite:///{path}#t", tmp_path / "out.csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000
