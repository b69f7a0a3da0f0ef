"""Tell when the owner means: "fri 9am", "in 2 weeks", "morgen früh", "24.12.", "el viernes", "来週".

tokens -> times: pieces (a weekday, a span, a date, a time of day …) -> a moment in the owner's zone
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.language.time_words import Side, Unit
from bot.language.times import (
    EXACT,
    PM_BEFORE,
    Clock,
    Day,
    Edge,
    Next,
    OnDate,
    PartOfDay,
    Piece,
    Shift,
    Span,
    Weekday,
    read,
)
from bot.language.tokens import tokens

MORNING, EVENING, END_OF_WORK = time(8), time(18), time(17)
SOONEST, LATEST = timedelta(minutes=5), timedelta(days=366)
NOON, MIDNIGHT = 12, 24
A_WEEK, MONTHS = 7, 12
FRIDAY, SATURDAY = 4, 5
FAR = 5000
"""More of any unit is beyond a year, and might be beyond the calendar."""


class NoSuchMoment(Exception):
    """The text says in one plain line why not."""


def moment(text: str, now: datetime, zone: ZoneInfo, morning: time = MORNING) -> datetime:
    """The moment meant, aware and in UTC, and always ahead: at `morning` of the owner's day when no hour is said.

    Raises NoSuchMoment when there is none, or none that can be waited for.
    """
    said, _ = read(tokens(text))
    if not said:
        raise NoSuchMoment(f'I cannot tell when "{text}" is.')
    at = _Reckoning(now, zone, morning).moment(said)
    if at <= now:
        raise NoSuchMoment(f"{_spelt(at, zone)} is past.")
    if not SOONEST <= at - now <= LATEST:
        raise NoSuchMoment("I can wait between 5 minutes and a year.")
    return at


def is_behind(text: str, *, today: bool = True) -> bool:
    """Whether it speaks of what has been, or of today: "answered 1 yesterday"."""
    said, _ = read(tokens(text))
    shifts = [piece.days for piece in said if isinstance(piece, Shift)]
    spans = [piece.count for piece in said if isinstance(piece, Span)]
    return any(days < today for days in shifts) or any(count < 0 for count in spans)


def _spelt(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M}"


@dataclass(frozen=True, slots=True)
class _Reckoning:
    now: datetime
    zone: ZoneInfo
    morning: time

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def monday(self) -> date:
        """Of this week."""
        return self.today - timedelta(days=self.today.weekday())

    def moment(self, said: Sequence[Piece]) -> datetime:
        if spans := [piece for piece in said if isinstance(piece, Span) and piece.unit in EXACT]:
            minutes = sum(span.count * (60 if span.unit is Unit.HOUR else 1) for span in spans)
            return self.now + timedelta(minutes=min(minutes, LATEST / timedelta(minutes=1)))
        days = [piece for piece in said if isinstance(piece, Day)]
        hour = _hour(said)
        if days == [Shift(0)] and hour is None:
            return self._later_today()
        if days:
            is_end_of_day = any(isinstance(piece, Edge) and piece.unit is Unit.DAY for piece in days)
            return self._at(self._day(days, hour), hour or (END_OF_WORK if is_end_of_day else self.morning))
        at = hour or self.morning
        today = self._at(self.today, at)
        return today if today > self.now else self._at(self.today + timedelta(days=1), at)

    def _later_today(self) -> datetime:
        """As in "today" without an hour: this evening, or soon when it is evening already."""
        evening = self._at(self.today, EVENING)
        return evening if evening - self.now >= SOONEST else self.now + timedelta(hours=2)

    def _at(self, day: date, hour: time) -> datetime:
        """In UTC. An hour that the clocks skip comes an hour later; of one that comes twice, the first ahead."""
        first = datetime.combine(day, hour, self.zone).astimezone(UTC)
        second = datetime.combine(day, hour.replace(fold=1), self.zone).astimezone(UTC)
        return first if first > self.now else max(first, second)

    # which day

    def _day(self, days: Sequence[Day], hour: time | None) -> date:
        is_ahead_today = hour is not None and self._at(self.today, hour) > self.now
        weekday = next((piece for piece in days if isinstance(piece, Weekday)), None)
        others = [piece for piece in days if not isinstance(piece, Weekday)]
        day = self.today
        for piece in others:
            day = self._moved(day, piece, is_ahead_today=is_ahead_today)
        if weekday is None:
            return day
        return self._on_weekday(weekday, day, others[0] if others else None, is_ahead_today=is_ahead_today)

    def _moved(self, day: date, piece: Day, *, is_ahead_today: bool) -> date:
        match piece:
            case Span(count, unit):
                return _added(day, count, unit)
            case Shift(days):
                return day + timedelta(days=days)
            case Next(unit, steps):
                return self._next(unit, steps)
            case Edge():
                return self._edge(piece)
            case OnDate():
                return self._date(piece, is_ahead_today=is_ahead_today)
            case Weekday():
                raise AssertionError(piece)

    def _on_weekday(self, weekday: Weekday, day: date, other: Day | None, *, is_ahead_today: bool) -> date:
        """Beside another day: "monday in two weeks", "next week friday", "a week from friday", "fri 27 nov"."""
        match other:
            case OnDate() | Shift() if day.weekday() != weekday.day:
                raise NoSuchMoment(f"{day.day} {day:%b} is a {day:%A}.")
            case OnDate() | Shift():
                return day
            case Span(is_after=False):
                return day + timedelta(days=(weekday.day - day.weekday() + 3) % A_WEEK - 3)  # the nearest
            case Next():
                return day + timedelta(days=weekday.day - day.weekday())
        if weekday.weeks_on:
            return self.monday + timedelta(weeks=weekday.weeks_on, days=weekday.day)
        ahead = (weekday.day - self.today.weekday()) % A_WEEK
        coming = self.today + timedelta(days=ahead or (0 if is_ahead_today else A_WEEK))
        return _added(coming, other.count, other.unit) if isinstance(other, Span) else coming

    def _next(self, unit: Unit, steps: int) -> date:
        """The first day of it; of the present one, what is left: its last working day, or its last."""
        first = self.today.replace(day=1)
        match unit:
            case Unit.WEEK:
                friday = self.monday + timedelta(days=FRIDAY)
                return self.monday + timedelta(weeks=steps) if steps else max(self.today + timedelta(days=1), friday)
            case Unit.WEEKEND:
                saturday = self.monday + timedelta(days=SATURDAY)
                return saturday + timedelta(weeks=steps or saturday <= self.today)
            case Unit.MONTH:
                return _same_day(first, steps) if steps else _last_of(first)
            case _:
                return date(self.today.year + steps, 1, 1) if steps else date(self.today.year, 12, 31)

    def _edge(self, edge: Edge) -> date:
        """The next such day ahead."""
        if edge.month is not None and not 1 <= edge.month <= MONTHS:
            raise NoSuchMoment(f"There is no month {edge.month}.")
        if edge.unit is Unit.DAY:
            return self.today
        found = self._edge_after(edge, edge.steps)
        return found if found > self.today else self._edge_after(edge, edge.steps + 1)

    def _edge_after(self, edge: Edge, steps: int) -> date:
        match edge:
            case Edge(unit=Unit.WEEK):
                days = {Side.START: 0, Side.MIDDLE: 2, Side.END: FRIDAY}[edge.side]
                return self.monday + timedelta(weeks=steps, days=days)
            case Edge(month=int(month)):
                return _side_of(edge.side, date(self.today.year + steps, month, 1))
            case Edge(unit=Unit.MONTH):
                return _side_of(edge.side, _same_day(self.today.replace(day=1), steps))
            case _:
                month, day = {Side.START: (1, 1), Side.MIDDLE: (7, 1), Side.END: (12, 31)}[edge.side]
                return date(self.today.year + steps, month, day)

    def _date(self, said: OnDate, *, is_ahead_today: bool) -> date:
        """That day; without a year or a month, the next such day ahead."""
        if said.month is None:
            return self._day_of_month(said.day, is_ahead_today=is_ahead_today)
        if not 1 <= said.month <= MONTHS:
            raise NoSuchMoment(f"There is no month {said.month}.")
        today = (self.today.month, self.today.day + (not is_ahead_today))
        year = said.year if said.year is not None else self.today.year + ((said.month, said.day) < today)
        try:
            return date(year, said.month, said.day)
        except ValueError:
            raise NoSuchMoment(f"{said.day} {date(2000, said.month, 1):%b} {year} does not exist.") from None

    def _day_of_month(self, day: int, *, is_ahead_today: bool) -> date:
        first_possible = self.today if is_ahead_today else self.today + timedelta(days=1)
        for months in range(3):  # a 31st is never farther
            month = _same_day(self.today.replace(day=1), months)
            if 1 <= day <= _last_of(month).day and month.replace(day=day) >= first_possible:
                return month.replace(day=day)
        raise NoSuchMoment(f"No month has a day {day}.")


# -- the clock -----------------------------------------------------------------------------------------------------


def _hour(said: Sequence[Piece]) -> time | None:
    clock = next((piece for piece in said if isinstance(piece, Clock)), None)
    part = next((piece for piece in said if isinstance(piece, PartOfDay)), None)
    if clock is None:
        return time(part.hour) if part else None
    hour = _hour_of_day(clock, part)
    if hour == MIDNIGHT and clock.minute == 0:
        raise NoSuchMoment("Say midnight as 0:00 of the day that begins.")
    if hour >= MIDNIGHT or clock.minute >= 60:  # noqa: PLR2004
        raise NoSuchMoment(f"There is no {clock.hour}:{clock.minute:02} on a clock.")
    return time(hour, clock.minute)


def _hour_of_day(clock: Clock, part: PartOfDay | None) -> int:
    """As in "3 pm", "tonight at 8", and "at 3", which is in the afternoon."""
    if clock.half is not None and clock.hour <= NOON:
        if clock.hour == 0:
            raise NoSuchMoment("There is no 0 o'clock before or after noon.")
        return clock.hour % NOON + clock.half
    is_afternoon = part.hour >= NOON if part else 0 < clock.hour < PM_BEFORE and not clock.is_plain
    return clock.hour + NOON if is_afternoon and clock.half is None and clock.hour < NOON else clock.hour


# -- the calendar --------------------------------------------------------------------------------------------------


def _added(day: date, count: float, unit: Unit) -> date:
    if abs(count) > FAR:
        raise NoSuchMoment("I can wait between 5 minutes and a year.")
    match unit:
        case Unit.DAY:
            return day + timedelta(days=round(count))
        case Unit.WEEK:
            return day + timedelta(days=round(count * A_WEEK))
        case Unit.YEAR:
            return _same_day(day, round(count * MONTHS))
        case _:
            return _same_day(day, round(count))


def _same_day(day: date, months: int) -> date:
    """So many months on, or the last of that month when it is shorter."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    year = min(max(year, date.min.year), date.max.year)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _last_of(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _side_of(side: Side, first: date) -> date:
    match side:
        case Side.START:
            return first
        case Side.MIDDLE:
            return first.replace(day=15)
        case Side.END:
            return _last_of(first)
