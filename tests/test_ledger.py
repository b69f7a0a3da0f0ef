"""The ledger: what is open, computed from entries that are only ever added; and what the owner calls it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger import OPEN, RESTS, State, controls, counting, free_numbers, standings
from bot.models import Event, LedgerEntry

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWNERS = (Event.DONE, Event.LATER, Event.NO, Event.YES, Event.NOTE, Event.MUTE, Event.STOP, Event.PAUSE, Event.START)
ANY = (*OWNERS, Event.FOUND, Event.SHOWN, Event.ANSWERED, Event.EXPIRED, Event.UNMUTE, Event.ASKED, Event.HALT)


def entry(event, opportunity=1, *, after=timedelta(), cause="", **carries):
    return LedgerEntry(
        at=START + after, event=event, cause=cause or f"{event} {after}", opportunity=opportunity, **carries
    )


@st.composite
def histories(draw):
    """Messages and ticks in the order of time, each with the entries that it caused."""
    causes = []
    for number in range(draw(st.integers(0, 8))):
        events = draw(st.lists(st.tuples(st.sampled_from(ANY), st.integers(1, 3)), min_size=1, max_size=3))
        causes.append(
            [
                entry(
                    event,
                    opportunity,
                    after=number * HOUR,
                    cause=f"cause {number}",
                    number=opportunity if event is Event.SHOWN else None,
                    person="ines",
                    until=START + DAY,
                    text="words",
                )
                for event, opportunity in events
            ]
        )
    return causes


def flat(causes):
    return [each for cause in causes for each in cause]


def undo(cause, number=99, name="undo"):
    return LedgerEntry(at=START + number * HOUR, event=Event.UNDO, cause=name, undone=cause)


@given(histories(), st.lists(st.sampled_from(OWNERS), min_size=1, max_size=3), st.integers(1, 3))
def test_undo_restores_exactly_the_standings_before(causes, events, opportunity):
    before = flat(causes)
    message = [entry(event, opportunity, after=50 * HOUR, cause="message") for event in events]
    after = [*before, *message, undo("message")]
    assert counting(after) == counting(before)
    assert standings(after) == standings(before)
    assert controls(after) == controls(before)


@given(histories(), st.lists(st.sampled_from(OWNERS), min_size=1, max_size=3), st.integers(1, 3))
def test_an_undoing_that_is_undone_never_was(causes, events, opportunity):
    message = [entry(event, opportunity, after=50 * HOUR, cause="message") for event in events]
    done = [*flat(causes), *message]
    again = [*done, undo("message", name="first"), undo("first", name="second")]
    assert standings(again) == standings(done)


@given(histories(), st.integers(0, 7))
def test_undo_in_the_middle_is_as_if_that_message_had_never_been(causes, number):
    rest = [cause for cause in causes if cause[0].cause != f"cause {number}"]
    assert standings([*flat(causes), undo(f"cause {number}")]) == standings(flat(rest))


def test_what_happens_under_a_name_after_its_undoing_counts():
    lost = [entry(Event.FOUND), entry(Event.SHOWN, cause="digest", number=1), undo("digest", 1)]
    assert standings(lost)[1].state is State.FOUND
    again = [*lost, entry(Event.SHOWN, cause="digest", number=2)]
    assert standings(again)[1].number == 2


@given(histories())
def test_to_count_changes_nothing_and_adds_nothing(causes):
    entries = flat(causes)
    copy = list(entries)
    counted = counting(entries)
    assert entries == copy
    assert counted == [each for each in entries if each.event is not Event.UNDO]


@given(histories())
def test_the_standing_of_one_depends_on_its_own_entries_alone(causes):
    entries = flat(causes)
    for ident, standing in standings(entries).items():
        assert standings(each for each in entries if each.opportunity == ident) == {ident: standing}


# -- what became of it -----------------------------------------------------------------------------------------------

CLOSING = {
    Event.DONE: State.DONE,
    Event.NO: State.NO,
    Event.ANSWERED: State.ANSWERED,
    Event.EXPIRED: State.EXPIRED,
}
SHOWN = [entry(Event.FOUND), entry(Event.SHOWN, number=4)]


@pytest.mark.parametrize("event", CLOSING)
def test_what_is_closed_is_not_open_and_comes_back_with_its_number_while_that_rests(event):
    closed = [*SHOWN, entry(event, after=HOUR)]
    assert standings(closed)[1].state is CLOSING[event]
    assert not standings(closed)[1].is_open
    soon = standings([*closed, entry(Event.FOUND, after=DAY)])[1]
    assert (soon.state, soon.number) == (State.FOUND, 4)
    late = standings([*closed, entry(Event.FOUND, after=DAY + RESTS)])[1]
    assert (late.state, late.number) == (State.FOUND, None)


def test_what_was_postponed_is_open_and_has_a_time_until_it_is_shown_again():
    until = START + 2 * DAY
    later = [*SHOWN, entry(Event.LATER, after=HOUR, until=until)]
    assert standings(later)[1].until == until
    assert standings(later)[1].is_open
    again = standings([*later, entry(Event.SHOWN, after=2 * DAY, number=4)])[1]
    assert (again.state, again.until, len(again.shown)) == (State.SHOWN, None, 2)


def test_notes_stay_with_it_whatever_becomes_of_it():
    entries = [*SHOWN, entry(Event.NOTE, text="ask Bo"), entry(Event.DONE), entry(Event.FOUND, after=DAY)]
    assert standings(entries)[1].notes == ("ask Bo",)


def test_start_ends_a_stop_a_pause_and_a_halt():
    orders = [
        entry(Event.STOP, None),
        entry(Event.PAUSE, None, until=START + DAY),
        entry(Event.HALT, None, text="a message reached others"),
    ]
    held = controls(orders)
    assert (held.is_stopped, held.paused_until, held.halted) == (True, START + DAY, "a message reached others")
    assert controls([*orders, entry(Event.START, None)]) == controls([])


def test_a_question_stands_until_the_owner_changes_anything():
    asked = entry(Event.ASKED, None, text="forget 1", until=START + DAY)
    assert controls([asked]).asked.text == "forget 1"
    assert controls([asked, entry(Event.SHOWN, number=1)]).asked.text == "forget 1"
    assert controls([asked, entry(Event.DONE)]).asked is None
    assert controls([asked, entry(Event.ASKED, None)]).asked is None


def test_mute_and_unmute_are_of_one_person():
    mutes = [entry(Event.MUTE, None, person=who) for who in ("ines", "bo")]
    assert controls([*mutes, entry(Event.UNMUTE, None, person="ines")]).muted == {"bo"}


# -- numbers ---------------------------------------------------------------------------------------------------------


class Walk:
    """A bot and an owner over weeks: numbers as `compose` gives them."""

    def __init__(self):
        self.now, self.entries, self.known = START, [], 0

    def record(self, event, opportunity, **carries):
        self.entries.append(
            LedgerEntry(at=self.now, event=event, cause=f"c{len(self.entries)}", opportunity=opportunity, **carries)
        )

    def act(self, what, which):
        all_ = standings(self.entries)
        open_ones = [ident for ident, standing in all_.items() if standing.is_open]
        if what == "find":
            self.known += 1
            self.record(Event.FOUND, self.known)
        elif what == "find again" and self.known:
            self.record(Event.FOUND, 1 + which % self.known)
        elif what == "show":
            free = free_numbers(all_.values(), self.now)
            for ident in [ident for ident in open_ones if all_[ident].state is State.FOUND][:3]:
                self.record(Event.SHOWN, ident, number=all_[ident].number or next(free))
        elif what in CLOSING and open_ones:
            self.record(what, open_ones[which % len(open_ones)])
        elif what == Event.LATER and open_ones:
            self.record(what, open_ones[which % len(open_ones)], until=self.now + DAY)
        elif what == "wait":
            self.now += which * timedelta(hours=5)


STEPS = st.tuples(st.sampled_from(["find", "find again", "show", "wait", *CLOSING, Event.LATER]), st.integers(0, 30))


@given(st.lists(STEPS, max_size=60))
def test_a_number_is_one_items_while_it_is_open_and_nobody_elses_for_five_days_after(steps):
    walk = Walk()
    bearers = {}
    for what, which in steps:
        before = standings(walk.entries)
        walk.act(what, which)
        after = standings(walk.entries)
        for ident, standing in before.items():
            if standing.is_open and standing.number and after[ident].is_open:
                assert after[ident].number == standing.number, "it changed while the item was open"
        for ident, standing in after.items():
            if standing.number and standing.is_open:
                other, since = bearers.get(standing.number, (ident, None))
                assert other == ident or walk.now - since >= RESTS, f"{standing.number} was {other}'s"
                bearers[standing.number] = (ident, walk.now)


def test_free_numbers_are_the_smallest_that_nobody_bears():
    shown = standings(
        [
            *(entry(Event.FOUND, ident) for ident in (1, 2, 3, 4)),
            *(entry(Event.SHOWN, ident, number=ident) for ident in (1, 2, 4)),
            entry(Event.DONE, 2),
        ]
    ).values()
    free = free_numbers(shown, START + DAY)
    assert [next(free), next(free)] == [3, 5]
    free = free_numbers(shown, START + RESTS)
    assert [next(free), next(free), next(free)] == [2, 3, 5]


def test_open_are_exactly_the_states_in_which_it_waits_for_the_owner():
    assert {State.FOUND, State.SHOWN, State.LATER} == OPEN
    assert not replace(standings(SHOWN)[1], state=State.DONE).is_open
