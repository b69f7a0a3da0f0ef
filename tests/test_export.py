"""What the owner can take out: numbers and days, and nobody's words, names or ids."""

import csv
import io
import json
import sys
from datetime import date, timedelta

import pytest
from conversation import ZONE
from fakes import DAY, MINUTE, World, plainly_judged

from bot.errors import ConfigError
from bot.export import FORMATS, Row, as_csv, begins, draw, export, rows, title
from bot.models import Kind
from bot.store import Store

TODAY = date(2026, 12, 8)


@pytest.fixture
def state(tmp_path):
    """Two people wrote; of what one of them asked came money, twice."""
    with plainly_judged():
        world = World(tmp_path / "state")
        world.tick()
        world.mention("ines", "asks: would you speak at our meet-up?")
        world.mention("bo", "asks: how did you stop the mould in the store?")
        world.tick(world.until(8) - world.clock.at)
        world.says("won 1 Ines paid for a workshop, 400 EUR")
        world.tick(MINUTE)
        world.tick(14 * DAY)
        world.says("won #1 another 50.50 EUR")
        world.tick(MINUTE)
    return Store.copy_of(tmp_path / "state")


def test_every_opportunity_is_a_row_and_so_is_each_thing_that_came_of_it(state):
    found = rows(state, ZONE)
    assert [(row.number, row.state, row.outcome, row.amount, row.currency) for row in found] == [
        (1, "done", "won", "400", "EUR"),
        (1, "done", "won", "50.50", "EUR"),
        (2, "shown", "", "", ""),
    ]
    assert [row.told for row in found] == [date(2026, 11, 22), date(2026, 12, 6), None]


@pytest.mark.parametrize("to", ["json", "csv"])
def test_nothing_in_it_speaks_of_anybody(state, to):
    text = export(state, ZONE, TODAY, to=to, output=None).casefold()
    for word in ("ines", "bo@", "fake:", "workshop", "meet-up", "mould", "http"):
        assert word not in text


def test_both_formats_say_the_same(state):
    by_json = json.loads(export(state, ZONE, TODAY, to="json", output=None))["opportunities"]
    by_csv = list(csv.DictReader(io.StringIO(as_csv(rows(state, ZONE)))))
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in by_json] == by_csv


def test_it_is_written_where_the_owner_wants_it(state, tmp_path):
    path = tmp_path / "ledger.csv"
    assert export(state, ZONE, TODAY, to="csv", output=path) == f"3 rows are in {path}."
    assert path.read_text(encoding="utf-8").startswith("number,kind,goal,network")


def test_a_place_that_cannot_be_written_is_said_in_one_line(state, tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        export(state, ZONE, TODAY, to="json", output=tmp_path / "nowhere" / "ledger.json")


# -- the picture ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("to", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_picture_of_the_year(state, tmp_path, to, begins):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"year.{to}"
    assert export(state, ZONE, TODAY, to=to, output=path) == f"The picture of the year is {path}."
    assert path.read_bytes().startswith(begins)


def a_row(number, found, **carries):
    plain = {
        "kind": list(Kind)[number % len(Kind)],
        **dict.fromkeys(("goal", "network", "strength", "state", "outcome", "value", "amount", "currency"), ""),
        **dict.fromkeys(("shown", "acted", "told")),
    }
    return Row(number=number, found=found, new_voice=False, **{**plain, **carries})


def test_any_year_can_be_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    days = [TODAY - timedelta(days=n) for n in range(0, 500, 7)]
    stages = ("won", "nothing", "talking", "")
    made = [
        a_row(n, day, shown=day, acted=day, told=TODAY if stages[n % 4] else None, outcome=stages[n % 4], value="life")
        for n, day in enumerate(days)
    ]
    draw(made, TODAY, tmp_path / "year.png", "png")
    assert (tmp_path / "year.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("age", "words"), [(0, "A month"), (20, "A month"), (61, "Two months"), (300, "Ten months"), (364, "A year")]
)
def test_a_young_bot_draws_the_time_that_it_knows(age, words):
    since = begins([a_row(1, TODAY - timedelta(days=age))], TODAY)
    assert TODAY - timedelta(days=365) <= since <= TODAY - timedelta(days=age)
    assert title(since, TODAY) == f"{words} of opportunities"


def test_a_year_without_anything_is_not_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    with pytest.raises(ConfigError, match="nothing to draw yet"):
        export(Store(), ZONE, TODAY, to="png", output=tmp_path / "year.png")


def test_without_the_library_one_line_says_what_to_do(state, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    with pytest.raises(ConfigError, match=r"pip install 'underheard\[picture\]'"):
        export(state, ZONE, TODAY, to="png", output=tmp_path / "year.png")


def test_the_formats_are_those_of_the_command_line():
    assert FORMATS == ("json", "csv", "png", "svg")
