"""Who belongs to the circle, who fell silent, what is told of somebody, and which goal comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conversation import Conversation, person
from fakes import HOUR, MINUTE, World, plainly_judged

from bot import people
from bot.models import Person

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def somebody(name="Ines", *, gap=4, days=6, silent=1, **more):
    """Who wrote on so many days, one every `gap` days, the last `silent` days ago."""
    latest = NOW - silent * DAY
    return Person(
        id=name,
        name=name,
        handle=f"{name.lower()}@x.example",
        first_at=latest - gap * (days - 1) * DAY,
        latest_at=latest,
        days=days,
        **{"owner_days": 3, "owner_latest_at": latest, "joined_at": NOW - 200 * DAY, **more},
    )


# -- the circle ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gap", "silent", "is_silent"),
    [
        (1, 8, False),  # two weeks at least, however often they wrote
        (1, 15, True),
        (10, 15, False),  # who writes every ten days is not silent after fifteen
        (10, 29, False),
        (10, 31, True),
        (60, 150, False),
    ],
)
def test_silence_is_measured_by_ones_own_rhythm(gap, silent, is_silent):
    assert people.is_silent(somebody(gap=gap, silent=silent), NOW) is is_silent


def test_the_circle_is_by_name_and_holds_so_many():
    known = [somebody(name, silent=silent) for name, silent in (("Zoe", 1), ("anna", 9), ("Mia", 40))]
    assert [each.name for each in people.circle(known, 3)] == ["anna", "Mia", "Zoe"]
    assert [each.name for each in people.circle(known, 2)] == ["anna", "Zoe"], "the exchange of long ago gives way"


@pytest.mark.parametrize(
    ("days", "owner_days", "is_member"), [(9, 0, False), (9, 1, False), (1, 9, False), (2, 2, True)]
)
def test_both_must_have_written_on_several_days(days, owner_days, is_member):
    one = people.joined(somebody(days=days, owner_days=owner_days, joined_at=None), NOW)
    assert bool(one.joined_at) is is_member


def test_an_exchange_over_two_days_makes_a_circle(tmp_path):
    """A story: she asks, the owner answers; the next day again."""
    with plainly_judged():
        world = World(tmp_path / "state")
        world.tick()
        first = world.mention("ines", "asks: would you?")
        world.tick(HOUR)
        answer = world.fake.owner_posts("I would", reply_to=first)
        world.tick(world.until(8) - world.clock.at)
        second = world.mention("ines", "asks: when, then?", reply_to=answer)
        world.tick(HOUR)
        world.says("circle")
        world.tick(MINUTE)
        assert "Nobody is in your circle yet" in world.received()[-1]
        world.fake.owner_posts("in May", reply_to=second)
        world.tick(world.until(8) - world.clock.at)
        world.says("circle, who Ines")
        world.tick(MINUTE)
    reply = world.received()[-1]
    assert "Your circle: 1 person" in reply
    assert "New: Ines." in reply
    assert "wrote to you on 2 days between 22 Nov and 23 Nov. You wrote to them on 2 days, last 23 Nov." in reply


def test_whoever_is_watched_comes_first():
    talk = Conversation()
    view = replace(talk.view(), circle=people.Circle(watch=("bo@fen.example",)))
    talk.view = lambda *_, **__: view
    lines = (talk.say("circle") or "").split("\n")
    assert lines[1].startswith("Watched: Bo, wrote last, on 23 Oct")
    assert not any(line.startswith("Fell silent") for line in lines), "said already"


@pytest.mark.parametrize("limit", [60, 100, 200, 300, 500])
def test_a_large_circle_fits_and_says_how_many_are_left_out(limit):
    talk = Conversation(limit=limit)
    known = {f"m:{n}": replace(person(0), id=f"m:{n}", name=f"Person {n:03}") for n in range(150)}
    view = replace(talk.view(), people=known)
    talk.view = lambda *_, **__: view
    reply = talk.say("circle") or ""
    assert len(reply) <= limit
    assert limit < 200 or "All: Person 000" in reply
    assert limit < 200 or "more." in reply


# -- one goal first --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("focus book 2w", "Sun 6 Dec"),
        ("focus on maps", "Sun 6 Dec"),
        ("focus book for 3 days", "Wed 25 Nov"),
        ("focus maps until 24.12.", "Thu 24 Dec"),
        ("Fokus book bis Freitag", "Fri 27 Nov"),
    ],
)
def test_a_goal_comes_first_until_a_day(said, until):
    assert f"comes first until {until}" in (Conversation().say(said) or "")


@pytest.mark.parametrize("said", ["focus tulips", "focus book yesterday", "focus book 31 feb", "focus", "focus off"])
def test_what_cannot_be_focused_on_changes_nothing(said):
    answer = Conversation().ask(said)
    assert answer.reply
    assert not answer.entries


def test_the_goal_in_focus_is_chosen_first_and_only_for_so_long(tmp_path):
    goals = [{"name": name, "want": f"{name} for all", "kind": "learn"} for name in ("book", "maps")]
    with plainly_judged():
        world = World(tmp_path / "state", goal=goals, digest={"items": 1})
        world.tick()
        world.says("focus maps 2d")
        world.tick(MINUTE)
        world.mention("ines", "asks: would you write the foreword?")
        world.mention("bo", "asks: maps, would you draw the coast?")
        world.tick(world.until(8) - world.clock.at)
        assert "Bo" in world.received()[-1]
        assert "Ines" not in world.received()[-1]
        world.mention("dee", "asks: maps, have you the contours of the dunes?")
        world.tick(3 * DAY)
        world.tick(world.until(8) - world.clock.at)
    assert "Ines" in world.received()[-1]


def test_a_goal_that_found_nothing_in_thirty_days_is_said():
    talk = Conversation()
    assert "Nothing found in 30 days" not in (talk.say("goals") or "")
    talk.now += 31 * DAY
    assert "Found 3, acted on 0. Nothing found in 30 days." in (talk.say("goals") or "")
