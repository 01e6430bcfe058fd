"""The brief: numbers, suppression, what is overdue, and pages that open offline."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from appealnlp.brief import Fact, Tagged, Tally, html, markdown
from appealnlp.brief.build import FEWEST
from appealnlp.brief.counts import lines, visible
from appealnlp.errors import InputError, TableError
from appealnlp.matters.periods import period_of

MAY = period_of(date(2024, 5, 1), "month")


def fact(day: str = "2024-05-02", **more) -> Fact:
    values = {"area": "441302", "type": "complaint", "topic": ("城乡建设", "住房保障"), "urgency": "normal",
              "department": "housing", "status": "dispatched", "due": None, "closed": None}  # fmt: skip
    return Fact(date.fromisoformat(day) if day else None, **{**values, **more})


def facts() -> list[Fact]:
    return [
        *(fact(f"2024-05-{day:02}") for day in range(1, 13)),
        *(fact(area="441303", topic=("环境保护", "噪声"), type="consult") for _ in range(5)),
        *(fact(type="praise", area="441399") for _ in range(2)),
        *(fact("2024-04-10") for _ in range(8)),
        fact(""),
    ]


def test_small_counts_are_put_together():
    found = lines({"a": 10, "b": 5, "c": 2, "d": 1}, {"a": 6, "b": 4, "c": 3}, 3, 10)
    assert [(line.key, line.count) for line in found] == [("a", 10), ("b", 5), (None, 3)]
    assert [line.share for line in found] == [0.5556, 0.2778, 0.1667]
    assert found[0].change == pytest.approx(0.6667)


def test_no_count_can_be_told_from_the_total():
    found = lines({"a": 10, "b": 5, "c": 2}, {}, 3, 10)
    assert [(line.key, line.count) for line in found] == [("a", 10), (None, 7)]
    found = lines({"a": 2}, {}, 3, 10)
    assert [(line.key, line.count) for line in found] == [(None, None)]
    found = lines({"a": 10, "b": 5}, {"a": 9, "b": 1}, 3, 10)
    assert [line.previous for line in found] == [None, None]


def test_the_largest_are_shown():
    found = lines({f"k{i}": 30 - i for i in range(10)}, {}, 3, 4)
    assert [line.key for line in found] == ["k0", "k1", "k2", "k3", None]
    assert visible(0, 3) == 0
    assert visible(2, 3) is None
    assert lines({}, {}, 3, 4) == []


def test_numbers_of_a_month():
    made = Tally(facts()).brief(MAY, "month")
    assert (made.total, made.previous, made.undated) == (19, 8, None)
    assert [(line.key, line.count) for line in made.areas] == [("441302", 12), (None, 7)]
    assert [(line.key, line.count) for line in made.fields] == [("城乡建设", 14), ("环境保护", 5)]
    assert made.topics[0].key == "城乡建设 / 住房保障"
    assert dict(made.trend)["2024-05"] == 19
    assert dict(made.trend)["2024-01"] == 0
    assert len(made.trend) == 12
    assert made.trend[-1][0] == "2024-05"


def test_no_small_count_anywhere():
    told = json.dumps(Tally(facts()).brief(MAY, "month").to_dict())
    counts = [int(number) for number in re.findall(r'"(?:count|previous|total|undated)": (\d+)', told)]
    assert counts
    assert all(number == 0 or number >= FEWEST for number in counts)


def test_an_area():
    assert Tally(facts(), "441303").brief(MAY, "month").total == 5


def test_overdue():
    due = datetime(2024, 5, 20, 12)
    rows = [fact(due=due), fact(due=due), fact(due=due, closed=datetime(2024, 6, 3)),
            fact(due=due, closed=datetime(2024, 5, 19)), fact(due=datetime(2024, 6, 20)), fact()]  # fmt: skip
    made = Tally(rows).brief(MAY, "month", says_closed=True)
    assert (made.overdue.count, made.overdue.known, made.overdue.day) == (3, True, date(2024, 5, 31))
    assert [(line.key, line.count) for line in made.overdue.by_department] == [("housing", 3)]
    assert Tally(rows).brief(MAY, "month", as_of=date(2024, 5, 19)).overdue.count == 0


def test_the_last_day_and_none():
    assert Tally(facts()).latest() == date(2024, 5, 12)
    with pytest.raises(InputError, match="--received-at-column"):
        Tally([fact("")]).latest()


class Page(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "rect", "line", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("rect", "line", "circle"):
            assert self.open.pop() == tag


def test_the_page_opens_offline():
    source = html.page(Tally(facts()).brief(MAY, "month"), {"441302": "甲区"})
    page = Page(source)
    assert page.open == []
    assert page.links == []
    assert "script" not in page.tags
    charts = re.findall("<svg.*?</svg>", source)
    assert len(charts) == 3
    for chart in charts:
        drawn = ElementTree.fromstring(chart)
        assert all(0 <= float(shape.get("width", 1)) <= 720 for shape in drawn.iter() if shape.tag.endswith("rect"))
    assert "http" not in source.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    for words in ("甲区", "城乡建设", "投诉", "&lt;3", "住房和城乡建设局", "2024-05"):
        assert words in source
    assert "没有诉求原文" in source


def test_what_citizens_write_is_no_markup():
    rows = [fact(topic=("<script>alert(1)</script>", "a|b*c")) for _ in range(4)]
    made = Tally(rows).brief(MAY, "month")
    assert "<script>" not in html.page(made)
    source = markdown.page(made)
    assert "<script>" not in source.replace("\\<", "")
    assert "a\\|b\\*c" in source


def test_markdown():
    source = markdown.page(Tally(facts()).brief(MAY, "month"))
    assert source.startswith("# 诉求月报 Monthly brief 2024-05\n")
    assert "| 441302 | 12 | 63.2% | 8 | +50.0% |" in source
    assert "| 2024-05 | 19 |" in source


HEADER = ["编号", "标题", "诉求内容", "受理时间", "办结时间", "appeal_type", "appeal_topic", "appeal_urgency",
          "appeal_department",
          "appeal_deadline", "appeal_area", "appeal_flags", "appeal_route_status"]  # fmt: skip


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "tagged.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(6):
            text = f"云岭花园工地夜里打桩第{number}次，噪音很大。我叫王小红。"
            writer.writerow([f"n{number}", "云岭花园工地夜间施工噪音扰民", text, f"2024-05-{number + 1:02}",
                             "2024-05-30" if number else "", "complaint", "环境保护/噪声", "normal",
                             "housing", "settle 2024-05-20T18:00:00;accept 2024-05-09", "441302", "",
                             "dispatched"])  # fmt: skip
        writer.writerow(["n6", "停水", "停水", "昨天", "", *[""] * 8])
    return path


def test_facts_of_a_flat_table(table):
    source = Tagged(table)
    rows = list(source.facts())
    assert source.says_closed
    assert rows[0] == fact("2024-05-01", topic=("环境保护", "噪声"), due=datetime(2024, 5, 20, 18))
    assert rows[1].closed == datetime(2024, 5, 30)
    assert rows[6].day is None


def test_columns_are_known_in_full_width(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("ｃｌｏｓｅｄ　ａｔ,appeal_type\n2024-05-30,consult\n", "utf-8")
    assert [item.closed for item in Tagged(path).facts()] == [datetime(2024, 5, 30)]


def test_facts_of_analyses(tmp_path):
    path = tmp_path / "a.jsonl"
    analysis = {"type": {"label": "consult"}, "topic": {"path": ["教育"]}, "urgency": {"label": "low"},
                "departments": [{"code": "education"}],
                "route": {"status": "dispatched", "area": "4413",
                          "deadlines": [{"step": "s", "due": "2024-05-09"}, {"step": "t"}]}}  # fmt: skip
    path.write_text(json.dumps({"id": "a", "time": "2024-05-01", "analysis": analysis}) + '\n{"id": "b"}\n')
    source = Tagged(path)
    assert list(source.facts()) == [
        Fact(
            date(2024, 5, 1), "4413", "consult", ("教育",), "low", "education", "dispatched", datetime(2024, 5, 9), None
        )
    ]
    assert source.bad == 1
    assert not source.says_closed


def test_a_table_that_was_not_tagged(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,停水\n", "utf-8")
    with pytest.raises(TableError, match="run appealnlp tag first"):
        list(Tagged(path).facts())
    path.write_text("id,appeal_type\n1,consult\n", "utf-8")
    with pytest.raises(TableError, match="mend --closed-column"):
        list(Tagged(path, {"closed": "x"}).facts())


def test_the_command(call, table, tmp_path):
    names = tmp_path / "areas.csv"
    names.write_text("441302,惠城区\n", "utf-8")
    targets = [tmp_path / "out.html", tmp_path / "out.md"]
    code, out, err = call("brief", table, "-o", targets[0], "-o", targets[1], "--area-names", names, "--workers", 1)
    assert (code, out) == (0, "")
    for path in targets:
        source = path.read_text("utf-8")
        assert "惠城区" in source
        assert "云岭花园工地夜间施工噪音扰民" in source
        assert "6 件 appeals" in source
        assert "王小红" not in source
    assert "out.html" in err
    code, _, err = call("brief", table, "-o", targets[0], "--no-hot")
    assert code == 2
    assert "--overwrite" in err


def test_the_command_as_json_and_on_a_screen(call, table):
    code, out, _ = call("brief", table, "--no-hot", "--json", "--by", "quarter")
    told = json.loads(out)
    assert (code, told["period"]["name"], told["total"], told["hot"]) == (0, "2024-Q2", 6, None)
    assert told["overdue"] == {"day": "2024-06-30", "count": None, "closed_is_known": True, "departments": [
        {"key": None, "count": None, "previous": 0, "share": None, "change": None}]}  # fmt: skip
    code, out, _ = call("brief", table, "--no-hot", "--by", "week", "--at", "2024-05-01")
    assert out.startswith("# 诉求周报 Weekly brief 2024\\-W18") or out.startswith("# 诉求周报 Weekly brief 2024-W18")


ERRORS = [
    (["-o", "a.doc"], "name it .html or .md"),
    (["--at", "x"], "--at 'x' is no day"),
    (["--by", "year"], "unknown rhythm"),
    (["--area-names", "bad.csv"], "bad.csv: line 1: 3 fields; write code,name"),
]


@pytest.mark.parametrize(("args", "says"), ERRORS)
def test_errors(call, table, monkeypatch, tmp_path, args, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("a,b,c\n")
    code, _, err = call("brief", table, "--no-hot", *args)
    assert code == 2
    assert says in err
