"""The ten promises to the people who are read, as docs/privacy.md gives them: each is a chapter here.

Told with the whole bot: over real HTTP against a strict server of either network, or in memory where only the days
between matter. What a single module promises in more detail stands in its own tests.
"""

import json
import logging
import os
import re
import socket
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import DAY, HOUR, MINUTE, Fake, World, plainly_judged
from fakes import Clock as FakesClock
from live.fake import running
from live.people import Network
from live.stories import Bluesky
from mastodon_stage import OWNER_SCOPES, stage
from test_app import Stage
from test_cli import House

from bot import app, reader
from bot.__main__ import _faults, main
from bot.config import Config
from bot.export import export
from bot.finding.reading import blank
from bot.ledger import controls
from bot.models import Visibility
from bot.networks import PRIVACY_PAGE
from bot.networks.standin import GOTOSOCIAL, Clock, Server, faults
from bot.outbox import Uptime
from bot.store import Store
from bot.wiring import wired

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(autouse=True)
def _plainly():
    with plainly_judged():
        yield


@pytest.fixture
def world(tmp_path):
    """Its first tick is behind it: what comes now is news, and the digest is at eight."""
    world = World(tmp_path / "state")
    world.tick()
    return world


@pytest.fixture
def on(tmp_path, monkeypatch):
    """The whole bot on a server that speaks HTTP, where the owner's key has read scopes and no more."""
    clock = Clock(datetime(2026, 11, 22, 6, 50, tzinfo=UTC))
    with Server(now=clock) as server:
        on = Stage(server, clock, tmp_path)
        on.owners_key = server.token(on.rosa, OWNER_SCOPES)
        monkeypatch.setenv("OWNERS_KEY", on.owners_key)
        monkeypatch.setenv("BOTS_KEY", on.keys()["BOTS_KEY"])
        yield on


def until_eight(world):
    return world.until(8) - world.clock.at


def a_week_of(on):
    """Everything that the bot ever does: hello, reading, a digest, answers, looking again, a review."""
    on.tick()
    first = on.server.post(on.ines, "@rosa asks: would you co-write the guide?")
    on.server.post(on.rosa, "Yes! I will send you my notes.", reply_to=first)
    on.server.post(on.server.account("bo"), "@rosa asks: how did you stop the mould?")
    on.tick(11 * MINUTE)
    for said in ("done 1", "why 1", "list", "missed https://social.example/@bo/1", "data", "who 1", "report"):
        on.clock.advance(MINUTE)
        on.says(said)
        on.tick(MINUTE)
    for _ in range(8):
        on.tick(DAY)


# -- 1: only what was addressed to the owner, the thread around it, the profile of who wrote it -----------------------

READ = re.compile(
    r"GET /api/v1/(instance|notifications|accounts/verify_credentials|accounts/relationships|accounts/lookup"
    r"|accounts/OWN/statuses|statuses/[^/]+|statuses/[^/]+/context|timelines/home)|GET /api/v2/instance"
)
READ_ON_BLUESKY = {
    "com.atproto.server.createSession",
    "com.atproto.server.describeServer",
    "app.bsky.notification.listNotifications",
    "app.bsky.feed.getPostThread",
    "app.bsky.feed.getPosts",
    "app.bsky.feed.getAuthorFeed",
    "app.bsky.actor.getProfile",
    "app.bsky.actor.getProfiles",
}


def test_1_nothing_is_asked_for_but_what_was_addressed_to_the_owner_and_what_stands_around_it(on):
    a_week_of(on)
    own = {account.id: "OWN" for account in (on.rosa, on.bot)}
    asked = {
        f"{each.method} {re.sub('(?<=accounts/)[^/]+(?=/statuses)', lambda m: own.get(m[0], m[0]), each.path)}"
        for each in on.server.requests
        if each.method == "GET"
    }
    assert len(asked) > 6
    assert [each for each in asked if not READ.fullmatch(each)] == []


def test_1_nor_on_bluesky(on_bluesky):
    program, owner, alice = on_bluesky
    alice.posts("asks: would you co-write the guide?", naming=owner)
    before = len(owner.network.calls(owner))
    program()
    asked = owner.network.calls(owner)[before:]
    assert "app.bsky.feed.getPostThread" in asked
    assert set(asked) <= READ_ON_BLUESKY, "of the owner's account, which could write, nothing but reading"


def test_1_no_link_that_anybody_wrote_is_ever_opened(on, monkeypatch):
    """The one address that is connected to is the server's own."""
    reached = set()
    connect = socket.socket.connect

    def watched(self, address):
        reached.add(address[:2])
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    trap = socket.create_server(("127.0.0.1", 0))
    bait = f"http://127.0.0.1:{trap.getsockname()[1]}/x"
    on.ines.shown |= {"url": bait, "avatar": bait, "header": bait, "note": f'<a href="{bait}">me</a>'}
    on.tick()
    post = on.server.post(on.ines, f"@rosa asks: have you read {bait} ?")
    on.server.fault(faults.changed(_with_links(bait)), "GET /api/v1/notifications", times=99)
    on.tick(11 * MINUTE)
    on.says(f"missed {bait}")
    on.tick(MINUTE)
    trap.close()
    host, _, port = on.server.url.removeprefix("http://").partition(":")
    assert reached == {(host, int(port))}
    assert post


def _with_links(bait):
    def change(items):
        for item in items:
            item["status"] |= {"url": bait, "uri": bait, "card": {"url": bait}, "media_attachments": [{"url": bait}]}
        return items

    return change


# -- 2: the owner's key only reads ------------------------------------------------------------------------------------


def test_2_with_a_key_that_may_only_read_everything_works_and_nothing_else_is_tried(on):
    a_week_of(on)
    assert any("worth your time" in each.text for each in on.messages())
    assert {each.method for each in on.server.requests if each.account is on.rosa} == {"GET"}
    assert all(each.account is on.bot for each in on.server.writes)


# -- 3: one person, in private ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [faults.reaches_also("mallory@evil.example"), faults.made("public")], ids=["named", "public"]
)
def test_3_when_a_server_adds_a_reader_it_is_deleted_everything_stops_and_start_goes_on(
    tmp_path, monkeypatch, capsys, fault
):
    """On a server without a guard of its own, with no other network to tell the owner by."""
    with Server(now=Clock(datetime.now(UTC)), software=GOTOSOCIAL) as server:
        house = House(server, tmp_path)
        for name, key in house.keys.items():
            monkeypatch.setenv(name, key)
        monkeypatch.setattr(reader, "is_available", lambda: False)  # the words are plain enough for the rules

        def runs(*arguments):
            code = main([arguments[0], "--config", str(house.config), *arguments[1:]])
            return code, capsys.readouterr().err

        runs("once")
        server.post(house.ines, "@rosa asks: would you co-write it?")
        server.fault(fault, "POST /api/v1/statuses")
        code, said = runs("once", "--digest")
        assert code == 1
        assert "sending is halted: mastodon: a message reached others and was deleted at once" in said
        assert "look at it, then send the bot: start" in said
        assert "Traceback" not in said
        assert [each.method for each in server.writes][-2:] == ["POST", "DELETE"]
        assert len(house.messages()) == 1

        before = len(server.writes)
        assert runs("once", "--digest")[0] == 1, "and it is said at every run"
        assert len(server.writes) == before, "nothing more is sent"

        server.say_direct(house.rosa, "start", to=house.bot)
        assert runs("once")[0] == 0
        assert runs("once", "--digest")[0] == 0
        assert sum("would you co-write it?" in text for text in house.messages()) == 1
        assert sum("Running again" in text for text in house.messages()) == 1


def test_3_the_owner_is_told_on_the_other_network_and_start_goes_on_from_there(tmp_path):
    clock = FakesClock()
    one, other = Fake(clock), Fake(clock, "other")
    world = World(tmp_path / "state", one, other)
    world.tick()
    world.mention("ines", "asks: would you co-write it?")
    one.fault = lambda request: "exposed" if request == "send" else ""
    world.tick(until_eight(world))
    one.fault = lambda _: ""
    world.tick(MINUTE)
    (alarm,) = [text for text in other.received() if "reached others" in text]
    assert "deleted at once" in alarm
    assert "start" in alarm
    before = len(one.received())
    for _ in range(3):
        world.tick(HOUR)
    assert len(one.received()) == before
    assert sum("reached others" in text for text in other.received()) == 1
    other.says("start")
    world.tick(MINUTE)
    world.tick(until_eight(world))
    assert "would you co-write it" in "".join(one.received())


def test_3_nobody_but_the_owner_is_obeyed_or_answered(on):
    """The same name elsewhere, a renamed stranger, a crowd, the public, a quotation, words of before the start."""
    early = on.server.say_direct(on.rosa, "stop", to=on.bot)
    on.tick()
    on.server.post(on.ines, "@rosa asks: would you co-write the guide?")
    on.tick(11 * MINUTE)
    before = len(on.messages())
    impostor = on.server.account("rosa@evil.example", display_name="Rosa")
    twin = on.server.account("r0sa", display_name="rosa@social.example")
    for somebody in (impostor, twin, on.ines):
        on.server.follow(on.bot, somebody)
        on.server.say_direct(somebody, "stop", to=on.bot)
        on.server.post(somebody, "@rosasbot @rosa stop", visibility="direct")
    on.server.post(on.rosa, "@rosasbot stop")
    on.server.post(on.rosa, "@rosasbot stop", visibility="private")
    on.server.post(on.rosa, "@rosasbot @ines@kelp.example stop", visibility="direct")
    forwarded = on.server.say_direct(on.ines, "stop", to=on.bot)
    on.server.post(on.rosa, "look what she wrote", quotes=forwarded)
    for _ in range(3):
        on.tick(2 * MINUTE)
    assert early
    assert len(on.messages()) == before, "not one answer, to nobody"
    assert not controls(Store.copy_of(on.folder / "state").ledger).is_stopped


# -- 4: no text at rest -----------------------------------------------------------------------------------------------

WORDS = (
    "aardvark", "bergamot", "cassowary", "dulcimer", "epaulette", "fandango", "gossamer", "halberd", "isinglass",
    "jacaranda", "kohlrabi", "lachrymose", "marzipan", "nasturtium", "obsidian", "persimmon",
)  # fmt: skip


def on_disk_and_in_logs(world, caplog):
    """State, backup, marks, set-aside files, logs, and every export."""
    words = [world.words_on_disk(), caplog.text]
    with world.opened() as shell:
        zone = shell.config.owner.timezone
        words += [export(shell.store, zone, world.clock.at.date(), to=to, output=None) for to in ("json", "csv")]
    return "\n".join(words)


def test_4_of_what_people_wrote_nothing_is_at_rest_but_the_quotation_of_open_items(world, caplog):
    caplog.set_level(logging.DEBUG)
    words = iter(WORDS)
    opened = world.mention("ines", f"asks: would you play the {next(words)}?")
    closed = world.mention("bo", f"asks: who has a {next(words)}?")
    deleted = world.mention("cy", f"asks: is this a {next(words)}?")
    world.mention("dee", f"lovely {next(words)}, I will send you the {next(words)}")
    for who, changes in {
        "eve": {"visibility": Visibility.FOLLOWERS},
        "fay": {"visibility": Visibility.DIRECT},
        "gil": {"warning": next(words)},
        "hal": {"author": replace(world.fake.account("hal"), bio=f"#nobot {next(words)}")},
        "ira": {"author": replace(world.fake.account("ira"), bio=f"#noindex {next(words)}")},
    }.items():
        post = world.mention(who, f"asks: where is my {next(words)}?")
        world.fake.posts[post.id] = replace(post, **changes)
    world.fake.owner_posts(f"I will look for the {next(words)}", reply_to=opened)
    world.tick(until_eight(world))
    number = next(line[0] for line in world.received()[-1].splitlines() if "Bo asks" in line)
    world.says(f"note {number} has a {(own := next(words))}")
    world.says(f"done {number}")
    world.fake.delete(deleted)
    world.tick(MINUTE)
    world.tick(DAY)
    left = {word for word in WORDS if word in on_disk_and_in_logs(world, caplog)}
    with world.opened() as shell:
        open_words = {
            word
            for each in shell.items(shell.store.ledger).values()
            if each.standing.is_open
            for word in WORDS
            if word in each.opportunity.judgement.gist
        }
    assert open_words <= {"aardvark"}
    assert closed.text.split()[-1].strip("?") not in left
    assert left <= open_words | {own}, "the owner's own note is the owner's"


def test_4_an_open_items_words_are_in_the_state_and_nowhere_in_a_log_or_an_export(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.mention("ines", "asks: would you play the aardvark?")
    world.tick(until_eight(world))
    assert "aardvark" in world.words_on_disk()
    assert "aardvark" not in caplog.text
    assert "Ines" not in caplog.text
    with world.opened() as shell:
        zone = shell.config.owner.timezone
        for to in ("json", "csv"):
            text = export(shell.store, zone, world.clock.at.date(), to=to, output=None).casefold()
            assert "aardvark" not in text
            assert "ines" not in text


AFTERWARDS = {
    "deleted": lambda world, post: world.fake.delete(post),
    "blocked": lambda world, post: world.fake.block("ines"),
    "made private": lambda world, post: world.fake.change(post, visibility=Visibility.FOLLOWERS),
    "warned of": lambda world, post: world.fake.change(post, warning="grief"),
    "edited": lambda world, post: world.fake.change(post, text="asks: may I take that back?"),
    "opted out": lambda world, post: world.fake.change(post, author=replace(post.author, bio="keine Bots bitte")),
    "not to be indexed": lambda world, post: world.fake.change(post, author=replace(post.author, bio="#noindex")),
}


@pytest.mark.parametrize("how", AFTERWARDS)
@pytest.mark.parametrize("is_shown", [False, True], ids=["before the digest", "after it was shown"])
def test_4_a_change_of_mind_is_followed_before_every_digest_and_within_a_day(world, how, is_shown):
    post = world.mention("ines", "asks: would you play the aardvark?")
    world.tick(until_eight(world) if is_shown else MINUTE)
    assert "aardvark" in world.words_on_disk()
    AFTERWARDS[how](world, post)
    world.tick(until_eight(world))
    assert "aardvark" not in world.words_on_disk()
    assert "aardvark" not in "".join(world.received()[1 + is_shown :])


def test_4_within_a_day_also_when_a_hundred_are_open_and_when_the_network_was_down_at_first(world):
    posts = [world.mention(f"person{n}", f"asks: aardvark {n}?") for n in range(100)]
    for _ in range(3):
        world.tick(10 * MINUTE)
    assert world.words_on_disk().count("aardvark") >= 100
    for post in posts:
        world.fake.delete(post)
    world.fake.fault = lambda request: "500" if request == "posts" else ""
    world.tick(world.until(0) - world.clock.at)
    world.fake.fault = lambda _: ""
    for _ in range(12):
        world.tick(10 * MINUTE)
    assert "aardvark" not in world.words_on_disk()
    asked = world.fake.asked["posts"]
    for _ in range(12):
        world.tick(10 * MINUTE)
    assert world.fake.asked["posts"] == asked, "once a day, and no more"


def test_4_words_and_people_grow_old_and_are_gone(world):
    world.mention("ines", "asks: would you play the aardvark?")
    world.tick(until_eight(world))
    for _ in range(8):
        world.tick(8 * DAY)
    assert "aardvark" not in world.words_on_disk()
    world.tick(130 * DAY)
    with world.opened() as shell:
        assert shell.store.people.all() == {}


def test_4_what_data_says_is_what_is_there(world):
    """Every table of the state is spoken of, and nothing that is spoken of as never kept is in it."""
    for who in ("ines", "bo"):
        world.mention(who, "asks: would you play the aardvark?")
    world.tick(until_eight(world))
    world.says("data")
    world.tick(MINUTE)
    said = world.received()[-1]
    with world.opened() as shell:
        store = shell.store
        assert f"2 open items, {len(store.people)} people" in said
        kept = json.loads((world.folder / "state.json").read_text())
    told_of = {
        "opportunities": "name, link, reasons and a short quotation",
        "seen": "Of a post: a one-way mark",
        "people": "name, addresses, when you wrote to each other",
        "ledger": "what you told me",
    }
    assert [table for table, words in told_of.items() if words not in said] == []
    numbers_only = {"meta", "cursors", "heard", "health", "tallies", "months", "delivered", "outbox", "near"}
    numbers_only |= {"understood"}
    assert kept.keys() <= told_of.keys() | numbers_only
    for table in numbers_only - {"outbox"}:
        assert "aardvark" not in json.dumps(kept.get(table, {}))
        assert "Ines" not in json.dumps(kept.get(table, {}))


# -- 5: opt-outs ------------------------------------------------------------------------------------------------------


def test_5_whoever_opts_out_is_counted_and_nothing_else_in_note_and_field_alike(on):
    on.server.account("cy", note="<p>I knit.</p><p>#nobot</p>")
    on.server.account("dee", fields={"Bots": "no"})
    on.server.account("eve", note="Strickt. Keine Bots!")
    on.tick()
    for who in ("cy", "dee", "eve"):
        on.server.post(on.server.find(who), "@rosa asks: would you play the aardvark?")
    on.server.post(on.ines, "@rosa asks: would you co-write it?")
    on.tick(11 * MINUTE)
    digest = on.messages()[-1].text
    assert "+3 from people who opt out of bots" in digest
    assert "1 worth your time" in digest
    state = "".join(path.read_text() for path in (on.folder / "state").iterdir())
    for word in ("aardvark", "cy", "dee", "eve", "knit"):
        assert not re.search(rf"\b{word}\b", state)


def test_5_whoever_opts_out_later_is_remembered_no_longer(world):
    for days in range(3):
        world.mention("ines", f"asks: and what of {days}?")
        world.tick(DAY)
    with world.opened() as shell:
        assert [each.name for each in shell.store.people.all().values()] == ["Ines"]
    post = world.mention("ines", "asks: and what of the aardvark?")
    world.fake.posts[post.id] = replace(post, author=replace(post.author, bio="#nobot"))
    world.tick(HOUR)
    with world.opened() as shell:
        assert shell.store.people.all() == {}


def test_5_on_bluesky_the_label_and_the_bio_are_read(on_bluesky):
    program, owner, alice = on_bluesky
    alice.describes(bio="Seeds. #nobot")
    alice.posts("asks: would you play the aardvark?", naming=owner)
    state = program()
    assert "aardvark" not in state
    assert alice.did not in state


# -- 6: what was not said to everybody --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["ignore", "point"])
@pytest.mark.parametrize(
    "changes", [{"visibility": Visibility.FOLLOWERS}, {"visibility": Visibility.DIRECT}, {"warning": "grief"}], ids=str
)
def test_6_what_was_not_said_to_everybody_is_never_quoted(tmp_path, mode, changes):
    world = World(tmp_path / "state", privacy={"non_public": mode})
    world.tick()
    post = world.mention("ines", "asks: would you play the aardvark?")
    world.fake.posts[post.id] = replace(post, **changes)
    world.tick(until_eight(world))
    world.says("list")
    world.says("why 1")
    world.says("more")
    world.tick(MINUTE)
    assert (post.link in "".join(world.received())) == (mode == "point")
    assert "aardvark" not in "".join(world.received())
    assert "aardvark" not in world.words_on_disk()
    assert "grief" not in world.words_on_disk()


# -- 7: blocked, muted, forgotten -------------------------------------------------------------------------------------


def test_7_whom_the_owner_blocks_or_who_blocks_the_owner_never_appears(world):
    world.fake.block("ines")
    world.mention("ines", "asks: would you play the aardvark?")
    world.tick(until_eight(world))
    assert "Ines" not in "".join(world.received())
    assert "aardvark" not in world.words_on_disk()


def test_7_of_the_forgotten_a_salted_mark_is_left_and_no_backup_brings_them_back(world):
    world.mention("ines", "asks: would you play the aardvark?")
    world.tick(until_eight(world))
    copy = (world.folder / "state.json").read_bytes()
    for said in ("forget 1", "yes"):
        world.says(said)
        world.tick(MINUTE)
    (mark,) = (world.folder / "forgotten").read_text().split()
    assert re.fullmatch(r"[0-9a-f]{32}\$[0-9a-f]{32}", mark)
    (world.folder / "state.json").write_bytes(copy)
    world.tick(5 * MINUTE)
    world.mention("ines", "asks: and now?")
    world.tick(DAY)
    assert "aardvark" not in world.words_on_disk()
    assert "Ines" not in world.words_on_disk()


# -- 8: nothing leaves the machine ------------------------------------------------------------------------------------


def test_8_nothing_that_people_write_goes_to_any_server_but_in_the_message_to_the_owner(on):
    on.tick()
    on.server.post(on.ines, "@rosa asks: would you play the aardvark?")
    on.server.post(on.server.account("bo"), "@rosa what a lovely bergamot")
    on.tick(11 * MINUTE)
    on.tick(DAY)
    sent = [each for each in on.server.requests if "aardvark" in f"{each.path}{each.query_string}{each.body}"]
    assert {f"{each.method} {each.path}" for each in sent} == {"POST /api/v1/statuses"}
    assert not [each for each in on.server.requests if "bergamot" in f"{each.path}{each.query_string}{each.body}"]


# -- 9: no audience ---------------------------------------------------------------------------------------------------


def test_9_change_every_number_of_an_audience_and_the_digest_is_the_same_to_the_letter(tmp_path, monkeypatch):
    told = []
    for number in (0, 987_654):
        clock = Clock(datetime(2026, 11, 22, 6, 50, tzinfo=UTC))
        with Server(now=clock) as server:
            on = Stage(server, clock, tmp_path / str(number))
            on.folder.mkdir()
            for name, key in on.keys().items():
                monkeypatch.setenv(name, key)
            on.tick()
            for who, asked in {
                "ines@kelp.example": "play the flute",
                "bo": "stop the mould",
                "cy": "come on Friday",
            }.items():
                names = ("followers_count", "following_count", "statuses_count")
                person = server.account(who, **dict.fromkeys(names, number))
                server.post(person, f"@rosa asks: would you {asked}?")
            counts = ("favourites_count", "reblogs_count")
            server.fault(faults.changed(_with_counts(counts, number)), "GET /api/v1/notifications", times=99)
            on.tick(11 * MINUTE)
            told.append(on.messages()[-1].text.replace(server.url, ""))
            assert str(987_654) not in "".join(p.read_text() for p in (on.folder / "state").iterdir())
    assert "3 worth your time" in told[0]
    assert re.sub(r"\d{9,}", "#", told[0]) == re.sub(r"\d{9,}", "#", told[1])


def _with_counts(names, number):
    def change(items):
        for item in items:
            item["status"] |= dict.fromkeys(names, number)
        return items

    return change


# -- 10: the file, and the bot's mark ---------------------------------------------------------------------------------


def test_10_the_state_is_for_its_owner_alone_whatever_the_umask(on):
    before = os.umask(0)
    try:
        on.tick()
        on.server.post(on.ines, "@rosa asks: would you co-write it?")
        on.tick(11 * MINUTE)
    finally:
        os.umask(before)
    folder = on.folder / "state"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_10_check_looks_for_the_mark_of_a_bot_and_proposes_words_for_its_bio():
    with stage() as on:
        said = [each.says for each in on.messenger.check()]
        assert "rosasbot@social.example is marked as a bot" in said
        (bio,) = [each for each in said if "a bio for" in each]
        words = bio.partition('"')[2].strip('"')
        assert words == (
            "A bot for rosa@social.example alone. It reads what is written to them and tells them in private; it never "
            "posts. Put #nobot in your bio and it leaves you out. What it reads and keeps: Underheard, docs/privacy.md"
        )
        assert len(words) <= 256, "what Bluesky takes; Mastodon takes 500"
        on.server.account("rosasbot", note=f"<p>{words}</p>")
        on.restart()
        assert "the bio of rosasbot@social.example tells people what it does" in [e.says for e in on.messenger.check()]


def test_the_page_for_the_people_who_are_read_makes_ten_promises_and_is_there():
    assert (DOCS.parent / PRIVACY_PAGE).is_file()
    page = (DOCS / "privacy.md").read_text(encoding="utf-8")
    assert re.findall(r"^(\d+)\. ", page, re.MULTILINE) == [str(n) for n in range(1, 11)]
    names = [name for name in globals() if name.startswith("test_")]
    for number in range(1, 11):
        assert [name for name in names if name.startswith(f"test_{number}_")], f"promise {number} has no test"


# -- the whole bot on Bluesky -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network():
    with running() as addresses:
        yield Network(addresses)


@pytest.fixture
def on_bluesky(network, tmp_path):
    """A program that ticks twice and composes; then all that is on its disk."""
    owner, bot, alice = (network.person(name) for name in ("rosa", "rosasbot", "alice"))
    owner.follows(bot)
    bluesky = Bluesky(owner, bot, tmp_path)
    settings = Config.model_validate(
        {
            "owner": {"timezone": "Europe/Amsterdam"},
            "goal": [{"name": "book", "want": "Finish the seed library guide", "kind": "collaborate"}],
            "digest": {"at": [], "weekly_review": ""},
            "state": {"dir": tmp_path / "bot"},
            "networks": {"bluesky": bluesky.settings()},
        }
    )

    def program():
        store = Store.open(settings.state.folder)
        try:
            shell = wired(settings, store, lambda: Uptime(boot="", seconds=1000.0))
            shell.read = lambda case: blank(case.post.text)
            app.tick(shell, datetime.now(UTC) + timedelta(seconds=1))
            app.tick(shell, datetime.now(UTC) + timedelta(seconds=2), digest_now=True)
            assert _faults(shell) == 0
        finally:
            store.close()
        return "".join(path.read_text() for path in settings.state.folder.iterdir() if path.suffix != ".session")

    return program, owner, alice
