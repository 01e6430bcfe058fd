"""台账: a sheet a ledger, every row in exactly one, text never a formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from appealnlp import cli
from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal
from appealnlp.entities import masked
from appealnlp.errors import SchemeError
from appealnlp.route import Router, load_policy
from appealnlp.route.ledger import Ledger
from appealnlp.route.notice import draft
from appealnlp.schemes import shipped
from route.conftest import facts

TABLE = """编号,诉求内容,受理时间
1,=SUM(A1) 物业乱收费,2026-03-02 09:00
2,建议加一趟班车,2026-03-02 09:00
3,请问公积金怎么提取,2026-03-02 09:00
4,广告,2026-03-02 09:00
5,,2026-03-02 09:00
"""
TYPES = {"建议": "suggestion", "请问": "consult", "广告": "other"}


class Fake:
    """Reads the type off a word, and routes with the engine."""

    def __init__(self, policy: str) -> None:
        self.router = Router(shipped(), load_policy(policy))

    def pipe(self, appeals: Iterable[Appeal]) -> Iterator[Analysis]:
        return map(self, appeals)

    def __call__(self, appeal: Appeal) -> Analysis:
        type_ = next((code for word, code in TYPES.items() if word in appeal.text), "complaint")
        given = facts(appeal.text, type=type_, received_at=appeal.received_at)
        out = self.router.answer(given)
        return Analysis(
            appeal.content, given.type, given.target, given.purpose, given.ledger, given.topic, given.urgency, (), None,
            (), (), out.scale, out.gravity, out.signals, out.departments, out.route, out.review, {}, {}, id=appeal.id,
            _notice=partial(draft, self.router.policy, self.router.scheme, appeal.received_at), _mask=masked,
        )  # fmt: skip


@pytest.fixture
def run(call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(cli, "_analyzer", lambda model, tier, policy=None: Fake(policy or "default"))
    (tmp_path / "in.csv").write_text(TABLE, "utf-8")
    return partial(call, "tag", tmp_path / "in.csv", "-o")


@pytest.mark.parametrize("policy", ["default", "shiquan"])
def test_every_row_stands_in_exactly_one_sheet(run, tmp_path: Path, policy: str) -> None:
    out = tmp_path / "out.xlsx"
    code, said, _ = run(out, "--ledger", policy)
    assert code == 0
    assert "投诉举报 1" in said
    book = openpyxl.load_workbook(out)
    rows = {sheet.title: list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book}
    assert {name: len(found) for name, found in rows.items()} == {
        "意见建议": 1, "利益诉求": 1, "投诉举报": 1, "未入账": 1, "未能分析": 1,
    }  # fmt: skip
    assert all(sheet.freeze_panes == "A2" for sheet in book)
    cell = next(cell for row in book["投诉举报"].iter_rows(min_row=2) for cell in row if "SUM" in str(cell.value))
    assert (cell.data_type, cell.value) == ("s", "=SUM(A1) 物业乱收费")
    assert "empty" in rows["未能分析"][0][1]


def test_the_nine_states_are_columns_with_dates(run, tmp_path: Path) -> None:
    pytest.importorskip("chinese_calendar")
    run(tmp_path / "out.xlsx", "--ledger", "shiquan")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["利益诉求"]
    head, row = (list(found) for found in sheet.iter_rows(values_only=True))
    states = [
        "分类建账",
        "书记阅批",
        "受理告知",
        "快速交办",
        "严格督查",
        "结果反馈",
        "书记把关",
        "回复征询",
        "销号归档",
    ]
    dates = [row[head.index(state)] for state in states]
    assert dates == sorted(dates)
    assert str(dates[0]) == "2026-03-03 23:59:59"


def test_a_ledger_is_a_workbook_and_never_overwritten_unasked(run, tmp_path: Path) -> None:
    code, _, said = run(tmp_path / "out.csv", "--ledger", "default")
    assert (code, "writes xlsx" in said) == (2, True)
    run(tmp_path / "out.xlsx", "--ledger", "default")
    assert run(tmp_path / "out.xlsx", "--ledger", "default")[0] == 2
    assert run(tmp_path / "out.xlsx", "--ledger", "default", "--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("[]", "must be a list"),
        ("[[a]]", "no column"),
        ("[[a, b, 3]]", "unknown value 'b'"),
        ("[[a, id, x]]", "number"),
    ],
)
def test_a_wrong_column_is_named(policy_file, columns: str, words: str) -> None:
    with pytest.raises(SchemeError, match=words):
        load_policy(policy_file(f"ledger: {{others: a, rejects: b, columns: {columns}}}\n"))


def test_long_and_illegal_text_is_kept_readable() -> None:
    policy = load_policy()
    analysis = Fake("default")(Appeal("乱\x01收费" + "很" * 40_000))
    ledger = Ledger(policy, shipped())
    cells = ledger.cells(1, {**ledger.keep(analysis), "number": 2, "received_at": None})
    from appealnlp.route.ledger import _plain

    assert max(len(_plain(cell)) for cell in cells if isinstance(cell, str)) <= 16_001
    assert _plain("乱\x01收") == "乱收"


def test_an_interrupted_ledger_goes_on_to_the_same_bytes(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"{number},建议加{number}趟班车,2026-03-02 09:00" for number in range(1200)]
    (tmp_path / "in.csv").write_text("编号,诉求内容,受理时间\n" + "\n".join(rows) + "\n,,\n", "utf-8")
    code, said, _ = run(tmp_path / "whole.xlsx", "--ledger", "shiquan")
    assert (code, "意见建议 1200" in said, "未能分析 1" in said) == (0, True, True)

    read = Fake.__call__

    def failing(self: Fake, appeal: Appeal) -> Analysis:
        if appeal.id == "1150":
            raise KeyboardInterrupt
        return read(self, appeal)

    monkeypatch.setattr(Fake, "__call__", failing)
    assert run(tmp_path / "out.xlsx", "--ledger", "shiquan")[0] != 0
    assert not (tmp_path / "out.xlsx").exists()
    monkeypatch.setattr(Fake, "__call__", read)
    assert run(tmp_path / "out.xlsx", "--ledger", "shiquan")[0] == 2  # neither resumed nor given up
    code, said, _ = run(tmp_path / "out.xlsx", "--ledger", "shiquan", "--resume")
    assert (code, "1000 行沿用" in said) == (0, True)
    assert (tmp_path / "out.xlsx").read_bytes() == (tmp_path / "whole.xlsx").read_bytes()
