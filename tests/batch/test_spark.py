"""Spark on a real local cluster: executors are processes of their own, and Python workers of theirs load the model."""

from __future__ import annotations

import ast
import datetime
import inspect
import math
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from appealnlp.batch import spark as tagger
from appealnlp.batch.frames import tag_pandas, tag_polars
from appealnlp.batch.layout import FLAT_COLUMNS, FRAME_COLUMNS
from appealnlp.batch.sparktypes import read_cell, zone_of
from appealnlp.errors import MissingExtra, TableError
from batch.spark_parts import Echo, fake, traced

ROOT = Path(__file__).resolve().parents[2]
NEW = [column.name for column in FRAME_COLUMNS]
TEXTS = [
    "幸福小区三号楼已经停水三天了，家里有老人和孩子，请尽快处理，电话13900001234。",
    "建议在文化路与解放路交叉口增设红绿灯，早晚高峰车辆很多。",
    "请问办理居住证需要哪些材料，在哪个窗口办理？",
    "楼下烧烤店每天凌晨两点还在营业，油烟和噪音很大，多次投诉没有人管！！",
    "",
    "工地拖欠我们二十多名工人三个月工资，再不解决就去市政府。",
    None,
    "感谢社区工作人员冒雨帮我们抢修水管。",
]
COUNT = 400
MOMENT = datetime.datetime(2024, 5, 1, 9, 30, 0, 123456, tzinfo=datetime.UTC)


def cluster_problem() -> str | None:
    if shutil.which("java") is None:
        return "Spark needs Java 17, which is not installed"
    try:
        import pandas  # noqa: F401
        import pyarrow  # noqa: F401
        import pyspark  # noqa: F401
    except ImportError as error:
        return f"Spark needs {error.name}: pip install 'appealnlp[spark]'"
    return None


@pytest.fixture(scope="module")
def session():
    if problem := cluster_problem():
        pytest.skip(problem)
    import pyspark
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_HOME", str(Path(pyspark.__file__).parent))
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    paths = [str(ROOT), str(ROOT / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("appealnlp")
    settings = {
        "spark.ui.enabled": "false",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join(paths),
        "spark.sql.session.timeZone": "Asia/Shanghai",
        "spark.sql.shuffle.partitions": "2",
        "spark.executor.memory": "1g",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    yield found
    found.stop()


def rows() -> list[tuple[int | None, str | None, str]]:
    return [(i, TEXTS[i % 8] and f"{TEXTS[i % 8]}（第{i}件）", f"2024/5/{i % 28 + 1} 9:30") for i in range(COUNT)]


@pytest.mark.slow
def test_a_cluster_gives_what_one_machine_gives_and_loads_once_a_worker(session, tmp_path):
    import pandas as pd

    names = ["编号", "诉求内容", "受理时间"]
    df = session.createDataFrame(rows(), "`编号` long, `诉求内容` string, `受理时间` string").repartition(8)
    done = tagger.tag(df, analyzer_factory=partial(traced, tmp_path))
    assert done.columns == [*names, *NEW]
    found = sorted(done.collect(), key=lambda row: row["编号"])
    loads = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(loads.values()) == {1}, "a worker process loads the model once, whatever number of parts it gets"
    assert len(loads) == 2, "both executors work"
    assert str(os.getpid()) not in loads
    alone = tag_pandas(pd.DataFrame(rows(), columns=names), analyzer_factory=partial(traced, tmp_path))
    expected = alone.astype(object).where(alone.notna(), None).to_dict("records")
    assert [row.asDict() for row in found] == expected
    assert sum(row["appeal_problem"] is not None for row in found) == COUNT // 8 * 2
    assert len({row["appeal_type"] for row in found if row["appeal_problem"] is None}) > 2


@pytest.mark.slow
def test_given_columns_come_back_exactly_and_new_ones_are_typed(session):
    from pyspark.sql import types

    schema = (
        "`内容` string, big long, small short, real double, sure boolean, at timestamp, clock timestamp_ntz, day date,"
        " money decimal(20,4), raw binary, tags array<string>, pairs map<string,string>, `a.b` struct<x: string>"
    )
    naive = datetime.datetime(2024, 5, 1, 9, 30, 0, 123456)
    given = [
        ("停水", 2**62 + 1, 3, math.nan, True, MOMENT, naive, datetime.date(2024, 5, 1), Decimal("1.5000"),
         bytearray(b"\x00\xff"), ["水", None], {"a": "b"}, ("甲",)),
        ("路灯", None, None, None, None, None, None, None, None, None, None, None, None),
        ("井盖", -(2**63), -1, 0.1 + 0.2, False, MOMENT, naive, None, Decimal("-3.0001"), None, [], {}, (None,)),
    ]  # fmt: skip
    df = session.createDataFrame(given, schema)
    done = tagger.tag(df, analyzer_factory=fake)
    kinds = {str: types.StringType, float: types.DoubleType, int: types.LongType, bool: types.BooleanType}
    assert [(f.name, f.dataType) for f in done.schema][: len(df.columns)] == [(f.name, f.dataType) for f in df.schema]
    assert [(f.name, f.dataType) for f in done.schema][len(df.columns) :] == [
        *((column.name, kinds[column.kind]()) for column in FLAT_COLUMNS), ("appeal_problem", types.StringType())
    ]  # fmt: skip
    found = done.collect()
    assert repr([tuple(row)[: len(df.columns)] for row in found]) == repr([tuple(row) for row in df.collect()])
    assert [(row["appeal_urgency"], row["appeal_headcount"], row["appeal_review"]) for row in found] == [
        ("urgent", 12, True), ("normal", None, False), ("normal", None, False)
    ]  # fmt: skip


@pytest.mark.slow
def test_a_moment_is_that_of_the_session_zone_and_an_empty_table_stays_empty(session):
    df = session.createDataFrame([("停水", MOMENT, 441302.0)], "`内容` string, `受理时间` timestamp, `区划` double")
    row = tagger.tag(df, analyzer_factory=Echo).collect()[0]
    assert row["appeal_problem"] is None
    assert row["appeal_model"] == "2024-05-01 17:30:00.123456+08:00 441302"
    assert tagger.tag(df.limit(0), analyzer_factory=fake).collect() == []


@pytest.mark.slow
def test_columns_that_will_not_do_are_named_before_anything_runs(session):
    df = session.createDataFrame([("停水", [1])], "`内容` string, counts array<long>")
    with pytest.raises(TableError, match=r"column 'counts' is array<bigint>, which pandas cannot carry exactly; leave"):
        tagger.tag(df)
    with pytest.raises(TableError, match="'appeal_type' already"):
        tagger.tag(df.drop("counts").withColumnRenamed("内容", "Appeal_Type"))
    with pytest.raises(TableError, match="no column of appeals"):
        tagger.tag(df.drop("counts").withColumnRenamed("内容", "x"))


@pytest.mark.parametrize("missing", ["pyspark.sql", "pandas", "pyarrow"])
def test_a_missing_extra_is_one_sentence(monkeypatch, missing):
    for name in ("pyspark.sql", "pandas", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None if name == missing else sys)
    with pytest.raises(MissingExtra, match=r"^Spark \([a-z.]+\) needs an optional part: pip install 'appealnlp\[spark"):
        tagger.tag(None)


def test_importing_the_helpers_loads_neither_spark_nor_pandas():
    code = "import sys, appealnlp.batch.spark; print({'pyspark', 'pandas', 'polars', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("value", "reading", "expected"),
    [
        (None, "whole", None), ("停水", None, "停水"), ("9007199254740993", "whole", 9007199254740993),
        ("441302.0", "real", 441302.0), ("-Infinity", "real", -math.inf),
        ("2024-05-01 09:30:00", "clock", "2024-05-01 09:30:00"),
        ("1714555800123456", "moment", MOMENT), ("99999999999999999999", "moment", "99999999999999999999"),
    ],
)  # fmt: skip
def test_text_that_carries_a_value_is_read(value, reading, expected):
    assert read_cell(value, reading, zone_of("Asia/Shanghai")) == expected


def test_a_zone_that_only_java_knows_is_shown_as_utc():
    assert zone_of("GMT+8") is datetime.UTC
    assert str(zone_of("Asia/Shanghai")) == "Asia/Shanghai"


def test_the_guide_can_be_read_and_calls_what_exists():
    guide = (ROOT / "docs" / "spark.md").read_text("utf-8")
    calls = {"tag": tagger.tag, "tag_pandas": tag_pandas, "tag_polars": tag_polars}
    seen = set()
    for code in re.findall(r"```python\n(.*?)```", guide, re.S):
        for node in ast.walk(ast.parse(code)):
            if (
                isinstance(node, ast.Call)
                and (name := getattr(node.func, "attr", getattr(node.func, "id", ""))) in calls
            ):
                seen.add(name)
                assert {word.arg for word in node.keywords} <= set(inspect.signature(calls[name]).parameters)
    assert seen == set(calls)
