"""Moments are found in the owner's words, in the owner's zone, and always ahead."""

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.times import read
from bot.language.tokens import tokens
from bot.language.when import LATEST, SOONEST, NoSuchMoment, is_behind, moment

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
"""Sunday, 10:30 in Amsterdam."""
TABLE = Path(__file__).parent / "data" / "times.tsv"
ROWS = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
MIN, MAX = datetime(2025, 1, 1), datetime(2032, 1, 1)  # noqa: DTZ001  hypothesis wants them naive
ZONES = ["Europe/Amsterdam", "America/Los_Angeles", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]


def told(text: str, now: datetime = NOW, zone: ZoneInfo = AMSTERDAM) -> str:
    try:
        return f"{moment(text, now, zone).astimezone(zone):%a %Y-%m-%d %H:%M}"
    except NoSuchMoment as problem:
        return str(problem)


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_a_moment_is_found_as_the_table_says(text: str, expected: str) -> None:
    assert told(text) == expected


@pytest.mark.parametrize(("text", "expected"), [row for row in ROWS if row[1][3] == " "])
def test_all_the_words_of_a_time_belong_to_it(text: str, expected: str) -> None:
    line = tokens(text)
    assert read(line)[1] == len(line)


@pytest.mark.parametrize(
    "text", ["done", "2", "1 and 3", "ines", "the crypto", "no", "a", "in", "on the", "next", "last one"]
)
def test_other_words_are_no_time(text: str) -> None:
    assert read(tokens(text)) == ((), 0)


@given(
    st.sampled_from([row[0] for row in ROWS]),
    st.datetimes(MIN, MAX),
    st.sampled_from(ZONES),
)
def test_a_moment_is_ahead_and_within_a_year_or_there_is_none(text: str, now: datetime, zone: str) -> None:
    at_now = now.replace(tzinfo=UTC)
    with contextlib.suppress(NoSuchMoment):
        at = moment(text, at_now, ZoneInfo(zone))
        assert SOONEST <= at - at_now <= LATEST
        assert at.tzinfo is UTC


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_is_not(text: str) -> None:
    told(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "in",
                "at",
                "on",
                "the",
                "2",
                "9",
                "31",
                "2026",
                "fri",
                "monday",
                "next",
                "week",
                "days",
                "3d",
                ":",
                ".",
                "am",
                "pm",
                "half",
                "past",
                "end",
                "of",
                "may",
                "24.12.",
                "9:30",
                "月",
                "日",
                "時",
                "来",
                "週",
                "um",
                "bis",
                "de",
                "la",
            ]
        ),
        max_size=8,
    )
)
def test_any_words_of_time_in_any_order_are_bounded(words: list[str]) -> None:
    told(" ".join(words))


def test_an_hour_that_the_clocks_skip_comes_an_hour_later() -> None:
    assert told("28 mar 02:30", datetime(2027, 3, 1, tzinfo=UTC)) == "Sun 2027-03-28 03:30"


def test_an_hour_that_comes_twice_comes_at_its_first() -> None:
    assert moment("25 oct 02:30", datetime(2026, 10, 1, tzinfo=UTC), AMSTERDAM) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_between_the_two_the_second_is_still_ahead() -> None:
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert moment("02:30", between, AMSTERDAM) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_day_counts_by_the_owners_calendar() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert told("tomorrow", late) == "Tue 2026-11-24 08:00"
    assert told("tomorrow", late, ZoneInfo("America/Los_Angeles")) == "Mon 2026-11-23 08:00"


def test_hours_are_counted_exactly_across_a_change_of_the_clocks() -> None:
    night = datetime(2027, 3, 27, 23, tzinfo=UTC)
    assert moment("in 6 hours", night, AMSTERDAM) == night + timedelta(hours=6)


def test_a_weekday_said_on_that_day_is_in_a_week_unless_its_hour_is_ahead() -> None:
    assert told("sunday") == "Sun 2026-11-29 08:00"
    assert told("sunday at 21:00") == "Sun 2026-11-22 21:00"


@pytest.mark.parametrize(
    ("text", "behind"), [("yesterday", True), ("today", True), ("2 days ago", True), ("friday", False)]
)
def test_what_has_been_is_told_from_what_will_be(text: str, behind: bool) -> None:
    assert is_behind(text) is behind
