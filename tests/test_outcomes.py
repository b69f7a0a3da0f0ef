"""What came of it: read from the owner's words, shown back, corrected by saying so, taken back by undo."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import snapshots
from conversation import DAY, Conversation
from fakes import MINUTE, World, plainly_judged
from hypothesis import given
from hypothesis import strategies as st

from bot import outcomes
from bot.language import money
from bot.language.tokens import listed
from bot.ledger import standings
from bot.models import Amount, Event, LedgerEntry, Outcome, Stage, Value
from bot.outcomes import Unread

# -- sums ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("400 EUR", "400 EUR"),
        ("400€", "400 EUR"),
        ("€400", "400 EUR"),
        ("EUR400", "400 EUR"),
        ("€1.200,50", "1,200.50 EUR"),
        ("1 200,50 €", "1,200.50 EUR"),
        ("1,200 dollars", "1,200 USD"),
        ("1.20 EUR", "1.20 EUR"),
        ("1.200 EUR", "1,200 EUR"),
        ("1'200.50 CHF", "1,200.50 CHF"),
        ("400.- CHF", "400 CHF"),
        ("£1.2k", "1,200 GBP"),
        ("US$ 90", "90 USD"),
        ("R$ 300", "300 BRL"),
        ("12,34,567 rupees", "1,234,567 INR"),
        ("4００円", "400 JPY"),
        ("2万円", "20,000 JPY"),
        ("٤٠٠ EUR", "400 EUR"),
        ("2 hundred euros", "200 EUR"),
        ("5k kr", "5,000 kr"),
        ("0.005 BTC", "0.005 BTC"),
        ("400 €/month", "400 EUR"),
    ],
)
def test_a_sum_is_read_in_any_notation(text, amount):
    (found,) = money.sums(f"a paid talk, {text}")
    assert found.amount
    assert money.spoken(found.amount) == amount


@pytest.mark.parametrize("text", ["400", "a workshop for 20 people", "3 eurovision songs", "in 2027", "at 9:30"])
def test_a_number_without_a_currency_is_no_money(text):
    assert money.sums(text) == []


@pytest.mark.parametrize("text", ["1,2,3 EUR", "1.2.3.4 EUR", "999 999 999 999 EUR"])
def test_figures_that_cannot_be_read_are_no_sum_but_are_seen(text):
    assert [found.amount for found in money.sums(text)] == [None]


@given(st.decimals(min_value=Decimal("0.01"), max_value=9_999_999, places=2), st.sampled_from(["EUR", "USD", "kr"]))
def test_a_sum_that_is_shown_back_reads_as_itself(value, currency):
    amount = Amount(value=value, currency=currency)
    assert [found.amount for found in money.sums(money.spoken(amount))] == [amount]


# -- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "stage", "value"),
    [
        ("made a friend", Stage.WON, Value.SOCIAL),
        ("friendship", Stage.WON, Value.SOCIAL),
        ("learned to graft", Stage.WON, Value.LIFE),
        ("a paid workshop", Stage.WON, Value.MONEY),
        ("einen Auftrag", Stage.WON, Value.MONEY),
        ("友達ができた", Stage.WON, Value.SOCIAL),
        ("no money but a friend", Stage.WON, Value.SOCIAL),
        ("a talk in May", Stage.WON, None),
        ("nothing", Stage.NOTHING, None),
        ("nothing, they never answered", Stage.NOTHING, None),
        ("rien du tout", Stage.NOTHING, None),
        ("it fell through", Stage.NOTHING, None),
        ("nothing yet", Stage.WAITING, None),
        ("noch nichts", Stage.WAITING, None),
        ("still talking", Stage.TALKING, None),
        ("we're still talking about 400 EUR", Stage.TALKING, None),
        ("en discussion", Stage.TALKING, None),
        ("we're writing it together", Stage.WORKING, None),
        ("wir schreiben das Buch", Stage.WORKING, None),
        ("estamos trabajando en ello", Stage.WORKING, None),
        ("作業中", Stage.WORKING, None),
    ],
)
def test_the_words_tell_how_far_it_went_and_what_it_is_worth(words, stage, value):
    found = outcomes.read(words)
    assert isinstance(found, Outcome)
    assert (found.stage, found.value) == (stage, value)


@pytest.mark.parametrize(
    "words",
    [
        "400",
        "paid 400",
        "400 EUR and 20 USD",
        "300-400 EUR",
        "€300-400",
        "a friend and 400 EUR",
        "social, 400 EUR",
        "-5 EUR",
        "0 EUR",
        "1,2,3 EUR",
        "talk on 31 feb",
        "paid on 30.02.2027, 40 EUR",
    ],
)
def test_what_the_words_leave_open_is_not_guessed(words):
    talk = Conversation()
    reply = talk.ask(f"won 1 {words}").reply
    assert reply is not None
    assert reply.startswith("1 Ines Almeida: nothing is entered yet.")
    assert talk.ask(f"won 1 {words}").entries == ()
    assert isinstance(outcomes.read(words), Unread)


def test_of_the_owners_words_a_short_note_is_kept():
    found = outcomes.read("a friend " + "who knows everything about salt " * 20)
    assert isinstance(found, Outcome)
    assert len(found.words) <= 80


@given(st.text(max_size=200))
def test_any_words_are_read(words):
    assert outcomes.read(words)


# -- commands ------------------------------------------------------------------------------------------------------


def told(talk, id_=137):
    return [each.outcome for each in talk.items()[id_].standing.outcomes]


def test_an_outcome_is_shown_back_and_closes_what_was_open():
    talk = Conversation()
    assert talk.say("won 1 paid workshop, 400 EUR") == "1 Ines Almeida: won, money, 400 EUR. Say otherwise if wrong."
    (outcome,) = told(talk)
    assert outcome.amount == Amount(value=Decimal(400), currency="EUR")
    assert outcome.words == "paid workshop, 400 EUR"
    assert talk.states()[137] == "done"


def test_the_value_of_an_opportunity_holds_when_the_words_name_none():
    talk = Conversation()
    assert talk.say("won 1 a talk in May") == "1 Ines Almeida: won, social. Say otherwise if wrong."


@pytest.mark.parametrize(
    ("again", "left"),
    [
        ("won 1 300 EUR", [(Stage.WON, Value.MONEY, 300)]),
        ("won 1 no, social", [(Stage.WON, Value.SOCIAL, None)]),
        ("nothing 1", [(Stage.NOTHING, None, None)]),
        ("won 1 another 100 EUR", [(Stage.WON, Value.MONEY, 400), (Stage.WON, Value.MONEY, 100)]),
        ("won 1 made a friend", [(Stage.WON, Value.MONEY, 400), (Stage.WON, Value.SOCIAL, None)]),
        ("won 1 a job", [(Stage.WON, Value.MONEY, 400), (Stage.WON, Value.MONEY, None)]),
    ],
)
def test_said_again_it_corrects_and_something_else_is_added(again, left):
    talk = Conversation()
    talk.say("won 1 paid workshop, 400 EUR")
    talk.say(again)
    assert [(each.stage, each.value, each.amount and each.amount.value) for each in told(talk)] == left
    talk.say("undo")
    assert [each.amount and each.amount.value for each in told(talk)] == [400]


@pytest.mark.parametrize(
    ("again", "left"),
    [
        ("no, social", (Value.SOCIAL, None)),
        ("life", (Value.LIFE, None)),
        ("it was social, not money", (Value.MONEY, 400)),
        ("no, 300 EUR", (Value.MONEY, 300)),
        ("i meant 300 EUR", (Value.MONEY, 300)),
    ],
)
def test_right_after_it_was_told_no_number_is_needed_to_correct_it(again, left):
    talk = Conversation()
    talk.say("won 1 paid workshop, 400 EUR")
    talk.say(again)
    (outcome,) = told(talk)
    assert (outcome.value, outcome.amount and outcome.amount.value) == left


@pytest.mark.parametrize("text", ["no 2", "no", "done 2", "300", "thanks"])
def test_right_after_it_was_told_a_command_is_still_a_command(text):
    talk = Conversation()
    talk.say("won 1 paid workshop, 400 EUR")
    talk.say(text)
    assert [each.amount and each.amount.value for each in told(talk)] == [400]


def test_why_tells_what_came_of_it_in_the_owners_words():
    talk = Conversation()
    talk.say("won 1 paid workshop, 400 EUR")
    assert 'Sun 22 Nov: won, money, 400 EUR, "paid workshop, 400 EUR".' in (talk.say("why 1") or "")


def test_a_year_brings_several_outcomes():
    talk = Conversation()
    talk.say("won 1 400 EUR")
    talk.now += 60 * DAY
    assert talk.say("won #137 400 EUR") == "1 Ines Almeida: also won, money, 400 EUR. Say otherwise if wrong."
    assert len(told(talk)) == 2


def test_a_closed_item_whose_number_went_to_another_is_named_by_its_id():
    talk = Conversation(shown=1)
    talk.say("done 1")
    talk.now += 6 * DAY
    talk.say("more")
    assert talk.say("won #137 400 EUR") == "#137 Ines Almeida: won, money, 400 EUR. Say otherwise if wrong."
    assert talk.say("done #137") == "#137 Ines Almeida is already done."


def test_an_outcome_may_follow_what_was_dismissed():
    talk = Conversation()
    talk.say("no 1")
    talk.say("won 1 a friend")
    assert talk.states()[137] == "no"
    assert told(talk)


@pytest.mark.parametrize("text", ["won 9 400 EUR", "nothing 9", "won #9 a friend"])
def test_an_outcome_of_an_unknown_number_changes_nothing(text):
    answer = Conversation().ask(text)
    assert answer.entries == ()
    assert "There is no" in (answer.reply or "")


def test_a_sum_is_no_item():
    talk = Conversation(shown=1)
    assert talk.say("won 400 EUR") == "1 Ines Almeida: won, money, 400 EUR. Say otherwise if wrong."


def test_one_sum_is_not_entered_for_two():
    answer = Conversation().ask("won 1,2 400 EUR")
    assert answer.entries == ()


def test_undo_takes_an_outcome_back_with_the_closing_that_came_with_it():
    talk = Conversation()
    talk.say("won 1 400 EUR")
    assert talk.say("undo") == "Taken back: done 1 Ines Almeida; what came of 1 Ines Almeida. redo brings it back."
    assert talk.states()[137] == "shown"
    assert told(talk) == []
    talk.say("redo")
    assert len(told(talk)) == 1


def test_what_is_told() -> None:
    talk = Conversation()
    texts = (
        *(
            "won 1 paid workshop, 400 EUR",
            "won 1 300 EUR",
            "won 1 no, social",
            "won 1 also 100 €",
            "talking 2 about May",
        ),
        *("working 2 on the guide", "nothing 3", "won 3 400", "won 3 400 EUR and 20 USD", "won 3 a friend, 20 USD"),
        *("won 3 talk on 31 feb", "won 9 a friend", "won 2 zweihundert Euro", "undo"),
    )
    snapshots.check("outcomes/told", talk.dialogue(*texts))


# -- the question --------------------------------------------------------------------------------------------------


def asked(count=1, shown=3):
    """An owner who was asked two hours ago what came of the first items, which were done two weeks before."""
    talk = Conversation(shown=shown, waiting=0)
    for number in range(1, count + 1):
        talk.say(f"done {number}")
    talk.now += 15 * DAY
    talk.entries += [
        LedgerEntry(at=talk.now, event=Event.FOLLOWED_UP, cause="question", opportunity=136 + number, number=number)
        for number in range(1, count + 1)
    ]
    talk.recent = tuple(range(1, count + 1))
    talk.now += timedelta(hours=2)
    return talk


@pytest.mark.parametrize(
    ("answer", "stage"),
    [
        ("nothing", Stage.NOTHING),
        ("no", Stage.NOTHING),
        ("nada", Stage.NOTHING),
        ("nothing yet", Stage.WAITING),
        ("not yet", Stage.WAITING),
        ("still talking", Stage.TALKING),
        ("working on it", Stage.WORKING),
        ("we're writing it together", Stage.WORKING),
        ("400 EUR", Stage.WON),
        ("a paid workshop in May, 400 EUR", Stage.WON),
        ("they paid 300 dollars", Stage.WON),
        ("a friend", Stage.WON),
        ("we met at the fair", Stage.WON),
        ("Ines: a friend", Stage.WON),
        ("1 met at the fair", Stage.WON),
        ("#137 a friend", Stage.WON),
        ("He never wrote back", Stage.NOTHING),
        ("leider nichts", Stage.NOTHING),
        ("not sure yet", Stage.WAITING),
        ("Aún nada, seguimos hablando", Stage.WAITING),
        ("まだ話している", Stage.TALKING),
        ("learned how to graft", Stage.WON),
        ("she moved away, but we became friends", Stage.WON),
    ],
)
def test_the_question_is_answered_in_a_word_or_a_sentence(answer, stage):
    talk = asked()
    talk.say(answer)
    assert [each.stage for each in told(talk)] == [stage]
    assert talk.states()[138] == "shown", "nothing else is touched"


@pytest.mark.parametrize(
    "answer",
    [
        "1: a friend, 2: 400 EUR",
        "1 a friend\n2 400 EUR",
        "1. friend 2. 400€",
        "1) a friend 2) 400 EUR",
        "1 is a friend now and 2 paid 400 EUR",
        "2 400 EUR, 1 friend",
        "Ines a friend, Tomasz 400 EUR",
        "the first: a friend, the second: 400 EUR",
    ],
)
def test_several_are_answered_at_once(answer):
    talk = asked(2)
    talk.say(answer)
    assert [each.value for each in told(talk)] == [Value.SOCIAL]
    assert [each.amount for each in told(talk, 138)] == [Amount(value=Decimal(400), currency="EUR")]


@pytest.mark.parametrize("answer", ["both nothing", "nothing for both", "1 and 2: nothing", "all nothing"])
def test_nothing_may_have_come_of_all(answer):
    talk = asked(2)
    talk.say(answer)
    assert [each.stage for each in (*told(talk), *told(talk, 138))] == [Stage.NOTHING] * 2
    assert talk.states()[139] == "shown"


def test_of_several_the_one_meant_is_asked_for():
    talk = asked(2)
    assert talk.say("a friend") == "Which one: 1 Ines Almeida or 2 Tomasz?"
    assert talk.say("2") == "2 Tomasz: won, social. Say otherwise if wrong."


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("done 3", "3 Dee: done."),
        ("later 3 fri", "3 Dee: comes back Fri 11 Dec, 08:00."),
        ("no 3", "3 Dee: dismissed."),
        ("3 nothing", "3 Dee: nothing came of it."),
        ("done 1", "1 Ines Almeida is already done."),
        ("1 done", "1 Ines Almeida is already done."),
        ("1 is done now", "1 Ines Almeida is already done."),
        ("1 not interested", "1 Ines Almeida is already done."),
        ("done", "Which one: 2 Tomasz or 3 Dee?"),
        ("thanks", None),
        ("more", "That was all. Open: 2 Tomasz and 3 Dee."),
    ],
)
def test_a_command_stays_a_command_while_the_question_is_open(text, reply):
    assert asked().say(text) == reply


@pytest.mark.parametrize("text", ["what do you mean?", "hello", "flibble", "never mind", "1", "400", "tell me later"])
def test_what_is_no_answer_is_not_taken_for_one(text):
    talk = asked()
    talk.say(text)
    assert told(talk) == []


def test_words_long_after_the_question_are_no_answer_unless_they_can_be_nothing_else():
    talk = asked()
    talk.now += 5 * DAY
    talk.say("it rained in the greenhouse")
    assert told(talk) == []
    talk.say("made a friend")
    assert [each.value for each in told(talk)] == [Value.SOCIAL]


def test_after_two_weeks_the_question_is_over():
    talk = asked()
    talk.now += 15 * DAY
    talk.say("made a friend")
    assert told(talk) == []


@pytest.fixture
def world(tmp_path):
    with plainly_judged():
        world = World(tmp_path / "state")
        world.tick()
        world.mention("ines", "asks: would you speak at our meet-up?")
        morning(world)
        yield world


def morning(world, days=1):
    for _ in range(days):
        world.tick(world.until(8) - world.clock.at)


def questions(world):
    return [text for text in world.received() if text.startswith("What came of")]


def came_of(world):
    with world.opened() as shell:
        return [each.outcome for s in standings(shell.store.ledger).values() for each in s.outcomes]


def test_two_weeks_after_done_the_owner_is_asked_once_and_the_answer_is_kept(world):
    world.says("done 1")
    morning(world, 14)
    assert questions(world) == []
    morning(world, 2)
    assert len(questions(world)) == 1
    snapshots.check("outcomes/question", questions(world)[0])
    world.says("400 EUR for a workshop")
    world.tick(MINUTE)
    (outcome,) = came_of(world)
    assert outcome.amount == Amount(value=Decimal(400), currency="EUR")
    morning(world, 40)
    assert len(questions(world)) == 1, "never again, answered or not"


def test_what_is_due_at_once_is_asked_in_one_message_under_numbers_that_are_free(world):
    world.mention("bo", "asks: could you look at the maps of the dunes?")
    morning(world)
    world.says("done 1, done 2")
    morning(world, 15)
    world.mention("dee", "asks: did the beans come up?")
    morning(world)
    (question,) = questions(world)
    assert question.startswith("What came of these?")
    numbers = re.findall(r"^(\d) (\w+),", question, re.MULTILINE)
    assert [who for _, who in numbers] == ["Ines", "Bo"]
    world.says(f"{numbers[1][0]} a friend, {numbers[0][0]} nothing")
    world.tick(MINUTE)
    assert [each.stage for each in came_of(world)] == [Stage.NOTHING, Stage.WON]


def test_who_told_before_is_not_asked(world):
    world.says("won 1 a friend")
    morning(world, 20)
    assert questions(world) == []


@pytest.mark.parametrize("order", ["stop", "pause 20d"])
def test_nobody_who_wants_no_messages_is_asked(world, order):
    world.says(f"done 1\n{order}")
    morning(world, 18)
    assert questions(world) == []
    world.says("start")
    morning(world, 2)
    assert len(questions(world)) == 1


def test_a_state_of_yesterday_does_not_ask_again(world):
    world.says("done 1")
    morning(world, 15)
    before = {path.name: path.read_bytes() for path in world.folder.iterdir()}
    morning(world)
    assert len(questions(world)) == 1
    for name, blob in before.items():
        (world.folder / name).write_bytes(blob)
    morning(world, 3)
    assert len(questions(world)) == 1
    world.says("a friend")
    world.tick(MINUTE)
    assert [each.value for each in came_of(world)] == [Value.SOCIAL]


WORDS = st.sampled_from(
    listed(
        "1, 2, 3, 9, #137, Ines, :, ., -, and, 400, EUR, €, 1.200.50, friend, nothing, won, talking, working, yet, no,"
        "yes, done, later, fri, undo, also, social, both, first, nada"
    )
)


@given(st.lists(WORDS | st.text(max_size=6), max_size=10).map(" ".join), st.integers(0, 2))
def test_any_answer_gets_one_reply_that_fits(text, count):
    talk = asked(count)
    answer = talk.ask(text)
    assert answer.reply is None or 0 < len(answer.reply) <= 500
    assert {entry.event for entry in answer.entries} != {Event.OUTCOME, Event.ASKED}


@pytest.mark.parametrize("said", ["1e9 EUR", "v2 EUR of it", "four hundred euros"])
def test_figures_that_are_no_sum_make_none(said):
    reply = Conversation().say(f"won 1 {said}") or ""
    assert "won, money. I read no sum; say it in digits" in reply
