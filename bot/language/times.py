"""Find the words that speak of a time, and the pieces of it that they name: a weekday, a span, a date, a time of day.

tokens -> rules, each tried where the last piece ended, the longest wins -> pieces that make one time together
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.language import time_words as known
from bot.language.time_words import Side, Unit
from bot.language.tokens import Phrasebook, Shape, Token
from bot.language.words import NUMBERS

Meaning = TypeVar("Meaning")
EXACT = frozenset({Unit.MINUTE, Unit.HOUR})


@dataclass(frozen=True, slots=True)
class Span:
    """As in "in 2 weeks", "3d"; before now when negative."""

    count: float
    unit: Unit
    is_after: bool = False
    """Counted from another day: "a week from friday"."""


@dataclass(frozen=True, slots=True)
class Weekday:
    day: int
    weeks_on: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """Today, tomorrow, yesterday."""

    days: int


@dataclass(frozen=True, slots=True)
class Next:
    """The week, month, year or weekend that is `steps` after the present one."""

    unit: Unit
    steps: int


@dataclass(frozen=True, slots=True)
class Edge:
    """The start, middle or end of a unit, `steps` after the present one, or of a month."""

    side: Side
    unit: Unit
    steps: int = 0
    month: int | None = None


@dataclass(frozen=True, slots=True)
class OnDate:
    day: int
    month: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    hour: int
    minute: int = 0
    half: int | None = None
    """0 before noon, 12 after it, None when not said."""
    is_plain: bool = False
    """Said as 03:30 or 15 h: not to be moved to the afternoon."""


@dataclass(frozen=True, slots=True)
class PartOfDay:
    hour: int


Day = Span | Weekday | Shift | Next | Edge | OnDate
Hour = Clock | PartOfDay
Piece = Day | Hour
Found = tuple[tuple[Piece, ...], int]
"""What was read, and where it ends."""


def read(line: Sequence[Token], start: int = 0) -> Found:
    """What the words that start there say of a time, and where they end; nothing, and `start`, when they do not."""
    said: tuple[Piece, ...] = ()
    end = start
    if start < len(line) and _may_start(line[start]):
        for found, reached in _pieces(Words(line), start):
            said, end = (*said, *found), reached
    return said, end


def _pieces(words: Words, at: int) -> Iterator[Found]:
    """One piece after another, as long as they make one time together."""
    said: tuple[Piece, ...] = ()
    while (found := _piece(words, at, is_first=not said)) and _go_together((*said, *found[0])):
        said, at = (*said, *found[0]), found[1]
        yield found


MOST_AHEAD = 4


def _piece(words: Words, at: int, *, is_first: bool) -> Found | None:
    """The longest piece that starts there, after the words that may stand before it."""
    if not is_first and words[at] in {",", "、"}:
        at += 1
    for _ in range(MOST_AHEAD):
        if found := [piece for rule in RULES if (piece := rule(words, at))]:
            return max(found, key=lambda piece: piece[1])
        at, before = words.after(known.AHEAD, at), at
        if at == before:
            return None
    return None


TWO_DAYS = (
    {Weekday, Next},
    {Weekday, Span},
    {Weekday, OnDate},
    {Weekday, Shift},
    {Shift, Span},
    {Shift, Next},
    {Shift, OnDate},
)
"""Kinds of days that are said together: "monday in 2 weeks", "Freitag, 27.11."."""


def _go_together(pieces: Sequence[Piece]) -> bool:
    days = [piece for piece in pieces if isinstance(piece, Day)]
    hours = [type(piece) for piece in pieces if isinstance(piece, Hour)]
    kinds = {type(piece) for piece in days}
    is_exact = any(isinstance(piece, Span) and piece.unit in EXACT for piece in days)
    return (
        len(kinds) == len(days)
        and len(set(hours)) == len(hours)
        and (len(days) <= 1 or kinds in TWO_DAYS)
        and not (is_exact and len(pieces) > 1)
    )


# -- the words as the rules look at them ---------------------------------------------------------------------------


class Words:
    """The words of a line; beyond its end there is nothing."""

    def __init__(self, line: Sequence[Token]) -> None:
        self.tokens = line
        self.words = [token.word for token in line]

    def __getitem__(self, at: int) -> str:
        return self.words[at] if 0 <= at < len(self.words) else ""

    def some(self, at: int, count: int) -> list[str]:
        return self.words[at : at + count]

    def find(self, book: Phrasebook[Meaning], at: int) -> tuple[Meaning, int] | None:
        return book.at(self.words, at)

    def has(self, book: Phrasebook[Meaning], at: int) -> bool:
        return book.at(self.words, at) is not None

    def after(self, book: Phrasebook[Meaning], at: int) -> int:
        """Behind the phrase of the book that stands there, if one does."""
        found = book.at(self.words, at)
        return found[1] if found else at

    def after_word(self, words: frozenset[str] | set[str], at: int) -> int:
        return at + (self[at] in words)

    def is_glued(self, at: int) -> bool:
        return 0 <= at < len(self.tokens) and self.tokens[at].is_glued

    def figures(self, at: int) -> str:
        return self[at] if at < len(self.tokens) and self.tokens[at].shape is Shape.FIGURES else ""

    def number(self, at: int, digits: int = 2) -> int | None:
        if at < len(self.tokens) and self.tokens[at].shape is Shape.NUMBER and len(self[at]) <= digits:
            return int(self[at])
        return None

    def count(self, at: int) -> tuple[float, int] | None:
        """As in "3", "1.5", "a couple of"; of "2-3 days" the more."""
        number = self.number(at, digits=5)
        if number is not None and self[at + 1] in {"-", "–"} and self.number(at + 2) and self.has(known.UNITS, at + 3):
            return self.count(at + 2)
        if number is not None:
            return number, at + 1
        if FRACTION.fullmatch(self[at]):
            return float(self[at]), at + 1
        return NUMBERS.at(self.words, at)

    def hour(self, at: int) -> tuple[int, int] | None:
        counted = self.count(at)
        return (int(counted[0]), counted[1]) if counted and counted[0] == int(counted[0]) else None


FRACTION = re.compile(r"\d{1,2}\.\d{1,2}", re.ASCII)


# -- spans and days ------------------------------------------------------------------------------------------------


def _span(words: Words, at: int) -> Found | None:
    """As in "3d", "half an hour", "2 weeks from now", "a week from friday", "2 days ago"."""
    found = words.find(known.WHOLE_SPANS, at) or _counted_span(words, at)
    if found is None:
        return None
    (count, unit), end = found
    if words.has(known.AGO, end):
        return (Span(-count, unit),), words.after(known.AGO, end)
    if words.has(known.FROM_NOW, end):
        return (Span(count, unit),), words.after(known.FROM_NOW, end)
    return (Span(count, unit, is_after=words[end] in {"from", "after", "nach", "ab", "despues", "apres"}),), end


def _counted_span(words: Words, at: int) -> tuple[tuple[float, Unit], int] | None:
    counted = words.count(at)
    if counted is None:
        return None
    place = words.after_word({"more", "weitere", "weiteren", "full", "whole"}, counted[1])
    unit = words.find(known.UNITS, place)
    is_torn = words[place] in known.NEED_GLUE and not words.is_glued(place)
    if unit is None or unit[0] is Unit.WEEKEND or is_torn:
        return None
    return (counted[0], unit[0]), unit[1]


def _weekday(words: Words, at: int) -> Found | None:
    """As in "fri", "next friday", "vendredi prochain", "friday week"."""
    weeks_on, place = words.find(known.NEXT, at) or (0, words.after(known.THIS, at))
    day = words.find(known.WEEKDAYS, place)
    if day is None and words[place - 1] in known.BEFORE_SHORT_WEEKDAYS:
        day = words.find(known.SHORT_WEEKDAYS, place)
    if day is None:
        return None
    end = day[1] + (words[day[1]] == "." and len(words[day[1] - 1]) <= 3)  # noqa: PLR2004  "Fr."
    if words[end] == "week" and not weeks_on:
        return (Weekday(day[0]), Span(1, Unit.WEEK, is_after=True)), end + 1
    return (Weekday(day[0], weeks_on),), words.after(known.NEXT, end)


def _shift(words: Words, at: int) -> Found | None:
    """As in "tomorrow", "tonight"."""
    if today := words.find(known.PARTS_OF_TODAY, at):
        return (Shift(0), PartOfDay(today[0])), today[1]
    shift = words.find(known.SHIFTS, at)
    return ((Shift(shift[0]),), shift[1]) if shift else None


def _next(words: Words, at: int) -> Found | None:
    """As in "next week", "la semaine prochaine", "this weekend", "来月"."""
    if whole := words.find(known.WHOLE_NEXT, at):
        return (Next(*whole[0]),), whole[1]
    steps, place = words.find(known.NEXT, at) or (0, words.after(known.THIS, at))
    unit = words.find(known.UNITS, place)
    if unit is None or unit[0] in EXACT or (len(words[place]) == 1 and words[place].isascii()):
        return None
    end = unit[1]
    if words.has(known.AFTER_NEXT, end):
        return (Next(unit[0], 2),), words.after(known.AFTER_NEXT, end)
    if words.has(known.NEXT, end):
        steps, end = 1, words.after(known.NEXT, end)
    if unit[0] is Unit.DAY:
        return ((Shift(1),), end) if steps == 1 else None
    says_which = steps or unit[0] is Unit.WEEKEND or (place > at and words[place - 1] not in known.ARTICLES)
    return ((Next(unit[0], steps),), end) if says_which else None


def _edge(words: Words, at: int) -> Found | None:
    """As in "end of next month", "eow", "early january", "Ende der Woche"."""
    if whole := words.find(known.WHOLE_EDGES, at):
        return (Edge(Side.END, whole[0]),), whole[1]
    side = words.find(known.EDGES, at)
    if side is None:
        return None
    if month := words.find(known.MONTHS, side[1]):
        return (Edge(side[0], Unit.MONTH, month=month[0]),), month[1]
    if whole_next := words.find(known.WHOLE_NEXT, side[1]):
        return (Edge(side[0], *whole_next[0]),), whole_next[1]
    steps, place = words.find(known.NEXT, side[1]) or (0, words.after(known.THIS, side[1]))
    unit = words.find(known.UNITS, place)
    if unit is None or unit[0] not in {Unit.WEEK, Unit.MONTH, Unit.YEAR}:
        return None
    is_next = words.has(known.NEXT, unit[1])
    return (Edge(side[0], unit[0], 1 if is_next else steps),), words.after(known.NEXT, unit[1])


# -- dates ---------------------------------------------------------------------------------------------------------

MOST_MONTHS = 12
FIRST_DAYS = 12
"""Days of a month that are as likely the place of an item: "the 2nd"."""


def _date_in_figures(words: Words, at: int) -> Found | None:
    """As in "2026-12-01", "24.12.", "24/12", "12/24/26"; but "9.30" is a time of day."""
    figures = words.figures(at)
    if not figures or ":" in figures:
        return None
    if "-" in figures:
        year, month, day = map(int, figures.split("-"))
        return (OnDate(day, month, year),), words.after_word({"t"}, at + 1)
    day, month, *year_said = map(int, re.findall(r"\d+", figures))
    if figures.count(".") == 1 and month > MOST_MONTHS:
        return None
    if month > MOST_MONTHS >= day:
        day, month = month, day
    return (OnDate(day, month, _full(year_said[0]) if year_said else None),), at + 1


def _full(year: int) -> int:
    return year + 2000 if year < 100 else year  # noqa: PLR2004  "24.12.26"


def _day_and_month(words: Words, at: int) -> Found | None:
    """As in "1 dec", "24th of December 2026", "el 24 de diciembre"."""
    day = words.number(at)
    if day is None:
        return None
    place = words.after_word(known.YEAR_MARKS, words.after(known.TO_A_DAY, at + 1))
    month = words.find(known.MONTHS, place)
    if month is None:
        return None
    is_short = words[month[1]] == "." and len(words[month[1] - 1]) <= 4  # noqa: PLR2004  "Sept."
    return _with_year(words, day, month[0], month[1] + is_short)


def _month_and_day(words: Words, at: int) -> Found | None:
    """As in "dec 24", "December the 1st, 2026", "12月24日"."""
    number = words.number(at)
    if number is not None and words[at + 1] == "月":
        day = words.number(at + 2)
        if day is None:
            return (Edge(Side.START, Unit.MONTH, month=number),), at + 2
        return (OnDate(day, number),), words.after_word({"日"}, at + 3)
    month = words.find(known.MONTHS, at)
    place = words.after_word({"the", "."}, month[1]) if month else at
    day = words.number(place)
    if month is None or day is None:
        return None
    return _with_year(words, day, month[0], words.after(known.TO_A_DAY, place + 1))


def _with_year(words: Words, day: int, month: int, at: int) -> Found:
    place = words.after_word(known.YEAR_MARKS, at)
    year = words.number(place, digits=4)
    if year is not None and len(words[place]) == 4:  # noqa: PLR2004
        return (OnDate(day, month, year),), place + 1
    return (OnDate(day, month),), at


def _lone_month(words: Words, at: int) -> Found | None:
    """As in "December", "until may", "christmas"."""
    if feast := words.find(known.FEASTS, at):
        return (OnDate(*feast[0]),), feast[1]
    month = words.find(known.MONTHS, at)
    is_sure = words[at] not in known.NEED_A_DAY or words[at - 1] in known.BEFORE_MONTHS
    return ((Edge(Side.START, Unit.MONTH, month=month[0]),), month[1]) if month and is_sure else None


def _lone_day(words: Words, at: int) -> Found | None:
    """As in "the 24th", "on the 2nd"."""
    day = words.number(at)
    if day is None or not words.is_glued(at + 1) or not words.has(known.TO_A_DAY, at + 1):
        return None
    lead = at - 2 if words[at - 1] == "the" else at - 1
    is_led = words[lead] in known.BEFORE_DAYS
    if not is_led and (day <= FIRST_DAYS or words[at + 1] == "."):
        return None
    return (OnDate(day),), words.after(known.TO_A_DAY, at + 1)


LAST_DAY = 31


def _until_day(words: Words, at: int) -> Found | None:
    """As in "bis zum dritten", "jusqu'au 3", "until the 3rd", "3日まで": there a number names no item."""
    if words.number(at) and words.some(at + 1, 3) == ["日", "ま", "で"]:
        return (OnDate(int(words[at])),), at + 4
    place = words.after(known.UNTIL, at)
    if place == at:
        ordinal = words.find(known.ORDINALS, words.after(known.UNTIL_IN_ORDINALS, at))
        is_led = words.has(known.UNTIL_IN_ORDINALS, at)
        return ((OnDate(ordinal[0]),), ordinal[1]) if is_led and ordinal else None
    for rule in (_date_in_figures, _day_and_month, _month_and_day):
        if found := rule(words, place):
            return found
    return _day_after_until(words, place)


def _day_after_until(words: Words, place: int) -> Found | None:
    if named := words.find(known.ORDINALS, place) or words.find(known.CARDINALS, place):
        is_more = words.has(known.UNITS, named[1]) or words.has(known.OCLOCK, named[1])
        return None if is_more else ((OnDate(named[0]),), named[1])
    day = words.number(place)
    if day is None or not 1 <= day <= LAST_DAY:
        return None
    end = words.after(known.TO_A_DAY, place + 1) if words.is_glued(place + 1) else place + 1
    is_bare_german = words[place - 1] == "bis" and end == place + 1
    is_more = words.has(known.UNITS, end) or words.has(known.OCLOCK, end)
    return None if is_bare_german or is_more else ((OnDate(day),), end)


# -- times of day --------------------------------------------------------------------------------------------------

PM_BEFORE = 7
"""An hour said without am or pm is in the afternoon when it is smaller: nobody wants to be reminded "at 3" at night."""
A_DAY, HALF_A_DAY = 24 * 60, 12 * 60
HOURS_IN_WORDS = frozenset({"h", "heures", "heure", "horas", "hs"})
"""Also the word for a span: "9h"."""


def _clock_in_figures(words: Words, at: int) -> Found | None:
    """As in "9:30", "9.30", "14:30 Uhr", "09:30:00Z"."""
    figures = words.figures(at)
    is_dotted = figures.count(".") == 1 and not figures.endswith(".") and "/" not in figures
    if ":" not in figures and not is_dotted:
        return None
    hour, minute = map(int, figures.replace(".", ":").split(":"))
    has_seconds = words[at + 1] == ":" and words.number(at + 2) is not None
    end = words.after_word({"z"}, at + 3 if has_seconds else at + 1)
    half = words.find(known.HALVES_OF_A_DAY, end)
    if half and not _is_german_on(words, end):
        return (Clock(hour, minute, half[0]),), half[1]
    is_plain = figures.startswith("0") or hour >= PM_BEFORE
    return (Clock(hour, minute, is_plain=is_plain),), words.after(known.OCLOCK, end)


def _clock_to_the_hour(words: Words, at: int) -> Found | None:
    """As in "half past 9", "quarter to nine", "halb zehn"."""
    moved = words.find(known.TO_THE_HOUR, at)
    hour = words.hour(moved[1]) if moved else None
    if moved is None or hour is None or hour[0] > FIRST_DAYS or words.has(known.UNITS, hour[1]):
        return None
    hours, minutes = divmod((hour[0] * 60 + moved[0]) % HALF_A_DAY, 60)
    half, end = words.find(known.HALVES_OF_A_DAY, hour[1]) or (None, hour[1])
    return (Clock(hours, minutes, half),), end


def _clock_by_the_hour(words: Words, at: int) -> Found | None:
    """As in "9 am", "9h30", "9 Uhr", "午後3時半"."""
    before = words.find(known.HALVES_OF_A_DAY, at) if not words[at].isascii() else None
    half, start = before or (None, at)
    hour = words.hour(start)
    if hour is None:
        return None
    after = words.find(known.HALVES_OF_A_DAY, hour[1])
    if after and not _is_german_on(words, hour[1]):
        return (Clock(hour[0], 0, after[0]),), after[1]
    return _oclock(words, at, hour, half)


def _oclock(words: Words, at: int, hour: tuple[int, int], half: int | None) -> Found | None:
    end = words.after(known.OCLOCK, hour[1])
    is_a_span = words[hour[1]] == "時" and words[hour[1] + 1] == "間"
    if end == hour[1] or is_a_span:
        return None
    minute = words.number(end)
    if minute is not None and (words.is_glued(end) or (words[end - 1] == "uhr" and len(words[end]) == 2)):  # noqa: PLR2004
        return (Clock(hour[0], minute, half, is_plain=True),), words.after_word({"分", "uhr"}, end + 1)
    if extra := words.find(known.AND_MINUTES, end):
        return (_moved(hour[0], extra[0], half),), extra[1]
    if words[hour[1]] in HOURS_IN_WORDS and not _follows_a_day(words, at):
        return None
    return (Clock(hour[0], 0, half, is_plain=hour[0] >= PM_BEFORE),), end


def _moved(hour: int, minutes: int, half: int | None = None) -> Clock:
    hours, minute = divmod((hour * 60 + minutes) % A_DAY, 60)
    return Clock(hours, minute, half, is_plain=hour >= PM_BEFORE)


def _follows_a_day(words: Words, at: int) -> bool:
    """The "9h" of "vendredi 9h" and of "à 9h" is no span."""
    return words[at - 1] in known.BEFORE_HOURS or any(
        words.after(book, place) == at
        for book in (known.WEEKDAYS, known.SHIFTS)
        for place in (at - 1, at - 2)
        if place >= 0
    )


def _is_german_on(words: Words, at: int) -> bool:
    """The "am" of "später 2 am Freitag"."""
    if words[at] != "am" or words.is_glued(at):
        return False
    books: tuple[Phrasebook[Any], ...] = (known.SHIFTS, known.PARTS, known.UNITS, known.EDGES)
    rules = (_weekday, _date_in_figures, _day_and_month, _lone_day)
    return any(words.has(book, at + 1) for book in books) or any(rule(words, at + 1) for rule in rules)


def _clock_at(words: Words, at: int) -> Found | None:
    """As in "at 9", "um neun", "a las 9 y media", "à 9h"."""
    place = words.after(known.AT, at)
    if place == at:
        return None
    if by_the_hour := _clock_by_the_hour(words, place):
        return by_the_hour
    hour = words.hour(place)
    if (
        hour is None
        or (words[at] == "a" and place == at + 1)
        or words[place] in known.ARTICLES
        or words.has(known.UNITS, hour[1])
    ):
        return None
    if extra := words.find(known.AND_MINUTES, hour[1]):
        return (_moved(hour[0], extra[0]),), extra[1]
    return (Clock(hour[0]),), words.after_word({"ish", "sharp"}, hour[1])


def _part_of_day(words: Words, at: int) -> Found | None:
    part = words.find(known.PARTS, at)
    return ((PartOfDay(part[0]),), part[1]) if part else None


Rule = Callable[[Words, int], Found | None]
RULES: tuple[Rule, ...] = (
    _date_in_figures,
    _day_and_month,
    _month_and_day,
    _lone_month,
    _until_day,
    _lone_day,
    _clock_in_figures,
    _clock_to_the_hour,
    _clock_by_the_hour,
    _clock_at,
    _next,
    _edge,
    _weekday,
    _shift,
    _span,
    _part_of_day,
)
"""Of two that read equally far the first counts."""

BOOKS: list[Phrasebook[Any]] = [NUMBERS, *(book for book in vars(known).values() if isinstance(book, Phrasebook))]
STARTS = frozenset(phrase[0] for book in BOOKS for phrase in book.meanings)


def _may_start(token: Token) -> bool:
    """A glance before the rules are tried: most words have nothing to do with time."""
    return token.shape in {Shape.NUMBER, Shape.FIGURES} or token.word in STARTS
