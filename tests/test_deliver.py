"""Every message reaches the owner once and in order, whatever the server does and whatever the state has forgotten."""

import shutil
from datetime import timedelta
from unittest import mock

import pytest
from fakes import DAY, HOUR, MINUTE, START, Clock, Fake, World, no_fault, plainly_answered, plainly_judged

from bot import deliver, hear
from bot.models import Event
from bot.outbox import items_in

SECOND = timedelta(seconds=1)
SLOT = "Sun 22 Nov, 08:00:"


@pytest.fixture(autouse=True)
def _plainly(monkeypatch):
    monkeypatch.setattr(hear, "answer", plainly_answered)
    with plainly_judged():
        yield


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=[True, False], ids=["keyed", "keyless"])
def world(tmp_path, clock, request):
    """Said hello already; three people ask something, and it is ten to eight."""
    world = World(tmp_path / "state", Fake(clock, keyed=request.param))
    world.tick()
    for who in ("ines", "tom", "dee"):
        world.mention(who, f"asks: {who} would like to know")
    return world


def fails(world, on, *faults):
    """These faults, one after the other, for requests of this kind; then none."""
    left = list(faults)
    world.fake.fault = lambda request: left.pop(0) if request == on and left else ""


def digests(world):
    return [text for text in world.received() if text.startswith(("Sun", "Mon", "Tue"))]


def to_the_morning(world):
    world.tick(world.until(8) - world.clock.at)


# -- what a server may do --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", ["lost", "500", "throttled", "answer lost", "500 after", "late", "nonsense", "unreached"]
)
def test_a_message_arrives_once_whatever_becomes_of_the_request(world, fault):
    fails(world, "send", fault)
    to_the_morning(world)
    for _ in range(10):
        world.tick(MINUTE)
    assert len(digests(world)) == 1
    assert len(world.received()) == 2


def test_nothing_is_sent_again_while_a_request_may_be_on_its_way(world):
    fails(world, "send", "late")
    to_the_morning(world)
    world.fake.lateness = HOUR
    world.tick(100 * SECOND)
    assert world.fake.asked["send"] == 2  # hello, and the one that broke
    world.clock.off = HOUR / 5
    world.tick(10 * SECOND)
    assert world.fake.asked["send"] == 2, "the time of day is no measure"
    world.tick(20 * SECOND)
    assert world.fake.asked["send"] == 2, "it has arrived meanwhile"
    assert len(digests(world)) == 1


def test_what_a_look_cannot_tell_is_not_sent(world):
    to_the_morning(world)
    world.says("say1 done 1")
    world.fake.fault = lambda request: "500" if request == "sent" else ""
    for _ in range(5):
        world.tick(5 * MINUTE)
    assert len(world.received()) == 2
    world.fake.fault = no_fault
    world.tick(MINUTE)
    assert world.received()[2].startswith("say1 done")


def test_a_message_that_must_wait_holds_back_the_next(world):
    to_the_morning(world)
    for number, tag in enumerate(("say1", "say2", "say3"), 1):
        world.says(f"{tag} done {number}")
    fails(world, "send", "lost")
    world.tick(MINUTE)
    assert len(world.received()) == 2
    world.tick(3 * MINUTE)
    assert [text.split()[0] for text in world.received()[2:]] == ["say1", "say2", "say3"]


def test_a_server_that_asks_to_wait_is_left_alone_until_then(world):
    fails(world, "send", "throttled")
    to_the_morning(world)
    before = world.fake.asked["send"], world.fake.asked["sent"]
    world.tick(4 * MINUTE)
    assert (world.fake.asked["send"], world.fake.asked["sent"]) == before
    world.tick(2 * MINUTE)
    assert len(digests(world)) == 1


def test_a_wait_that_a_wrong_clock_noted_is_not_waited_for_years(tmp_path):
    world = World(tmp_path / "state", Fake(Clock(off=3650 * DAY), tells_time=False))
    world.fake.fault = lambda request: "throttled" if request == "send" else ""
    world.tick()
    world.clock.off, world.fake.fault = timedelta(), no_fault
    world.tick(MINUTE)
    assert len(world.received()) == 1


def test_a_refused_digest_is_given_up_and_its_items_come_with_the_next(world):
    fails(world, "send", "rejected")
    to_the_morning(world)
    assert digests(world) == []
    world.tick(5 * MINUTE)
    assert digests(world) == []
    to_the_morning(world)
    assert len(items_in(digests(world)[0])) == 3


def test_the_items_of_a_refused_answer_come_again(world):
    world.mention("bo", "asks: bo would like to know")
    to_the_morning(world)
    world.says("say1 more")
    fails(world, "send", "rejected")
    world.tick(MINUTE)
    world.says("say2 more")
    world.tick(MINUTE)
    assert "Bo asks" in world.received()[-1]


def test_a_digest_that_could_not_be_sent_all_day_is_dropped_and_its_items_come_with_the_next(world):
    world.fake.fault = lambda request: "lost" if request == "send" else ""
    to_the_morning(world)
    for _ in range(16):
        world.tick(HOUR)
    world.fake.fault = no_fault
    world.tick(HOUR)
    assert digests(world) == []
    to_the_morning(world)
    assert len(items_in(digests(world)[0])) == 3


def test_the_key_is_the_same_at_every_try_and_another_for_every_message(world):
    keys = []
    ask = world.fake.ask

    def noted(request, *args):
        keys.extend([args[1]] if request == "send" else [])
        return ask(request, *args)

    world.fake.ask = noted
    fails(world, "send", "lost", "500")
    to_the_morning(world)
    world.says("say1 done 1")
    for _ in range(4):
        world.tick(3 * MINUTE)
    assert len(keys) == 4
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert "2026" not in keys[0]
    assert len(keys[0]) == 32


def test_answers_hang_below_the_latest_digest_and_digests_below_nothing(world):
    to_the_morning(world)
    world.says("say1 done 1")
    world.tick(MINUTE)
    hello, digest, _, reply = world.fake.messages
    assert (hello.below, digest.below, reply.below) == (None, None, digest.id)


def test_of_a_message_that_has_arrived_no_word_is_kept(world):
    to_the_morning(world)
    words = world.words_on_disk()
    assert "worth your time" not in words
    assert "Hello from" not in words


# -- who it reaches --------------------------------------------------------------------------------------------------


def test_when_a_message_reaches_others_everything_stops_and_the_other_network_tells(tmp_path, clock):
    one, other = Fake(clock, "one"), Fake(clock, "other")
    world = World(tmp_path / "state", one, other)
    world.tick()
    world.mention("ines", "asks: ines would like to know")
    other.says("say1 list")
    one.fault = lambda request: "exposed" if request == "send" else ""
    to_the_morning(world)
    assert one.received()[1:] == []
    assert [text.split(".")[0] for text in other.received()] == ["I have stopped sending"], "only the alarm goes out"
    one.fault = no_fault
    other.says("say2 list")
    to_the_morning(world)
    assert len(one.received() + other.received()) == 2
    with world.opened() as shell, shell.store.transaction():
        shell.store.record(*(_start(shell, world),))
    to_the_morning(world)
    assert [text.split()[0] for text in other.received()[1:]] == ["say1", "say2"]
    assert "Ines asks" in one.received()[-1], "what was taken back was not seen"


def _start(shell, world):
    from bot.models import LedgerEntry  # noqa: PLC0415

    return LedgerEntry(at=world.clock.now(), event=Event.START, cause="the owner looked")


def test_a_refused_key_is_told_once_by_the_way_that_is_left(tmp_path, clock):
    one, other = Fake(clock, "one"), Fake(clock, "other")
    world = World(tmp_path / "state", one, other, digest={"weekly_review": ""})
    world.tick()
    other.fault = lambda request: "refused"
    for _ in range(30):
        world.tick(HOUR)
    assert [text.split(".")[0] for text in one.received()[1:]] == [
        "I was locked out of other messages",
        "I was locked out of other",
    ]
    assert other.asked["owner"] + other.asked["heard"] + other.asked["handle"] < 30, "hardly asked any more"
    other.fault = no_fault
    world.tick(7 * HOUR)
    world.tick(MINUTE)
    other.fault = lambda request: "refused"
    to_the_morning(world)
    to_the_morning(world)
    assert len([text for text in one.received() if "locked out of other" in text]) == 4, "told again when it is new"


def test_what_waits_for_a_network_that_is_gone_from_the_config_is_given_up(tmp_path, clock):
    one, other = Fake(clock, "one"), Fake(clock, "other")
    world = World(tmp_path / "state", one, other, digest={"via": "other"})
    world.tick()
    one.mention("ines", "asks: ines would like to know")
    other.fault = lambda request: "lost" if request == "send" else ""
    to_the_morning(world)
    world.fakes, world.sections = [one], {}
    to_the_morning(world)
    to_the_morning(world)
    assert "Ines asks" in one.received()[-1]
    with world.opened() as shell:
        assert len(shell.store.outbox) == 0


# -- what the state may have forgotten -------------------------------------------------------------------------------


def copied(world, name):
    shutil.copytree(world.folder, world.folder.with_name(name))


def restored(world, name):
    shutil.rmtree(world.folder)
    shutil.copytree(world.folder.with_name(name), world.folder)


def test_a_state_that_is_lost_sends_nothing_twice_and_knows_what_the_numbers_mean(world):
    to_the_morning(world)
    shutil.rmtree(world.folder)
    world.tick(MINUTE)
    world.tick(MINUTE)
    assert len(world.received()) == 2
    shown = items_in(digests(world)[0])
    world.says("say1 done 2")
    world.tick(MINUTE)
    assert world.received()[-1] == f"say1 done {next(link for link, number in shown.items() if number == 2)}"
    to_the_morning(world)
    assert len(digests(world)) == 1, "nothing is new"


def test_an_older_state_hears_again_but_says_nothing_twice(world):
    copied(world, "before")
    to_the_morning(world)
    world.says("say1 done 1")
    world.tick(MINUTE)
    world.says("say2 later 2")
    world.tick(MINUTE)
    received = world.received()
    restored(world, "before")
    for _ in range(3):
        world.tick(3 * MINUTE)
    assert world.received() == received
    with world.opened() as shell:
        assert [e.event for e in shell.store.ledger if e.event in {Event.DONE, Event.LATER}] == [
            Event.DONE,
            Event.LATER,
        ]


def test_an_older_state_does_not_take_another_digest_for_the_one_that_it_would_send_now(world):
    """A server that honours keys answers a repeated key with the old message."""
    copied(world, "before")
    to_the_morning(world)
    for who in ("bo", "kim"):
        world.mention(who, f"asks: {who} would like to know")
    restored(world, "before")
    world.tick(3 * MINUTE)
    world.tick(MINUTE)
    to_the_morning(world)
    shown = [link for text in digests(world) for link in items_in(text)]
    assert len(shown) == len(set(shown)) == 5


@pytest.mark.parametrize("what", ["state.json", "both"])
def test_from_a_backup_nothing_is_sent_until_what_was_on_its_way_has_arrived(world, what):
    """The commit that is lost said that the digest had been tried."""
    copied(world, "before")
    fails(world, "send", "late")
    to_the_morning(world)
    path = world.folder / "state.json"
    if what == "both":
        restored(world, "before")
        (world.folder / "state.json.bak").unlink(missing_ok=True)
        (world.folder / "state.json").rename(world.folder / "state.json.bak")
    else:
        path.unlink()
        path.write_bytes(b"torn")
    for _ in range(8):
        world.tick(20 * SECOND)
    assert len(digests(world)) == 1


def test_two_installations_on_one_account_send_one_digest_a_slot(tmp_path, clock):
    fake = Fake(clock)
    here, there = World(tmp_path / "here", fake), World(tmp_path / "there", fake)
    here.tick()
    there.tick()
    for who in ("ines", "tom"):
        fake.mention(who, f"asks: {who} would like to know")
    for world in (here, there, here, there):
        to_the_morning(world) if world is here else world.tick(SECOND)
    assert len([text for text in fake.received() if text.startswith(SLOT)]) == 1
    fake.says("say1 done 1")
    here.tick(MINUTE)
    there.tick(MINUTE)
    assert [text.split()[0] for text in fake.received()].count("say1") == 1


def test_an_answer_to_the_very_first_message_is_heard(tmp_path, clock):
    """Nothing is sent before it is known from where on the owner is heard."""
    world = World(tmp_path / "state", Fake(clock))
    world.fake.fault = lambda request: "500" if request == "heard" else ""
    world.tick()
    assert world.received() == []
    world.fake.fault = no_fault
    world.tick(MINUTE)
    world.says("say1 list")
    world.tick(MINUTE)
    assert world.received()[1].startswith("say1 list")


def test_what_arrives_while_the_owner_is_heard_is_not_taken_for_their_word(tmp_path, clock):
    """With one account an answer of ours hangs where theirs would, and the look a moment before did not see it."""
    world = World(tmp_path / "state", Fake(clock, alone=True))
    world.tick()
    world.mention("ines", "asks: ines would like to know")
    to_the_morning(world)
    world.fake.lateness = HOUR
    world.says("say1 list")
    fails(world, "send", "late")
    world.tick(MINUTE)

    def arrives(request):
        if request == "heard":
            world.fake.late = [(clock.at, *what) for _, *what in world.fake.late]
            world.fake.catch_up()
        return ""

    world.fake.fault = arrives
    for _ in range(6):
        world.tick(MINUTE)
    assert [text.split()[0] for text in world.received()] == ["Hello", "Sun", "say1"]


def test_an_answer_below_a_digest_is_heard_though_we_died_before_we_knew_that_it_had_arrived(
    tmp_path, clock, monkeypatch
):
    """Where the two share an account, an answer is only known by what it hangs below."""
    world = World(tmp_path / "state", Fake(clock, alone=True))
    world.tick()
    world.mention("ines", "asks: ines would like to know")

    with monkeypatch.context() as dying:
        dying.setattr(deliver, "_record_arrival", mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            to_the_morning(world)
    world.says("say1 done 1")
    world.tick(MINUTE)
    world.tick(MINUTE)
    assert [text.split()[0] for text in world.received()] == ["Hello", "Sun", "say1"]


def test_our_own_words_are_not_an_answer(tmp_path, clock):
    world = World(tmp_path / "state", Fake(clock, alone=True))
    world.tick()
    world.mention("ines", "asks: ines would like to know")
    to_the_morning(world)
    for tag in ("say1", "say2"):
        world.says(f"{tag} list")
        fails(world, "send", "answer lost")
        for _ in range(4):
            world.tick(MINUTE)
    assert [text.split()[0] for text in world.received()] == ["Hello", "Sun", "say1", "say2"]


def test_the_owners_word_is_heard_even_when_it_begins_like_ours(tmp_path, clock, monkeypatch):
    world = World(tmp_path / "state", Fake(clock))
    world.tick()
    said = []

    def short(message, _):
        from bot.commands import Answer  # noqa: PLC0415

        said.append(message.text)
        return Answer(reply="Done.")

    monkeypatch.setattr(hear, "answer", short)
    world.says("done 1")
    fails(world, "send", "lost")
    world.tick(MINUTE)
    world.says("done 2")
    world.says("done")
    for _ in range(4):
        world.tick(MINUTE)
    assert said == ["done 1", "done 2", "done"]
    assert world.received()[1:] == ["Done."] * 3


def test_a_new_process_every_minute_is_as_good_as_one_that_lives_on(tmp_path):
    received = []
    for name in ("cron", "service"):
        world = World(tmp_path / name, Fake(Clock()))
        world.tick()
        world.mention("ines", "asks: ines would like to know")
        world.says("say1 list")
        end = START + 3 * HOUR
        fails(world, "send", "answer lost", "late", "500")
        if name == "service":
            world.live(end, MINUTE)
        while world.clock.at < end:
            world.tick(MINUTE)
        received.append(world.received())
    assert received[0] == received[1]
    assert len(received[0]) == 3


# -- what was understood ---------------------------------------------------------------------------------------------


def test_what_was_understood_is_marked_once_after_its_answer_and_nothing_else_is(world):
    to_the_morning(world)
    done, nonsense = world.says("say1 done 1"), world.says("qwertz")
    world.tick(MINUTE)
    world.tick(MINUTE)
    assert world.fake.marked == {done.id}
    assert nonsense.id not in world.fake.marked
    assert world.fake.asked["mark"] == 1


@pytest.mark.parametrize("fault", ["lost", "500", "throttled"])
def test_a_mark_that_fails_comes_later_and_holds_up_no_answer(world, fault):
    to_the_morning(world)
    done = world.says("say1 done 1")
    fails(world, "mark", fault)
    world.tick(MINUTE)
    assert world.received()[-1].startswith("say1")
    world.tick(6 * MINUTE)
    assert world.fake.marked == {done.id}


def test_a_mark_is_not_forgotten_by_a_process_that_died_before_it(world, monkeypatch):
    to_the_morning(world)
    done = world.says("say1 done 1")
    with monkeypatch.context() as dying:
        dying.setattr(deliver, "_mark_understood", mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.tick(MINUTE)
    world.tick(MINUTE)
    assert world.fake.marked == {done.id}


def test_nothing_is_marked_after_a_message_reached_others(world):
    to_the_morning(world)
    world.says("say1 done 1")
    fails(world, "send", "exposed")
    world.tick(MINUTE)
    world.tick(MINUTE)
    assert world.fake.marked == set()


def test_marks_for_a_network_that_is_gone_from_the_config_are_not_kept(tmp_path, clock):
    one, other = Fake(clock, "one"), Fake(clock, "other")
    world = World(tmp_path / "state", one, other)
    world.tick()
    one.mention("ines", "asks: ines would like to know")
    to_the_morning(world)
    other.says("say1 done 1")
    other.fault = lambda request: "500" if request == "mark" else ""
    world.tick(MINUTE)
    world.fakes = [one]
    world.tick(MINUTE)
    with world.opened() as shell:
        assert len(shell.store.understood) == 0
