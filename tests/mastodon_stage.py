"""The stage of the adapter's tests: a strict server over real HTTP, the owner, the bot, and somebody who writes."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.models import DirectMessage, Notification
from bot.networks.mastodon import MastodonMessenger, MastodonSource, Settings, connect
from bot.networks.standin import MASTODON, Account, Clock, Server, Software, Status
from bot.networks.standin.wire import Request

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
OWNER_SCOPES = "profile read:accounts read:follows read:notifications read:statuses"
POST = "POST /api/v1/statuses"
INBOX = "GET /api/v1/notifications"
NEVER = float("inf")


@dataclass
class Stage:
    server: Server
    clock: Clock
    alone: bool = False
    """Bot and owner share one account."""
    cursor: Mapping[str, Any] = field(default_factory=dict)
    heard_cursor: Mapping[str, Any] = field(default_factory=dict)
    skipped: int = 0
    ours: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rosa = self.server.account("rosa", display_name="Rosa")
        self.ines = self.server.account("ines@kelp.example", display_name="Ines")
        self.bot = self.rosa if self.alone else self.server.account("rosasbot", bot=True)
        self.server.follow(self.rosa, self.bot)
        self.token = self.server.token(self.rosa, f"{OWNER_SCOPES} write:statuses" if self.alone else OWNER_SCOPES)
        self.bot_token = self.server.token(self.bot, f"{OWNER_SCOPES} write:statuses")
        self.restart()

    def restart(self) -> None:
        """As after a crash: nothing is known any more but the cursors."""
        settings = Settings.model_construct(
            server=self.server.url,
            token=SecretStr(self.token),
            bot_server=None,
            bot_token=None if self.alone else SecretStr(self.bot_token),
        )
        connection = connect(settings, Path())
        assert isinstance(connection.source, MastodonSource)
        assert isinstance(connection.messenger, MastodonMessenger)
        self.source, self.messenger = connection.source, connection.messenger

    # -- what people do -----------------------------------------------------------------------------------------------

    def wait(self, span: timedelta = SECOND) -> None:
        self.clock.advance(span)

    def mention(self, text: str = "hello", *, by: Account | None = None, **how: Any) -> Status:
        self.wait()
        return self.server.post(by or self.ines, f"@rosa {text}", **how)

    def mentions(self, count: int, *, first: int = 0) -> list[str]:
        return [self.mention(str(number)) and str(number) for number in range(first, first + count)]

    def tell(self, text: str, *, by: Account | None = None, reply_to: Status | None = None, **how: Any) -> Status:
        """The owner, to the bot."""
        self.wait()
        named = f"@{self.bot.acct} {text}" if not self.alone else text
        return self.server.post(by or self.rosa, named, reply_to=reply_to, visibility="direct", **how)

    # -- what the bot does --------------------------------------------------------------------------------------------

    def poll(self, *, deep: bool = False) -> list[Notification]:
        """All that is new, as `gather` reads it."""
        found: list[Notification] = []
        while True:
            inbox = self.source.inbox(self.cursor, deep=deep)
            found += inbox.notifications
            self.cursor, deep = inbox.cursor, False
            self.skipped += inbox.skipped
            if inbox.is_complete:
                return found

    def texts(self, *, deep: bool = False) -> list[str]:
        return [each.post.text for each in self.poll(deep=deep)]

    def listen(self) -> list[DirectMessage]:
        heard = self.messenger.heard(self.heard_cursor, self.ours)
        self.heard_cursor = heard.cursor
        return list(heard.messages)

    def words(self) -> list[str]:
        return [message.text for message in self.listen()]

    def send(self, text: str = "hello", *, key: str = "k", reply_to: str | None = None) -> str:
        id_ = self.messenger.send(text, key=key, reply_to=reply_to)
        self.ours.append(id_)
        return id_

    # -- what the server saw ------------------------------------------------------------------------------------------

    @property
    def delivered(self) -> list[str]:
        """What reached the owner, without the mention; in a note to self, all notes."""
        if self.alone:
            mine = self.server.posts_by(self.rosa)
            return [post.text for post in mine if post.visibility == "direct" and not post.mentions]
        return [post.text.removeprefix("@rosa@social.example\n") for post in self.server.messages_to(self.rosa)]

    @contextlib.contextmanager
    def counted(self) -> Iterator[list[Request]]:
        """The requests that are made inside."""
        seen: list[Request] = []
        before = len(self.server.requests)
        yield seen
        seen += self.server.requests[before:]


def paths(requests: Sequence[Request]) -> list[str]:
    return [f"{request.method} {request.path}" for request in requests]


@contextlib.contextmanager
def stage(software: Software = MASTODON, *, alone: bool = False, domain: str = "social.example") -> Iterator[Stage]:
    clock = Clock(START)
    with Server(now=clock, software=software, domain=domain) as server:
        yield Stage(server, clock, alone=alone)


Fault = Callable[..., Any]
