"""What one of the two promised and nobody followed up comes back, a few times at most, with the date and the words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conversation import START, opportunity
from fakes import DAY, HOUR, MINUTE, World, plainly_judged

from bot import opportunities
from bot.finding.promises import promise_in
from bot.finding.scoring import ALARM
from bot.ledger import Item, Standing, State, standings
from bot.models import Promise, Signal, Turn
from bot.opportunities import WATCHED

ROOT = Path(__file__).parent.parent
WORLDS = [ROOT / "bot/demo/world.json", *sorted((ROOT / "evals/worlds").glob("*.json"))]


@pytest.fixture(autouse=True)
def _plainly():
    with plainly_judged():
        yield


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path / "state")
    world.tick()
    return world


def mornings(world, count):
    """What was sent on each."""
    sent = []
    for _ in range(count):
        before = len(world.received())
        world.tick(world.until(8) - world.clock.at)
        sent.append("\n".join(world.received()[before:]))
    return sent


def owner_promises(world, words="I'll send the list tomorrow.", asked="have you the list?"):
    """Answered within the hour, so it was never an item to show."""
    question = world.mention("ines", asked)
    world.tick(HOUR)
    promise = world.fake.owner_posts(f"Yes! {words}", reply_to=question)
    world.tick(HOUR)
    return question, promise


# -- what a promise is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_every_promise_of_the_worlds_is_known_and_hardly_another_post_is_taken_for_one(path):
    world = json.loads(path.read_text(encoding="utf-8"))
    promises = {entry["post"] for entry in world["cold"]}
    assert [post["id"] for post in world["posts"] if post["id"] in promises and not promise_in(post["text"])] == []
    others = [post for post in world["posts"] if post["id"] not in promises and post["reply_to"]]
    taken = [post["id"] for post in others if promise_in(post["text"])]
    assert len(taken) <= len(others) / 20, taken


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Nice. Let me check and get back to you!", "Let me check and get back to you!"),
        ("Ich schau morgen nach und sag dir Bescheid.", "Ich schau morgen nach und sag dir Bescheid."),
        ("te mando la lista mañana", "te mando la lista mañana"),
        ("je t'envoie la liste demain", "je t'envoie la liste demain"),
        ("明日リストを送ります。", "明日リストを送ります。"),
        ("Will you send it tomorrow?", ""),
        ("If you like I'll send it tomorrow", ""),
        ("I sent it yesterday", ""),
        ("so lovely!", ""),
    ],
)
def test_promises_are_known_in_five_languages(text, words):
    assert promise_in(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "I write to you as the editor of Seeds, we pay for pictures.",
        "I bring you together with Ana if you like.",
        "We bring you the best seeds of the valley!",
        "I send you greetings from Utrecht.",
        "Bitte melde uns den Schaden.",
        "Melde ich mich an, wird's teuer.",
    ],
)
def test_what_only_sounds_like_a_promise_is_none(text):
    assert promise_in(text) == ""


# -- the owner's own -------------------------------------------------------------------------------------------------


def test_what_the_owner_promised_and_did_not_do_comes_back_after_a_week(world):
    owner_promises(world)
    *quiet, _ = before = mornings(world, 10)
    assert quiet == [""] * 9, "it waits a week, and three days more for a message to go with"
    (cold,) = [text for text in [*before[-1:], *mornings(world, 1)] if text]
    assert "1 Ines: you promised on 22 Nov: ”I'll send the list tomorrow.” going cold" in cold


def test_it_comes_back_no_more_often_than_the_config_says(world):
    owner_promises(world)
    shown = [text for text in mornings(world, 40) if "going cold" in text]
    assert len(shown) == 2


def test_the_words_are_not_kept_until_it_comes_back(world):
    owner_promises(world)
    mornings(world, 3)
    assert "send the list" not in world.words_on_disk()
    mornings(world, 9)
    assert "send the list" in world.words_on_disk()
    world.says("done 1")
    world.tick(MINUTE)
    assert "send the list" not in world.words_on_disk()
    assert [text for text in mornings(world, 10) if text] == [], "what is done stays done"


def test_a_promise_that_was_kept_does_not_come_back(world):
    _, promise = owner_promises(world)
    mornings(world, 2)
    world.fake.owner_posts("here it is", reply_to=promise)
    assert [text for text in mornings(world, 12) if text] == []


def test_thanks_of_the_other_one_do_not_keep_it(world):
    _, promise = owner_promises(world)
    mornings(world, 1)
    world.mention("ines", "thanks!", reply_to=promise)
    assert any("you promised on 22 Nov" in text for text in mornings(world, 12))


def test_a_promise_that_was_deleted_does_not_come_back(world):
    _, promise = owner_promises(world)
    mornings(world, 2)
    world.fake.delete(promise)
    assert [text for text in mornings(world, 12) if text] == []


@pytest.mark.parametrize("said", ["no 1", "done 1"])
def test_it_can_be_answered_like_any_item_and_undone(world, said):
    owner_promises(world)
    mornings(world, 11)
    world.says(said)
    world.tick(MINUTE)
    with world.opened() as shell:
        assert [s.is_open for s in standings(shell.store.ledger).values()] == [False]
    world.says("undo")
    world.tick(MINUTE)
    with world.opened() as shell:
        assert [s.is_open for s in standings(shell.store.ledger).values()] == [True]


def test_nothing_comes_back_of_people_who_opt_out_or_were_forgotten(world):
    owner_promises(world)
    mornings(world, 2)
    world.fake.block("ines")
    assert [text for text in mornings(world, 12) if text] == []


def test_a_promise_to_the_bot_is_none(world):
    world.mention("ines", "asks: would you?")
    mornings(world, 1)
    world.says("I'll answer 1 tomorrow")
    world.tick(MINUTE)
    with world.opened() as shell:
        assert not [each for each in shell.store.opportunities.all().values() if each.promise]


# -- theirs ----------------------------------------------------------------------------------------------------------


def test_what_they_promised_comes_back_though_the_owner_wrote_last(world):
    root = world.fake.owner_posts("who has pictures of the fair?")
    answer = world.mention("bram", "asks: want some? I'll photograph them and send them to you.", reply_to=root)
    mornings(world, 1)
    world.fake.owner_posts("yes please", reply_to=answer)
    later = mornings(world, 12)
    assert any("Bram promised on 22 Nov: ”I'll photograph them and send them to you.” going cold" in t for t in later)


def test_their_next_word_keeps_it(world):
    root = world.fake.owner_posts("who has pictures of the fair?")
    answer = world.mention("bram", "asks: want some? I'll photograph them and send them to you.", reply_to=root)
    mornings(world, 1)
    reply = world.fake.owner_posts("yes please", reply_to=answer)
    mornings(world, 2)
    world.mention("bram", "here they are", reply_to=reply)
    assert not any("going cold" in text for text in mornings(world, 10))


def test_only_one_a_day_comes_back_and_only_where_there_is_room(world):
    promised_to_three(world)
    sent = mornings(world, 19)
    assert max(text.count("going cold") for text in sent) == 1
    assert sum(text.count("going cold") for text in sent) >= 3


def promised_to_three(world):
    for who in ("ines", "bo", "dee"):
        question = world.mention(who, "have you the list?")
        world.fake.owner_posts("I'll send it tomorrow.", reply_to=question)


def test_a_full_list_makes_room_for_what_has_waited_three_days(world):
    owner_promises(world)
    mornings(world, 6)
    counts = []
    for day in range(6):
        for who in ("bo", "dee", "kim"):
            world.mention(who, f"asks: would {who} and you give workshop {day}?")
        (text,) = mornings(world, 1)
        counts.append((text.count("workshop"), text.count("going cold")))
    assert counts.count((2, 1)) == 1
    assert counts.index((2, 1)) >= 2, "the first days there is no room"
    assert set(counts) == {(3, 0), (2, 1)}


def test_after_a_list_the_next_days_stay_quiet_for_all_that_has_gone_cold(world):
    promised_to_three(world)
    mornings(world, 9)
    world.mention("kim", "asks: would you give a workshop?")
    with_it, *quiet, alone = mornings(world, 4)
    assert "workshop" in with_it
    assert "going cold" in with_it
    assert quiet == ["", ""]
    assert "going cold" in alone


def test_what_has_gone_cold_comes_at_once_beside_something_else(world):
    owner_promises(world)
    mornings(world, 7)
    world.mention("bo", "asks: would you give a workshop?")
    assert any("workshop" in text and "going cold" in text for text in mornings(world, 2))


# -- which place it takes --------------------------------------------------------------------------------------------


def listed(ident, *, state=State.FOUND, score=3.0, voice=False, watched=False):
    plain = opportunity(ident, ident)
    signals = (Signal(name=WATCHED if watched else "asks_you_something", weight=score, because="it asks"),)
    exchange = replace(plain.exchange, turn=Turn.OWNER, turns_by_owner=0 if voice else 1)
    judgement = replace(plain.judgement, signals=signals, new_voice=voice)
    found = replace(plain, person=f"x:{ident}", judgement=judgement, exchange=exchange, found_at=START, signature=0)
    return Item(opportunity=found, standing=Standing(state=state, since=START))


def gone_cold(ident, waited):
    item = listed(ident, score=1.0)
    said = START - 40 * DAY
    promise = Promise(by_owner=True, post="x:p", at=said, on=said.date(), is_cold=True, returned_at=START - waited)
    return replace(item, opportunity=replace(item.opportunity, promise=promise))


def chosen(*items, count=3, shown_at=None, alarm=ALARM):
    few = opportunities.chosen(items, count, new_voice=True, now=START, shown_at=shown_at, alarm=alarm)
    return [item.opportunity.id for item in few]


def test_what_was_asked_for_what_is_watched_and_the_only_new_voice_keep_their_place():
    cold = gone_cold(9, 4 * DAY)
    assert chosen(listed(1), listed(2), listed(3), cold) == [1, 2, 9]
    assert chosen(listed(1), listed(2), listed(3), listed(4, voice=True), cold) == [1, 4, 9]
    assert chosen(listed(1), listed(2), listed(3, watched=True), cold) == [1, 3, 9]
    later = [listed(n, state=State.LATER) for n in (1, 2, 3)]
    assert chosen(*later, cold) == [1, 2, 3]
    assert chosen(listed(1), cold, count=1) == [1]


def test_the_one_that_has_waited_goes_before_one_that_has_not():
    fresh, old = gone_cold(8, HOUR), gone_cold(9, 30 * DAY)
    assert chosen(listed(1), listed(2), listed(3), fresh, old) == [1, 2, 9]
    assert chosen(fresh, old) == [9]
    assert chosen(fresh) == []


def test_alone_only_when_nothing_was_shown_for_as_long():
    cold = gone_cold(9, 4 * DAY)
    assert chosen(cold, shown_at=START - 2 * DAY) == []
    assert chosen(cold, shown_at=START - 4 * DAY) == [9]


def test_a_level_of_ones_own_breaks_the_quiet_sooner_or_later_but_never_for_who_is_watched():
    assert chosen(listed(1, score=ALARM), alarm=ALARM + 0.5) == []
    assert chosen(listed(1, score=ALARM, watched=True), alarm=ALARM + 0.5) == [1]
    assert chosen(listed(1, score=ALARM - 0.3)) == []
    assert chosen(listed(1, score=ALARM - 0.3), alarm=ALARM - 0.4) == [1]
