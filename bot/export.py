"""What the owner can take out: the ledger as JSON or CSV, and a picture of the year.

Numbers, kinds, goals, networks and days: no text, no name, no address and no id of anybody stands in any of them. The
picture needs matplotlib (`pip install underheard[picture]`), which is loaded only for it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from bot.errors import ConfigError
from bot.ledger import Item, counting, standings
from bot.models import Event, Kind, LedgerEntry, Stage, Value
from bot.store import Store

FORMATS = ("json", "csv", "png", "svg")
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One opportunity, or one of several things that came of it."""

    number: int
    """What the owner calls it: 137 for "#137"."""
    kind: str
    goal: str
    network: str
    strength: str
    new_voice: bool
    state: str
    found: date
    shown: date | None
    acted: date | None
    outcome: str
    value: str
    amount: str
    currency: str
    told: date | None


def rows(store: Store, zone: tzinfo) -> list[Row]:
    """In the order in which they were found."""
    entries = store.ledger
    stands = standings(entries)
    stored = store.opportunities.all().values()
    first = _first_times(entries)
    items = [Item(opportunity=each, standing=stands[each.id]) for each in stored if each.id in stands]
    found = [row for item in items for row in _rows_of(item, first.get(item.opportunity.id, {}), zone)]
    return sorted(found, key=lambda row: (row.found, row.number))


def _first_times(entries: Sequence[LedgerEntry]) -> dict[int, dict[Event, datetime]]:
    first: dict[int, dict[Event, datetime]] = {}
    for entry in counting(entries):
        if entry.opportunity is not None:
            first.setdefault(entry.opportunity, {}).setdefault(entry.event, entry.at)
    return first


def _rows_of(item: Item, first: dict[Event, datetime], zone: tzinfo) -> Iterator[Row]:
    def day(at: datetime | None) -> date | None:
        return at.astimezone(zone).date() if at else None

    judgement = item.opportunity.judgement
    acted = [first[event] for event in (Event.DONE, Event.ANSWERED, Event.OUTCOME) if event in first]
    for told in item.standing.outcomes or (None,):
        outcome = told.outcome if told else None
        amount = outcome.amount if outcome else None
        yield Row(
            number=item.opportunity.id,
            kind=judgement.kind,
            goal=judgement.goal or "",
            network=item.opportunity.network,
            strength=judgement.strength,
            new_voice=judgement.new_voice,
            state=item.standing.state,
            found=first.get(Event.FOUND, item.opportunity.found_at).astimezone(zone).date(),
            shown=day(first.get(Event.SHOWN)),
            acted=day(min(acted, default=None)),
            outcome=outcome.stage if outcome else "",
            value=(outcome.value or "") if outcome else "",
            amount=f"{amount.value:f}" if amount else "",
            currency=amount.currency if amount else "",
            told=day(told.at if told else None),
        )


# -- as a file -----------------------------------------------------------------------------------------------------


def export(store: Store, zone: tzinfo, today: date, *, to: str, output: Path | None) -> str:
    """What to print: the export itself, or where it was written."""
    made = rows(store, zone)
    if to in {"png", "svg"}:
        path = output or Path(f"underheard-{today:%Y-%m-%d}.{to}")
        draw(made, today, path, to)
        return f"The picture of the year is {path}."
    text = as_json(made, store.months.all()) if to == "json" else as_csv(made)
    if output is None:
        return text.rstrip("\n")
    _write(output, text)
    return f"{len(made)} rows are in {output}."


def as_json(made: Sequence[Row], months: Any) -> str:
    """`months`: sums of what was removed from the state because it was old."""
    table = [_plain(row) for row in made]
    return json.dumps({"opportunities": table, "months": months}, indent=1, ensure_ascii=False) + "\n"


def as_csv(made: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(Row.__slots__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(row) for row in made)
    return out.getvalue()


def _plain(row: Row) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in Row.__slots__}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


# -- the picture ---------------------------------------------------------------------------------------------------

INK, FAINT, PAPER, LANE = "#2b2a33", "#8d8a99", "#fbf8f3", "#f3eee5"
COLOURS = {Value.SOCIAL: "#d9577f", Value.LIFE: "#3f9d78", Value.MONEY: "#e0a100"}
UNDER_WAY = {Stage.WAITING, Stage.TALKING, Stage.WORKING}


def draw(made: Sequence[Row], today: date, path: Path, to: str) -> None:
    """Each opportunity of the last year is a line in the lane of its kind, from its finding to what came of it.

    A bot that is younger has a picture of the time that it knows.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  a large library for one picture
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError("the picture needs matplotlib: pip install 'underheard[picture]'") from error
    year = [row for row in made if max(filter(None, (row.found, row.told))) > today - YEAR]
    if not year:
        raise ConfigError("there is nothing to draw yet: no opportunity was found in the last year")
    since = begins(year, today)
    lanes = _lanes(year)
    figure = Figure(figsize=(12, 2.6 + 0.85 * len(lanes)), facecolor=PAPER)
    FigureCanvasAgg(figure)
    height = figure.get_figheight()
    axes = figure.add_axes((0.125, 0.95 / height, 0.8, 1 - 2.25 / height), facecolor=PAPER)
    _draw_ground(axes, lanes, since, today)
    for row in year:
        _draw_row(axes, row, len(lanes) - 1 - lanes.index(row.kind), since)
    _draw_counts(axes, year, lanes)
    _draw_words(figure, year, since, today, height)
    _draw_key(figure, height)
    try:
        figure.savefig(path, format=to, dpi=160, metadata={"Date": None} if to == "svg" else None)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


AT_LEAST = timedelta(days=30)


def begins(year: Sequence[Row], today: date) -> date:
    """The first day of the picture: a little room before the first finding."""
    first = min(*(row.found for row in year), today - AT_LEAST)
    return max(today - YEAR, first - (today - first) / 30)


def _lanes(year: Sequence[Row]) -> list[str]:
    """The kinds that occurred, in the order of the vocabulary."""
    return [kind for kind in Kind if any(row.kind == kind for row in year)]


def _draw_ground(axes: Any, lanes: Sequence[str], since: date, today: date) -> None:
    """A band for each kind, a fine line for each month."""
    for at, kind in enumerate(reversed(lanes)):
        axes.axhspan(at - 0.44, at + 0.44, color=LANE, zorder=0, linewidth=0)
        axes.text(-0.012, at, kind, transform=axes.get_yaxis_transform(), ha="right", va="center", color=INK, size=11)
    for first in _months(since, today):
        axes.axvline(max(first, since), color=PAPER, linewidth=1.4, zorder=1)
        name = f"{first:%b}" if first.month > 1 else f"{first:%b} {first.year}"
        left, right = max(first, since), min(first + timedelta(days=30), today)
        if (right - left) * NARROW > today - since:
            axes.text(left + (right - left) / 2, -0.62, name, ha="center", va="top", color=FAINT, size=9.5)
    axes.set_xlim(since, today + timedelta(days=1 + (today - since).days // 90))
    axes.set_ylim(-0.5, len(lanes) - 0.5)
    axes.set_axis_off()


NARROW = 25
"""A month that has less of the width than one in so many bears no name."""


def _months(since: date, today: date) -> Iterator[date]:
    """The first day of each, of the one that has begun before the picture too."""
    for number in range(since.year * 12 + since.month - 1, today.year * 12 + today.month):
        yield date(number // 12, number % 12 + 1, 1)


GOLDEN = 0.618_033_988_75


def _draw_row(axes: Any, row: Row, lane: int, since: date) -> None:
    """Faint when it was only found; the farther it went, the more of it is seen."""
    at = lane + (row.number * GOLDEN % 1 - 0.5) * 0.74
    found, end = max(row.found, since), row.told or row.acted
    if end is not None and end > found:
        colour = COLOURS[Value(row.value)] if row.outcome == Stage.WON else INK
        strength = 0.75 if row.outcome == Stage.WON else 0.22
        axes.plot([found, end], [at, at], color=colour, alpha=strength, linewidth=1.5, zorder=2, solid_capstyle="round")
    size, alpha = (9, 0.8) if row.shown else (7, 0.35)
    axes.scatter([found], [at], s=size, color=FAINT, alpha=alpha, linewidths=0, zorder=3)
    if row.acted:
        axes.scatter([max(row.acted, since)], [at], s=20, color=INK, linewidths=0, zorder=4)
    if row.told and row.outcome == Stage.WON:
        colour = COLOURS[Value(row.value)]
        axes.scatter([row.told], [at], s=330, color=colour, alpha=0.16, linewidths=0, zorder=4)
        axes.scatter([row.told], [at], s=120, color=colour, edgecolors=PAPER, linewidths=1.3, zorder=6)
    elif row.told and row.outcome in UNDER_WAY:
        axes.scatter([row.told], [at], s=42, facecolors=PAPER, edgecolors=INK, linewidths=1.3, zorder=5)
    elif row.told:
        axes.scatter([row.told], [at], s=44, marker="|", color=FAINT, linewidths=1.6, zorder=5)


def _draw_counts(axes: Any, year: Sequence[Row], lanes: Sequence[str]) -> None:
    """Beside each lane: how many came to something, of how many."""
    for at, kind in enumerate(reversed(lanes)):
        mine = [row for row in year if row.kind == kind]
        led = len({row.number for row in mine if row.outcome == Stage.WON})
        place = {"transform": axes.get_yaxis_transform(), "ha": "left"}
        axes.text(1.012, at + 0.05, str(led), va="bottom", color=INK if led else FAINT, size=15, weight="bold", **place)
        axes.text(1.012, at - 0.02, f"of {len({row.number for row in mine})}", va="top", color=FAINT, size=9, **place)


MONTHS = ("A month", "Two months", "Three months", "Four months", "Five months", "Six months", "Seven months",
    "Eight months", "Nine months", "Ten months", "Eleven months", "A year")  # fmt: skip


def title(since: date, today: date) -> str:
    """Like "Two months of opportunities"."""
    months = round((today - since) / (YEAR / 12))
    return f"{MONTHS[min(max(months, 1), len(MONTHS)) - 1]} of opportunities"


def _draw_words(figure: Any, year: Sequence[Row], since: date, today: date, height: float) -> None:
    found = {row.number for row in year}
    shown, acted = ({row.number for row in year if getattr(row, when)} for when in ("shown", "acted"))
    won = [row for row in year if row.outcome == Stage.WON]
    led = {row.number for row in won}
    told = f"{len(found)} found, {len(shown)} shown, {len(acted)} acted on, {len(led)} came to something"
    top = 1 - 0.5 / height
    figure.text(0.125, top, title(since, today), color=INK, size=21, weight="bold", va="center")
    figure.text(0.125, top - 0.42 / height, told, color=INK, size=12, va="center")
    until = f"to {today.day} {today:%B %Y}"
    figure.text(0.925, top - 0.42 / height, until, color=FAINT, size=10.5, va="center", ha="right")


def _draw_key(figure: Any, height: float) -> None:
    """What the marks mean, in the order in which things go."""
    axes = figure.add_axes((0.125, 0.12 / height, 0.8, 0.4 / height), facecolor=PAPER)
    axes.set_xlim(0, 100)
    axes.set_ylim(-1, 1)
    axes.set_axis_off()
    marks: list[tuple[str, dict[str, Any]]] = [
        ("found", {"s": 7, "color": FAINT, "alpha": 0.5, "linewidths": 0}),
        ("shown", {"s": 12, "color": FAINT, "linewidths": 0}),
        ("acted on", {"s": 22, "color": INK, "linewidths": 0}),
        ("on the way", {"s": 42, "facecolors": PAPER, "edgecolors": INK, "linewidths": 1.3}),
        ("nothing", {"s": 44, "marker": "|", "color": FAINT, "linewidths": 1.6}),
        *((value.value, {"s": 120, "color": colour, "linewidths": 0}) for value, colour in COLOURS.items()),
    ]
    for (name, mark), x in zip(marks, (0.6, 9.5, 19, 31, 45, 71, 82, 91), strict=True):
        axes.scatter([x], [0], **mark)
        axes.text(x + 1.5, -0.03, name, color=INK, size=10, va="center")
    axes.text(69.4, -0.03, "came of it:", color=FAINT, size=10, va="center", ha="right")
