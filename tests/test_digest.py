"""The words of the messages that nobody asked for. What the owner reads is a snapshot: read it aloud."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import digest
from bot.digest import Tally
from bot.ledger import Item, Standing, State
from bot.models import Exchange, Judgement, Kind, Opportunity, Signal, Strength, Turn, Value, Verb, Visibility
from bot.text import graphemes, neutralise
from tests import snapshots

NOW = datetime(2026, 11, 22, 7, 0, 30, tzinfo=UTC)
SLOT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
JUDGED = Judgement(
    kind=Kind.COLLABORATION,
    verb=Verb.ASKS,
    value=Value.SOCIAL,
    strength=Strength.STRONG,
    goal="book",
    gist="would you co-write the seed-library guide?",
    signals=(Signal(name="x", weight=3.0, because="it asks"),),
)
INES = Opportunity(
    id=137,
    network="n",
    person="n:1",
    name="Ines",
    thread="n:8",
    post="n:9",
    link="https://hachyderm.example/statuses/115591234567890123",
    edition="",
    visibility=Visibility.PUBLIC,
    found_at=NOW - timedelta(hours=3),
    posted_at=NOW - timedelta(days=2),
    judgement=JUDGED,
    exchange=Exchange(turns_by_them=1, turn=Turn.OWNER, their_latest_at=NOW - timedelta(days=2)),
)
TOMASZ = replace(
    INES,
    id=138,
    person="n:2",
    name="Tomasz",
    link="https://hachyderm.example/statuses/115590123456789012",
    judgement=replace(JUDGED, verb=Verb.OFFERS, goal="maps", gist="I built the offline map, want to test it?"),
    exchange=Exchange(turns_by_them=2, turns_by_owner=2, turn=Turn.OWNER, their_latest_at=NOW - timedelta(hours=5)),
)
DEE = replace(
    INES,
    id=139,
    person="n:3",
    name="Dee",
    link="https://hachyderm.example/statuses/115589012345678901",
    judgement=replace(JUDGED, verb=Verb.REPORTS, gist="we measured soil salt for two winters", new_voice=True),
)


def item(opportunity: Opportunity) -> Item:
    return Item(opportunity=opportunity, standing=Standing(state=State.FOUND, since=NOW))


THREE = {1: item(INES), 2: item(TOMASZ), 3: item(DEE)}


def worded(
    items: dict[int, Item], *, limit: int = 5000, more: bool = False, tally: Tally | None = None
) -> digest.Message:
    def fits(text: str) -> bool:
        return len(graphemes(neutralise(text))) <= limit

    return digest.digest(items, tally or Tally(read=41), slot_at=SLOT, now=NOW, more=more, fits=fits)


def test_a_digest_of_three() -> None:
    snapshots.check("digest/three", worded(THREE).text)


def test_a_digest_of_one_with_more_behind_it() -> None:
    snapshots.check("digest/one", worded({7: item(INES)}, more=True, tally=Tally(read=9, opted_out=2)).text)


def test_what_may_not_be_quoted_is_pointed_at() -> None:
    silent = replace(INES, visibility=Visibility.DIRECT, judgement=replace(JUDGED, gist="", verb=Verb.INVITES))
    shy = replace(TOMASZ, judgement=replace(TOMASZ.judgement, gist="", verb=Verb.SAYS))
    snapshots.check("digest/unquoted", worded({4: item(silent), 5: item(shy)}).text)


def test_the_messages_that_come_rarely() -> None:
    told = [
        digest.hello([time(8), time(18, 30)]),
        digest.hello([]),
        digest.refused("n", "answered 401"),
        digest.halted("why"),
    ]
    snapshots.check("digest/rare", "\n----\n".join(message.text for message in told))
    assert all(message.text.startswith(message.mark) and message.mark for message in told)


def test_what_comes_by_another_network_says_why() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    since = datetime(2026, 11, 22, 7, 1, tzinfo=UTC)
    notice = digest.instead("seedpost", since, zone, "seedpost: did not answer (ConnectionError)")
    listed = digest.digest(
        {1: item(INES)}, Tally(read=41), slot_at=SLOT, now=NOW, more=False, fits=lambda _: True, notice=notice
    )
    short = digest.with_notice("1 Ines: done.", digest.instead("seedpost", since, zone), lambda _: True)
    unknown = digest.not_known_to_have_arrived(digest.mark(SLOT), "seedpost", since, zone)
    snapshots.check("digest/carried", f"{listed.text}\n----\n{short}\n----\n{unknown.text}")
    assert digest.tally_in(listed.text) == Tally(read=41)
    assert digest.tally_in(f"{digest.mark(SLOT)} 2 worth your time, +3 from people who opt out of bots").opted_out == 3


@pytest.mark.parametrize("limit", [10, 130, 150, 400])
def test_a_notice_is_never_cut_off_and_the_text_from_its_end(limit: int) -> None:
    text = "\n".join(f"line {n} of a longer answer" for n in range(12))
    said = digest.with_notice(text, "(Sent here.)", lambda each: len(each) <= limit)
    assert said.endswith("(Sent here.)")
    assert len(said) <= max(limit, len("(Sent here.)"))
    assert text.startswith(said.partition("\n\n(Sent")[0].removesuffix("…")) or limit == 10


@pytest.mark.parametrize("limit", [500, 450, 420, 380, 330, 300, 200, 160, 110, 70])
def test_a_list_that_does_not_fit_is_cut_and_the_rest_waits_for_more(limit: int) -> None:
    message = worded(THREE, limit=limit)
    assert len(graphemes(message.text)) <= limit
    assert ("more" in message.text.splitlines()[-1]) == (0 < len(message.numbers) < 3)
    assert list(message.numbers) == [1, 2, 3][: len(message.numbers)]


def test_the_first_line_names_the_slot() -> None:
    message = worded(THREE)
    assert message.text.startswith(message.mark) == message.text.startswith("Sun 22 Nov, 08:00:")


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0, "1 hour"),
        (1, "1 hour"),
        (5, "5 hours"),
        (35, "35 hours"),
        (36, "2 days"),
        (47, "2 days"),
        (24 * 9, "9 days"),
    ],
)
def test_waiting_is_told_in_whole_units(hours: int, said: str) -> None:
    assert digest.ago(timedelta(hours=hours)) == said


@given(name=st.text(min_size=1), gist=st.text(min_size=1))
def test_nothing_in_a_name_or_a_quotation_breaks_the_line(name: str, gist: str) -> None:
    odd = replace(INES, name=name, judgement=replace(JUDGED, gist=gist))
    line, link = digest.lines(1, item(odd), NOW)
    assert "\n" not in line
    assert line.startswith("1 ")
    assert line.endswith("waiting 2 days [book]")
    assert line.count('"') == 2
    assert link == INES.link


def test_an_address_in_a_name_or_a_quotation_cannot_be_opened() -> None:
    odd = replace(INES, name="https://evil.example", judgement=replace(JUDGED, gist="go to http://evil.example now"))
    assert "://" not in digest.lines(1, item(odd), NOW)[0]
