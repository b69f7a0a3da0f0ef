"""Whom the owner wants forgotten is gone: from the state, the backup and what is read from now on, for good."""

import shutil
import stat
from dataclasses import replace
from datetime import timedelta
from unittest import mock

import pytest
from conversation import Conversation
from fakes import DAY, HOUR, MINUTE, World, judged, plainly_judged

from bot import gather
from bot.forgotten import Forgotten, mark
from bot.ledger import standings
from bot.models import Event, Signal

SECRET_WORDS = "would you come to the abbey at Zwettl?"
WORDS = ("Ines", "ines", SECRET_WORDS, "tall, likes tea")


@pytest.fixture(autouse=True)
def _plainly():
    with plainly_judged():
        yield


@pytest.fixture
def world(tmp_path):
    """Ines and Bo are on the list; the owner has made a note."""
    world = World(tmp_path / "state")
    world.tick()
    world.mention("ines", f"asks: {SECRET_WORDS}")
    world.mention("bo", "asks: have you the seeds of 1951 still?")
    world.tick(world.until(8) - world.clock.at)
    number = next(line[0] for line in world.received()[-1].split("\n") if "Ines" in line)
    world.says(f"note {number} tall, likes tea")
    world.tick(MINUTE)
    return world


def forgets(world, said="forget Ines", agrees="yes"):
    world.says(said)
    world.tick(MINUTE)
    asked = world.received()[-1]
    world.says(agrees)
    world.tick(MINUTE)
    world.tick(5 * MINUTE)
    return asked


def open_ones(world):
    with world.opened() as shell:
        return [standing.state.value for standing in standings(shell.store.ledger).values() if standing.is_open]


def test_it_is_asked_back_first_and_says_that_it_cannot_be_undone(world):
    asked = forgets(world, agrees="no")
    assert asked.startswith("Forget Ines for good?")
    assert "cannot be undone" in asked
    assert "nothing is changed" in world.received()[-1]
    assert len(open_ones(world)) == 2
    assert SECRET_WORDS in world.words_on_disk()


def test_nothing_of_them_is_left_on_the_disk(world):
    forgets(world)
    assert world.received()[-1].startswith("Forgotten.")
    left = world.words_on_disk()
    assert [word for word in WORDS if word in left] == []
    assert "Bo" in left, "of the others everything stays"
    assert open_ones(world) == ["shown"]


def test_they_are_never_shown_or_kept_again(world):
    forgets(world)
    world.mention("ines", "asks: will you answer me at last?")
    world.tick(DAY)
    world.tick(HOUR)
    assert "Ines" not in "".join(world.received()[-1:])
    assert "Ines" not in world.words_on_disk()
    assert "answer me at last" not in world.words_on_disk()


def test_the_numbers_stay(world):
    with world.opened() as shell:
        before = len(shell.store.opportunities)
    forgets(world)
    with world.opened() as shell:
        assert len(shell.store.opportunities) == before


def test_a_backup_that_knows_them_is_cleared_when_it_is_restored(world, tmp_path):
    shutil.copy(world.folder / "state.json", tmp_path / "copy")
    forgets(world)
    assert "Ines" not in world.words_on_disk()
    (world.folder / "state.json").unlink()
    (world.folder / "state.json.bak").unlink()
    shutil.copy(tmp_path / "copy", world.folder / "state.json")
    world.tick(MINUTE)
    assert [word for word in WORDS if word in world.words_on_disk()] == []
    world.says("who Ines")
    world.tick(5 * MINUTE)
    assert "I know nobody" in world.received()[-1]


def test_a_lost_file_of_marks_is_written_again_from_the_state(world):
    forgets(world)
    (world.folder / "forgotten").unlink()
    world.tick(MINUTE)
    assert Forgotten(world.folder / "forgotten").holds("fake:ines")


def test_the_marks_are_for_the_owners_eyes_only(world):
    forgets(world)
    assert stat.S_IMODE((world.folder / "forgotten").stat().st_mode) == 0o600


def test_a_torn_line_harms_nothing(tmp_path):
    path = tmp_path / "forgotten"
    Forgotten(path).add([mark("a")])
    path.write_bytes(path.read_bytes() + b"0123")
    Forgotten(path).add([mark("b")])
    assert [Forgotten(path).holds(who) for who in "abc"] == [True, True, False]


def test_undo_says_that_it_cannot_be_taken_back(world):
    forgets(world)
    world.says("undo")
    world.tick(MINUTE)
    assert "cannot be taken back" in world.received()[-1]
    assert "Ines" not in world.words_on_disk()


def test_what_else_was_said_with_it_can_be_undone():
    talk = Conversation()
    talk.say("forget 1, done 2")
    talk.say("yes")
    assert talk.states()[138] == "done"
    assert "Taken back: done" in (talk.say("undo") or "")
    assert "cannot be taken back" in (talk.say("undo") or "")


def test_a_yes_that_comes_too_late_forgets_nobody():
    talk = Conversation()
    talk.say("forget 1")
    talk.now += timedelta(hours=13)
    talk.say("yes")
    assert not [entry for entry in talk.entries if entry.event is Event.FORGET]


def forgotten(talk):
    return [entry.person for entry in talk.entries if entry.event is Event.FORGET]


@pytest.mark.parametrize("said", ["yes", "Yes please", "ok", "ja", "sí", "oui", "d'accord", "はい", "do it"])
def test_a_plain_yes_forgets(said):
    talk = Conversation()
    talk.say("forget 1")
    assert (talk.say(said) or "").startswith("Forgotten.")


@pytest.mark.parametrize(
    "said",
    ["👍", "👌", "❤️", "thanks, that's helpful", "great find", "interesting", "love it", "ok, thanks",
     "perfect, thank you", "danke, interessant", "gracias, me gusta", "merci, intéressant", "いいね", "了解",
     "yes?", "good one"],
)  # fmt: skip
def test_neither_courtesy_nor_praise_nor_a_sign_forgets(said):
    talk = Conversation()
    talk.say("forget 1")
    talk.say(said)
    talk.say("yes")
    assert forgotten(talk) == []


@pytest.mark.parametrize("said", ["thanks", "list", "undo", "done 2", "hello", "flibble", "forget everything", "why 1"])
def test_the_yes_must_be_the_very_next_thing_said(said):
    talk = Conversation()
    talk.say("forget 1")
    reply = talk.say(said)
    assert reply is None or reply.endswith("Nobody is forgotten.")
    talk.say("yes")
    assert forgotten(talk) == []


def test_to_say_which_one_is_no_yes_yet():
    talk = Conversation(shown=6)
    assert "Which one?" in (talk.say("forget Ines") or "")
    assert (talk.say("1") or "").startswith("Forget Ines Almeida for good?")
    talk.say("yes")
    assert forgotten(talk) == ["mastodon:ines@kelp.example"]


def test_a_slip_of_the_finger_is_never_taken_for_forget():
    talk = Conversation()
    talk.say("forgte 1")
    talk.say("yes")
    assert forgotten(talk) == []


@pytest.mark.parametrize(
    "said",
    ["forget everything about me", "forget all about me", "forget me", "delete everything about me",
     "forget everything", "forget all of them", "forget both", "forget the rest", "wipe everyone",
     "vergiss alles über mich", "vergiss mich",
     "olvida todo", "oublie tout", "全部忘れて"],
)  # fmt: skip
def test_nobody_is_forgotten_who_is_not_named(said):
    talk = Conversation(shown=2)
    assert talk.say(said) == (
        "I forget one person at a time: say forget and a number or a name. What I keep on you is in data."
    )
    talk.say("yes")
    assert forgotten(talk) == []


def test_a_post_of_theirs_that_was_nearly_shown_is_forgotten_too(world):
    def nearly(case, _=None):
        found = judged(replace(case, post=replace(case.post, text="asks: x")))
        return replace(found, signals=(Signal(name="asks", weight=1.0, because="it asks"),))

    with mock.patch.object(gather, "judge", nearly):
        world.mention("ines", "perhaps some day")
        world.tick(MINUTE)
    assert "fake:ines" in world.words_on_disk()
    forgets(world)
    assert "fake:ines" not in world.words_on_disk()
    assert "Ines" not in world.words_on_disk()


def test_the_report_keeps_their_numbers(world):
    for said in ("won Ines 400 EUR", "report"):
        world.says(said)
        world.tick(MINUTE)
    before = world.received()[-1]
    forgets(world)
    world.says("report")
    world.tick(5 * MINUTE)
    assert world.received()[-1] == before
