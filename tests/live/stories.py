"""What the Bluesky adapter does, told on any network that speaks XRPC: the real one, and the fast one of the tests.

`network` comes from whoever imports these stories.
"""

from __future__ import annotations

import contextlib
import json
import stat
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from bot import outbox
from bot.__main__ import uptime
from bot.app import tick
from bot.check import check
from bot.config import Config
from bot.errors import Exposed, NetworkError, NotFound, RateLimited, Rejected, StoreError, Unauthorized, Unavailable
from bot.finding.reading import blank
from bot.models import NotificationKind, OptOut, Post
from bot.networks import Connection, Cursor, Messenger, Source, bluesky_api
from bot.networks.bluesky import Settings, connect
from bot.outbox import Uptime
from bot.store import Store
from bot.wiring import wired

from .people import Network, Person, Written, stamp, within

LIST, SEND, CONVO = (
    "app.bsky.notification.listNotifications",
    "chat.bsky.convo.sendMessage",
    "chat.bsky.convo.getConvoForMembers",
)
MESSAGES = "chat.bsky.convo.getMessages"
LOGIN, REFRESH = "com.atproto.server.createSession", "com.atproto.server.refreshSession"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SEEDS = "did you save the seeds?"


# -- the people ---------------------------------------------------------------------------------------------------


@pytest.fixture
def person(network: Network) -> Iterator[Callable[[str], Person]]:
    yield network.person
    network.clear_faults()


@pytest.fixture
def owner(person: Callable[[str], Person]) -> Person:
    return person("owner")


@pytest.fixture
def bot(person: Callable[[str], Person], owner: Person, network: Network) -> Person:
    """The owner follows it, so that it may write to them."""
    made = person("bot")
    owner.follows(made)
    network.settle()
    return made


@pytest.fixture
def alice(person: Callable[[str], Person]) -> Person:
    return person("alice")


class Bluesky:
    """The adapter at work, as the bot uses it: one cursor for each list, kept between reads."""

    def __init__(self, owner: Person, bot: Person, folder: Path) -> None:
        self.owner, self.bot, self.folder = owner, bot, folder
        self.password, self.bot_password = owner.app_password(), bot.app_password(with_messages=True)
        self.cursor: Cursor = {}
        self.place: Cursor = {}
        self.skipped = 0
        self.connection = self.connect()

    def settings(self) -> Settings:
        secrets = {"password": self.password, "bot_password": self.bot_password}
        for name, secret in secrets.items():
            (self.folder / name).write_text(secret)
        settings = {
            "handle": f"@{self.owner.handle}",
            "bot_handle": self.bot.handle,
            "service": self.owner.network.pds,
            **{name: f"file:{self.folder / name}" for name in secrets},
        }
        return Settings.model_validate(settings)

    def connect(self) -> Connection:
        """As a new process does."""
        self.connection = connect(self.settings(), self.folder / "state")
        return self.connection

    @property
    def source(self) -> Source:
        return self.connection.source

    @property
    def messenger(self) -> Messenger:
        assert self.connection.messenger
        return self.connection.messenger

    def reads(self, *, deep: bool = False) -> list[Post]:
        """What is new, oldest first, all of it."""
        found: list[Post] = []
        while True:
            inbox = self.source.inbox(self.cursor, deep=deep)
            self.cursor, deep = json.loads(json.dumps(dict(inbox.cursor))), False
            self.skipped += inbox.skipped
            found = [*(each.post for each in inbox.notifications), *found]
            if inbox.is_complete:
                return found

    def texts(self, *, deep: bool = False) -> list[str]:
        return [post.text for post in self.reads(deep=deep)]

    def kinds(self) -> list[NotificationKind]:
        inbox = self.source.inbox(self.cursor)
        self.cursor = inbox.cursor
        return [each.kind for each in inbox.notifications]

    def hears(self) -> list[str]:
        heard = self.messenger.heard(self.place, ())
        self.place = json.loads(json.dumps(dict(heard.cursor)))
        return [message.text for message in heard.messages]

    def says(self, text: str, *, answering: str | None = None) -> str:
        return self.messenger.send(text, key="", reply_to=answering)

    def arrived(self) -> list[str]:
        """What the bot's own look finds."""
        return [message.text for message in self.messenger.sent(None, LONG_AGO)]


@pytest.fixture
def bluesky(owner: Person, bot: Person, tmp_path: Path) -> Bluesky:
    return Bluesky(owner, bot, tmp_path)


@pytest.fixture
def reading(bluesky: Bluesky) -> Bluesky:
    """It has read once."""
    bluesky.reads()
    return bluesky


@pytest.fixture
def hearing(bluesky: Bluesky) -> Bluesky:
    """It has begun the conversation, and listened once."""
    bluesky.says("hello")
    bluesky.hears()
    return bluesky


@pytest.fixture
def root(owner: Person, network: Network) -> Written:
    post = owner.posts("I grow beans")
    network.settle()
    return post


def many(author: Person, texts: list[str], **post: Any) -> None:
    """A second apart, the last one just now: posts of one millisecond are another story."""
    start = datetime.now(UTC) - timedelta(seconds=len(texts))
    for n, text in enumerate(texts):
        author.posts(text, createdAt=stamp(start + timedelta(seconds=n)), **post)
    author.network.settle()


# -- what was written to the owner --------------------------------------------------------------------------------


def test_a_mention_a_reply_and_a_quote_are_read(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    alice.describes(name="  Alice  \n Liddell ", bio="#nobots please")
    alice.posts(SEEDS, naming=owner)
    alice.posts("so do I", to=root)
    alice.posts("look at this", quoting=root)
    network.settle()
    inbox = reading.source.inbox(reading.cursor)
    mention, reply, quote = inbox.notifications
    assert [mention.kind, reply.kind, quote.kind] == list(NotificationKind)
    assert (mention.post.text, mention.post.mentions) == (SEEDS, (f"bluesky:{owner.did}",))
    assert (reply.post.reply_to, reply.post.reply_to_author) == (f"bluesky:{root.uri}", f"bluesky:{owner.did}")
    assert quote.post.quotes == f"bluesky:{root.uri}"
    author = mention.post.author
    assert (author.id, author.handle) == (f"bluesky:{alice.did}", alice.handle)
    assert (author.name, author.bio, author.is_bot) == ("Alice Liddell", "#nobots please", False)
    key = mention.post.uri.rpartition("/")[2]
    assert mention.post.link == f"https://bsky.app/profile/{alice.did}/post/{key}"
    assert mention.post.language == "en"


def test_the_owner_is_known_by_did_and_called_by_the_name_in_the_profile(bluesky: Bluesky, owner: Person) -> None:
    owner.describes(name="Rosa")
    owner.network.settle()
    account = bluesky.source.owner()
    assert (account.id, account.handle, account.name) == (f"bluesky:{owner.did}", owner.handle, "Rosa")
    assert bluesky.messenger.handle() == bluesky.bot.handle


def test_a_post_that_replies_mentions_and_quotes_is_one_reply(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    alice.posts("all three", to=root, quoting=root, naming=owner)
    network.settle()
    assert reading.kinds() == [NotificationKind.REPLY]


def test_what_was_read_does_not_come_again(network: Network, reading: Bluesky, alice: Person, owner: Person) -> None:
    alice.posts(SEEDS, naming=owner)
    network.settle()
    assert reading.texts() == [SEEDS]
    assert reading.texts() == []
    assert reading.texts(deep=True) == []


def test_it_does_not_matter_that_the_owner_reads_elsewhere(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    alice.posts("first", naming=owner)
    network.settle()
    owner.reads_notifications()
    alice.posts("second", naming=owner)
    network.settle()
    owner.reads_notifications()
    network.settle()
    assert reading.texts() == ["first", "second"]


def test_a_filter_that_the_owner_set_for_the_app_hides_nobody_from_the_bot(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    owner.wants_notifications_from_followed_only()
    alice.posts(SEEDS, naming=owner)
    network.settle()
    assert reading.texts() == [SEEDS]


def test_a_first_run_brings_the_newest_page_and_no_more_ever(
    network: Network, bluesky: Bluesky, owner: Person, alice: Person
) -> None:
    many(alice, [f"history {n}" for n in range(120)], naming=owner)
    assert bluesky.texts() == [f"history {n}" for n in range(20, 120)]
    assert bluesky.texts() == []
    assert bluesky.texts(deep=True) == []
    alice.posts("news", naming=owner)
    network.settle()
    assert bluesky.texts() == ["news"]


@pytest.mark.parametrize("pages_at_once", [1, 5])
def test_after_a_week_of_downtime_nothing_is_missing(
    *,
    network: Network,
    reading: Bluesky,
    owner: Person,
    alice: Person,
    pages_at_once: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.networks.bluesky.PAGES_AT_ONCE", pages_at_once)
    missed = [f"missed {n}" for n in range(230)]
    many(alice, missed, naming=owner)
    assert sorted(reading.texts()) == sorted(missed)
    assert reading.texts() == []


def test_a_bad_page_does_not_hold_up_what_stands_above_it(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    missed = [f"missed {n}" for n in range(130)]
    many(alice, missed, naming=owner)
    network.fault(LIST, owner, skip=1, status=502, body={"error": "UpstreamFailure", "message": ""})
    assert reading.texts() == missed[30:]
    network.fault(LIST, owner, skip=1, status=502, body={"error": "UpstreamFailure", "message": ""})
    with pytest.raises(Unavailable):
        reading.reads()
    assert reading.texts() == missed[:30]
    assert reading.texts() == []


def test_a_backdated_reply_is_read(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    for n in range(20):
        alice.posts(f"reply {n}", to=root)
    network.settle()
    assert len(reading.reads()) == 20
    alice.posts("from yesterday", to=root, createdAt=stamp(datetime.now(UTC) - timedelta(days=1)))
    network.settle()
    assert reading.texts() == ["from yesterday"]


def test_a_reply_backdated_far_is_found_by_the_deep_look(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    many(alice, [f"reply {n}" for n in range(110)], to=root)
    assert len(reading.reads()) == 110
    alice.posts("from yesterday", to=root, createdAt=stamp(datetime.now(UTC) - timedelta(days=1)))
    network.settle()
    assert reading.texts() == []
    assert reading.texts(deep=True) == ["from yesterday"]


def test_posts_of_one_millisecond_at_the_edge_of_a_page_are_found_by_the_deep_look(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    start = datetime.now(UTC) - timedelta(minutes=10)
    for n in range(108):
        at = start + timedelta(seconds=n if n < 5 or n > 12 else 5)  # eight at once, around the 100th from the top
        alice.posts(f"reply {n}", to=root, createdAt=stamp(at))
    network.settle()
    found = [*reading.texts(), *reading.texts(deep=True)]
    assert sorted(found) == sorted(f"reply {n}" for n in range(108))


def test_a_post_is_as_old_as_it_says_but_never_of_the_future(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    now = datetime.now(UTC)
    alice.posts("old", naming=owner, createdAt=stamp(now - timedelta(days=2)))
    alice.posts("early", naming=owner, createdAt=stamp(now + timedelta(days=2)))
    network.settle()
    old, early = reading.reads()
    assert abs(old.posted_at - (now - timedelta(days=2))) < timedelta(seconds=1)
    assert abs(early.posted_at - now) < timedelta(seconds=30)


def test_an_edited_post_comes_again_as_another_edition(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    written = alice.posts("wil you come?", naming=owner)
    network.settle()
    (before,) = reading.reads()
    alice.edits(written, f"@{owner.handle} will you come?")
    network.settle()
    (after,) = reading.reads()
    assert (after.id, after.text) == (before.id, "will you come?")
    assert after.edition != before.edition


def test_likes_boosts_and_follows_are_no_words(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    alice.follows(owner)
    alice.record("app.bsky.feed.like", {"subject": root.ref})
    alice.record("app.bsky.feed.repost", {"subject": root.ref})
    network.settle()
    assert reading.texts() == []


def test_marks_that_people_put_on_themselves_are_read(
    network: Network, reading: Bluesky, owner: Person, alice: Person, person: Callable[[str], Person]
) -> None:
    alice.describes(name="Alice", labels=("!no-unauthenticated",))
    robot = person("robot")
    robot.describes(name="", labels=("bot",))
    warned = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}
    alice.posts("one", naming=owner)
    robot.posts("two", naming=owner, labels=warned)
    network.settle()
    one, two = reading.reads()
    assert (one.author.opt_outs, one.author.is_bot, one.warning) == (frozenset({OptOut.NO_GUESTS}), False, "")
    assert (two.author.opt_outs, two.author.is_bot, two.warning) == (frozenset(), True, "graphic-media")
    assert two.author.name == robot.handle.partition(".")[0]


def test_who_is_muted_or_blocked_is_not_read(
    network: Network, reading: Bluesky, owner: Person, alice: Person, person: Callable[[str], Person]
) -> None:
    bob = person("bob")
    owner.mutes(alice)
    owner.blocks(bob)
    network.settle()
    alice.posts("muted", naming=owner)
    bob.posts("blocked", naming=owner)
    network.settle()
    assert reading.texts() == []


# -- around it ----------------------------------------------------------------------------------------------------


def test_a_thread_is_one_request_and_the_whole_tree(
    *, network: Network, reading: Bluesky, owner: Person, alice: Person, bot: Person, root: Written
) -> None:
    first = alice.posts("first", to=root)
    owner.posts("second", to=first)
    alice.posts("a branch", to=root)
    network.settle()
    post = reading.reads()[0]
    before = len(network.calls(owner))
    thread = reading.source.thread(post)
    assert [each.text for each in thread.posts] == ["I grow beans", "first", "second", "a branch"]
    assert thread.root.id == f"bluesky:{root.uri}"
    assert len(network.calls(owner)) == before + 1


def test_a_new_process_finds_the_root_again(network: Network, reading: Bluesky, alice: Person, root: Written) -> None:
    alice.posts("first", to=root)
    alice.posts("a branch", to=root)
    network.settle()
    post = reading.reads()[0]
    reading.connect()
    assert [each.text for each in reading.source.thread(post).posts] == ["I grow beans", "first", "a branch"]


def test_below_a_deleted_post_both_parts_of_the_thread_are_seen(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    middle = alice.posts("middle", to=root)
    alice.posts("side", to=root)
    leaf = alice.posts("leaf", to=middle, naming=owner)
    alice.posts("below", to=leaf)
    network.settle()
    post = next(each for each in reading.reads() if each.text == "leaf")
    alice.deletes(middle)
    network.settle()
    thread = reading.source.thread(post)
    assert [each.text for each in thread.posts] == ["I grow beans", "side", "leaf", "below"]


def test_a_thread_without_its_root_begins_with_what_is_left(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    gone = alice.posts("gone")
    first = alice.posts("first", to=gone)
    alice.posts("second", to=first, naming=owner)
    network.settle()
    (post,) = reading.reads()
    alice.deletes(gone)
    network.settle()
    assert [each.text for each in reading.source.thread(post).posts] == ["first", "second"]


def test_the_thread_of_a_deleted_post_is_not_found(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    written = alice.posts("first", to=root)
    network.settle()
    (post,) = reading.reads()
    alice.deletes(written)
    network.settle()
    with pytest.raises(NotFound):
        reading.source.thread(post)


def test_in_a_thread_whom_the_owner_blocks_is_a_hole(
    *, network: Network, reading: Bluesky, owner: Person, alice: Person, person: Callable[[str], Person], root: Written
) -> None:
    bob = person("bob")
    alice.posts("first", to=root)
    bob.posts("blocked", to=root)
    owner.blocks(bob)
    network.settle()
    post = next(each for each in reading.reads() if each.text == "first")
    assert [each.text for each in reading.source.thread(post).posts] == ["I grow beans", "first"]


def test_in_a_thread_whoever_has_left_is_a_hole_too(
    *, network: Network, reading: Bluesky, alice: Person, person: Callable[[str], Person], root: Written
) -> None:
    bob = person("bob")
    first = alice.posts("first", to=root)
    gone = bob.posts("gone", to=first)
    alice.posts("below it", to=gone)
    network.settle()
    post = next(each for each in reading.reads() if each.text == "first")
    bob.leaves()
    network.settle()
    said = [each.text for each in reading.source.thread(post).posts]
    assert said[:2] == ["I grow beans", "first"]
    assert "gone" not in said


def test_who_changes_the_handle_stays_the_same_person(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    alice.posts("before", naming=owner)
    network.settle()
    (before,) = reading.reads()
    handle = alice.renames()
    network.settle()
    alice.posts("after", naming=owner)
    network.settle()
    (after,) = reading.reads()
    assert after.author.id == before.author.id
    assert after.link.split("/post/")[0] == before.link.split("/post/")[0]
    within(15, lambda: reading.source.posts([after.id])[after.id].author.handle == handle)


def test_posts_are_looked_up_as_they_are_now(
    network: Network, reading: Bluesky, owner: Person, alice: Person, person: Callable[[str], Person]
) -> None:
    bob, carol, dora = person("bob"), person("carol"), person("dora")
    kept, edited = alice.posts("kept", naming=owner), alice.posts("typo", naming=owner)
    deleted = alice.posts("deleted", naming=owner)
    for each in (bob, carol, dora):
        each.posts(f"by {each.handle}", naming=owner)
    network.settle()
    read = reading.reads()
    assert len(read) == 6
    alice.edits(edited, "mended")
    alice.deletes(deleted)
    alice.describes(bio="#nobots")
    bob.leaves()
    owner.mutes(carol)
    owner.blocks(dora)
    network.settle()
    found = reading.source.posts(post.id for post in read)
    assert {post.text for post in found.values()} == {"kept", "mended"}
    assert found[f"bluesky:{kept.uri}"].author.bio == "#nobots"


def test_many_posts_and_people_are_asked_for_in_batches(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    for n in range(30):
        alice.posts(f"post {n}", naming=owner)
    network.settle()
    read = reading.reads()
    before = len(network.calls(owner))
    assert len(reading.source.posts(post.id for post in read)) == 30
    assert len(network.calls(owner)) == before + 3  # two of posts, one of people


def test_relationships_say_who_is_hidden_and_who_is_followed(
    network: Network, bluesky: Bluesky, owner: Person, person: Callable[[str], Person]
) -> None:
    muted, blocked, blocking, followed, gone, other = (
        person(name) for name in ("muted", "blocked", "blocking", "followed", "gone", "other")
    )
    owner.mutes(muted)
    owner.blocks(blocked)
    blocking.blocks(owner)
    owner.follows(followed)
    gone.leaves()
    network.settle()
    everybody = (muted, blocked, blocking, followed, gone, other)
    found = bluesky.source.relationships(f"bluesky:{each.did}" for each in everybody)
    assert [found[f"bluesky:{each.did}"].is_hidden for each in everybody] == [True, True, True, False, True, False]
    assert [each.did for each in everybody if found[f"bluesky:{each.did}"].is_followed] == [followed.did]


def test_a_quiet_tick_is_two_requests_also_in_a_new_process(
    network: Network, hearing: Bluesky, owner: Person, bot: Person
) -> None:
    hearing.reads()
    hearing.source.owner()
    before = len(network.calls(owner)), len(network.calls(bot))
    hearing.connect()
    hearing.source.owner()
    assert hearing.reads() == []
    assert hearing.hears() == []
    assert (len(network.calls(owner)) - before[0], len(network.calls(bot)) - before[1]) == (1, 1)


def test_a_new_conversation_is_one_request_more(
    network: Network, reading: Bluesky, owner: Person, alice: Person, root: Written
) -> None:
    owner.follows(alice)
    alice.posts("first", to=root)
    network.settle()
    before = len(network.calls(owner))
    (post,) = reading.reads()
    assert reading.source.relationships([post.author.id])[post.author.id].is_followed
    reading.source.thread(post)
    assert len(network.calls(owner)) == before + 2
    owner.mutes(alice)
    network.settle()
    assert reading.source.relationships([post.author.id])[post.author.id].is_hidden  # asked anew


# -- sessions -----------------------------------------------------------------------------------------------------


def test_one_login_serves_all_processes_and_its_file_is_for_the_owner_alone(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    for _ in range(3):
        reading.connect()
        reading.reads()
    assert logins(reading) == 1
    (file,) = (reading.folder / "state").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert reading.password not in file.read_text()


def logins(bluesky: Bluesky) -> int:
    """How often the owner's account logged in since the beginning."""
    (file,) = (bluesky.folder / "state").glob("*owner*")
    return len(json.loads(file.read_text())["logins"])


def test_an_expired_session_is_renewed_and_the_request_repeated(
    network: Network, reading: Bluesky, owner: Person, alice: Person
) -> None:
    alice.posts(SEEDS, naming=owner)
    network.settle()
    network.fault(LIST, owner, status=400, body={"error": "ExpiredToken", "message": "Token has expired"})
    assert reading.texts() == [SEEDS]
    assert network.calls(owner)[-3:] == [LIST, REFRESH, LIST]
    reading.connect()
    assert reading.texts() == []
    assert logins(reading) == 1


def test_a_session_that_cannot_be_renewed_is_replaced_by_one_login(
    network: Network, reading: Bluesky, owner: Person
) -> None:
    expired = {"error": "ExpiredToken", "message": "Token has expired"}
    network.fault(LIST, owner, status=400, body=expired)
    network.fault(REFRESH, owner, status=400, body=expired)
    assert reading.texts() == []
    assert logins(reading) == 2


def test_a_revoked_app_password_ends_in_unauthorized_without_a_loop(
    network: Network, reading: Bluesky, owner: Person
) -> None:
    owner.revokes("plain")
    network.fault(LIST, owner, times=20, status=400, body={"error": "ExpiredToken", "message": ""})
    for _ in range(10):
        with pytest.raises((Unauthorized, RateLimited)) as refused:
            reading.reads()
        assert reading.password not in repr(refused.value)
    assert isinstance(refused.value, RateLimited)
    assert logins(reading) <= 5


def test_a_new_app_password_is_used_at_once(reading: Bluesky, owner: Person) -> None:
    reading.password = owner.app_password(name="another")
    reading.connect()
    assert reading.texts() == []
    assert logins(reading) == 2


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"session": 7}', '{"session": "a:::b"}'])
def test_a_damaged_session_file_is_as_good_as_none(reading: Bluesky, damage: str) -> None:
    (file,) = (reading.folder / "state").iterdir()
    file.write_text(damage)
    reading.connect()
    assert reading.texts() == []


def test_a_wrong_password_is_one_clear_line(bluesky: Bluesky) -> None:
    bluesky.password = "abcd-abcd-abcd-abcd"
    bluesky.connect()
    with pytest.raises(Unauthorized, match="check the handle and the app password"):
        bluesky.reads()


def test_logging_in_again_and_again_ends_before_the_server_minds(network: Network, bluesky: Bluesky) -> None:
    network.fault(LOGIN, None, times=20, mode="drop-before")
    for _ in range(8):
        bluesky.connect()
        with pytest.raises((Unavailable, RateLimited)) as raised:
            bluesky.reads()
    assert isinstance(raised.value, RateLimited)
    assert raised.value.retry_at is not None
    assert timedelta(minutes=58) < raised.value.retry_at - datetime.now(UTC) < timedelta(minutes=61)
    assert logins(bluesky) == 5


@pytest.mark.parametrize("hours", [-72, 72])
def test_a_wrong_clock_costs_no_request(
    network: Network, reading: Bluesky, owner: Person, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading.connect()
    before = len(network.calls(owner))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        assert reading.texts() == []
    assert len(network.calls(owner)) == before + 1


def test_no_key_of_a_broken_login_is_in_the_error(network: Network, bluesky: Bluesky) -> None:
    network.fault(LOGIN, None, status=200, body={"accessJwt": "SECRET", "refreshJwt": "SECRET"})
    with pytest.raises(Unavailable) as raised:
        bluesky.reads()
    assert "SECRET" not in "".join(traceback.format_exception(raised.value))
    assert bluesky.password not in "".join(traceback.format_exception(raised.value))


def test_a_folder_that_cannot_be_written_stops_before_logging_in(bluesky: Bluesky) -> None:
    (bluesky.folder / "state").write_text("a file, not a folder")
    with pytest.raises(StoreError):
        bluesky.reads()


# -- trouble ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 500, "body": {"error": "InternalServerError", "message": "secret words"}}, Unavailable),
        ({"status": 502, "body": {"error": "UpstreamFailure", "message": "secret words"}}, Unavailable),
        ({"status": 503, "text": "<html>"}, Unavailable),
        ({"status": 403, "text": "<html>"}, Unavailable),
        ({"status": 400, "body": {"error": "InvalidRequest", "message": "secret words"}}, Unavailable),
        ({"status": 200, "text": "<html>", "headers": {"content-type": "text/html"}}, Unavailable),
        ({"status": 200, "text": '{"notifications": ['}, Unavailable),
        ({"status": 200, "text": "[]"}, Unavailable),
        ({"status": 301, "text": "", "headers": {"location": "/xrpc/" + LIST}}, Unavailable),
        ({"mode": "drop-before"}, Unavailable),
        ({"status": 429, "body": {"error": "RateLimitExceeded", "message": ""}}, RateLimited),
        ({"status": 401, "body": {"error": "AccountTakedown", "message": ""}}, Unauthorized),
    ],
)
def test_trouble_is_named_by_what_can_be_done_about_it(
    *, network: Network, reading: Bluesky, owner: Person, alice: Person, fault: dict[str, object], error: type
) -> None:
    alice.posts(SEEDS, naming=owner)
    network.settle()
    network.fault(LIST, owner, **{"times": 30 if fault.get("status") == 301 else 1, **fault})
    with pytest.raises(NetworkError) as raised:
        reading.reads()
    assert type(raised.value) is error or isinstance(raised.value, error)
    assert "secret" not in str(raised.value)
    assert not raised.value.maybe_done
    network.clear_faults()
    assert reading.texts() == [SEEDS]


def test_the_pds_says_when_to_come_back(network: Network, reading: Bluesky, owner: Person) -> None:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=4)
    headers = {"ratelimit-reset": str(int(at.timestamp()))}
    network.fault(LIST, owner, status=429, headers=headers, body={"error": "RateLimitExceeded", "message": ""})
    with pytest.raises(RateLimited) as raised:
        reading.reads()
    assert raised.value.retry_at == at


def test_one_poisoned_item_costs_one_item(network: Network, reading: Bluesky, owner: Person, alice: Person) -> None:
    many(alice, [f"post {n}" for n in range(7)], naming=owner)
    page = owner.asks(LIST, limit=100)
    spoil(page["notifications"])
    network.fault(LIST, owner, times=2, body=page)
    assert reading.texts() == ["post 0", f"@{owner.handle} post 1", "post 2", "post 3"]
    assert reading.skipped == 3
    assert reading.texts() == []
    assert reading.skipped == 3


def spoil(newest_first: list[dict[str, object]]) -> None:
    """As the SDK's models refuse a whole page for; the last three cannot be read by anybody."""
    six, five, four, three, two, one, _ = newest_first
    six["record"] = None
    five["author"] = {"handle": "nobody.test"}
    four["uri"] = "at://nobody/nothing"
    three["isRead"] = "false"
    two["author"] |= {"viewer": {"muted": "no"}, "labels": [{"val": "!warn"}, 7]}  # type: ignore[operator]
    one["record"] |= {"facets": "none", "reply": 4, "langs": [None], "createdAt": "yesterday"}  # type: ignore[operator]


# -- what the bot writes ------------------------------------------------------------------------------------------


def test_a_message_arrives_with_live_links_and_no_live_name(bluesky: Bluesky, owner: Person, bot: Person) -> None:
    text = "Ü 1 Ínes asks @owner.test (see https://bsky.app/profile/did:plc:x/post/3k)."
    ident = bluesky.says(text)
    (message,) = owner.messages(bot)
    assert (f"bluesky:{message['id']}", message["text"]) == (ident, text)
    (facet,) = message["facets"]
    (feature,) = facet["features"]
    start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
    assert feature["$type"] == "app.bsky.richtext.facet#link"
    assert text.encode()[start:end].decode() == feature["uri"] == "https://bsky.app/profile/did:plc:x/post/3k"


def test_an_answer_hangs_below_what_it_answers_while_that_is_there(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person
) -> None:
    digest = bluesky.says("digest")
    bluesky.says("answer", answering=digest)
    bluesky.says("lost", answering="bluesky:3kaaaaaaaaaaa")
    assert [message.get("replyTo", {}).get("id") for message in owner.messages(bot)] == [
        None,
        digest.removeprefix("bluesky:"),
        None,
    ]


@pytest.mark.parametrize(
    "text", ["x" * 1000, "x" * 1001, "👨‍👩‍👧‍👦" * 400, "👨‍👩‍👧‍👦" * 401, "e\u0301" * 1000, "e\u0301" * 1001, "ß" * 1000]
)
def test_what_fits_is_taken_and_what_does_not_is_never_sent(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, text: str
) -> None:
    if bluesky.messenger.fits(text):
        bluesky.says(text)
        assert owner.texts(bot) == [text]
    else:
        with pytest.raises(Rejected):
            bluesky.says(text)
        assert SEND not in network.calls(bot)


def test_a_conversation_with_anybody_else_in_it_gets_no_message(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person
) -> None:
    bluesky.says("hello")
    stranger = {"did": alice.did, "handle": alice.handle}
    for patch in (
        {"convo": {"members": [{"did": owner.did, "handle": owner.handle}, stranger]}},
        {"convo": {"members": [{"did": d.did, "handle": d.handle} for d in (owner, bot, alice)]}},
        {"convo": {"kind": GROUP}},
    ):
        network.chat_fault(CONVO, bot, mode="mutate", patch=patch)
        with pytest.raises(Exposed):
            bluesky.says("private")
    assert owner.texts(bot) == ["hello"]


GROUP = {
    "$type": "chat.bsky.convo.defs#groupConvo",
    "name": "seeds",
    "createdAt": "2026-11-22T08:00:00.000Z",
    "memberCount": 2,
    "memberLimit": 50,
    "lockStatus": "unlocked",
    "lockStatusModerationOverride": False,
}


def test_who_does_not_follow_the_bot_is_told_what_to_do(
    network: Network, person: Callable[[str], Person], tmp_path: Path
) -> None:
    owner, bot = person("owner"), person("bot")
    network.settle()
    bluesky = Bluesky(owner, bot, tmp_path)
    for look in (bluesky.says, lambda _: bluesky.arrived()):
        with pytest.raises(Unavailable, match=f"{owner.handle} does not follow {bot.handle}"):
            look("hello")
    assert bluesky.hears() == []
    owner.follows(bot)
    network.settle()
    bluesky.says("hello")
    owner.tells(bot, "start")
    assert bluesky.hears() == ["start"]


def test_an_app_password_without_messages_is_told_apart(network: Network, bluesky: Bluesky, bot: Person) -> None:
    bluesky.bot_password = bot.app_password()
    bluesky.connect()
    for _ in range(3):
        with pytest.raises(Unauthorized, match="no access to direct messages"):
            bluesky.says("hello")
    assert network.calls(bot).count(REFRESH) <= 1


@pytest.mark.parametrize(
    ("fault", "error", "maybe_done", "stored"),
    [
        ({"mode": "drop-before"}, Unavailable, True, 0),
        ({"mode": "drop-after"}, Unavailable, True, 1),
        ({"mode": "answer", "status": 502, "body": {"error": "UpstreamFailure", "message": ""}}, Unavailable, True, 0),
        ({"mode": "answer", "status": 200, "body": {}}, Unavailable, True, 0),
        ({"mode": "answer", "status": 200, "text": "<html>"}, Unavailable, True, 0),
        ({"mode": "answer", "status": 413, "body": {"error": "PayloadTooLarge", "message": ""}}, Rejected, False, 0),
        ({"mode": "answer", "status": 400, "body": {"error": "InvalidRequest", "message": ""}}, Rejected, False, 0),
        ({"mode": "answer", "status": 400, "body": {"error": "BlockedActor", "message": ""}}, Unavailable, False, 0),
        ({"mode": "answer", "status": 401, "body": {"error": "BadJwt", "message": ""}}, Unavailable, False, 0),
    ],
)
def test_after_a_failure_it_is_known_whether_the_message_may_be_there(
    *,
    network: Network,
    bluesky: Bluesky,
    owner: Person,
    bot: Person,
    fault: dict[str, object],
    error: type[NetworkError],
    maybe_done: bool,
    stored: int,
) -> None:
    network.fault(SEND, bot, **fault)
    with pytest.raises(error) as raised:
        bluesky.says("the digest")
    assert raised.value.maybe_done is maybe_done
    assert bluesky.arrived().count("the digest") == owner.texts(bot).count("the digest") == stored


def test_a_chat_service_that_wants_peace_does_not_say_for_how_long(
    network: Network, bluesky: Bluesky, bot: Person
) -> None:
    headers = {"ratelimit-reset": "4102444800"}  # what the PDS would add of its own
    network.fault(SEND, bot, status=429, headers=headers, body={"error": "RateLimitExceeded", "message": ""})
    with pytest.raises(RateLimited) as raised:
        bluesky.says("the digest")
    assert raised.value.retry_at is None
    assert bluesky.arrived() == []


def test_an_expired_session_does_not_send_twice(network: Network, bluesky: Bluesky, owner: Person, bot: Person) -> None:
    network.fault(SEND, bot, status=400, body={"error": "ExpiredToken", "message": ""})
    bluesky.says("the digest")
    assert owner.texts(bot) == ["the digest"]


def test_the_look_back_is_complete(network: Network, bluesky: Bluesky, owner: Person, bot: Person) -> None:
    first = bluesky.says("one")
    owner.tells(bot, "done 1")
    second = bluesky.says("two")
    for n in range(120):
        owner.tells(bot, f"answer {n}")
    bluesky.says("three")
    sent = bluesky.messenger.sent
    assert [message.text for message in sent(first, LONG_AGO)] == ["two", "three"]
    assert [message.text for message in sent(second, datetime.now(UTC))] == ["three"]
    assert [message.text for message in sent(None, LONG_AGO)] == ["one", "two", "three"]
    assert [message.text for message in sent("bluesky:unknown", LONG_AGO)] == ["one", "two", "three"]
    assert sent(None, datetime.now(UTC) + timedelta(hours=1)) == []


def test_a_message_whose_answer_does_not_come_in_time_may_be_there(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    bluesky.arrived()
    monkeypatch.setattr(bluesky_api, "TIMEOUT", 0.5)
    bluesky.connect()
    network.fault(SEND, bot, mode="hang")
    with pytest.raises(Unavailable) as raised:
        bluesky.says("the digest")
    assert raised.value.maybe_done
    assert owner.texts(bot) == ["the digest"]


# -- what the owner answers ---------------------------------------------------------------------------------------


def test_what_was_said_before_the_start_is_not_obeyed(bluesky: Bluesky, owner: Person, bot: Person) -> None:
    said = bluesky.says("hello")
    owner.tells(bot, "stop")
    owner.reacts(bot, said.removeprefix("bluesky:"), "👎")
    assert bluesky.hears() == []
    assert bluesky.hears() == []
    owner.tells(bot, "start")
    assert bluesky.hears() == ["start"]


def test_answers_come_once_in_order_and_say_what_they_answer(hearing: Bluesky, owner: Person, bot: Person) -> None:
    digest = hearing.says("digest")
    owner.tells(bot, "later 2 fri")
    owner.tells(bot, "done 1", answering=digest.removeprefix("bluesky:"))
    heard = hearing.messenger.heard(hearing.place, ())
    assert [(each.text, each.reply_to) for each in heard.messages] == [("later 2 fri", None), ("done 1", digest)]
    assert heard.messages[0].sent_at <= heard.messages[1].sent_at
    hearing.place = heard.cursor
    assert hearing.hears() == []


def test_250_answers_in_a_burst_are_all_heard_in_order(hearing: Bluesky, owner: Person, bot: Person) -> None:
    said = [f"done {n}" for n in range(250)]
    convo = owner.convo(bot)
    for text in said:
        owner.does(SEND, chat=True, convoId=convo, message={"text": text})
    assert hearing.hears() == said


def test_a_sign_on_a_message_of_the_bot_is_an_answer_to_it(hearing: Bluesky, owner: Person, bot: Person) -> None:
    digest = hearing.says("digest")
    message = digest.removeprefix("bluesky:")
    owner.reacts(bot, message, "👍")
    bot.reacts(owner, message, "✅")
    heard = hearing.messenger.heard(hearing.place, ())
    assert [(each.text, each.reply_to) for each in heard.messages] == [("👍", digest)]
    hearing.place = heard.cursor
    assert hearing.hears() == []
    owner.takes_back(bot, message, "👍")
    assert hearing.hears() == []
    owner.reacts(bot, message, "👍")
    again = hearing.messenger.heard(hearing.place, ())
    assert [each.text for each in again.messages] == ["👍"]
    assert again.messages[0].id != heard.messages[0].id


def test_a_sign_of_the_owner_on_the_owners_own_message_is_nothing(hearing: Bluesky, owner: Person, bot: Person) -> None:
    own = owner.tells(bot, "done 1")
    owner.reacts(bot, own, "👍")
    assert hearing.hears() == ["done 1"]


def test_a_link_is_heard_in_full_and_a_shared_post_as_its_link(
    network: Network, hearing: Bluesky, owner: Person, bot: Person, root: Written
) -> None:
    url = "https://bsky.app/profile/rosa.test/post/3kabc"
    short = "bsky.app/profile/r…"
    text = f"missed {short} ¡ya!"
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": url}
    index = {"byteStart": 7, "byteEnd": 7 + len(short.encode())}
    message = {"text": text, "facets": [{"index": index, "features": [feature]}]}
    owner.does(SEND, chat=True, convoId=owner.convo(bot), message=message)
    embed = {"$type": "app.bsky.embed.record", "record": root.ref}
    owner.does(SEND, chat=True, convoId=owner.convo(bot), message={"text": "missed", "embed": embed})
    shared = f"https://bsky.app/profile/{owner.did}/post/{root.rkey}"
    assert hearing.hears() == [f"missed {url} ¡ya!", f"missed {shared}"]


def test_strangers_groups_and_the_bot_itself_are_not_heard(
    network: Network, hearing: Bluesky, owner: Person, bot: Person, alice: Person
) -> None:
    bot.accepts_messages_from("all")
    alice.describes(name="owner")
    network.settle()
    alice.tells(bot, "stop")
    group = network.chat_door("group", name="seeds", members=[owner.did, bot.did, alice.did])["convoId"]
    owner.does(SEND, chat=True, convoId=group, message={"text": "stop"})
    hearing.says("an answer")
    assert hearing.hears() == []


def test_a_deleted_answer_is_not_obeyed(network: Network, hearing: Bluesky, owner: Person, bot: Person) -> None:
    message = owner.tells(bot, "stop")
    network.chat_door("delete-message", convoId=owner.convo(bot), messageId=message)
    owner.tells(bot, "done 1")
    assert hearing.hears() == ["done 1"]


def test_one_poisoned_message_costs_one_message(network: Network, hearing: Bluesky, owner: Person, bot: Person) -> None:
    for text in ("one", "two", "three", "four"):
        owner.tells(bot, text)
    convo = bot.convo(owner)
    page = bot.asks(MESSAGES, chat=True, convoId=convo, limit=100)
    four, three, two, _ = page["messages"][:4]
    four["sentAt"] = "now"
    three["id"] = None
    two["reactions"], two["replyTo"], two["facets"] = 7, "x", [None]
    network.fault(MESSAGES, bot, body=page)
    assert hearing.hears() == ["one", "two"]
    assert hearing.hears() == []


def test_another_owner_does_not_listen_to_the_conversation_of_the_former_one(
    network: Network, hearing: Bluesky, bot: Person, person: Callable[[str], Person]
) -> None:
    other = person("other")
    other.follows(bot)
    network.settle()
    hearing.owner, hearing.password = other, other.app_password()
    hearing.connect()
    hearing.says("hello")
    other.tells(bot, "start")
    assert hearing.hears() == ["start"]


# -- whether it will work -----------------------------------------------------------------------------------------


def test_check_is_content_when_everything_is_set_up(network: Network, bluesky: Bluesky, bot: Person) -> None:
    bot.describes(name="Rosa's bot", labels=("bot",))
    bot.record("chat.bsky.actor.declaration", {"allowIncoming": "following", "allowGroupInvites": "none"}, rkey="self")
    network.settle()
    findings = [*bluesky.source.check(), *bluesky.messenger.check()]
    assert [finding.says for finding in findings if not finding.is_good] == []
    assert len(findings) == 9
    clock = bluesky.source.clock()
    assert clock is not None
    assert abs(clock - datetime.now(UTC)) < timedelta(seconds=10)


def test_check_names_what_is_not(
    *, network: Network, bluesky: Bluesky, owner: Person, bot: Person, person: Callable[[str], Person], tmp_path: Path
) -> None:
    stranger = person("owner")
    stranger_bot = person("bot")
    network.settle()
    careless = Bluesky(stranger, stranger_bot, tmp_path)
    careless.password = stranger.password
    careless.connect()
    wrong = [f.says for f in (*careless.source.check(), *careless.messenger.check()) if not f.is_good]
    assert [line for line in wrong if "make an app password instead" in line]
    assert [line for line in wrong if "can read private messages" in line]
    assert [line for line in wrong if "does not follow" in line]
    assert [line for line in wrong if "not labelled as a bot" in line]
    assert [line for line in wrong if "group chats" in line]


def test_check_mends_what_the_bots_account_says_of_itself_and_nothing_else(
    network: Network, bluesky: Bluesky, bot: Person
) -> None:
    bot.describes(name="Rosa's bot", bio="I write to Rosa", labels=("!no-unauthenticated",))
    bot.accepts_messages_from("all")
    network.settle()
    assert len([f for f in bluesky.messenger.check() if not f.is_good]) == 3
    assert all(f.is_good for f in bluesky.messenger.check(fix=True))
    assert all(f.is_good for f in bluesky.messenger.check())
    profile = bot.says_of_itself("app.bsky.actor.profile")
    assert (profile["displayName"], profile["description"]) == ("Rosa's bot", "I write to Rosa")
    assert [label["val"] for label in profile["labels"]["values"]] == ["!no-unauthenticated", "bot"]
    declared = bot.says_of_itself("chat.bsky.actor.declaration")
    assert (declared["allowIncoming"], declared["allowGroupInvites"]) == ("following", "none")


def test_check_mends_an_account_that_says_nothing_of_itself(network: Network, bluesky: Bluesky, bot: Person) -> None:
    assert all(f.is_good for f in bluesky.messenger.check(fix=True))
    network.settle()
    assert all(f.is_good for f in bluesky.messenger.check())
    assert bot.says_of_itself("app.bsky.actor.profile")["labels"]["values"] == [{"val": "bot"}]


def test_nothing_is_mended_that_was_changed_meanwhile(network: Network, bluesky: Bluesky, bot: Person) -> None:
    """Between the look and the change, the owner gives the bot a name."""
    bot.describes(name="Rosa's bot")
    network.settle()
    gone = {"error": "RecordNotFound", "message": ""}
    network.fault("com.atproto.repo.getRecord", bot, status=400, body=gone)
    with pytest.raises(Unavailable, match="InvalidSwap"):
        list(bluesky.messenger.check(fix=True))
    assert bot.says_of_itself("app.bsky.actor.profile")["displayName"] == "Rosa's bot"


def test_nothing_but_what_an_account_says_of_itself_can_be_written(bluesky: Bluesky, owner: Person) -> None:
    login = bluesky_api.Login(owner.network.pds, owner.handle, bluesky.settings().password, bluesky.folder / "session")
    with pytest.raises(ValueError, match="says nothing of the account"):
        login.describe_itself("app.bsky.feed.post", {"text": "hello"}, instead_of=None)


# -- the whole bot ------------------------------------------------------------------------------------------------


class Bot:
    """The program, as `once` runs it: a new process for every tick, with what it kept on disk."""

    def __init__(self, bluesky: Bluesky) -> None:
        self._folder = bluesky.folder
        self._config = Config.model_validate(
            {
                "owner": {"timezone": "Europe/Amsterdam"},
                "goal": [{"name": "book", "want": "Finish the seed library guide", "kind": "collaborate"}],
                "digest": {"at": [], "weekly_review": ""},
                "state": {"dir": bluesky.folder / "bot"},
                "networks": {"bluesky": bluesky.settings()},
            }
        )

    def ticks(self, times: int = 1, *, off: timedelta = timedelta(), **how: bool) -> None:
        """`off`: how far this machine's clock is from the truth."""
        with contextlib.closing(Store.open(self._config.state.folder)) as store:
            shell = wired(self._config, store, lambda: Uptime(boot="", seconds=time.monotonic()))
            shell.read = lambda case: blank(case.post.text)  # the words are plain enough for the rules
            for _ in range(times):
                tick(shell, datetime.now(UTC) + off, **how)

    def checks(self, **how: bool) -> bool:
        return check(wired(self._config, Store(), uptime), datetime.now(UTC), **how)


def test_from_a_mention_to_a_message_to_an_answer(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person
) -> None:
    guide = owner.posts("I write a guide about seed libraries")
    network.settle()
    alice.describes(name="Alice")
    alice.posts("Would you co-write the seed library guide with me? I run one in Utrecht.", to=guide)
    network.settle()
    program = Bot(bluesky)
    program.ticks()
    program.ticks(digest_now=True)
    _, digest = owner.messages(bot)
    assert "Alice" in digest["text"]
    (link,) = (feature["uri"] for facet in digest["facets"] for feature in facet["features"])
    assert link.startswith(f"https://bsky.app/profile/{alice.did}/post/")
    owner.tells(bot, "done 1", answering=digest["id"])
    program.ticks()
    program.ticks()
    *_, answer = owner.messages(bot)
    assert answer["text"] == "1 Alice: done."
    assert len(owner.messages(bot)) == 4


def test_a_sign_on_a_digest_of_one_item_is_its_answer(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person
) -> None:
    alice.posts("Would you co-write the seed library guide with me? I run one in Utrecht.", naming=owner)
    network.settle()
    program = Bot(bluesky)
    program.ticks()
    program.ticks(digest_now=True)
    owner.reacts(bot, owner.messages(bot)[-1]["id"], "✅")
    program.ticks()
    said = owner.texts(bot)
    program.ticks()
    assert len(said) == 3
    assert owner.texts(bot) == said
    assert "1" in said[-1]


def test_a_lost_answer_leads_to_one_digest_all_the_same(
    *, network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.posts("Would you co-write the seed library guide with me? I run one in Utrecht.", naming=owner)
    network.settle()
    program = Bot(bluesky)
    program.ticks()
    network.fault(SEND, bot, mode="drop-after")
    program.ticks(digest_now=True)
    monkeypatch.setattr(outbox, "SETTLES", 0.0)
    program.ticks()
    program.ticks()
    assert len(owner.texts(bot)) == 2


def test_a_quiet_tick_of_the_whole_bot_is_two_requests(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person
) -> None:
    program = Bot(bluesky)
    program.ticks()
    before = len(network.calls(owner)), len(network.calls(bot))
    program.ticks(3)
    assert network.calls(owner)[before[0] :] == [LIST] * 3
    # A new process looks once for what its state may have forgotten.
    assert network.calls(bot)[before[1] :] == [CONVO, MESSAGES, *[MESSAGES] * 3]


GUIDE = "Would you co-write the seed library guide with me? I run one in Utrecht."
TALK = "Would you give a paid talk about the seed library guide at our fair in May?"


def marks(message: dict[str, Any], who: Person) -> list[str]:
    return [each["value"] for each in message.get("reactions", []) if each["sender"]["did"] == who.did]


def test_what_was_understood_bears_a_mark_and_what_was_not_bears_none(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person
) -> None:
    alice.posts(GUIDE, naming=owner)
    network.settle()
    program = Bot(bluesky)
    program.ticks()
    program.ticks(digest_now=True)
    said = [owner.tells(bot, text) for text in ("done 1", "qwertz 7 asdf", "thanks!")]
    network.fault("chat.bsky.convo.addReaction", bot, mode="drop-after")
    program.ticks()
    program.ticks(2)
    messages = {message["id"]: message for message in owner.messages(bot)}
    assert [marks(messages[each], bot) for each in said] == [["✅"], [], []]
    assert not any(marks(message, bot) for ident, message in messages.items() if ident not in said)
    assert network.calls(bot).count("chat.bsky.convo.addReaction") == 2


def test_a_mark_that_cannot_be_put_holds_up_nothing(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person
) -> None:
    program = Bot(bluesky)
    program.ticks()
    owner.tells(bot, "status")
    refused = {"error": "ReactionLimitReached", "message": ""}
    network.fault("chat.bsky.convo.addReaction", bot, status=400, body=refused)
    program.ticks()
    owner.tells(bot, "help")
    program.ticks()
    assert len(owner.texts(bot)) == 5


def test_a_sign_on_a_list_of_several_or_on_a_receipt_is_no_answer(
    *,
    network: Network,
    bluesky: Bluesky,
    owner: Person,
    bot: Person,
    alice: Person,
    person: Callable[[str], Person],
) -> None:
    alice.posts(GUIDE, naming=owner)
    person("bob").posts(TALK, naming=owner)
    network.settle()
    program = Bot(bluesky)
    program.ticks()
    program.ticks(digest_now=True)
    listed = owner.messages(bot)[-1]
    assert len(outbox.items_in(listed["text"])) == 2
    owner.reacts(bot, listed["id"], "✅")
    program.ticks()
    assert len(owner.messages(bot)) == 2
    owner.tells(bot, "status")
    program.ticks()
    owner.reacts(bot, owner.messages(bot)[-1]["id"], "👎")
    program.ticks()
    assert len(owner.messages(bot)) == 4


def test_a_sign_that_was_taken_back_in_time_was_never_put(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person
) -> None:
    alice.posts(GUIDE, naming=owner)
    network.settle()
    program = Bot(bluesky)
    program.ticks()
    program.ticks(digest_now=True)
    digest = owner.messages(bot)[-1]["id"]
    owner.reacts(bot, digest, "👎")
    owner.takes_back(bot, digest, "👎")
    program.ticks()
    assert len(owner.messages(bot)) == 2
    owner.reacts(bot, digest, "✅")
    program.ticks()
    assert owner.texts(bot)[-1] == "1 " + alice.handle.partition(".")[0] + ": done."
    owner.takes_back(bot, digest, "✅")
    program.ticks()
    assert len(owner.messages(bot)) == 3, "what was done is taken back by a word: undo"


def test_a_first_run_with_history_brings_a_short_list(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person
) -> None:
    weeks_ago = datetime.now(UTC) - timedelta(days=20)
    for n in range(30):
        alice.posts(f"{GUIDE} It has {n} rooms.", naming=owner, createdAt=stamp(weeks_ago + timedelta(hours=n)))
    network.settle()
    program = Bot(bluesky)
    program.ticks()
    program.ticks(digest_now=True)
    assert len(owner.texts(bot)) == 1, "history is no opportunity"
    alice.posts(TALK, naming=owner)
    network.settle()
    program.ticks(digest_now=True)
    assert len(outbox.items_in(owner.texts(bot)[-1])) == 1


@pytest.mark.parametrize("off", [timedelta(days=-3), timedelta(hours=2)])
def test_while_the_clock_is_wrong_nothing_is_said_and_nothing_is_lost(
    *, network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person, off: timedelta
) -> None:
    program = Bot(bluesky)
    program.ticks()
    alice.posts(GUIDE, naming=owner)
    network.settle()
    program.ticks(off=off, digest_now=True)
    assert len(owner.texts(bot)) == 1
    program.ticks(digest_now=True)
    assert len(outbox.items_in(owner.texts(bot)[-1])) == 1


def test_after_a_week_of_downtime_one_short_list_comes(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, alice: Person
) -> None:
    program = Bot(bluesky)
    program.ticks()
    many(alice, [f"thanks for number {n}!" for n in range(120)], naming=owner)
    alice.posts(GUIDE, naming=owner, createdAt=stamp(datetime.now(UTC) - timedelta(days=6)))
    network.settle()
    program.ticks(digest_now=True)
    program.ticks(2)
    _, digest = owner.texts(bot)
    assert len(outbox.items_in(digest)) == 1


def test_check_sends_a_message_and_reads_it_back(
    network: Network, bluesky: Bluesky, owner: Person, bot: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    program = Bot(bluesky)
    program.checks(fix=True, send=True)
    said = capsys.readouterr().out
    assert "✓ bluesky test: it was read back, word for word" in said
    assert [text[:22] for text in owner.texts(bot)] == ["A test from Underheard"]
    network.fault(MESSAGES, bot, body={"messages": []})
    program.checks(send=True)
    assert "✗ bluesky test: it is not among the bot's messages" in capsys.readouterr().out
