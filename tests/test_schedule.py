"""What is due: once a day and slot, in every zone of the world, over both nights when its clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import EVERY_DAY, LATEST, due_slot, is_due, last, name, next_slot

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AT_NIGHT = (time(0), time(0, 30), time(1, 30), time(2), time(2, 30), time(3), time(3, 30), time(8), time(23, 30))
YEAR = range(366)
JANUARY, DECEMBER = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-01")


@cache
def changes(zone_name):
    """The moments of 2026 when a zone's clock is changed, as it is understood here and now."""
    zone, start = ZoneInfo(zone_name), datetime(2025, 12, 31, 12, tzinfo=UTC)
    offsets = [(start + day * DAY).astimezone(zone).utcoffset() for day in YEAR]
    found = []
    for day in YEAR[1:]:
        if offsets[day] != offsets[day - 1]:
            early, late = start + (day - 1) * DAY, start + day * DAY
            while late - early > MINUTE:
                middle = early + (late - early) / 2
                is_before = middle.astimezone(zone).utcoffset() == offsets[day - 1]
                early, late = (middle, late) if is_before else (early, middle)
            found.append(late.replace(second=0, microsecond=0))
    return found


def lived(at, zone, start, end, step, *, clock=lambda now: now):
    """The slots that came, with the moment of each, for somebody who asks every so often."""
    done, came, now = None, [], start
    while now < end:
        slot = due_slot(clock(now), at, EVERY_DAY, zone, done)
        if slot:
            came.append((slot[0], now))
            done = last(slot[0], done, clock(now), zone)
        now += step
    return came


@cache
def nights():
    """Change of the clock -> the zones of the tz database that have it: a moment, the offsets before and after."""
    found = {}
    for zone_name in sorted(available_timezones() - {"localtime", "Factory"}):
        zone = ZoneInfo(zone_name)
        for change in changes(zone_name):
            offsets = tuple(at.astimezone(zone).utcoffset() for at in (change - HOUR, change + HOUR))
            found.setdefault((change, offsets), []).append(zone_name)
    return found


def test_every_slot_comes_once_a_day_in_every_zone_over_both_nights():
    assert sum(map(len, nights().values())) > 300
    for (change, _), (zone_name, *_) in nights().items():
        zone = ZoneInfo(zone_name)
        for at in AT_NIGHT:
            came = lived((at,), zone, change - 36 * HOUR, change + 36 * HOUR, 30 * MINUTE)
            days = [slot.split()[0] for slot, _ in came]
            first = date.fromisoformat(days[0])
            assert days == [str(first + n * DAY) for n in range(len(days))], (zone_name, at, came)
            assert len(days) in {3, 4}, (zone_name, at, came)
            for slot, moment in came[1:]:
                late = moment - datetime.combine(date.fromisoformat(slot.split()[0]), at, zone).astimezone(UTC)
                assert timedelta() <= late < HOUR, (zone_name, slot, moment)


def test_a_time_in_the_gap_comes_an_hour_later_on_the_clock():
    start = datetime(2026, 3, 28, 20, tzinfo=UTC)
    came = lived((time(2, 30),), AMSTERDAM, start, start + 12 * HOUR, MINUTE)
    assert came == [("2026-03-29 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC))]
    assert came[0][1].astimezone(AMSTERDAM).time() == time(3, 30)


def test_a_time_in_the_fold_comes_once_the_first_time():
    start = datetime(2026, 10, 24, 20, tzinfo=UTC)
    came = lived((time(2, 30),), AMSTERDAM, start, start + 12 * HOUR, MINUTE)
    assert came == [("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))]


def test_two_times_of_which_one_lies_in_the_gap_both_come():
    """02:30 comes at what is then 03:30, after 03:15: it is the later of the two that night."""
    start = datetime(2026, 3, 28, 20, tzinfo=UTC)
    came = lived((time(2, 30), time(3, 15)), AMSTERDAM, start, start + 12 * HOUR, MINUTE)
    assert [slot for slot, _ in came] == ["2026-03-29 03:15", "2026-03-29 02:30"]


@given(
    zone=st.sampled_from(["Europe/Amsterdam", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata"]),
    at=st.lists(st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=4, unique=True),
    start=st.datetimes(JANUARY, DECEMBER, timezones=st.just(UTC)),
    back=st.timedeltas(timedelta(), 23 * HOUR),
    after=st.timedeltas(timedelta(), 2 * DAY),
)
def test_a_clock_that_is_set_back_repeats_nothing(zone, at, start, back, after):
    set_back = start + after
    came = lived(
        at, ZoneInfo(zone), start, start + 4 * DAY, 20 * MINUTE, clock=lambda now: now if now < set_back else now - back
    )
    assert len({slot for slot, _ in came}) == len(came)


def test_a_night_without_power_gives_one_late_digest_or_none():
    at = (time(8),)
    done = "2026-11-21 08:00"
    slot = datetime(2026, 11, 22, 8, tzinfo=AMSTERDAM)
    assert due_slot((slot - MINUTE).astimezone(UTC), at, EVERY_DAY, AMSTERDAM, done) is None
    assert due_slot((slot + LATEST).astimezone(UTC), at, EVERY_DAY, AMSTERDAM, done) == ("2026-11-22 08:00", slot)
    assert due_slot((slot + LATEST + MINUTE).astimezone(UTC), at, EVERY_DAY, AMSTERDAM, done) is None


def test_of_slots_that_were_missed_only_the_newest_comes():
    now = datetime(2026, 11, 22, 21, tzinfo=UTC)
    at = (time(8), time(12), time(18))
    assert due_slot(now, at, EVERY_DAY, AMSTERDAM, None)[0] == "2026-11-22 18:00"
    assert due_slot(now, at, EVERY_DAY, AMSTERDAM, "2026-11-22 18:00") is None
    assert due_slot(now, at, EVERY_DAY, AMSTERDAM, "2026-11-22 12:00")[0] == "2026-11-22 18:00"


def test_a_slot_that_was_done_by_a_clock_of_the_future_does_not_silence_the_present():
    now = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    assert due_slot(now, (time(8),), EVERY_DAY, AMSTERDAM, "2038-01-19 08:00")[0] == "2026-11-22 08:00"
    assert last("2026-11-22 08:00", "2038-01-19 08:00", now, AMSTERDAM) == "2026-11-22 08:00"
    assert last("2026-11-22 08:00", "2026-11-22 18:00", now, AMSTERDAM) == "2026-11-22 18:00"
    assert last("2026-11-22 08:00", None, now, AMSTERDAM) == "2026-11-22 08:00"


@pytest.mark.parametrize(("days", "expected"), [({0, 1, 2, 3, 4}, None), ({6}, "2026-11-22 08:00"), (set(), None)])
def test_only_on_the_days_that_the_owner_wants(days, expected):
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)  # a Sunday
    slot = due_slot(now, (time(8),), days, AMSTERDAM, None)
    assert (slot and slot[0]) == expected


def test_without_times_nothing_is_ever_due():
    assert due_slot(datetime(2026, 11, 22, 9, tzinfo=UTC), (), EVERY_DAY, AMSTERDAM, None) is None
    assert next_slot(datetime(2026, 11, 22, 9, tzinfo=UTC), (), EVERY_DAY, AMSTERDAM) is None


@given(
    now=st.datetimes(JANUARY, DECEMBER, timezones=st.just(UTC)),
    at=st.lists(st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=3),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_the_next_slot_is_the_one_that_becomes_due(now, at, days):
    coming = next_slot(now, at, days, AMSTERDAM)
    assert now < coming <= now + 8 * DAY
    slot = due_slot(coming, at, days, AMSTERDAM, None)
    assert slot[1].astimezone(UTC) == coming
    assert name(slot[1]) == slot[0]


def test_what_is_done_every_hour_is_due_when_the_clock_was_set_back():
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert is_due(None, HOUR, now)
    assert not is_due(now - 59 * MINUTE, HOUR, now)
    assert is_due(now - HOUR, HOUR, now)
    assert is_due(now + MINUTE, HOUR, now)
