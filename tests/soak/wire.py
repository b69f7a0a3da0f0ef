"""The same over HTTP, with the real adapters: one process, one set of sockets, the requests as they really are.

Time on the server is the bot's; the limits are counted by the server, for each key, in every five minutes.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from fakes import HOUR, MINUTE, plainly_judged

from bot import app, reader
from bot.config import Config
from bot.finding.reading import blank
from bot.networks import http, mastodon
from bot.networks.standin import Account, Clock, Server, faults
from bot.outbox import Uptime
from bot.shell import Shell
from bot.store import Store
from bot.wiring import wired

START = datetime(2026, 11, 22, 6, 50, tzinfo=UTC)
WINDOW, ALLOWED = timedelta(minutes=5), 300


@dataclass
class Wire:
    folder: Path
    days: int = 3
    seed: int = 0
    descriptors: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    asked: Counter[tuple[str, datetime]] = field(default_factory=Counter)
    """(whose key, which minute) -> requests."""

    def live(self) -> Wire:
        clock = Clock(START)
        with (
            Server(now=clock) as server,
            plainly_judged(),
            mock.patch.object(http, "PAUSES", (0, 0)),
            mock.patch.object(http, "HEALING", http.HEALING.new(backoff_factor=0)),
            mock.patch.object(reader, "is_available", return_value=False),
        ):
            self._live(server, clock)
        return self

    def _live(self, server: Server, clock: Clock) -> None:
        luck = random.Random(self.seed)
        rosa, bot = server.account("rosa"), server.account("rosasbot", bot=True)
        server.follow(rosa, bot)
        store = Store.open(self.folder)
        shell = self._shell(server, store, clock, server.token(rosa, "read"), server.token(bot, "read write:statuses"))
        away_until = START
        try:
            for number in range(self.days * 24):
                for minute in range(0, 60, 15):
                    clock.at = START + number * HOUR + minute * MINUTE
                    if luck.random() < 0.5 and clock.at > away_until:
                        server.heal()
                    if luck.random() < 0.02:
                        server.fault(luck.choice((faults.refuses(503), faults.lost, faults.rate_limited)), times=10**6)
                        away_until = clock.at + 6 * HOUR
                    elif luck.random() < 0.05:
                        server.fault(luck.choice((faults.answer_lost, faults.html_page, faults.truncated)))
                    self._people(server, luck, rosa, bot)
                    self._tick(server, shell, clock)
            server.heal()
            for _ in range(4):
                clock.advance(HOUR)
                self._tick(server, shell, clock)
            self.left = list(store.outbox.all())
        finally:
            store.close()
        self.messages = [post.text for post in server.messages_to(rosa) if post.author is bot]

    def _shell(self, server: Server, store: Store, clock: Clock, token: str, bot_token: str) -> Shell:
        os.environ |= {"SOAK_KEY": token, "SOAK_BOT_KEY": bot_token}
        settings = {"server": server.url, "token": "env:SOAK_KEY", "bot_token": "env:SOAK_BOT_KEY"}
        table = {
            "owner": {"timezone": "Europe/Amsterdam"},
            "goal": [{"name": "book", "want": "Finish the guide.", "kind": "collaborate"}],
            "state": {"dir": str(self.folder)},
            "networks": {"mastodon": mastodon.Settings.model_validate(settings)},
        }
        uptime = lambda: Uptime(boot="one", seconds=clock().timestamp())  # noqa: E731
        shell = wired(Config.model_validate(table), store, uptime)
        shell.read = lambda case: blank(case.post.text)
        return shell

    def _people(self, server: Server, luck: random.Random, rosa: Account, bot: Account) -> None:
        if luck.random() < 0.3:
            who = server.account(f"person{luck.randrange(40)}@kelp.example")
            asks = luck.random() < 0.3
            post = server.post(who, f"@rosa {'asks: would you' if asks else 'so lovely'} {luck.random()}")
            if luck.random() < 0.3:
                server.post(rosa, "I will look", reply_to=post)
        if luck.random() < 0.05:
            server.say_direct(rosa, luck.choice(("list", "done 1", "later 2", "status", "why 1", "more")), to=bot)

    def _tick(self, server: Server, shell: Shell, clock: Clock) -> None:
        before = len(server.requests)
        app.tick(shell, clock(), read=False)
        minute = clock().replace(second=0, microsecond=0)
        for request in server.requests[before:]:
            self.asked[request.token, minute] += 1
        if clock().hour % 6 == 0:
            self.descriptors.append(sum(1 for _ in Path("/dev/fd").iterdir()))
            self.threads.append(threading.active_count())
            del server.requests[:]

    def most_in_a_window(self) -> int:
        return max(
            sum(
                count
                for (token, at), count in self.asked.items()
                if token == whose and timedelta() <= at - begin < WINDOW
            )
            for whose, begin in list(self.asked)
        )


def verify(wire: Wire) -> None:
    assert wire.most_in_a_window() <= ALLOWED
    assert wire.left == []
    assert sum("Hello from Underheard" in text for text in wire.messages) == 1
    early = max(wire.descriptors[1:5])
    assert max(wire.descriptors) <= early + 4, f"sockets: {wire.descriptors}"
    assert max(wire.threads) <= max(wire.threads[:5]) + 4, f"threads: {wire.threads}"
