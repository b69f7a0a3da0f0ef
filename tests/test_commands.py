"""What the owner says is carried out, all of it or nothing, and answered once."""

from datetime import timedelta
from pathlib import Path

import pytest
import snapshots
from conversation import DAY, START, Conversation
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import ledger
from bot.commands import COMMANDS
from bot.commands.answering import LAPSES
from bot.models import Event

DATA = Path(__file__).parent / "data"

# -- closing -------------------------------------------------------------------------------------------------------


def test_done_closes_an_item() -> None:
    talk = Conversation()
    assert talk.say("done 1") == "1 Ines Almeida: done."
    assert talk.states()[137] == "done"


def test_what_is_closed_is_not_closed_again() -> None:
    talk = Conversation()
    talk.say("done 1")
    assert talk.ask("done 1").reply == "1 Ines Almeida is already done."
    assert talk.ask("no 1").entries == ()


def test_a_postponed_item_returns_at_the_moment_that_is_told() -> None:
    talk = Conversation()
    assert talk.say("later 2 fri") == "2 Tomasz: comes back Fri 27 Nov, 08:00."
    assert talk.items()[138].standing.until == START + 5 * DAY


def test_a_respect_is_entered() -> None:
    (entry,) = Conversation().ask("no 3 topic").entries
    assert (entry.event, entry.opportunity, entry.respect) == (Event.NO, 139, "topic")


def test_entries_name_the_message_that_caused_them() -> None:
    answer = Conversation().ask("done 1, no 2")
    assert {entry.cause for entry in answer.entries} == {"dm 0"}
    assert {entry.at for entry in answer.entries} == {START}


@pytest.mark.parametrize(
    "text",
    [
        "done 1, flibble",
        "done 1, done 7",
        "done 1, later 2 31 feb",
        "done 1, no 1",
        "done 1; dome 2",
        "done 1, mute Zed",
    ],
)
def test_one_unclear_part_leaves_everything_as_it_was(text: str) -> None:
    answer = Conversation().ask(text)
    assert {entry.event for entry in answer.entries} <= {Event.ASKED}
    assert answer.reply is not None
    assert "Nothing of your message is done yet." in answer.reply


@pytest.mark.parametrize(
    "text", ["not done yet", "don't dismiss 2", "I haven't answered 1 yet", "don't stop", "no no, keep 2"]
)
def test_a_denial_loses_nothing(text: str) -> None:
    talk = Conversation()
    answer = talk.ask(text)
    assert answer.reply
    assert not answer.entries


# -- which item ----------------------------------------------------------------------------------------------------


def test_the_only_open_item_needs_no_number() -> None:
    talk = Conversation(shown=1)
    assert talk.say("done") == "1 Ines Almeida: done."


def test_of_several_open_items_the_one_meant_is_asked_for() -> None:
    talk = Conversation()
    assert talk.say("done") == "Which one: 1 Ines Almeida, 2 Tomasz or 3 Dee?"
    assert talk.say("2") == "2 Tomasz: done."
    assert talk.states()[138] == "done"


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("skip the second", {138}),
        ("done with Tomasz", {138}),
        ("done with the first two", {137, 138}),
        ("skip the last one", {139}),
        ("no to all", {137, 138, 139}),
        ("done 1, no to the rest", {137, 138, 139}),
        ("done all but 2", {137, 139}),
        ("done 1-2", {137, 138}),
        ("done #139", {139}),
        ("answered @tomasz@maps.example", {138}),
        ("done https://hachyderm.example/statuses/115591234567890139", {139}),
        ("done #2", {138}),
    ],
)
def test_items_are_found_as_the_owner_names_them(text: str, closed: set[int]) -> None:
    talk = Conversation()
    talk.say(text)
    assert {id_ for id_, state in talk.states().items() if state in {"done", "no"}} == closed


def test_a_name_that_two_open_items_bear_is_asked_back() -> None:
    talk = Conversation(shown=6)
    assert talk.say("done with Ines") == "There are several: 1 Ines Almeida and 6 Ines Pereira. Which one?"
    assert talk.say("6") == "6 Ines Pereira: done."


def test_a_number_means_what_it_meant_in_the_message_that_is_answered() -> None:
    talk = Conversation()
    talk.say("done 2", replied_to={1: 137, 2: 139})
    assert talk.states()[139] == "done"


def test_a_number_that_went_to_another_item_is_asked_back() -> None:
    talk = Conversation()
    talk.entries += talk.ask("done 3").entries
    talk.now += 6 * DAY
    talk.say("more")
    assert 3 in talk.open_numbers()
    reply = talk.say("done 3", replied_to={3: 139})
    assert reply == "3 of that message is closed; now 3 is 田中さくら. Do you mean 田中さくら?"
    assert talk.say("yes") == "3 田中さくら: done."


def test_two_readings_of_a_sharp_sign_are_asked_back() -> None:
    talk = Conversation(first_id=3)
    assert talk.say("done #3") == "#3 may be 3 Dee or 1 Ines Almeida. Which one?"
    assert talk.say("1") == "1 Ines Almeida: done."


# -- questions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["yes", "ja", "ok", "👍", "Yes please!", "oui", "sí", "はい", "do it", "y"])
def test_a_yes_carries_out_what_was_asked_back(yes: str) -> None:
    talk = Conversation()
    assert talk.say("dome 1") == 'I am not sure about "dome 1". Did you mean: done 1 Ines Almeida? Yes or no.'
    talk.say(yes)
    assert talk.states()[137] == "done"


@pytest.mark.parametrize("no", ["no", "nein", "nope", "never mind", "👎", "non", "いいえ"])
def test_a_no_drops_what_was_asked_back(no: str) -> None:
    talk = Conversation()
    talk.say("dome 1")
    assert talk.say(no) == "All right, nothing is changed."
    assert talk.states()[137] == "shown"
    assert ledger.controls(talk.entries).asked is None


def test_a_question_lapses() -> None:
    talk = Conversation()
    talk.say("dome 1")
    talk.now += LAPSES + timedelta(minutes=1)
    talk.say("yes")
    assert talk.states()[137] == "shown"


def test_a_question_is_dropped_when_the_owner_changes_something_else() -> None:
    talk = Conversation()
    talk.say("dome 1")
    talk.say("done 2")
    assert ledger.controls(talk.entries).asked is None


def test_an_answer_to_which_one_fills_in_the_rest_of_what_was_said() -> None:
    talk = Conversation()
    talk.say("no 1 spam\nsnooze until fri")
    talk.say("the third")
    assert (talk.states()[137], talk.states()[138], talk.states()[139]) == ("no", "shown", "later")


HARMLESS = [line for line in (DATA / "harmless.txt").read_text("utf-8").splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_said_in_passing_closes_nothing(text: str) -> None:
    answer = Conversation().ask(text)
    assert not {entry.event for entry in answer.entries} & {Event.DONE, Event.NO, Event.MUTE, Event.STOP}


def test_the_bot_says_that_it_writes_to_nobody() -> None:
    talk = Conversation()
    assert talk.say("reply to 1: no thanks") == (
        "I cannot write to anybody for you. Did you mean: done 1 Ines Almeida? Yes or no."
    )


# -- taking back ---------------------------------------------------------------------------------------------------


def test_undo_goes_one_further_back_each_time_and_redo_forward() -> None:
    talk = Conversation()
    talk.say("done 1")
    talk.say("no 2")
    assert talk.say("undo") == "Taken back: dismissed 2 Tomasz. redo brings it back."
    assert talk.say("undo") == "Taken back: done 1 Ines Almeida. redo brings it back."
    assert talk.say("redo") == "Back again: done 1 Ines Almeida."
    assert talk.say("redo") == "Back again: dismissed 2 Tomasz."
    assert talk.say("redo") == "There is nothing to bring back."
    assert (talk.states()[137], talk.states()[138]) == ("done", "no")


def test_undo_says_what_becomes_of_the_lists() -> None:
    talk = Conversation()
    talk.say("stop")
    talk.say("start")
    assert talk.say("undo") == "Taken back: start. The lists are off until you say start. redo brings it back."
    assert talk.say("redo") == "Back again: start. The lists are on."
    talk.say("pause 1w")
    talk.say("I'm back")
    assert talk.say("undo") == "Taken back: start. The lists are off until Sun 29 Nov, 08:00. redo brings it back."


@pytest.mark.parametrize("text", ["what did Tomasz say", "what does Tomasz want", "is 2 done?", "did I answer 2"])
def test_a_question_about_an_item_shows_it_and_changes_nothing(text: str) -> None:
    answer = Conversation().ask(text)
    assert (answer.reply or "").startswith('2 Tomasz offers: "I built the offline map')
    assert "https://hachyderm.example/" in (answer.reply or "")
    assert answer.entries == ()


def test_undo_and_something_else_in_one_message_are_done_in_turn() -> None:
    talk = Conversation()
    talk.say("done 1")
    assert talk.say("undo, no 1") == (
        "Taken back: done 1 Ines Almeida. redo brings it back.\n1 Ines Almeida: dismissed."
    )
    assert talk.say("undo") == "Taken back: dismissed 1 Ines Almeida. redo brings it back."
    assert talk.states()[137] == "done"


def test_redo_needs_no_clock() -> None:
    """Messages of one tick are answered at the same moment."""
    talk = Conversation()
    for text in ("done 1", "undo", "done 2"):
        talk.say(text)
        talk.now = START
    assert talk.say("redo") == "There is nothing to bring back."


def test_an_item_that_comes_back_to_a_taken_number_gets_a_new_one() -> None:
    talk = Conversation()
    talk.say("done 3")
    talk.now += 6 * DAY
    talk.say("more")
    reply = talk.say("undo")
    assert reply is not None
    assert "#139 is now" in reply
    numbers = [item.standing.number for item in talk.items().values() if item.standing.is_open]
    assert len(numbers) == len(set(numbers))


CHANGES = [
    "done 1",
    "no 2 topic",
    "later 3 fri",
    "yes 1",
    "note 2 tea",
    "mute 3",
    "pause 1w",
    "stop",
    "focus book 1w",
    "done 1, no 2",
    "no to all",
]


@given(st.lists(st.sampled_from(CHANGES), max_size=4), st.sampled_from(CHANGES))
def test_undo_restores_everything(before: list[str], change: str) -> None:
    talk = Conversation()
    for text in before:
        talk.say(text)
    standings, controls = ledger.standings(talk.entries), ledger.controls(talk.entries)
    if talk.ask(change).entries:
        talk.say(change)
        talk.say("undo")
    assert ledger.standings(talk.entries) == standings
    assert ledger.controls(talk.entries) == controls


# -- any text ------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "done",
        "no",
        "later",
        "yes",
        "why",
        "mute",
        "note",
        "keep",
        "undo",
        "list",
        "more",
        "all",
        "both",
        "rest",
        "the",
        "first",
        "second",
        "last",
        "1",
        "2",
        "3",
        "7",
        "#137",
        "#1",
        "1-3",
        "fri\n",
        "",
        "",
        "",
        "tomorrow",
        "3d",
        ",",
        ";",
        ".",
        "!",
        "?",
        "and",
        "not",
        "don't",
        "never",
        "maybe",
        "Ines",
        "Tomasz",
        "spam",
        "topic",
        "thanks",
        "ok",
        "👍",
        "❌",
        "stop",
        "start",
        "pause",
        "help",
        "but\n",
        "",
        "",
        "",
        "done?",
        "31.2.",
        "明日",
        "完了",
        "nein",
        "oui",
        "sí",
        "\n",
        ">",
        '"',
        "“",
        "”",
        "**",
        "999999999999",
        "0",
        "-1",
        "1d",
    ]
)
HOSTILE = st.sampled_from(
    [
        "\0",
        "\u202e done 1",
        "done 1-999999",
        "9" * 5000,
        "1 " * 5000,
        "done " * 2000,
        "no 1, " * 1500,
        "?" * 10_000,
        "\n" * 9000,
        '"' * 3000,
        "a" * 10_000,
        "in in in in " * 800,
        "1. " * 3000,
        "🙈" * 3000,
        "の" * 4000,
        "> " * 2000,
        "@" * 2000,
        "done 1\n" * 900,
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=12).map(" ".join), HOSTILE), st.integers(0, 4))
def test_any_text_gets_one_answer_that_fits_and_harms_nothing(text: str, shown: int) -> None:
    talk = Conversation(shown=shown)
    answer = talk.ask(text)
    known = set(talk.opportunities)
    assert answer.reply is None or (answer.reply.strip() and len(answer.reply) <= talk.limit)
    assert answer.reply is not None or not answer.entries
    assert all(entry.opportunity is None or entry.opportunity in known for entry in answer.entries)
    assert all(entry.cause == "dm 0" and entry.at == talk.now for entry in answer.entries)
    events = {entry.event for entry in answer.entries}
    assert Event.ASKED not in events or events == {Event.ASKED}
    talk.say(text)
    assert len(talk.open_numbers()) == len(set(talk.open_numbers()))


@given(st.lists(WORDS, max_size=8).map(" ".join), st.integers(20, 500))
def test_an_answer_fits_any_limit(text: str, limit: int) -> None:
    reply = Conversation(shown=5, limit=limit).ask(text).reply
    assert reply is None or len(reply) <= limit


def test_the_time_to_understand_grows_no_faster_than_the_text() -> None:
    """Counted in pieces that are looked at, not in seconds: beyond a bound a text is not parted at all."""
    assert Conversation().ask("done 1, " * 1200).reply == (
        "That is more than I can follow at once. Give me a few things at a time, one a line."
    )


@pytest.mark.parametrize(
    "text", ["thanks", "Thank you so much!", "danke", "merci beaucoup", "ありがとう", "ok thanks!", "👍", "🙏"]
)
def test_thanks_get_no_answer(text: str) -> None:
    answer = Conversation().ask(text)
    assert (answer.reply, answer.entries) == (None, ())


def test_a_pasted_list_is_not_carried_out() -> None:
    talk = Conversation()
    pasted = talk.say("list")
    assert pasted is not None
    assert not talk.ask(pasted).entries
    assert not talk.ask(f"> {pasted}\n> done 1 · later 2 fri · no 3 · why 1 · help").entries
    assert len(talk.ask(f"{pasted}\ndone 2").entries) == 1


# -- what is read --------------------------------------------------------------------------------------------------

DIALOGUES = {
    "done": ("done 1", "done 1", "did 2 and 3", "done"),
    "later": ("later 1", "2 fri 9am", "snooze 3 1w", "later 1 31 feb", "later 1 yesterday", "later 1 in 2 minutes"),
    "no": ("no 1", "spam 2", "no 3 topic", "no 3"),
    "all": ("no to all", "undo", "done 1, the rest next week", "undo"),
    "yes": ("yes 1", "yes 1 and 2"),
    "why": ("why 1", "why"),
    "note": ("note 2: met at FOSDEM, likes tea", "note 2", "note 3", f"note 1 {'tea ' * 300}"),
    "mute": (
        "mute 3",
        "mute 3",
        "unmute Dee",
        "mute Yasmin",
        "mute Ines",
        "mute Zed",
        "unmute Zed",
        "unmute",
        "unmute",
    ),
    "keep": ("not done yet", "don't dismiss 2", "don't stop", "done 1", "keep 1"),
    "list": ("list", "list 2", "later 1 fri", "list", "done 2, done 3, no 1", "list"),
    "more": ("more", "more"),
    "goals": ("goals",),
    "data": ("data",),
    "status": ("status", "pause 2w", "status", "stop", "status"),
    "pause": ("pause", "start", "pause until 31 feb", "start", "stop", "stop", "pause 1w", "start"),
    "undo": ("undo", "done 1, no 2", "mute 3", "undo", "undo", "redo", "redo", "redo"),
    "who": ("who 1", "who Dee", "who 1 and 2", "who Zed"),
    "forget": (
        "forget 1",
        "no",
        "forget Zed",
        "forget Ines",
        "forget 1 and 2",
        "forget Yasmin",
        "yes",
        "undo",
        "forget 1",
        "yes",
    ),
    "circle": ("circle", "no to all", "circle"),
    "focus": ("focus book 2w", "why 1", "goals", "focus", "focus off", "focus off", "focus tulips", "undo", "undo"),
    "help": ("help", "help later", "help won"),
    "asked back": (
        *("done", "2", "dome 1", "yes", "done 1, flibble", "done 7", "done 1, no 1", "no. 3", "no", "maybe done 3"),
        *("stop it with the crypto", "3", "reply to 3: yes", "1 is great", "all done", "list", "done"),
    ),
    "small talk": ("thanks", "hi", "", "flibble", "🙈", "> done 1", "done 1-999999", "x" * 400),
}


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_dialogue_reads_as_in_its_snapshot(name: str) -> None:
    snapshots.check(f"commands/{name.replace(' ', '-')}", Conversation().dialogue(*DIALOGUES[name]))


def test_the_long_help_fits_where_there_is_room() -> None:
    snapshots.check("commands/help-at-length", Conversation(limit=1500).dialogue("help"))


def test_nothing_to_show_is_said() -> None:
    snapshots.check(
        "commands/nothing",
        Conversation(shown=0, waiting=0).dialogue("list", "more", "done", "all done", "undo", "redo"),
    )


def test_help_names_every_command_that_is_there() -> None:
    text = Conversation(limit=5000).ask("help").reply or ""
    assert [name for name, command in COMMANDS.items() if command.usage not in text] == []


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"help"}))
def test_each_command_has_help_of_its_own(name: str) -> None:
    assert COMMANDS[name].help in (Conversation().ask(f"help {name}").reply or "")


def test_no_audience_number_is_ever_told() -> None:
    text = Conversation().dialogue("why 1", "list", "status", "data")
    assert "followers, likes, boosts" in text
    assert "score" not in text


def test_of_many_open_items_only_those_of_the_newest_list_are_named_when_one_is_asked_for():
    talk = Conversation(shown=12)
    talk.recent = (10, 11, 12)
    reply = talk.say("done")
    assert reply.startswith("Which one: 10 ")
    assert reply.endswith(", or one of the 9 others that list shows?")


def test_of_few_open_items_all_are_named():
    assert Conversation(shown=3).say("done").count(" or 3 ") == 1
