"""A fortnight in the life of Rosa, who is invented: the real bot, over real HTTP, on an embedded server.

The server's clock is wound forward through the fortnight; the bot wakes, reads, and on some mornings writes. Then the
digest can be answered at a prompt; without a terminal a short dialogue is played.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from bot import app, config, schedule
from bot.digest import moment
from bot.networks.standin import Clock, Server, Software, Status, World, load_world
from bot.outbox import Uptime
from bot.shell import Shell
from bot.store import Store
from bot.wiring import wired

STEP = timedelta(hours=4)
DIALOGUE = (
    "why {0}",
    "done {0}",
    "later {1} fri, no {2} topic",
    "actually undo that",
    "list",
    "not now {1}",
    "won {0} a paid talk, €1.200,50",
    "report",
    "thanks!",
)
"""Played when nobody is there to type; the numbers are those of the last digest."""
CHARACTERS = 650
"""The usual 500, and what three links take more here: a link counts as 23, but one to a bare address in full."""
WIDTH = 88
FAREWELLS = frozenset({"", "quit", "exit", "bye", "q"})


def play() -> int:
    """Exit code 0; ends by itself without a terminal."""
    logging.getLogger("bot").setLevel(logging.ERROR)
    console = Console(width=min(WIDTH, Console().width), highlight=False)
    with tempfile.TemporaryDirectory() as folder, _staged(Path(folder)) as stage:
        console.print(Rule("Underheard: a fortnight in two minutes"))
        console.print(
            Text(
                "Rosa runs a seed library. 70 people write to her in these two weeks. An embedded server plays them; "
                "the bot reads it over HTTP with the real client library, and writes to Rosa alone.\n"
            )
        )
        stage.play(console)
        if sys.stdin.isatty():
            stage.talk(console)
        else:
            stage.recite(console)
    return 0


@contextlib.contextmanager
def _staged(folder: Path) -> Iterator[Stage]:
    script = json.loads((files(__package__) / "world.json").read_text(encoding="utf-8"))
    clock = Clock(datetime.fromisoformat(script["posts"][0]["at"]) - timedelta(hours=1))
    with Server(now=clock, software=Software(max_characters=CHARACTERS)) as server:
        world = load_world(server, script)
        os.environ |= {"ROSAS_KEY": world.owner_token, "BOTS_KEY": world.bot_token}
        path = folder / "config.toml"
        text = (files(__package__) / "config.toml").read_text(encoding="utf-8").replace("SERVER", server.url)
        path.write_text(f'{text}\n[state]\ndir = "{folder}"\n', encoding="utf-8")
        store = Store.open(folder)
        shell = wired(config.load(path), store, lambda: Uptime(boot="demo", seconds=clock().timestamp()))
        last = max(datetime.fromisoformat(post["at"]) for post in script["posts"])
        try:
            yield Stage(server, clock, world, shell, until=last + timedelta(hours=16))
        finally:
            store.close()


class Stage:
    def __init__(self, server: Server, clock: Clock, world: World, shell: Shell, *, until: datetime) -> None:
        self._server, self._clock, self._world, self._shell = server, clock, world, shell
        self._until = until
        self._zone = shell.config.owner.timezone
        self._shown = 0

    def play(self, console: Console) -> None:
        """The fortnight, morning by morning."""
        while self._clock() < self._until:
            before = self._shell.store.meta.last_slot
            self._tick()
            is_quiet = not self._say_new(console) and self._shell.store.meta.last_slot != before
            if is_quiet and before:
                console.print(Text(f"{moment(self._clock(), self._zone)}: a quiet day, nothing was sent\n", "dim"))
            slot = schedule.next_slot(self._clock(), self._shell.config.digest.at, range(7), self._zone)
            self._clock.advance(min(STEP, (slot or self._until) - self._clock()))

    def talk(self, console: Console) -> None:
        console.print(Text("Now you are Rosa. Answer as you like; an empty line ends it.\n", "bold"))
        with contextlib.suppress(EOFError, KeyboardInterrupt):
            while (said := console.input("[bold]you ›[/bold] ").strip()).lower() not in FAREWELLS:
                self._answer(console, said)

    def recite(self, console: Console) -> None:
        console.print(Text("Rosa answers (in a terminal it would be you):\n", "bold"))
        numbers = [each.numbers for each in self._shell.store.delivered.all().values() if each.numbers][-1]
        for line in DIALOGUE:
            said = line.format(*list(numbers) * len(DIALOGUE))
            console.print(Text(f"you › {said}", "bold"))
            self._answer(console, said)

    def _answer(self, console: Console, said: str) -> None:
        self._clock.advance(timedelta(minutes=1))
        self._server.say_direct(self._world.owner, f"@{self._world.bot.username} {said}", to=self._world.bot)
        self._clock.advance(timedelta(seconds=20))
        self._tick()
        if not self._say_new(console):
            console.print(Text("(no answer: none is needed)\n", "dim"))

    def _tick(self) -> None:
        app.tick(self._shell, self._clock())

    def _say_new(self, console: Console) -> bool:
        """Show what has arrived at the owner since; whether anything has."""
        messages = [each for each in self._server.messages_to(self._world.owner) if each.author is self._world.bot]
        new, self._shown = messages[self._shown :], len(messages)
        for message in new:
            console.print(self._bubble(message))
        return bool(new)

    def _bubble(self, message: Status) -> Padding:
        words = Text(message.text.partition("\n")[2])
        words.highlight_regex(r"https?://\S+", "dim")
        words.highlight_regex(r"(?m)^\d+ ", "bold cyan")
        title = f"{message.author.username} → {self._world.owner.username}, in private"
        return Padding(Panel(words, title=title, title_align="left", border_style="cyan"), (0, 0, 1, 0))
