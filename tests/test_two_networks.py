"""Two networks, one list: what one does not take for an hour the other carries, once, and says why."""

import random
from datetime import timedelta

import pytest
from fakes import (
    DAY,
    HOUR,
    MINUTE,
    READ_FAULTS,
    SEND_FAULTS,
    Clock,
    Fake,
    World,
    no_fault,
    plainly_answered,
    plainly_judged,
)

from bot import hear
from bot.outbox import items_in

WRITING = frozenset({"heard", "sent", "send", "handle", "limit"})
SLOT = "Sun 22 Nov, 08:00:"


@pytest.fixture(autouse=True)
def _plainly(monkeypatch):
    monkeypatch.setattr(hear, "answer", plainly_answered)
    with plainly_judged():
        yield


class Two(World):
    """The chosen network, `one`, and the `other`. Hello was said; people ask something on both; it is ten to eight."""

    def __init__(self, folder, **sections):
        clock = Clock()
        self.one, self.other = Fake(clock, "one"), Fake(clock, "other")
        super().__init__(folder, self.one, self.other, digest={"weekly_review": ""}, **sections)
        self.tick()
        self.one.mention("ines", "asks: ines would like to know")
        self.other.mention("bo", "asks: how deep do the roots of leeks go?")

    def to_the_morning(self):
        self.tick(self.until(8) - self.clock.at)

    def passes(self, span, step=2 * MINUTE):
        end = self.clock.at + span
        while self.clock.at < end:
            self.tick(step)

    def everything(self):
        return [*self.one.received(), *self.other.received()]


@pytest.fixture
def world(tmp_path):
    return Two(tmp_path / "state")


def failing(fault, on=("send",)):
    return lambda request: fault if request in on else ""


def lists(received):
    return [text for text in received if text.startswith(("Sun", "Mon", "Tue"))]


def test_one_list_holds_what_both_networks_brought_and_is_answered_on_either(world):
    world.to_the_morning()
    (listed,) = lists(world.one.received())
    assert "Ines asks" in listed
    assert "Bo asks" in listed
    assert world.other.received() == []
    world.other.says("say1 done 2")
    world.one.says("say2 done 1")
    world.tick(MINUTE)
    assert [text.split()[:2] for text in world.other.received()] == [["say1", "done"]]
    assert [text.split()[:2] for text in world.one.received()[2:]] == [["say2", "done"]]


@pytest.mark.parametrize("fault", ["unreached", "throttled", "lost", "500"])
def test_what_cannot_be_sent_for_an_hour_comes_by_the_other_network_and_says_so(world, fault):
    world.one.fault = failing(fault)
    world.to_the_morning()
    world.passes(50 * MINUTE)
    assert world.other.received() == []
    world.passes(20 * MINUTE)
    (listed,) = world.other.received()
    assert listed.startswith(SLOT)
    assert "(Sent here because one has taken no message since Sun 22 Nov, 08:01" in listed
    assert len(items_in(listed)) == 2
    assert listed.splitlines()[-1].startswith("done 1")
    world.one.fault = no_fault
    world.passes(HOUR)
    assert len(lists(world.everything())) == 1
    world.other.says("say1 done 1")
    world.tick(MINUTE)
    assert world.other.received()[-1].startswith("say1 done")


def test_a_network_that_has_been_down_since_yesterday_is_not_waited_for_and_is_used_again_when_it_works(world):
    world.one.fault = failing("unreached", WRITING)
    world.passes(5 * MINUTE)
    world.clock.at += DAY
    world.to_the_morning()
    (listed,) = lists(world.other.received())
    assert "Sent here because one has taken no message since Sun 22 Nov, 07:52: did not answer" in listed
    world.one.fault = no_fault
    world.mention("dee", "asks: may I print your map of the gardens?")
    world.tick(MINUTE)
    world.to_the_morning()
    assert "Dee asks" in lists(world.one.received())[-1]
    assert len(lists(world.everything())) == 2


def test_also_in_one_process_that_runs_on(world):
    world.one.fault = failing("unreached")
    world.live(world.until(10), MINUTE)
    assert len(lists(world.other.received())) == 1
    world.one.fault = no_fault
    world.live(world.clock.at + 3 * HOUR)
    assert len(lists(world.everything())) == 1


@pytest.mark.parametrize("fault", ["answer lost", "lost", "late"])
def test_what_may_have_arrived_is_not_carried_before_that_is_known(world, fault):
    """The server is gone just after it may have taken the digest."""
    left = [fault]

    def gone(request):
        if request == "send" and left:
            return left.pop()
        return "unreached" if request in WRITING and not left else ""

    world.one.fault = gone
    world.to_the_morning()
    world.passes(4 * HOUR, 10 * MINUTE)
    (word,) = world.other.received()
    assert word.startswith("I cannot tell whether you have my list of Sun 22 Nov, 08:00.")
    world.other.says("say1 list")
    world.tick(MINUTE)
    assert world.other.received()[-1] == "say1 list 1, 2"
    world.one.fault = no_fault
    world.passes(HOUR)
    assert len(lists(world.one.received())) == 1, "it was there, or it is sent now"
    assert lists(world.other.received()) == []


def test_what_was_tried_and_is_known_not_to_be_there_is_carried(world):
    """Every try fails without a clear answer, but the server still lists what it has."""
    world.one.fault = failing("500")
    world.to_the_morning()
    world.passes(70 * MINUTE)
    assert len(lists(world.other.received())) == 1
    assert world.one.asked["send"] > 5


def test_a_late_commit_is_found_before_anything_is_carried(world):
    left = ["late"]
    world.one.fault = lambda request: (left.pop() if left else "500") if request == "send" else ""
    world.one.lateness = 110 * timedelta(seconds=1)
    world.to_the_morning()
    world.passes(3 * HOUR)
    assert len(lists(world.one.received())) == 1
    assert world.other.received() == []


def test_a_state_from_the_backup_does_not_know_whether_it_was_tried(world):
    world.one.fault = failing("unreached")
    world.to_the_morning()
    path = world.folder / "state.json"
    path.unlink()
    path.write_bytes(b"torn")
    world.one.fault = failing("unreached", WRITING)
    world.passes(3 * HOUR, 10 * MINUTE)
    assert lists(world.everything()) == []
    world.one.fault = no_fault
    world.passes(HOUR)
    assert len(lists(world.everything())) == 1


def test_after_a_night_without_power_the_chosen_network_is_tried_first(world):
    world.one.fault = failing("500")
    world.to_the_morning()
    world.one.fault = no_fault
    world.tick(5 * HOUR)
    world.passes(10 * MINUTE)
    assert len(lists(world.one.received())) == 1
    assert world.other.received() == []


def test_the_answer_to_what_was_said_there_comes_by_the_other_too(world):
    world.to_the_morning()
    world.one.says("say1 done 1")
    world.one.fault = failing("unreached")
    world.passes(70 * MINUTE)
    (reply,) = world.other.received()
    assert reply.startswith("say1 done")
    assert reply.endswith("(Sent here because one has taken no message since Sun 22 Nov, 08:03: did not answer.)")


def test_when_both_are_down_everything_waits_and_nothing_is_lost(world):
    world.one.fault = world.other.fault = failing("unreached")
    world.to_the_morning()
    world.passes(4 * HOUR, 10 * MINUTE)
    assert len(world.everything()) == 1
    world.other.fault = no_fault
    world.passes(20 * MINUTE)
    assert len(lists(world.other.received())) == 1


def test_what_comes_back_because_the_other_fails_as_well_says_it_once(world):
    world.one.fault = failing("unreached")
    world.one.says("say1 list")
    world.to_the_morning()
    world.passes(55 * MINUTE)
    world.other.fault = failing("unreached", {"send"})
    world.passes(20 * MINUTE)
    world.one.fault = no_fault
    world.passes(80 * MINUTE)
    assert len(lists(world.one.received())) == 1
    replies = [text for text in world.everything() if text.startswith("say1")]
    assert len(replies) == 1
    assert replies[0].count("Sent here") == 1
    assert "because other" in replies[0]


def test_the_smaller_network_gets_as_many_items_as_it_can_hold_and_the_rest_on_demand(world):
    world.mention("dee", "asks: may I print your map of the gardens for the fair in May, two hundred copies?")
    world.other.limit = 330
    world.one.fault = failing("unreached")
    world.to_the_morning()
    world.passes(70 * MINUTE)
    (listed,) = world.other.received()
    few = items_in(listed)
    assert 0 < len(few) < 3
    assert "more" in listed.splitlines()[-1]
    world.other.says("say1 more")
    world.tick(MINUTE)
    assert not few.keys() & items_in(world.other.received()[-1]).keys()


def test_what_was_closed_meanwhile_is_not_carried(world):
    world.one.fault = failing("unreached")
    world.to_the_morning()
    world.other.says("say1 done 1")
    world.tick(MINUTE)
    world.passes(70 * MINUTE)
    (listed,) = lists(world.other.received())
    assert list(items_in(listed).values()) == [2]


def test_a_list_of_which_nothing_is_open_any_more_is_not_carried(world):
    world.one.fault = failing("unreached")
    world.to_the_morning()
    world.other.says("say1 done 1")
    world.other.says("say2 done 2")
    world.passes(80 * MINUTE)
    assert lists(world.everything()) == []


def test_nothing_is_carried_after_a_message_reached_others(world):
    world.one.fault = failing("unreached")
    world.to_the_morning()
    world.one.fault = failing("exposed")
    world.passes(2 * HOUR, 10 * MINUTE)
    assert lists(world.everything()) == []


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_two_do_each_list_and_each_answer_comes_once(world, seed):
    chance = random.Random(seed)

    def moody(rate):
        def fault(request):
            if chance.random() > rate:
                return ""
            return chance.choice([*SEND_FAULTS, "unreached"] if request == "send" else [*READ_FAULTS, "unreached"])

        return fault

    said = 0
    world.to_the_morning()
    for _ in range(40):
        for fake in world.fakes:
            fake.fault = moody(chance.choice([0, 0.2, 0.9, 1]))
        if chance.random() < 0.3:
            said += 1
            chance.choice(world.fakes).says(f"say{said} list")
        for _ in range(chance.randint(1, 5)):
            world.tick(chance.choice([MINUTE, 5 * MINUTE, 30 * MINUTE]))
    for fake in world.fakes:
        fake.fault = no_fault
    world.passes(3 * HOUR, 5 * MINUTE)
    everything = world.everything()
    slots = [text[:17] for text in lists(everything)]
    assert len(slots) == len(set(slots))
    replies = sorted(text.split()[0] for text in everything if text.startswith("say"))
    assert replies == sorted(f"say{n}" for n in range(1, said + 1))
