"""PostgreSQL, where one is given: APPEALNLP_POSTGRES=postgresql+psycopg://user@/base?host=/path pytest tests/batch."""

from __future__ import annotations

import os

import pytest

from appealnlp.batch import TagOptions, tag
from appealnlp.errors import TableError
from batch.conftest import read_csv
from batch.fake_analyzer import FakeAnalyzer, make

URL = os.environ.get("APPEALNLP_POSTGRES", "")
pytestmark = pytest.mark.skipif(not URL, reason="APPEALNLP_POSTGRES names no server")
COUNT = 2500
MADE = """
drop schema if exists 热线 cascade; create schema 热线;
create table 热线.工单 (编号 uuid primary key default gen_random_uuid(), 内容 text, 受理时间 timestamptz default now(),
  金额 numeric(10, 2), 标签 text[], 附件 jsonb, 图 bytea, 序 bigint);
insert into 热线.工单 (内容, 金额, 标签, 附件, 图, 序)
  select '第' || i || '件', i * 1.5, array['a', 'b'], '{"x": 1}', 'abc', i from generate_series(1, 2500) i;
create view 热线.视图 as select 序, 内容, 受理时间 from 热线.工单;
create table 热线.双键 (a text, b timestamptz, 内容 text, primary key (a, b));
insert into 热线.双键 select 'k' || mod(i, 7), now() + i * interval '1 s', '好' from generate_series(1, 2500) i;
"""


@pytest.fixture
def engine():
    sqlalchemy = pytest.importorskip("sqlalchemy")
    made = sqlalchemy.create_engine(URL)
    with made.begin() as connection:
        for statement in MADE.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def go(table: str, target: str, factory=make, **options):
    return tag(f"{URL}#热线.{table}", target, analyzer_factory=factory, options=TagOptions(**options))


def test_types(engine, tmp_path):
    assert go("工单", "out.csv").rows_out == COUNT
    row = read_csv(tmp_path / "out.csv")[0]
    assert (len(row["编号"]), row["标签"], row["附件"], row["图"]) == (36, '["a", "b"]', '{"x": 1}', "616263")


def test_views_and_keys_of_two_columns(engine):
    assert go("视图", "out.csv", columns={"id": "序"}).rows_out == COUNT
    assert go("双键", "out2.csv").rows_out == COUNT
    with pytest.raises(TableError, match="has no primary key"):
        go("视图", "out3.csv")


class Interrupted(FakeAnalyzer):
    done = 0

    def __call__(self, appeal):
        Interrupted.done += 1
        if Interrupted.done > 1500:
            raise KeyboardInterrupt
        return super().__call__(appeal)


def test_resume_to_a_table(engine):
    with pytest.raises(KeyboardInterrupt):
        go("工单", f"{URL}#热线.结果", Interrupted)
    assert go("工单", f"{URL}#热线.结果", resume=True).resumed == 1000
    with engine.begin() as connection:
        assert connection.exec_driver_sql("select count(*), sum(金额) from 热线.结果").one() == (COUNT, 4689375)
