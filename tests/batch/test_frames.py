"""pandas and polars: every row keeps its place, the new columns are those of a tagged table, and typed."""

from __future__ import annotations

import datetime
import math
import sys

import pytest

from appealnlp.batch.frames import tag_pandas, tag_polars
from appealnlp.batch.layout import FRAME_COLUMNS
from appealnlp.errors import InputError, MissingExtra, TableError
from batch.conftest import read_csv
from batch.fake_analyzer import DoublingAnalyzer, make

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

TEXTS = ["小区停水三天，电话13900001234", "", "请拒绝", None, "路灯不亮", "会崩溃", "半个\ud800字", "井盖丢失"]
BAD = [1, 2, 3, 5, 6]
NEW = [column.name for column in FRAME_COLUMNS]


def table() -> dict[str, list[object]]:
    return {"编号": list(range(8)), "诉求内容": TEXTS, "备注": [1.5, None] * 4}


def rows_of(frame: object) -> list[dict[str, object]]:
    if isinstance(frame, pd.DataFrame):
        plain = frame.astype(object).where(frame.notna(), None)
        return plain.to_dict("records")
    return frame.to_dicts()


def pandas_frame(data: dict[str, list[object]]) -> object:
    return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in data.items()})


def whole(data: dict[str, list[object]]) -> dict[str, list[object]]:
    """polars holds no half character."""
    halved = {name: [cell is not None and "\ud800" in str(cell) for cell in cells] for name, cells in data.items()}
    return {name: [None if halved[name][i] else cell for i, cell in enumerate(cells)] for name, cells in data.items()}


@pytest.fixture(params=["pandas", "polars"])
def tagged(request):
    if request.param == "pandas":
        return lambda data, **options: tag_pandas(pandas_frame(data), **{"analyzer_factory": make, **options})
    return lambda data, **options: tag_polars(
        pl.DataFrame(whole(data), strict=False), **{"analyzer_factory": make, **options}
    )


def test_rows_keep_their_place_and_say_their_problem(tagged):
    rows = rows_of(tagged(table()))
    assert [row["编号"] for row in rows] == list(range(8))
    assert list(rows[0]) == ["编号", "诉求内容", "备注", *NEW]
    assert [i for i, row in enumerate(rows) if row["appeal_problem"]] == BAD
    assert all(rows[i][name] is None for i in BAD for name in NEW[:-1])
    assert [rows[i]["appeal_flags"] for i in (0, 4, 7)] == ["supply_cut", "", ""]
    assert rows[2]["appeal_problem"] == "refused by the fake"
    assert not any(text in str(row["appeal_problem"]) for row, text in zip(rows, TEXTS, strict=True) if text)


def test_values_are_those_of_a_tagged_table(tagged, write, run, tmp_path):
    texts = [f"第{i}件，停水" if i % 3 else f"第{i}件，13900001234" for i in range(250)]
    write("in.csv", "编号,诉求内容\n" + "".join(f"{i},{text}\n" for i, text in enumerate(texts)))
    run(tmp_path / "in.csv", "out.csv")
    expected = read_csv(tmp_path / "out.csv")
    rows = rows_of(tagged({"编号": list(range(250)), "诉求内容": texts}))
    shown = [{name: cell(value) for name, value in row.items() if name != "appeal_problem"} for row in rows]
    assert shown == expected


def cell(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_names_and_columns(tagged):
    data = {"主题": ["停水"], "内容": ["无关"], "话": ["路灯不亮"]}
    assert rows_of(tagged(data, names=True))[0]["appeal_type"] == "投诉"
    assert rows_of(tagged(data))[0]["appeal_urgency"] == "urgent"
    assert rows_of(tagged(data, columns={"text": "话", "title": ""}))[0]["appeal_urgency"] == "normal"


def test_times_are_read_in_every_form_and_named_where_they_cannot_be(tagged):
    zone = datetime.timezone(datetime.timedelta(hours=8))
    for time in ("2024/5/1 9:30", datetime.datetime(2024, 5, 1, tzinfo=zone), datetime.date(2024, 5, 1), None):
        assert rows_of(tagged({"内容": ["停水"], "时间": [time]}))[0]["appeal_problem"] is None
    row = rows_of(tagged({"内容": ["停水"], "时间": ["上个月"]}))[0]
    assert row["appeal_urgency"] == "urgent"
    assert row["appeal_problem"] == "the time in '时间' cannot be read and was left out"


def test_processes_change_nothing(tagged):
    data = {"内容": [f"第{i}件，停水" if i % 7 else "" for i in range(450)]}
    assert rows_of(tagged(data, workers=2)) == rows_of(tagged(data))


def test_a_pipe_that_loses_its_place_costs_no_row(tagged):
    rows = rows_of(tagged({"内容": ["停水", "路灯"]}, analyzer_factory=DoublingAnalyzer))
    assert [row["appeal_urgency"] for row in rows] == ["urgent", "normal"]


def test_an_empty_frame_is_typed(tagged):
    full, empty = tagged({"内容": ["停水"]}), tagged({"内容": []})
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)
    assert [str(kind) for kind in empty.dtypes][1:] == [str(kind) for kind in full.dtypes][1:]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"内容": ["水"], "appeal_type": ["x"]}, "'appeal_type' already"),
        ({"名": ["水"]}, "no column of appeals"),
    ],
)
def test_columns_that_will_not_do(tagged, data, said):
    with pytest.raises(TableError, match=said):
        tagged(data)


def test_pandas_names_must_be_text_and_single():
    with pytest.raises(TableError, match="column 0 has no text as its name; rename it"):
        tag_pandas(pd.DataFrame([["水"]]), analyzer_factory=make)
    with pytest.raises(TableError, match="two columns have the name '内容'; rename one"):
        tag_pandas(pd.DataFrame([["水", "电"]], columns=["内容", "内容"]), analyzer_factory=make)


def test_pandas_keeps_index_types_and_the_frame_that_was_given():
    frame = pd.DataFrame({"内容": ["停水", "路灯", ""], "区划": [441302.0, math.nan, 3]}, index=[7, 7, 2])
    before = frame.copy()
    done = tag_pandas(frame, analyzer_factory=make)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(done[list(frame.columns)], before)
    assert str(done["appeal_headcount"].dtype) == "Int64"
    assert str(done["appeal_review"].dtype) == "boolean"


def test_what_is_no_frame():
    with pytest.raises(InputError, match=r"expected a polars DataFrame \(collect a LazyFrame first\)"):
        tag_polars(pl.DataFrame({"内容": ["水"]}).lazy(), analyzer_factory=make)
    with pytest.raises(InputError, match=r"expected a pandas DataFrame, found builtins\.list"):
        tag_pandas([], analyzer_factory=make)
    with pytest.raises(InputError, match="workers is 0; give 1 or more"):
        tag_polars(pl.DataFrame({"内容": ["水"]}), analyzer_factory=make, workers=0)


@pytest.mark.parametrize(("name", "call"), [("pandas", tag_pandas), ("polars", tag_polars)])
def test_a_missing_extra_is_one_sentence(monkeypatch, name, call):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra) as found:
        call(None)
    assert str(found.value) == f"a {name} frame needs an optional part: pip install 'appealnlp[tables]'"
