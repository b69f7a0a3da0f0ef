"""Both real adapters in one bot, over HTTP: one list, also when one of the servers does not take it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.register_assert_rewrite("live.people")

from live.fake import running  # noqa: E402
from live.people import Network  # noqa: E402

from bot import app, config, networks  # noqa: E402
from bot.finding.reading import blank  # noqa: E402
from bot.networks import http  # noqa: E402
from bot.networks.standin import Clock, Server, faults  # noqa: E402
from bot.outbox import Uptime, items_in  # noqa: E402
from bot.shell import Shell  # noqa: E402
from bot.store import Store  # noqa: E402

CONFIG = """
[owner]
timezone = "Europe/Amsterdam"

[mastodon]
server = "{mastodon}"
token = "env:OWNERS_KEY"
bot_token = "env:BOTS_KEY"

[bluesky]
service = "{bluesky}"
handle = "{owner}"
password = "env:OWNERS_PASSWORD"
bot_handle = "{bot}"
bot_password = "env:BOTS_PASSWORD"

[[goal]]
name = "book"
want = "Finish the seed library guide"
kind = "collaborate"

[digest]
at = []
weekly_review = ""
via = "{via}"

[state]
dir = "{folder}"
"""
SEND = "POST /api/v1/statuses"
MINUTE = timedelta(minutes=1)


class Both:
    """Rosa, her bot, and somebody who writes to her, on each of the two."""

    def __init__(self, server: Server, clock: Clock, network: Network, folder: Path) -> None:
        self.server, self.clock, self.network, self.folder = server, clock, network, folder
        self.rosa, self.robot = server.account("rosa", display_name="Rosa"), server.account("rosasbot", bot=True)
        self.ines = server.account("ines@kelp.example", display_name="Ines")
        server.follow(self.rosa, self.robot)
        self.owner, self.bot, self.alice = (network.person(name) for name in ("rosa", "bot", "alice"))
        self.alice.describes(name="Alice")
        self.owner.follows(self.bot)

    def environment(self) -> dict[str, str]:
        return {
            "OWNERS_KEY": self.server.token(self.rosa, "read"),
            "BOTS_KEY": self.server.token(self.robot, "read write:statuses"),
            "OWNERS_PASSWORD": self.owner.app_password(),
            "BOTS_PASSWORD": self.bot.app_password(with_messages=True),
        }

    def tick(self, after: timedelta = timedelta(), *, via: str = "mastodon", digest_now: bool = False) -> None:
        """A process of its own."""
        self.clock.advance(after)
        path, state = self.folder / "config.toml", self.folder / "state"
        places = {"mastodon": self.server.url, "bluesky": self.network.pds}
        people = {"owner": self.owner.handle, "bot": self.bot.handle}
        path.write_text(CONFIG.format(folder=state, via=via, **places, **people))
        settings = config.load(path)
        with closing(Store.open(state)) as store:
            tables = settings.networks.items()
            shell = Shell(
                config=settings,
                store=store,
                connections=[networks.module(name).connect(table, state) for name, table in tables],
                read=lambda case: blank(case.post.text),
                understands_words=False,
                uptime=lambda: Uptime(boot="one", seconds=self.clock().timestamp()),
            )
            app.tick(shell, self.clock(), digest_now=digest_now)

    def tooted(self) -> list[str]:
        return [each.text for each in self.server.messages_to(self.rosa) if each.author is self.robot]

    def chatted(self) -> list[str]:
        texts = [m["text"] for m in self.owner.messages(self.bot) if m["sender"]["did"] == self.bot.did]
        return [str(text) for text in texts]


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    monkeypatch.setattr(http, "PAUSES", (0, 0))
    clock = Clock(datetime.now(UTC))
    with running() as addresses, Server(now=clock) as server:
        both = Both(server, clock, Network(addresses), tmp_path)
        for name, secret in both.environment().items():
            monkeypatch.setenv(name, secret)
        both.tick()
        server.post(both.ines, "@rosa Would you co-write the seed library guide with me? I run one in Utrecht.")
        both.alice.posts("Would you give a paid talk about your seed guide at our fair?", naming=both.owner)
        yield both


def lists(texts: list[str]) -> list[str]:
    return [text for text in texts if items_in(text)]


@pytest.mark.parametrize("via", ["mastodon", "bluesky"])
def test_one_list_over_both_goes_by_the_chosen_one_and_is_answered_on_either(both: Both, via: str) -> None:
    both.tick(MINUTE, via=via, digest_now=True)
    tooted, chatted = lists(both.tooted()), lists(both.chatted())
    ((listed, *_), rest) = (tooted, chatted) if via == "mastodon" else (chatted, tooted)
    assert rest == []
    assert "Ines" in listed
    assert "Alice" in listed
    numbers = {link.split("/")[2]: number for link, number in items_in(listed).items()}
    assert "bsky.app" in numbers
    both.owner.tells(both.bot, f"done {numbers.pop('bsky.app')}")
    both.server.say_direct(both.rosa, f"@rosasbot no {next(iter(numbers.values()))}", to=both.robot)
    both.tick(MINUTE, via=via)
    both.tick(MINUTE, via=via)
    assert both.chatted()[-1].endswith("Alice: done.")
    assert "Ines" in both.tooted()[-1]
    ((said, *_),) = ([m for m in both.owner.messages(both.bot) if m["text"].startswith("done")],)
    assert [each["value"] for each in said["reactions"]] == ["✅"]


def test_a_list_that_mastodon_does_not_take_for_an_hour_comes_by_bluesky(both: Both) -> None:
    both.server.fault(faults.refuses(503), SEND, times=1000)
    both.tick(MINUTE, digest_now=True)
    for _ in range(25):
        both.tick(3 * MINUTE)
    (listed,) = lists(both.chatted())
    assert "(Sent here because mastodon has taken no message since" in listed
    both.server.heal()
    both.tick(5 * MINUTE)
    both.tick(5 * MINUTE)
    assert lists(both.tooted()) == []
    both.owner.tells(both.bot, "done 1")
    both.tick(MINUTE)
    assert both.chatted()[-1].endswith("done.")


def test_a_list_that_bluesky_does_not_take_for_an_hour_comes_by_mastodon(both: Both) -> None:
    both.network.fault("chat.bsky.convo.sendMessage", both.bot, times=1000, status=400, body=NOT_FOLLOWED)
    both.tick(MINUTE, via="bluesky", digest_now=True)
    for _ in range(25):
        both.tick(3 * MINUTE, via="bluesky")
    (listed,) = lists(both.tooted())
    assert "Sent here because bluesky has taken no message since" in listed
    assert "does not follow" in listed
    both.network.clear_faults()
    both.tick(5 * MINUTE, via="bluesky")
    both.tick(5 * MINUTE, via="bluesky")
    assert lists(both.chatted()) == []


def test_a_list_that_mastodon_took_and_did_not_say_so_comes_once(both: Both) -> None:
    both.server.fault(faults.answer_lost, SEND)
    both.tick(MINUTE, digest_now=True)
    both.server.fault(faults.refuses(503), times=10_000)
    for _ in range(8):
        both.tick(10 * MINUTE)
    assert lists(both.chatted()) == []
    assert "I cannot tell whether you have my list" in both.chatted()[-1]
    both.server.heal()
    both.tick(5 * MINUTE)
    both.tick(5 * MINUTE)
    assert len(lists(both.tooted())) == 1


NOT_FOLLOWED = {"error": "NotFollowedBySender", "message": ""}
