"""The reports: what they say follows from the ledger, whatever was undone, and outlives what it was made of."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import snapshots
from conversation import DAY, START, ZONE, Conversation, opportunity
from fakes import HOUR, MINUTE, World, plainly_judged
from hypothesis import given
from hypothesis import strategies as st

from bot import ledger
from bot.commands.reports import ledger as as_kept
from bot.ledger import Item
from bot.models import Amount, Event, LedgerEntry, Outcome, Stage, Value
from bot.report import FINE, Ledger, Period, by_month, facts, report, summed

EVENTS = (Event.FOUND, Event.SHOWN, Event.DONE, Event.NO, Event.ANSWERED, Event.EXPIRED, Event.LATER, Event.OUTCOME)
OUTCOMES = st.builds(
    Outcome,
    stage=st.sampled_from(Stage),
    value=st.sampled_from(Value),
    amount=st.none()
    | st.builds(Amount, value=st.integers(1, 999).map(Decimal), currency=st.sampled_from(["EUR", "USD"])),
    is_correction=st.booleans(),
)


@st.composite
def histories(draw):
    """Two years of what happens to five opportunities, some of it undone."""
    entries = []
    hours = sorted(draw(st.lists(st.integers(0, 700 * 24), min_size=1, max_size=25, unique=True)))
    for number, hour in enumerate(hours):
        cause = f"cause {number}"
        if number and draw(st.integers(0, 5)) == 0:
            undone = f"cause {draw(st.integers(0, number - 1))}"
            entries.append(LedgerEntry(at=START + hour * HOUR, event=Event.UNDO, cause=cause, undone=undone))
            continue
        event = draw(st.sampled_from(EVENTS))
        entries.append(
            LedgerEntry(
                at=START + hour * HOUR,
                event=event,
                cause=cause,
                opportunity=draw(st.integers(1, 5)),
                number=1,
                outcome=draw(OUTCOMES) if event is Event.OUTCOME else None,
            )
        )
    return entries


def kept(entries, months=None):
    standings = ledger.standings(entries)
    items = {id_: Item(opportunity=opportunity(id_, id_), standing=standing) for id_, standing in standings.items()}
    return Ledger(items=items, entries=entries, months=months or {})


END = START + 701 * DAY


@given(histories(), st.integers(0, 700), st.integers(1, 400))
def test_the_sums_are_those_of_a_plain_count_over_the_entries(entries, first, days):
    since, until = START + first * DAY, START + (first + days) * DAY
    counts = Counter()
    plain = ledger.counting(entries)
    for id_ in {entry.opportunity for entry in plain}:
        mine = [entry for entry in plain if entry.opportunity == id_]
        for event in (Event.FOUND, Event.SHOWN):
            times = [entry.at for entry in mine if entry.event is event]
            counts[event.value] += bool(times) and since <= times[0] < until
        told = []
        for entry in mine:
            if entry.event is Event.OUTCOME:
                told = [*(told[:-1] if entry.outcome.is_correction else told), entry]
        for entry in told:
            if entry.outcome.stage is Stage.WON and since <= entry.at < until:
                counts["won"] += 1
                counts[f"value {entry.outcome.value}"] += 1
                if entry.outcome.amount:
                    counts[f"sum {entry.outcome.amount.currency}"] += int(entry.outcome.amount.value) * FINE
    sums = summed(kept(entries), since, until)
    assert {key: sums[key] for key in counts} == counts
    assert sum(sums[f"value {value}"] for value in Value) == sums["won"]


@given(histories(), st.integers(1, 5), OUTCOMES)
def test_what_is_undone_never_was(entries, id_, outcome):
    told = [
        LedgerEntry(at=END, event=Event.DONE, cause="message", opportunity=id_),
        LedgerEntry(at=END, event=Event.OUTCOME, cause="message", opportunity=id_, outcome=outcome),
        LedgerEntry(at=END, event=Event.UNDO, cause="undo", undone="message"),
    ]
    before, after = kept(entries), kept([*entries, *told])
    assert summed(before, START, END + DAY) == summed(after, START, END + DAY)


@given(histories(), st.sets(st.integers(1, 5)))
def test_what_is_removed_leaves_its_sums(entries, gone):
    whole = kept(entries)
    leaving = [fact for id_ in gone & set(whole.items) for fact in facts(whole.items[id_], _mine(entries, id_))]
    left = [entry for entry in entries if entry.opportunity not in gone]
    assert summed(kept(left, by_month(leaving, ZONE)), START - 40 * DAY, END + 40 * DAY) == summed(
        whole, START - 40 * DAY, END + 40 * DAY
    )


def _mine(entries, id_):
    return [entry for entry in ledger.counting(entries) if entry.opportunity == id_]


# -- in words ------------------------------------------------------------------------------------------------------


def busy():
    """Somebody who has used the bot for a while."""
    talk = Conversation(shown=8, waiting=4)
    talk.entries += [
        LedgerEntry(at=START - 80 * DAY, event=Event.FOUND, cause="old", opportunity=900),
        LedgerEntry(at=START - 45 * DAY, event=Event.SHOWN, cause="old", opportunity=900, number=99),
        LedgerEntry(at=START - 44 * DAY, event=Event.DONE, cause="old", opportunity=900),
    ]
    talk.opportunities[900] = replace(opportunity(900, 2), found_at=START - 80 * DAY)
    return talk


def test_a_report_reads_as_in_its_snapshot():
    talk = busy()
    for text in ("won 1 paid workshop, 400 EUR", "won 4 120 dollars", "won 2 a friend", "talking 3", "nothing 5"):
        talk.say(text)
    texts = ("report", "report month", "report year", "undo", "report month", "report 31 feb")
    snapshots.check("report/asked", talk.dialogue(*texts))


def test_an_empty_month_is_reported_too():
    talk = busy()
    talk.now += 60 * DAY
    snapshots.check("report/quiet", talk.dialogue("report month"))


@pytest.mark.parametrize("limit", [500, 300, 150, 60, 40])
def test_a_report_fits_whatever_the_limit_is(limit):
    talk = busy()
    talk.say("won 1 paid workshop, 400 EUR")
    talk.limit = limit
    reply = talk.say("report year")
    assert reply
    assert len(reply) <= limit


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("report", "7 days"),
        ("report week", "7 days"),
        ("report for the month please", "30 days"),
        ("Bericht Jahr", "year"),
        ("informe del mes", "30 days"),
        ("bilan de l'année", "year"),
        ("レポート 年間", "year"),
    ],
)
def test_the_time_is_said_in_any_of_the_languages(text, period):
    assert f"last {period}" in (busy().say(text) or "")


def test_a_goal_that_finds_nothing_is_said_only_when_the_bot_has_looked_long_enough():
    talk = Conversation()
    talk.now += 20 * DAY
    assert "Nothing found" not in (talk.say("report") or "")
    talk.now += 20 * DAY
    assert "Nothing found in 30 days for book and maps." in (talk.say("report") or "")


def test_the_network_is_named_as_it_is_called():
    talk = busy()
    talk.say("won 1 a friend")
    told = report(as_kept(talk.view()), Period.WEEK, (), talk.now)
    assert told.now["from mastodon"] == 1


# -- a story, and years of it --------------------------------------------------------------------------------------


def morning(world, days=1):
    for _ in range(days):
        world.tick(world.until(8) - world.clock.at)


def test_from_done_to_the_report_and_back_by_undo(tmp_path):
    with plainly_judged():
        world = World(tmp_path / "state")
        world.tick()
        world.mention("ines", "asks: would you speak at our meet-up?")
        morning(world)
        world.says("done 1")
        morning(world, 16)
        assert world.received()[-1].startswith("What came of it?")
        for text in ("400 EUR for a workshop", "report month"):
            world.says(text)
            world.tick(MINUTE)
        assert "1 money (400 EUR)." in world.received()[-1]
        for text in ("undo", "report month"):
            world.says(text)
            world.tick(MINUTE)
        assert "400 EUR" not in world.received()[-1]
        assert "acted on 1" in world.received()[-1]


def test_years_later_the_sums_are_there_and_nothing_else(tmp_path):
    with plainly_judged():
        world = World(tmp_path / "state")
        world.tick()
        world.mention("ines", "asks: would you speak at our meet-up?")
        morning(world)
        world.says("won 1 400 EUR")
        world.tick(MINUTE)
        world.tick(405 * DAY)
        world.tick(DAY)
        with world.opened() as shell:
            assert len(shell.store.opportunities) == 0
            assert shell.store.ledger == []
            (sums,) = shell.store.months.all().values()
            assert sums["sum EUR"] == 400 * FINE
        assert "ines" not in world.words_on_disk().casefold()
        world.tick(timedelta(days=420))
        with world.opened() as shell:
            assert len(shell.store.months) == 0
