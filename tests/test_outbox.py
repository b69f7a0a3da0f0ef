"""What is on its way: how a message is known again on a server, and when it may be sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import digest
from bot.ledger import Item, Standing, State
from bot.models import Exchange, Judgement, Kind, Opportunity, SentMessage, Strength, Value, Verb, Visibility
from bot.outbox import SETTLES, Outgoing, Step, Uptime, arrived, is_copy, items_in, next_step
from bot.text import neutralise

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
UP = Uptime(boot="one", seconds=5000.0)
ROW = Outgoing(key="answer 1", network="fake", text="1 Ines: done.", mark="", written_at=NOW, since=NOW)
DIGEST = replace(ROW, key="digest 2026-11-22 08:00", text="Sun 22 Nov, 08:00: 1 worth", mark="Sun 22 Nov, 08:00:")


def sent(text, ident="m1"):
    return SentMessage(id=ident, text=text, sent_at=NOW)


# -- known again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["1 Ines: done.", "1 Ines:  done.\n", "1 INES: DONE", "１ Ines: done…", "1 “Ines”: done."],
)
def test_a_message_is_known_by_its_letters_however_a_server_shows_it(text):
    assert is_copy(ROW, text)


@pytest.mark.parametrize("text", ["1 Ines: done, and more", "1 Ines", "", "👍", "done 1"])
def test_what_only_begins_alike_is_another_message(text):
    assert not is_copy(ROW, text)


def test_done_2_of_the_owner_is_no_copy_of_our_done():
    assert not is_copy(replace(ROW, text="Done."), "done 2")


def test_a_digest_is_known_by_its_slot_whatever_it_lists():
    assert is_copy(DIGEST, "Sun 22 Nov, 08:00: 3 worth your time (of 41)")
    assert not is_copy(DIGEST, "Sun 22 Nov, 18:00: 3 worth your time")
    assert not is_copy(DIGEST, "Sat 21 Nov, 08:00: 3 worth your time")


def test_a_message_without_letters_is_copied_by_itself_alone():
    """Else every message would begin like it, and none would ever be sent."""
    sign = replace(ROW, text="👍")
    assert is_copy(sign, "👍")
    assert not is_copy(sign, "1 Ines: done.")
    link = replace(ROW, text="https://fake.example/1")
    assert is_copy(link, "https://fake.example/1")
    assert not is_copy(link, "1 Ines: done.")
    assert not is_copy(ROW, "👍")


def test_of_several_copies_the_oldest_is_the_message():
    assert arrived(ROW, [sent("hello", "m0"), sent(ROW.text, "m1"), sent(ROW.text, "m2")]).id == "m1"
    assert arrived(ROW, [sent("hello")]) is None


@given(st.text(max_size=300))
def test_a_text_is_always_a_copy_of_itself_as_the_networks_send_it(text):
    assert is_copy(replace(ROW, text=text), neutralise(text))
    assert is_copy(replace(ROW, text=text), text)


# -- what it shows ---------------------------------------------------------------------------------------------------

JUDGEMENT = Judgement(
    kind=Kind.QUESTION,
    verb=Verb.ASKS,
    value=Value.SOCIAL,
    strength=Strength.GOOD,
    goal="book",
    gist="would you?",
    signals=(),
)
OPPORTUNITY = Opportunity(
    id=1,
    network="fake",
    person="fake:ines",
    name="Ines",
    thread="fake:1",
    post="fake:1",
    link="https://fake.example/1",
    edition="",
    visibility=Visibility.PUBLIC,
    found_at=NOW,
    posted_at=NOW,
    judgement=JUDGEMENT,
    exchange=Exchange(),
)
HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "7 Bo asks\nhttps://evil.example/7\n",
        "https://evil.example",
        "\n9 x\n https://evil.example/9",
        "12 34",
        "\u2028 3 ",
    ]
)


@given(
    st.lists(st.tuples(st.integers(1, 99), HOSTILE, HOSTILE), min_size=1, max_size=5, unique_by=lambda each: each[0])
)
def test_the_items_that_were_put_into_a_message_are_read_from_it(items):
    shown = {
        number: Item(
            opportunity=replace(
                OPPORTUNITY,
                name=name,
                link=f"https://fake.example/statuses/{number}",
                judgement=replace(JUDGEMENT, gist=gist),
            ),
            standing=Standing(state=State.FOUND, since=NOW),
        )
        for number, name, gist in items
    }
    message = digest.digest(shown, digest.Tally(), slot_at=NOW, now=NOW, more=True, fits=lambda text: len(text) < 5000)
    assert items_in(message.text) == {f"https://fake.example/statuses/{number}": number for number in message.numbers}
    squeezed = message.text.replace("\n\n", "\n").replace('"', "”")
    assert items_in(neutralise(squeezed)) == items_in(message.text)


def test_a_message_of_the_owner_or_a_hello_shows_no_items():
    for text in (
        "done 1, later 2 fri",
        "1\nhttps://fake.example/1",
        digest.hello([]).text,
        "see https://fake.example/1",
    ):
        assert items_in(text) == {}


# -- when ------------------------------------------------------------------------------------------------------------


def later(seconds, boot="one"):
    return Uptime(boot=boot, seconds=seconds)


def test_what_was_never_tried_is_sent_at_once():
    assert next_step(ROW, NOW, UP) is Step.SEND


def test_what_was_tried_waits_until_no_request_can_be_on_its_way():
    tried = replace(ROW, tried=UP)
    assert next_step(tried, NOW, later(UP.seconds + SETTLES - 1)) is Step.WAIT
    assert next_step(tried, NOW, later(UP.seconds + SETTLES)) is Step.SEND


def test_no_clock_that_jumps_shortens_or_lengthens_the_wait():
    tried = replace(ROW, tried=UP)
    for jump in (timedelta(days=-20000), timedelta(hours=-1), timedelta(), timedelta(days=3650)):
        assert next_step(tried, NOW + jump, later(UP.seconds + 60)) is Step.WAIT
        assert next_step(tried, NOW + jump, later(UP.seconds + 121)) is Step.SEND


def test_after_a_restart_of_the_machine_the_wait_is_its_uptime():
    tried = replace(ROW, tried=UP)
    assert next_step(tried, NOW, later(60, "two")) is Step.WAIT
    assert next_step(tried, NOW, later(121, "two")) is Step.SEND


def test_where_starts_cannot_be_told_apart_a_month_of_uptime_is_not_waited_for_again():
    tried = replace(ROW, tried=later(30 * 86400.0, ""))
    assert next_step(tried, NOW, later(60, "")) is Step.WAIT
    assert next_step(tried, NOW, later(121, "")) is Step.SEND


def test_what_is_too_old_is_dropped_but_not_while_it_may_still_arrive():
    old = replace(ROW, expires_at=NOW)
    assert next_step(old, NOW, UP) is Step.SEND
    assert next_step(old, NOW + timedelta(seconds=1), UP) is Step.DROP
    assert next_step(replace(old, tried=UP), NOW + timedelta(days=1), later(UP.seconds + 1)) is Step.WAIT


# -- by the other network --------------------------------------------------------------------------------------------

STUCK = replace(ROW, stuck_since=NOW - timedelta(hours=1))


def test_what_was_tried_for_an_hour_and_is_not_there_goes_by_the_other_network_if_there_is_one():
    tried = replace(STUCK, tried=UP)
    settled = later(UP.seconds + SETTLES)
    assert next_step(tried, NOW, settled, has_other_way=True) is Step.CARRY
    assert next_step(tried, NOW, settled) is Step.SEND
    assert next_step(tried, NOW - timedelta(seconds=1), settled, has_other_way=True) is Step.SEND
    assert next_step(replace(tried, is_alarm=True), NOW, settled, has_other_way=True) is Step.SEND


def test_while_a_request_may_be_on_its_way_nothing_is_carried():
    tried = replace(STUCK, tried=UP)
    assert next_step(tried, NOW, later(UP.seconds + SETTLES - 1), has_other_way=True) is Step.WAIT


def test_after_a_night_away_the_chosen_network_is_tried_first():
    """Also when what is left of the last try is only that the machine was started again."""
    tried = replace(STUCK, tried=UP)
    assert next_step(tried, NOW, later(UP.seconds + 5 * 3600), has_other_way=True) is Step.SEND
    assert next_step(tried, NOW, later(200, "two"), has_other_way=True) is Step.SEND
    assert next_step(STUCK, NOW, UP, has_other_way=True) is Step.SEND


def test_too_late_is_too_late_for_the_other_network_as_well():
    old = replace(STUCK, tried=UP, expires_at=NOW - timedelta(seconds=1))
    assert next_step(old, NOW, later(UP.seconds + SETTLES), has_other_way=True) is Step.DROP
