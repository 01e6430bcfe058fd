"""Time limits: minutes to working days, calendars, seasons, time zones, unknown years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appealnlp.errors import InputError, SchemeError
from appealnlp.route.calendar import (
    FileCalendar,
    NoCalendar,
    UnknownYear,
    WeekCalendar,
    after,
    published,
    read_calendar,
)
from appealnlp.route.condition import Season
from appealnlp.route.deadline import due, read_limit

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH = datetime(2026, 3, 2, 9, 30)


@pytest.mark.parametrize(
    ("within", "end"),
    [
        ("1 minute", datetime(2026, 3, 2, 9, 31)), ("90 minutes", datetime(2026, 3, 2, 11)),
        ("2 hours", datetime(2026, 3, 2, 11, 30)), ("24 hours", datetime(2026, 3, 3, 9, 30)),
        ("1 day", datetime(2026, 3, 3, 23, 59, 59)), ("15 days", datetime(2026, 3, 17, 23, 59, 59)),
        ("5 working days", datetime(2026, 3, 9, 23, 59, 59)), ("1 working day", datetime(2026, 3, 3, 23, 59, 59)),
    ],
)  # fmt: skip
def test_limits_end(within: str, end: datetime) -> None:
    assert due(within, MARCH, SHANGHAI, WeekCalendar()) == end


@pytest.mark.parametrize("within", ["", "5", "five days", "5 weeks", "-1 days", "5 days ", "99999 days", "5天"])
def test_other_forms_are_refused(within: str) -> None:
    with pytest.raises(InputError, match="time limit"):
        read_limit(within)


def test_an_unknown_start_or_calendar_gives_no_date() -> None:
    assert due("2 hours", None, SHANGHAI) is None
    assert due("5 working days", MARCH, SHANGHAI) is None
    assert due("5 days", MARCH, SHANGHAI) is not None


def test_aware_moments_keep_their_zone_and_days_are_those_of_the_policy() -> None:
    late = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)  # 2 March, 4 o'clock, in Shanghai
    assert due("1 day", late, SHANGHAI) == datetime(2026, 3, 3, 15, 59, 59, tzinfo=UTC)
    assert due("1 working day", late, SHANGHAI, WeekCalendar()) == datetime(2026, 3, 3, 15, 59, 59, tzinfo=UTC)
    out = due("2 hours", late, SHANGHAI)
    assert out is not None
    assert out.tzinfo is UTC


def test_hours_are_true_hours_where_clocks_change() -> None:
    berlin = datetime(2026, 3, 29, 1, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert due("2 hours", berlin, SHANGHAI) == berlin.astimezone(UTC) + timedelta(hours=2)


def test_an_offset_is_a_zone_too() -> None:
    moment = datetime(2026, 3, 2, 23, 30, tzinfo=timezone(timedelta(hours=8)))
    assert due("1 day", moment, SHANGHAI) == datetime(2026, 3, 3, 23, 59, 59, tzinfo=SHANGHAI)


def test_published_holidays_and_make_up_days() -> None:
    pytest.importorskip("chinese_calendar")
    # 1 to 5 May 2026 are off, Saturday 9 May is worked
    assert after(published(), date(2026, 4, 29), 5) == date(2026, 5, 9)
    with pytest.raises(UnknownYear, match="holidays of 2090 are not known"):
        after(published(), date(2090, 1, 1), 1)


def test_no_calendar_says_what_to_install() -> None:
    with pytest.raises(UnknownYear, match=r"appealnlp\[calendar\]"):
        NoCalendar().works(date(2026, 1, 1))


CSV = "日期,类别\n2027-01-01,holiday\n2027/01/02,workday\n"
YAML = "holidays: [2027-01-01]\nworkdays: ['2027-01-02']\n"


@pytest.mark.parametrize(("name", "content"), [("days.csv", CSV), ("days.yaml", YAML)])
def test_a_calendar_of_ones_own(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    own = read_calendar(path)
    days = [own.works(date(2027, 1, day)) for day in (1, 2, 3, 4)]
    assert days == [False, True, False, True]  # Friday off, Saturday worked, Sunday, Monday
    with pytest.raises(UnknownYear, match="2028"):
        own.works(date(2028, 1, 1))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "2027-01-01,party\n", "a.csv:1: not a day"), ("a.csv", "2027-01-01,holiday\nsoon\n", "a.csv:2"),
        ("a.yaml", "holidays: [soon]\n", "is no date"), ("a.yaml", "{}\n", "no days"),
        ("b.csv", None, "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_calendar_names_its_line(tmp_path: Path, name: str, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(SchemeError, match=words):
        read_calendar(tmp_path / name)


def test_a_calendar_without_working_days_ends() -> None:
    days = {date(2026, 1, 1) + timedelta(days=n): False for n in range(2000)}
    with pytest.raises(InputError, match="in sight"):
        after(FileCalendar(days), date(2026, 1, 1), 3)


@pytest.mark.parametrize(
    ("day", "holds"), [((11, 14), False), ((11, 15), True), ((1, 1), True), ((3, 15), True), ((3, 16), False)]
)
def test_a_season_may_run_over_the_new_year(day: tuple[int, int], holds: bool) -> None:
    season = Season((11, 15), (3, 15))
    assert season.holds(datetime(2026, *day)) is holds
    assert not season.holds(None)
