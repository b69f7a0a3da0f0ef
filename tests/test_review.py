"""The weekly review: once a week, in a quiet one too, in one message; and never to who wants none."""

from dataclasses import replace
from datetime import UTC, datetime
from unittest import mock

import pytest
import snapshots
from conversation import START, ZONE, Conversation
from crash.harness import killed_tick
from fakes import DAY, HOUR, MINUTE, Fake, World, judged, plainly_judged
from hypothesis import given
from hypothesis import strategies as st

from bot import gather
from bot.finding.scoring import BAR
from bot.models import Health, Signal
from bot.review import Week, worded

SLOT = datetime(2026, 11, 29, 18, tzinfo=ZONE)
FULL = Week(
    slot_at=SLOT,
    sums={"found": 9, "shown": 7, "acted": 3, "led": 1, "value money": 1, "sum EUR": 400_000_000, "talking": 1},
    counted={"read": 212, "found": 9, "praise": 96, "below the bar": 41, "spam": 12, "to-others": 8, "bait": 5},
    near=[f"https://hachyderm.example/@somebody/11559123456789000{n}" for n in range(3)],
    starving=("maps",),
    items=(),
    health=(
        Health(network="kelp", trouble="kelp: the server is down", since=datetime(2026, 11, 24, 9, tzinfo=UTC)),
        Health(network="dune", read_at=START),
    ),
)
QUIET = replace(FULL, sums={}, counted={}, near=(), starving=(), health=())


def fits_500(text):
    return len(text) <= 500


@pytest.mark.parametrize(("name", "week"), [("full", FULL), ("quiet", QUIET)])
def test_a_review_reads_as_in_its_snapshot(name, week):
    snapshots.check(f"review/{name}", worded(week, ZONE, fits_500).text)


@given(st.integers(30, 700))
def test_it_fits_by_whole_lines(limit):
    text = worded(FULL, ZONE, lambda text: len(text) <= limit).text
    whole = worded(FULL, ZONE, lambda _: True).text.split("\n")
    if limit >= 300:
        assert len(text) <= limit
        said = [line for line in text.split("\n") if not line.startswith(("Read", "Should I", "What would", "Whom"))]
        assert set(said) <= set(whole)


def test_it_asks_one_question_that_the_week_gives_reason_for():
    talk = Conversation(shown=8)
    for number in (1, 3, 6):
        talk.say(f"no {number} topic")
    week = replace(FULL, items=list(talk.items().values()), slot_at=talk.now.astimezone(ZONE))
    assert worded(week, ZONE, fits_500).text.split("\n")[-1] == (
        "You dismissed 3 by topic or kind: which words should book not stand for?"
    )


# -- when it is sent -----------------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path):
    with plainly_judged():
        world = World(tmp_path / "state")
        world.tick()
        yield world


def reviews(world):
    return [text for text in world.received() if text.startswith("Your week to")]


def hours(world, count, step=HOUR):
    world.live(world.clock.at + count * HOUR, step=step)


def test_it_comes_once_a_week_in_a_quiet_one_too(world):
    world.clock.advance(DAY)
    hours(world, 21 * 24, step=2 * HOUR)
    assert [text.split("\n")[0] for text in reviews(world)] == [
        "Your week to Sun 29 Nov, 18:00",
        "Your week to Sun 6 Dec, 18:00",
        "Your week to Sun 13 Dec, 18:00",
    ]
    assert "Nothing was found or done.\nRead 0 posts to you." in reviews(world)[0]


def test_a_bot_that_began_after_the_hour_has_no_week_to_tell_of(tmp_path):
    with plainly_judged():
        world = World(tmp_path / "state")
        world.clock.advance(12 * HOUR)
        world.tick()
        world.tick(HOUR)
        assert reviews(world) == []


@pytest.mark.parametrize(("late", "count"), [(10, 1), (15, 0)])
def test_after_a_night_it_comes_late_and_after_a_day_not_at_all(world, late, count):
    world.tick(world.until(18) - world.clock.at + late * HOUR)
    assert len(reviews(world)) == count


@pytest.mark.parametrize("order", ["stop", "pause 20d"])
def test_who_wants_no_messages_gets_none(world, order):
    world.says(order)
    hours(world, 24)
    assert reviews(world) == []


def test_none_when_it_is_turned_off(tmp_path):
    with plainly_judged():
        world = World(tmp_path / "state", digest={"weekly_review": ""})
        world.tick()
        hours(world, 24)
        assert reviews(world) == []


def test_in_the_week_of_the_autumn_change_it_comes_once(tmp_path):
    with plainly_judged():
        world = World(tmp_path / "state", digest={"weekly_review": "sun 02:30"})
        world.clock.at = datetime(2026, 10, 24, 12, tzinfo=UTC)
        world.tick()
        world.live(datetime(2026, 10, 25, 12, tzinfo=UTC), step=10 * MINUTE)
        assert len(reviews(world)) == 1


def test_a_clock_that_is_set_back_repeats_nothing(world):
    world.tick(world.until(18) - world.clock.at)
    world.clock.off = -2 * HOUR
    for fake in world.fakes:
        fake.tells_time = False
    for _ in range(4):
        world.tick(HOUR)
    assert len(reviews(world)) == 1


@pytest.mark.parametrize("line", range(40, 2600, 500))
def test_whatever_dies_it_comes_once(world, line):
    world.clock.advance(world.until(18) - world.clock.at)
    killed_tick(world, line)
    for _ in range(3):
        world.tick(3 * MINUTE)
    assert len(reviews(world)) == 1


def test_a_state_of_the_hour_before_does_not_send_it_again(world):
    world.tick(world.until(17) - world.clock.at)
    before = {path.name: path.read_bytes() for path in world.folder.iterdir()}
    world.tick(HOUR)
    for name, blob in before.items():
        (world.folder / name).write_bytes(blob)
    for _ in range(3):
        world.tick(HOUR)
    assert len(reviews(world)) == 1


# -- what stands in it ---------------------------------------------------------------------------------------------


def nearly(case, _=None):
    """What "asks nearly: ..." is worth a look in the review."""
    if not case.post.text.startswith("nearly"):
        return judged(case)
    near = judged(replace(case, post=replace(case.post, text="asks: x")))
    return replace(near, signals=(Signal(name="asks", weight=BAR / 2 + len(case.post.text) / 1000, because="it asks"),))


def test_the_nearest_misses_are_links_to_what_is_still_there(world):
    with mock.patch.object(gather, "judge", nearly):
        posts = [world.mention(f"p{n}", "nearly" + "!" * n) for n in range(6)]
        world.tick(MINUTE)
        world.fake.delete(posts[5])
        world.fake.block("p4")
        world.tick(world.until(18) - world.clock.at)
    (text,) = reviews(world)
    assert [line for line in text.split("\n") if line.startswith("https")] == [posts[n].link for n in (3, 2, 1)]
    assert "nearly" not in world.words_on_disk()


def test_a_network_that_cannot_be_read_is_a_blind_spot(tmp_path):
    with plainly_judged():
        world = World(tmp_path / "state")
        down = Fake(world.clock, name="kelp")
        world.fakes.append(down)
        world.tick()
        down.fault = lambda request: "500" if request == "inbox" else ""
        hours(world, 24)
        (text,) = reviews(world)
        assert "kelp could not be read since Sunday." in text


def test_what_was_left_out_is_counted_over_the_week(world):
    for n in range(5):
        world.mention(f"p{n}", "lovely")
        world.tick(24 * HOUR)
    hours(world, 72)
    assert "Read 5 posts to you; left out: 5 praise." in reviews(world)[-1]
