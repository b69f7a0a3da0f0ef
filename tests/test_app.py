"""Stories: what people write, what the owner gets and says, what becomes of it; and all that may come in between."""

import logging
import time
from datetime import timedelta

import pytest
from crash.harness import SLOT, killed_tick
from fakes import DAY, HOUR, MINUTE, START, Clock, Fake, World, judged, no_fault, plainly_judged

from bot import app, config, networks
from bot.finding.reading import blank
from bot.ledger import standings
from bot.models import Account, Event, Visibility
from bot.networks.standin import GOTOSOCIAL, MASTODON, Server, faults
from bot.networks.standin import Clock as ServerClock
from bot.outbox import Uptime, items_in
from bot.shell import Shell
from bot.store import Store

SECOND = timedelta(seconds=1)
WORDS = (
    "lend me your seed drill for the allotment",
    "come to Utrecht and speak at our meet-up",
    "look at the maps that I drew of the dunes",
    "write the foreword of a book about salt",
    "explain why the beans did not come up",
    "taste the tomatoes that we crossed in spring",
    "join the choir, we lack a second alto",
)
"""Unlike one another: what is alike is shown once."""


@pytest.fixture(autouse=True)
def _plainly():
    with plainly_judged():
        yield


@pytest.fixture
def world(tmp_path):
    """Said hello already; it is ten to eight."""
    world = World(tmp_path / "state")
    world.tick()
    return world


def morning(world, hour=8):
    world.tick(world.until(hour) - world.clock.at)


def digests(world):
    return [text for text in world.received() if SLOT.match(text)]


def states(world):
    with world.opened() as shell:
        return [standing.state.value for standing in standings(shell.store.ledger).values()]


# -- the main thing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alone", [False, True], ids=["two accounts", "one account"])
def test_a_mention_becomes_a_message_and_the_answer_closes_it(tmp_path, alone):
    world = World(tmp_path / "state", Fake(Clock(), alone=alone))
    world.tick()
    world.mention("ines", "asks: would you co-write the guide?")
    world.mention("fan", "so lovely!")
    morning(world)
    hello, digest = world.received()
    assert hello.startswith("Hello")
    assert digest.startswith(
        "Sun 22 Nov, 08:00: 1 worth your time (of 2)\n1 Ines asks: ”would you co-write the guide?”"
    )
    assert "would you co-write" in world.words_on_disk(), "the quotation of an open item is kept"
    world.says("done 1")
    world.tick(MINUTE)
    assert states(world) == ["done"]
    assert "Ines" in world.received()[2]
    assert "would you co-write" not in world.words_on_disk(), "neither in the state nor in the backup"
    morning(world)
    assert len(world.received()) == 3, "a quiet day"


@pytest.mark.parametrize("line", range(40, 3000, 370))
def test_the_same_with_a_crash_in_the_middle(world, line):
    world.mention("ines", "asks: would you co-write the guide?")
    world.clock.advance(world.until(8) - world.clock.at)
    killed_tick(world, line)
    world.tick(3 * MINUTE)
    world.says("done 1")
    killed_tick(world, line)
    for _ in range(2):
        world.tick(3 * MINUTE)
    assert len(digests(world)) == 1
    assert len(world.received()) == 3
    assert states(world) == ["done"]
    assert "would you co-write" not in world.words_on_disk()


def test_what_was_put_off_returns_when_its_time_is_up(world):
    world.mention("ines", "asks: would you?")
    morning(world)
    world.says("later 1 tue")
    morning(world)
    assert len(digests(world)) == 1
    morning(world)
    assert digests(world)[1].startswith("Tue 24 Nov, 08:00: 1 worth your time\n1 Ines")


PUT_OFF = {
    "a day is its list": (["07:00"], "mon-sun", "fri", "comes back Fri 27 Nov, 07:00.", "Fri 27 Nov, 07:00:"),
    "its first one": (["18:00", "07:00"], "mon-sun", "fri", "comes back Fri 27 Nov, 07:00.", "Fri 27 Nov, 07:00:"),
    "in the evening": (["18:30"], "mon-sun", "fri", "comes back Fri 27 Nov, 18:30.", "Fri 27 Nov, 18:30:"),
    "without an answer": (
        ["07:00"],
        "mon-sun",
        "",
        "comes back Fri 27 Nov, 07:00, in 3 days as you named no time.",
        "Fri 27 Nov, 07:00:",
    ),
    "a day without a list": (
        ["07:00"],
        "mon-fri",
        "sat",
        "comes back Mon 30 Nov, 07:00, with the first list after Sat 28 Nov, 07:00.",
        "Mon 30 Nov, 07:00:",
    ),
    "an hour after the list": (
        ["07:00"],
        "mon-sun",
        "fri 9am",
        "comes back Sat 28 Nov, 07:00, with the first list after Fri 27 Nov, 09:00.",
        "Sat 28 Nov, 07:00:",
    ),
}


@pytest.mark.parametrize("put_off", PUT_OFF.values(), ids=PUT_OFF.keys())
def test_what_was_put_off_comes_with_the_list_that_was_told(tmp_path, put_off):
    at, days, said, told, comes = put_off
    world = World(tmp_path / "state", digest={"at": at, "days": days})
    world.tick()
    world.mention("ines", "asks: would you?")
    world.tick(world.until(23) - world.clock.at)
    world.live(world.clock.at + DAY)  # Monday: it is on a list, whenever those come
    assert len(digests(world)) == 1
    world.tick(world.until(12) - world.clock.at)  # Tuesday
    world.says(f"later 1 {said}")
    world.tick(MINUTE)
    assert world.received()[-1] == f"1 Ines: {told}"
    world.live(world.clock.at + 8 * DAY)
    assert digests(world)[1].startswith(comes)


def test_a_pause_of_days_ends_with_the_list_of_that_day(tmp_path):
    world = World(tmp_path / "state", digest={"at": ["07:00"]})
    world.tick()
    world.says("pause 2d")
    world.tick(MINUTE)
    assert world.received()[-1].startswith("Paused until Tue 24 Nov, 07:00.")
    world.mention("ines", "asks: would you?")
    world.live(world.clock.at + 3 * DAY)
    assert digests(world)[0].startswith("Tue 24 Nov, 07:00:")


def test_what_was_put_off_for_a_season_is_still_there_but_its_words_are_not(world):
    world.mention("ines", "asks: would you?")
    morning(world)
    world.says("later 1 in 80 days")
    for _ in range(79):
        morning(world)
    assert states(world) == ["later"]
    assert "would you?" not in world.words_on_disk(), "a quotation is kept for 60 days"
    for _ in range(3):
        morning(world)
    assert "1 Ines asks (not quoted)" in digests(world)[1]
    assert states(world) == ["shown"], "it is not closed on the very next day"


def test_numbers_stay_while_an_item_is_open_and_an_answer_that_crosses_a_digest_hits_what_it_meant(world):
    world.mention("ines", "asks: would you?")
    morning(world)
    world.mention("bo", "asks: could you?")
    world.says("no 1")
    morning(world)
    assert "2 Bo" in digests(world)[1]
    assert states(world) == ["no", "shown"]


# -- what happens to a post before it is shown -----------------------------------------------------------------------


def test_what_was_edited_is_shown_as_it_is_now(world):
    post = world.mention("ines", "asks: would you like a cat?")
    world.tick(MINUTE)
    world.fake.change(post, text="asks: would you like a dog?")
    morning(world)
    assert "like a dog?" in digests(world)[0]
    assert "like a cat?" not in world.words_on_disk() + digests(world)[0]


BEFORE_THE_DIGEST = {
    "edited into nothing": lambda fake, post: fake.change(post, text="never mind"),
    "deleted": lambda fake, post: fake.delete(post),
    "answered": lambda fake, post: (fake.clock.advance(SECOND), fake.owner_posts("I would!", reply_to=post)),
    "blocked or muted": lambda fake, post: fake.block("ines"),
    "made private": lambda fake, post: fake.change(post, visibility=Visibility.FOLLOWERS),
    "put under a warning": lambda fake, post: fake.change(post, warning="food"),
    "by somebody who opts out now": lambda fake, post: fake.change(post, author=opted_out(post.author)),
}


def opted_out(account):
    return Account(id=account.id, handle=account.handle, name=account.name, bio="I write. #nobot")


@pytest.mark.parametrize("how", BEFORE_THE_DIGEST)
def test_what_changed_before_the_digest_is_not_shown_and_its_words_are_gone(world, how):
    post = world.mention("ines", "asks: would you like a cat?")
    world.tick(MINUTE)
    assert "like a cat?" in world.words_on_disk()
    BEFORE_THE_DIGEST[how](world.fake, post)
    morning(world)
    assert digests(world) == []
    assert "like a cat?" not in world.words_on_disk()
    assert states(world) == (["answered"] if how == "answered" else ["expired"])


@pytest.mark.parametrize("how", BEFORE_THE_DIGEST)
def test_what_changed_after_it_was_shown_is_forgotten_within_a_day(world, how):
    post = world.mention("ines", "asks: would you like a cat?")
    morning(world)
    BEFORE_THE_DIGEST[how](world.fake, post)
    world.tick(DAY)
    assert "like a cat?" not in world.words_on_disk()


def test_when_nothing_clears_the_bar_nothing_is_sent(world):
    for who in ("ines", "bo", "fan"):
        world.mention(who, "so lovely!")
    morning(world)
    morning(world)
    assert len(world.received()) == 1
    world.mention("ines", "asks: would you?")
    world.tick(MINUTE)
    assert digests(world) == [], "the slot is over"


def test_new_activity_brings_a_closed_one_back_but_the_same_page_again_does_not(world):
    post = world.mention("ines", "asks: would you?")
    morning(world)
    world.says("done 1")
    world.tick(MINUTE)
    world.fake.inbox.append(post.id)
    morning(world)
    assert len(digests(world)) == 1
    reply = world.fake.owner_posts("I would", reply_to=post)
    world.clock.advance(SECOND)
    world.mention("ines", "asks: shall we start, then?", reply_to=reply)
    morning(world)
    assert "1 Ines asks: ”shall we start, then?”" in digests(world)[1], "under the number that it had"


# -- trouble ---------------------------------------------------------------------------------------------------------


def two_networks(tmp_path, at=START):
    clock = Clock(at)
    world = World(tmp_path / "state", Fake(clock, "one"), Fake(clock, "other"))
    world.tick()
    one, other = world.fakes
    one.mention("ines", "asks: would you?")
    other.mention("bo", "asks: could you?")
    world.tick(MINUTE)
    return world, one, other


def down(_):
    return "500"


def test_a_digest_waits_an_hour_for_a_network_that_is_down_and_goes_without_it(tmp_path):
    world, _, other = two_networks(tmp_path)
    other.fault = down
    morning(world)
    world.tick(50 * MINUTE)
    assert digests(world) == []
    world.tick(15 * MINUTE)
    assert "Ines" in digests(world)[0]
    assert "Bo" not in digests(world)[0]
    other.fault = no_fault
    morning(world)
    assert "Bo" in digests(world)[1]


def test_a_network_that_is_down_since_yesterday_is_not_waited_for(tmp_path):
    world, _, other = two_networks(tmp_path, START - 5 * HOUR)
    other.fault = down
    world.tick(MINUTE)
    morning(world)
    assert "Ines" in digests(world)[0]


def test_nor_is_one_that_refuses_its_key(tmp_path):
    world, _, other = two_networks(tmp_path)
    other.fault = lambda request: "refused" if request != "clock" else ""
    morning(world)
    assert "Ines" in digests(world)[0]


def test_when_the_only_network_is_down_at_eight_the_digest_comes_when_it_is_back(world):
    world.mention("ines", "asks: would you?")
    world.tick(MINUTE)
    world.fake.fault = lambda request: "500" if request in {"inbox", "thread", "posts"} else ""
    morning(world)
    for _ in range(5):
        world.tick(HOUR)
    assert digests(world) == []
    world.fake.fault = no_fault
    world.tick(HOUR)
    assert digests(world)[0].startswith("Sun 22 Nov, 08:00: 1 worth")
    world.tick(HOUR)
    assert len(digests(world)) == 1


def test_a_way_that_is_barred_at_eight_is_waited_for(world):
    world.mention("ines", "asks: would you?")
    world.fake.fault = lambda request: "500" if request in {"limit", "heard", "sent", "send", "handle"} else ""
    morning(world)
    world.tick(2 * HOUR)
    world.fake.fault = no_fault
    world.tick(10 * MINUTE)
    assert len(digests(world)) == 1


def test_a_waiting_digest_does_not_ask_the_networks_every_minute(tmp_path):
    world, one, other = two_networks(tmp_path)
    other.fault = down
    with world.opened() as shell:
        world.clock.advance(world.until(8) - world.clock.at)
        before = one.asked["thread"]
        for _ in range(30):
            world.clock.advance(MINUTE)
            app.tick(shell, world.clock.now(), read=False)
    assert one.asked["thread"] - before < 15


def test_a_reading_that_is_rate_limited_waits_until_it_is_told(world):
    world.fake.fault = lambda request: "throttled" if request == "inbox" else ""
    world.tick(MINUTE)
    before = world.fake.asked["inbox"]
    world.fake.fault = no_fault
    world.tick(MINUTE)
    assert world.fake.asked["inbox"] == before
    world.tick(5 * MINUTE)
    assert world.fake.asked["inbox"] > before


@pytest.mark.parametrize("request_", ["inbox", "relationships", "thread"])
def test_an_error_in_the_middle_of_a_page_loses_nothing(world, request_):
    for number in range(8):
        world.mention(f"p{number}", "asks: would you?")
    calls = []

    def third_fails(request):
        calls.append(request)
        return "500" if calls.count(request) == 3 and request == request_ else ""

    world.fake.fault = third_fails
    world.tick(MINUTE)
    world.fake.fault = no_fault
    world.tick(MINUTE)
    assert states(world) == ["found"] * 8
    with world.opened() as shell:
        assert [event for event in shell.store.ledger if event.event is Event.FOUND][7].opportunity == 8
        assert {person.posts for person in shell.store.people.all().values()} == {1}


def test_one_thread_that_cannot_be_read_does_not_hold_up_the_rest_for_ever(world, monkeypatch):
    bad = world.mention("bad", "asks: would you?")
    world.mention("ines", "asks: could you?")
    thread = world.fake._answer_thread
    calm = world.fake.ask

    def ask(request, *args):
        if request == "thread" and args[0].id == bad.id:
            world.fake.fault = lambda _: "500"
        try:
            return calm(request, *args)
        finally:
            world.fake.fault = no_fault

    world.fake.ask = ask
    world.tick(MINUTE)
    assert states(world) == []
    world.tick(MINUTE)
    assert states(world) == ["found", "found"]
    assert thread(bad)


def test_a_week_without_power_gives_one_digest(world):
    for number in range(4):
        world.mention(f"p{number}", f"asks: would you {WORDS[number]}?")
        world.clock.advance(2 * DAY)
    world.clock.reboot()
    morning(world)
    for _ in range(3):
        world.tick(10 * MINUTE)
    assert len(digests(world)) == 1
    assert "3 worth your time (of 4)" in digests(world)[0]


# -- clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "off", [-HOUR, timedelta(days=-20780), 365 * DAY], ids=["an hour back", "1970", "a year ahead"]
)
def test_while_the_clock_is_wrong_nothing_is_done_and_one_line_says_so(world, off, caplog):
    world.mention("ines", "asks: would you?")
    world.says("list")
    world.clock.off = off
    before = (world.folder / "state.json").read_bytes()
    morning(world)
    assert (world.folder / "state.json").read_bytes() == before
    assert len(world.received()) == 1
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 1
    assert "nothing is done: this machine's clock is" in lines[0]
    assert ("behind" if off < timedelta() else "ahead") in lines[0]
    world.clock.off = timedelta()
    world.tick(MINUTE)
    assert len(world.received()) == 3


def test_the_clock_is_compared_once_and_again_when_it_has_jumped(world):
    with world.opened() as shell:
        for minutes in range(60):
            world.clock.advance(MINUTE)
            app.tick(shell, world.clock.now(), read=False)
            assert world.fake.asked["clock"] == 2, minutes  # once at the hello
        world.clock.off = -2 * HOUR
        app.tick(shell, world.clock.now(), read=False)
        assert world.fake.asked["clock"] == 3


@pytest.mark.parametrize("off", [3 * DAY, -3 * DAY, timedelta(days=-20780)])
def test_a_clock_that_was_wrong_for_a_tick_leaves_no_trace_though_no_server_told(tmp_path, off):
    world = World(tmp_path / "state", Fake(Clock(), tells_time=False))
    world.tick()
    world.clock.off = off
    world.mention("ines", "asks: would you?")
    world.tick(MINUTE)
    world.clock.off = timedelta()
    morning(world)
    world.mention("bo", "asks: could you?")
    morning(world)
    shown = [link for text in digests(world) for link in items_in(text)]
    assert len(shown) == len(set(shown)) == 2


# -- what the owner tells the bot ------------------------------------------------------------------------------------


def test_stop_ends_everything_but_hearing_and_start_goes_on_where_it_was(world):
    world.says("stop")
    world.tick(MINUTE)
    before = world.fake.asked["inbox"]
    world.mention("ines", "asks: would you?")
    morning(world)
    assert (len(digests(world)), world.fake.asked["inbox"]) == (0, before)
    world.says("start")
    world.tick(MINUTE)
    assert "Ines" in digests(world)[0]


def test_a_pause_ends_by_itself(world):
    world.says("pause 2d")
    world.mention("ines", "asks: would you?")
    morning(world)
    morning(world)
    assert digests(world) == []
    morning(world)
    assert len(digests(world)) == 1


def test_after_a_message_reached_others_nothing_is_sent_until_the_owner_says_start(world):
    world.mention("ines", "asks: would you?")
    world.fake.fault = lambda request: "exposed" if request == "send" else ""
    morning(world)
    world.fake.fault = no_fault
    world.says("list")
    morning(world)
    assert len(world.received()) == 1
    assert len(world.fake.taken_back) == 1
    world.says("start")
    world.tick(MINUTE)
    assert len(world.received()) == 4, "the two answers, and the digest of this morning"
    assert "Ines" in digests(world)[0]


def test_an_asked_digest_comes_at_once_and_a_second_one_in_the_same_minute_loses_nothing(world):
    world.mention("ines", "asks: would you?")
    assert world.tick(SECOND, digest_now=True)
    world.mention("bo", "asks: could you?")
    assert world.tick(SECOND, digest_now=True)
    assert not world.tick(SECOND, digest_now=True)
    world.mention("kim", "asks: should you?")
    assert world.tick(SECOND, digest_now=True)
    assert [list(items_in(text).values()) for text in digests(world)] == [[1], [2], [3]]
    world.says("done 3")
    world.tick(MINUTE)
    assert states(world) == ["shown", "shown", "done"]


def test_in_the_fold_two_asked_digests_of_the_same_minute_both_come(tmp_path):
    clock = Clock(at=START.replace(month=10, day=25, hour=0, minute=30), started_at=START - 90 * DAY)
    world = World(tmp_path / "state", Fake(clock), digest={"at": []})
    world.tick()
    for who in ("ines", "bo"):
        world.mention(who, "asks: would you?")
        assert world.tick(digest_now=True)
        clock.advance(HOUR)
    assert [text.split(":")[1] for text in digests(world)] == ["30", "31"]


def test_without_times_a_digest_comes_only_when_it_is_asked_for(tmp_path):
    world = World(tmp_path / "state", digest={"at": []})
    world.tick()
    world.mention("ines", "asks: would you?")
    morning(world)
    assert digests(world) == []
    world.tick(MINUTE, digest_now=True)
    assert len(digests(world)) == 1


# -- much, and little ------------------------------------------------------------------------------------------------


def test_a_first_run_does_not_flood_with_history_even_when_it_dies_in_the_middle(tmp_path):
    world = World(tmp_path / "state")
    for days in range(40, 0, -1):
        world.mention(f"p{days}", "asks: would you?", at=START - days * DAY)
    calls = []

    def sixth_fails(request):
        calls.append(request)
        return "500" if calls.count("inbox") == 6 else ""

    world.fake.fault = sixth_fails
    world.tick()
    world.fake.fault = no_fault
    world.tick(MINUTE)
    assert states(world) == ["found"] * 6, "of the last week"


def test_hundreds_of_mentions_between_two_ticks_are_read_and_the_digest_is_short(world):
    for number in range(400):
        world.mention(f"p{number}", f"asks: {WORDS[number % 7]} {number}?" if number % 4 == 0 else "so lovely!")
    began = time.monotonic()
    for _ in range(6):
        world.tick(MINUTE)
    assert time.monotonic() - began < 20
    assert states(world) == ["found"] * 100
    morning(world)
    assert "3 worth your time (of 400)" in digests(world)[0]
    assert len(digests(world)[0]) <= 500
    assert (world.folder / "state.json").stat().st_size < 400_000


@pytest.mark.parametrize("limit", [500, 300, 180])
def test_no_message_is_larger_than_the_limit_and_more_goes_on_with_the_list(tmp_path, limit):
    """`FakeMessenger.send` refuses what does not fit."""
    world = World(tmp_path / "state", Fake(Clock(), limit=limit), digest={"items": 5, "at": ["08:00"]})
    world.fake.limit = 500
    world.tick()
    world.fake.limit = limit
    for number in range(12):
        world.mention(f"person{number}", f"asks: would {'you ' * 30}come? {number}")
    morning(world)
    for word in ("more", "more", "help", "why 1", "status", "data", "list", "nonsense " * 40, "goals", "more"):
        world.says(word)
        world.tick(MINUTE)
    shown = [link for text in world.received() if "list" not in text for link in items_in(text)]
    assert len(set(shown)) >= 4
    assert max(map(len, world.received()[1:])) <= limit
    assert len(world.received()) == 12


def test_a_service_reads_as_often_as_it_is_told_and_a_quiet_minute_writes_nothing(world):
    with world.opened() as shell:
        app.tick(shell, world.clock.now())
        before = world.fake.asked["inbox"]
        for minute in range(1, 21):
            world.clock.advance(MINUTE)
            unchanged = (world.folder / "state.json").stat().st_ino
            app.tick(shell, world.clock.now(), read=False)
            if minute in {3, 5, 7}:
                assert (world.folder / "state.json").stat().st_ino == unchanged
    assert world.fake.asked["inbox"] - before in {2, 3}


def test_what_is_old_is_closed_and_what_is_older_is_removed(world):
    world.mention("ines", "asks: would you?")
    morning(world)
    for days in (30, 31, 200, 210):
        world.tick(days * DAY)
    with world.opened() as shell:
        assert len(shell.store.opportunities) == 0
        assert shell.store.ledger == []
        assert len(shell.store.people) == 0
        assert len(shell.store.seen) == 0


def test_an_item_that_nobody_answers_expires_after_two_months(world):
    world.mention("ines", "asks: would you?")
    morning(world)
    world.tick(59 * DAY)
    assert states(world) == ["shown"]
    world.tick(2 * DAY)
    assert states(world) == ["expired"]


# -- over HTTP, on a server that is stricter than any real one -------------------------------------------------------

CONFIG = """
[owner]
timezone = "Europe/Amsterdam"
[mastodon]
server = "{server}"
token = "env:OWNERS_KEY"
{bot_token}
[[goal]]
name = "book"
want = "Finish the guide with people who run a seed library."
kind = "collaborate"
[state]
dir = "{folder}"
"""


class Stage:
    """The real adapter and the real commands, over HTTP; only the judging is plain."""

    def __init__(self, server, clock, folder, *, alone=False):
        self.server, self.clock, self.folder, self.alone = server, clock, folder, alone
        self.rosa, self.ines = (
            server.account("rosa"),
            server.account("ines@kelp.example", display_name="Inês 🌱 <b>&amp;"),
        )
        self.bot = self.rosa if alone else server.account("rosasbot", bot=True)
        server.follow(self.rosa, self.bot)

    def keys(self):
        scopes = "read write:statuses"
        return {
            "OWNERS_KEY": self.server.token(self.rosa, scopes if self.alone else "read"),
            "BOTS_KEY": self.server.token(self.bot, scopes),
        }

    def tick(self, after=timedelta()):
        """A process of its own."""
        self.clock.advance(after)
        path = self.folder / "config.toml"
        bot_token = "" if self.alone else 'bot_token = "env:BOTS_KEY"'
        path.write_text(CONFIG.format(server=self.server.url, folder=self.folder / "state", bot_token=bot_token))
        settings = config.load(path)
        store = Store.open(settings.state.folder)
        shell = Shell(
            config=settings,
            store=store,
            connections=[
                networks.module(name).connect(table, settings.state.folder) for name, table in settings.networks.items()
            ],
            read=lambda case: blank(case.post.text),
            understands_words=False,
            uptime=lambda: Uptime(boot="one", seconds=self.clock().timestamp()),
        )
        try:
            app.tick(shell, self.clock())
            return standings(store.ledger)
        finally:
            store.close()

    def messages(self):
        if self.alone:
            return [post for post in self.server.posts_by(self.rosa) if post.visibility == "direct"]
        return [each for each in self.server.messages_to(self.rosa) if each.author is self.bot]

    def says(self, text):
        if self.alone:
            self.server.post(self.rosa, text, visibility="direct", reply_to=self.messages()[-1])
        else:
            self.server.say_direct(self.rosa, text, to=self.bot)


@pytest.fixture(
    params=[(MASTODON, False), (GOTOSOCIAL, False), (MASTODON, True)], ids=["mastodon", "gotosocial", "alone"]
)
def stage(request, tmp_path, monkeypatch):
    software, alone = request.param
    clock = ServerClock(START)
    with Server(now=clock, software=software) as server:
        stage = Stage(server, clock, tmp_path, alone=alone)
        for name, key in stage.keys().items():
            monkeypatch.setenv(name, key)
        yield stage


@pytest.mark.parametrize("fault", [None, "lost", "answer lost", "500 after", "late", "page"])
def test_over_http_a_mention_becomes_a_message_and_the_answer_closes_it(stage, fault):
    stage.tick()
    stage.server.post(
        stage.ines, '@rosa asks: would you co-write "the guide" with @bob & me? #seeds https://a.example/@x'
    )
    wrong = {
        "lost": faults.lost,
        "answer lost": faults.answer_lost,
        "500 after": faults.refuses(502, after=True),
        "late": faults.late(50),
        "page": faults.html_page,
    }.get(fault)
    for _ in range(2):
        if wrong:
            stage.server.fault(wrong, "POST /api/v1/statuses")
        stage.tick(11 * MINUTE)
        for _ in range(3):
            stage.tick(50 * SECOND)
        stage.server.heal()
        if len(stage.messages()) == 2:
            stage.clock.advance(MINUTE)
            stage.says("done 1")
    hello, digest, *rest = [each.text for each in stage.messages()]
    assert "Hello from Underheard" in hello
    assert "1 worth your time" in digest
    assert [text for text in rest if "done" in text.lower() and "Inês" in text]
    assert len(rest) == 1 + stage.alone, "in a note to self the answer stands there, too"
    assert [standing.state.value for standing in stage.tick(MINUTE).values()] == ["done"]
    assert "co-write" not in "".join(p.read_text() for p in (stage.folder / "state").iterdir())


def test_the_judge_of_these_stories_is_plain(world):
    post = world.mention("ines", "lovely")
    assert judged(type("Case", (), {"post": post})).reason == "praise"


def test_over_http_what_came_of_it_is_asked_told_reported_and_taken_back(stage):
    def says(text):
        stage.clock.advance(MINUTE)
        stage.says(text)
        stage.tick(MINUTE)
        return stage.messages()[-1].text

    stage.tick()
    stage.server.post(stage.ines, "@rosa asks: would you give a workshop?")
    stage.tick(11 * MINUTE)
    stage.tick(11 * MINUTE)
    assert "done" in says("done 1")
    for _ in range(16):
        stage.tick(DAY)
    (asked,) = [each.text for each in stage.messages() if "What came of it?" in each.text]
    assert "1 Inês" in asked
    assert "won, money, 400 EUR" in says("400 EUR for a workshop")
    assert "Came of it: 1 money (400 EUR)." in says("report month")
    assert "Taken back" in says("undo")
    assert "400 EUR" not in says("report month")
    assert len([each for each in stage.messages() if "What came of it?" in each.text]) == 1
    assert not [each for each in stage.server.messages_to(stage.ines) if each.author is stage.bot]
