"""What the owner's answers teach, and what they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conversation import Conversation, opportunity
from fakes import DAY, GOAL, HOUR, World, plainly_judged

from bot.finding.learning import HALF_LIFE, NOTHING, Learnt, learn, lessons, without
from bot.finding.scoring import ALARM, BAR
from bot.models import Event, Judgement, Kind, LedgerEntry, Opportunity, Outcome, Signal, Stage, Strength

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
ANN, BO = "x:ann", "x:bo"


def judgement(
    *, goal: str | None = "maps", kind: Kind = Kind.QUESTION, score: float = 3.0, **heads: float
) -> Judgement:
    plain = opportunity(1, 0).judgement
    signals = (Signal(name="asks_you_something", weight=score, because="it asks you something"),)
    given = {"asks_you_something": 0.8, "is_specific": 0.3, **heads}
    return replace(plain, kind=kind, goal=goal, signals=signals, strength=Strength.GOOD, heads=given)


def item(ident: int, person: str = ANN, judged: Judgement | None = None) -> Opportunity:
    found = NOW - 3 * DAY
    return replace(opportunity(ident, 0), person=person, judgement=judged or judgement(), found_at=found)


def said(
    event: Event, ident: int, respect: str = "", *, at: datetime = NOW - DAY, cause: str = "", **how
) -> LedgerEntry:
    return LedgerEntry(at=at, event=event, cause=cause or f"m{ident}", opportunity=ident, respect=respect, **how)


def learnt(entries: Sequence[LedgerEntry], *items: Opportunity, now: datetime = NOW) -> Learnt:
    return learn(lessons(entries, {each.id: each for each in items}, now), now)


def shift(of: Learnt, judged: Judgement, person: str) -> float:
    """What it counts more or less than before."""
    after = of.applied(judged, person)
    assert after.score == pytest.approx(sum(each.weight for each in after.signals))
    return after.score - judged.score


def test_a_silent_owner_teaches_nothing() -> None:
    items = [item(n) for n in range(1, 30)]
    shown = [said(event, each.id) for each in items for event in (Event.FOUND, Event.SHOWN, Event.EXPIRED, Event.LATER)]
    assert learnt(shown, *items).shifts == {}


@pytest.mark.parametrize(
    ("respect", "same", "other"),
    [
        ("topic", judgement(kind=Kind.HELP), judgement(goal="book")),
        ("kind", judgement(goal="book"), judgement(kind=Kind.HELP)),
    ],
)
def test_a_no_acts_in_the_named_respect_and_in_no_other(respect: str, same: Judgement, other: Judgement) -> None:
    of = learnt([said(Event.NO, 1, respect)], item(1))
    assert shift(of, same, BO) < 0
    assert shift(of, other, BO) == 0
    assert shift(of, other, ANN) == 0


def test_a_no_to_a_person_lowers_that_person_and_nobody_else_by_a_hair() -> None:
    others = [said(Event.DONE, 2), said(Event.NO, 3, "topic")]
    items = [item(1), item(2, BO), item(3, BO)]
    before = learnt(others, *items)
    after = learnt([*others, said(Event.NO, 1, "person")], *items)
    assert shift(after, judgement(), ANN) < shift(before, judgement(), ANN)
    assert {name: value for name, value in after.shifts.items() if name != f"person {ANN}"} == before.shifts


def test_a_bare_no_is_never_about_the_person() -> None:
    of = learnt([said(Event.NO, 1)], item(1))
    assert shift(of, judgement(), ANN) == shift(of, judgement(), BO) < 0


def test_one_no_never_kills_a_topic() -> None:
    of = learnt([said(Event.NO, 1, "topic")], item(1))
    assert of.applied(judgement(score=ALARM + 0.6), BO).score >= ALARM
    assert of.applied(judgement(score=BAR + 0.6), BO).score >= BAR


def test_however_often_it_is_said_a_strong_offer_stays_worth_a_place() -> None:
    items = [item(n) for n in range(1, 200)]
    every = [said(Event.NO, n, respect) for n in range(1, 200) for respect in ("topic", "kind", "person")]
    of = learnt([each for n, each in enumerate(every) if n % 3 == each.opportunity % 3], *items)
    assert of.applied(judgement(score=5.0), ANN).score >= BAR


def test_however_much_is_liked_noise_does_not_become_an_alarm() -> None:
    items = [item(n) for n in range(1, 100)]
    of = learnt([said(Event.YES, n) for n in range(1, 100)], *items)
    assert shift(of, judgement(score=0.2), ANN) > 0.5
    assert of.applied(judgement(score=0.2), ANN).score < of.alarm


def test_yes_done_won_and_missed_raise_topic_kind_and_person() -> None:
    won = Outcome(stage=Stage.WON)
    for word in (said(Event.YES, 1), said(Event.DONE, 1), said(Event.MISSED, 1), said(Event.OUTCOME, 1, outcome=won)):
        names = {each.name for each in learnt([word], item(1)).applied(judgement(), ANN).signals}
        assert {"learnt_topic", "learnt_kind", "learnt_person"} <= names
    assert learnt([said(Event.OUTCOME, 1, outcome=Outcome(stage=Stage.NOTHING))], item(1)).shifts == {}


def test_late_acts_on_what_waits_and_on_nothing_else() -> None:
    of = learnt([said(Event.NO, 1, "late")], item(1))
    assert shift(of, judgement(), ANN) == 0
    waiting = of.applied(judgement(), ANN, NOW - 4 * DAY)
    assert [each.because for each in waiting.signals][1:] == [
        "you said that things came too late: what waits counts less"
    ]
    assert waiting.score < judgement().score


def test_spam_acts_on_doubt_and_on_nothing_else() -> None:
    doubtful = judgement(is_doubtful=0.6)
    of = learnt([said(Event.NO, 1, "spam")], item(1, judged=doubtful))
    assert shift(of, doubtful, ANN) < 0
    assert shift(of, judgement(), ANN) == 0


def test_what_is_undone_was_never_learnt() -> None:
    words = [said(Event.NO, 1, "topic"), said(Event.DONE, 2)]
    undoing = LedgerEntry(at=NOW - HOUR, event=Event.UNDO, cause="m9", undone="m1")
    items = (item(1), item(2, BO))
    assert learnt([*words, undoing], *items).shifts == learnt(words[1:], *items).shifts


def test_a_lesson_fades_and_the_last_word_on_an_item_holds() -> None:
    fresh = learnt([said(Event.NO, 1, "person")], item(1))
    faded = learnt([said(Event.NO, 1, "person")], item(1), now=NOW + 4 * HALF_LIFE)
    assert 0 > faded.shifts[f"person {ANN}"] > fresh.shifts[f"person {ANN}"] / 4
    corrected = learnt([said(Event.NO, 1, "person"), said(Event.DONE, 1, at=NOW - HOUR)], item(1))
    assert corrected.shifts[f"person {ANN}"] > 0


def test_of_whom_the_owner_had_forgotten_nothing_is_learnt() -> None:
    assert learnt([said(Event.YES, 1)], item(1, "")).shifts == {}


def test_a_word_about_an_earlier_post_of_a_thread_teaches_nothing_about_the_later_one() -> None:
    earlier = said(Event.NO, 1, "kind", at=NOW - 5 * DAY)
    assert learnt([earlier], item(1)).shifts == {}


def test_the_same_answers_in_another_order_teach_the_same() -> None:
    items = [item(n, ANN if n % 2 else BO, judgement(goal="maps" if n % 3 else "book")) for n in range(1, 20)]
    words = [said(Event.DONE if n % 4 else Event.NO, n, "" if n % 4 or n % 8 else "topic") for n in range(1, 20)]
    one, other = learnt(words, *items).shifts, learnt(words[::-1], *items[::-1]).shifts
    assert one == pytest.approx(other, abs=0.02)


def test_what_an_owner_keeps_answering_rises_and_what_they_keep_refusing_falls() -> None:
    liked, refused = judgement(goes_on=1.0), judgement(is_first_word=1.0)
    items = [item(n, f"x:{n}", liked if n % 2 else refused) for n in range(1, 41)]
    of = learnt([said(Event.DONE if n % 2 else Event.NO, n) for n in range(1, 41)], *items)
    assert shift(of, liked, "x:new") > shift(of, refused, "x:new") + 0.2
    because = of.applied(liked, "x:new").signals[-1].because
    assert because.startswith("going by your answers, it speaks for it that they go on with a talk with you")


def test_what_was_learnt_is_taken_off_as_it_was_put_on() -> None:
    of = learnt([said(Event.DONE, 1)], item(1))
    once = of.applied(judgement(), ANN)
    assert of.applied(once, ANN) == once
    assert without(once) == NOTHING.applied(once, ANN) == judgement()


# -- told, and undone, in the program ----------------------------------------------------------------------------------


def test_why_tells_what_was_learnt() -> None:
    talk = Conversation()
    of = learnt([said(Event.NO, 1, "topic")], item(1, judged=judgement(goal="book")))
    mine = talk.opportunities[137]
    talk.opportunities[137] = replace(mine, judgement=of.applied(mine.judgement, mine.person))
    assert "− you said no to things for book: they count less" in (talk.say("why 1") or "")


def test_a_no_is_told_on_the_next_day_and_undo_takes_it_back_at_once(tmp_path: Path) -> None:
    with plainly_judged():
        _said_no_and_took_it_back(World(tmp_path, goal=[GOAL], digest={"at": ["08:00"], "weekly_review": ""}))


def _said_no_and_took_it_back(world: World) -> None:
    world.mention("ines", "asks: would you co-write it?")
    world.live(world.until(8))
    world.says("no 1 topic")
    world.tick(HOUR)
    world.mention("tomasz", "asks: may I test it?")
    world.live(world.until(8))
    world.says("why 2")
    world.tick()
    assert "− you said no to things for book: they count less" in world.received()[-1]
    assert "learnt" not in world.words_on_disk()
    world.says("undo")
    world.tick(HOUR)
    world.says("why 2")
    world.tick(HOUR)
    assert "they count less" not in world.received()[-1]


# -- what makes a day worth a message ------------------------------------------------------------------------------


def answered(event: Event, count: int, *, first: int = 1) -> tuple[list[LedgerEntry], list[Opportunity]]:
    ids = range(first, first + count)
    return [said(event, n) for n in ids], [item(n, f"x:{n}") for n in ids]


def test_before_there_are_answers_a_day_is_worth_a_message_as_for_anybody() -> None:
    assert NOTHING.alarm == learnt([]).alarm == ALARM


def test_one_answer_hardly_moves_the_level_of_a_quiet_day() -> None:
    for event in (Event.NO, Event.DONE):
        words, items = answered(event, 1)
        assert learnt(words, *items).alarm == pytest.approx(ALARM, abs=0.25)


@pytest.mark.parametrize("event", [Event.NO, Event.DONE])
def test_thirty_answers_move_it_half_as_far_as_can_be_and_three_hardly(event: Event) -> None:
    few, some = (abs(learnt(*answered_all(event, count)).alarm - ALARM) for count in (3, 30))
    most = 0.8 if event is Event.NO else 0.4
    assert few <= most / 8
    assert most / 3 <= some <= most / 2


def answered_all(event: Event, count: int) -> tuple[list[LedgerEntry], Opportunity]:
    words, items = answered(event, count)
    return (words, *items)


def test_who_refuses_nearly_all_is_written_to_less_and_who_takes_up_nearly_all_more() -> None:
    refuses, items = answered(Event.NO, 40)
    takes_up, others = answered(Event.DONE, 40, first=100)
    assert ALARM + 0.3 < learnt(refuses, *items).alarm <= ALARM + 0.8
    assert ALARM - 0.4 <= learnt(takes_up, *others).alarm < ALARM - 0.1


def test_the_level_goes_back_when_the_answers_are_old_or_undone() -> None:
    refuses, items = answered(Event.NO, 40)
    undone = [said(Event.UNDO, n, undone=f"m{n}") for n in range(1, 41)]
    assert learnt([*refuses, *undone], *items).alarm == ALARM
    assert learnt(refuses, *items, now=NOW + 6 * HALF_LIFE).alarm < learnt(refuses, *items).alarm
