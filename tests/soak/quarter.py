"""Ninety days in one minute: two networks, people who write, an owner who answers, and everything that goes wrong.

    a day      some write, a few ask; some edit, delete, block, opt out; the owner answers the bot, or forgets to
    the odds   answers lost, servers away for hours or a day, throttled, late; clocks that step; a new process
    `verify`   every message once; memory flat; the file bounded; no server asked more than it allows, ever

The requests are counted as the real adapters would make them: one for each post that is looked at again.
"""

from __future__ import annotations

import gc
import random
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from fakes import DAY, HOUR, MINUTE, SEND_FAULTS, Clock, Fake, World, no_fault, plainly_judged

from bot import app
from bot.ledger import standings
from bot.shell import Shell

NOT_OURS = (Fake, Clock, ModuleType, FunctionType, type)
MEASURED_EVERY = 4
"""Days between two looks at the memory, which cost seconds."""
WINDOW, ALLOWED = timedelta(minutes=5), 300
"""Mastodon's, for one key; both of its keys may be one account's, so they count together."""
PEOPLE_A_REQUEST = 25
BY_DAY, BY_NIGHT = HOUR, 3 * HOUR
BUSY = 6 * MINUTE
"""Around a digest and after an outage the service ticks every minute, as it really does; in between nothing changes."""
WRITTEN_AN_HOUR, SAID_AN_HOUR, OUTAGES_AN_HOUR = 0.35, 0.25, 1 / 150
DAYTIME = range(6, 22)
A_YEARS_FILE = 4 * 2**20
"""Of an account to which eleven people write a day, three items of it found: a commit takes some 100 ms by then."""
SAYS = (
    *("done {}", "later {} 2d", "no {}", "yes {}", "why {}", "who {}", "note {} tall", "nothing {}", "won {} 50 EUR"),
    *("mute {}", "list", "more", "status", "report week", "circle", "goals", "data", "undo", "thanks", "hmm?", "help"),
    *("pause 2d", "start"),
)
CHAT = (
    "so lovely",
    "same here",
    "I measured it for two years",
    "where is that?",
    "👍",
    "no",
    "let me check and tell you",
)


class Metered(Fake):
    """Counts what it is asked, as a server behind HTTP would, in every five minutes."""

    def __init__(self, clock: Clock, name: str) -> None:
        super().__init__(clock, name, page=40, takes=timedelta(seconds=0.2))
        self.lately: deque[tuple[datetime, int]] = deque()
        self.in_window = self.most = self.total = 0

    def ask(self, request: str, *args: Any) -> Any:
        one_by_one = {"posts": 1, "relationships": PEOPLE_A_REQUEST}
        self._count_requests(-(-len(args[0]) // one_by_one[request]) if request in one_by_one else 1)
        return super().ask(request, *args)

    def _count_requests(self, weight: int) -> None:
        self.lately.append((self.clock.at, weight))
        self.in_window += weight
        self.total += weight
        while self.lately[0][0] <= self.clock.at - WINDOW:
            self.in_window -= self.lately.popleft()[1]
        self.most = max(self.most, self.in_window)

    def forget_the_past(self, before: datetime) -> None:
        """The fake's own memory must not be what grows."""
        gone = {ident for ident, post in self.posts.items() if post.posted_at < before}
        self.posts = {ident: post for ident, post in self.posts.items() if ident not in gone}
        self.written = {link: post for link, post in self.written.items() if post.id not in gone}


@dataclass
class Measured:
    day: int
    memory: int
    file: int
    documents: int


@dataclass
class Quarter:
    folder: Path
    seed: int = 0
    days: int = 90
    pace: float = 1.0
    """Of the people who write."""
    measures: list[Measured] = field(default_factory=list)
    outages: int = 0
    faults: int = 0
    processes: int = 0

    def __post_init__(self) -> None:
        self.luck = random.Random(self.seed)
        clock = Clock()
        self.fakes = [Metered(clock, "fake"), Metered(clock, "other")]
        self.world = World(self.folder, *self.fakes, digest={"via": "other"})
        self.people = [f"person{n}" for n in range(80)]
        self.down_until: dict[str, datetime] = {}
        self.measured_on = clock.at.date()

    # -- a life --------------------------------------------------------------------------------------------------------

    def live(self) -> Quarter:
        """Processes of about ten days each."""
        end = self.world.clock.at + self.days * DAY
        with plainly_judged():
            while self.world.clock.at < end:
                self._one_process(min(end, self.world.clock.at + self.luck.randrange(3, 15) * DAY))
            for fake in self.fakes:
                fake.fault = no_fault
            self._one_process(self.world.clock.at + DAY, quiet=True)
        return self

    def _one_process(self, until: datetime, *, quiet: bool = False) -> None:
        self.processes += 1
        clock = self.world.clock
        with self.world.opened() as shell:
            while clock.at < until:
                if not quiet:
                    self._something_happens()
                clock.advance(self._step())
                app.tick(shell, clock.now(), read=False)
                if clock.at.date() != self.measured_on:
                    self._measure(shell)

    def _step(self) -> timedelta:
        now = self.world.clock.at
        digest = now.replace(hour=7, minute=0, second=0)
        moments = [digest, *self.down_until.values()]
        if any(-MINUTE <= now - moment <= BUSY for moment in moments):
            return MINUTE
        ahead = [moment - now for moment in moments if moment > now]
        return min([BY_DAY if now.hour in DAYTIME else BY_NIGHT, *ahead])

    def _something_happens(self) -> None:
        luck, hour = self.luck, self.world.clock.at.hour
        hours = self._step() / HOUR
        for fake in self.fakes:
            fake.fault = self._fault(fake)
            if hour in DAYTIME and luck.random() < WRITTEN_AN_HOUR * hours * self.pace:
                self._somebody_writes(fake)
        if luck.random() < OUTAGES_AN_HOUR * hours:
            self._outage()
        if hour in DAYTIME and luck.random() < SAID_AN_HOUR * hours:
            said = luck.choice(SAYS).format(luck.randrange(1, 6))
            luck.choice(self.fakes).says(said)

    def _somebody_writes(self, fake: Metered) -> None:
        luck = self.luck
        who = luck.choice(self.people)
        recent = [post for post in list(fake.posts.values())[-40:] if post.author != fake.owner]
        above = luck.choice(recent) if recent and luck.random() < 0.4 else None
        asks = luck.random() < 0.15
        text = f"asks: {luck.randrange(10**6)} would you?" if asks else f"{luck.choice(CHAT)} {luck.random()}"
        post = fake.mention(who, text, reply_to=above)
        what = luck.random()
        if what < 0.2:
            fake.owner_posts("yes, I will look", reply_to=post)
        elif what < 0.25:
            fake.change(post, text=f"{text} edited")
        elif what < 0.3:
            fake.delete(post)
        elif what < 0.32:
            fake.change(post, author=replace(post.author, bio="#nobot"))

    def _outage(self) -> None:
        """Of hours, seldom of days; of one network or of both."""
        self.outages += 1
        span = self.luck.choice((HOUR, 6 * HOUR, 30 * HOUR, 3 * DAY))
        for fake in self.fakes if self.luck.random() < 0.4 else [self.luck.choice(self.fakes)]:
            self.down_until[fake.name] = self.world.clock.at + span

    def _fault(self, fake: Metered) -> Callable[[str], str]:
        is_down = self.world.clock.at < self.down_until.get(fake.name, self.world.clock.at)

        def fault(request: str) -> str:
            if is_down:
                return "lost"
            if self.luck.random() > 0.02:
                return ""
            self.faults += 1
            return self.luck.choice([kind for kind in SEND_FAULTS if request == "send" or "after" not in kind])

        return fault

    # -- what is measured ----------------------------------------------------------------------------------------------

    def _measure(self, shell: Shell) -> None:
        self.measured_on = self.world.clock.at.date()
        for fake in self.fakes:
            fake.forget_the_past(self.world.clock.at - 70 * DAY)
        is_due = len(self.measures) % MEASURED_EVERY == 0
        memory = held(shell) if is_due or not self.measures else self.measures[-1].memory
        documents = sum(
            map(len, (shell.store.opportunities, shell.store.people, shell.store.seen, shell.store.delivered))
        )
        day = (self.world.clock.at - self.world.clock.started_at).days
        size = (self.folder / "state.json").stat().st_size
        self.measures.append(Measured(day, memory, size, documents + len(shell.store.ledger)))


def held(shell: Shell) -> int:
    """Bytes that the bot holds on to: the shell, the store, and whatever its modules keep; not the fake servers."""
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "bot"]
    kept = [value for module in modules for value in vars(module).values() if isinstance(value, (list, set))]
    waiting: list[Any] = [shell.store, {k: v for k, v in vars(shell).items() if k != "connections"}, *kept]
    seen: set[int] = set()
    total = 0
    while waiting:
        each = waiting.pop()
        if id(each) not in seen and not isinstance(each, NOT_OURS):
            seen.add(id(each))
            total += sys.getsizeof(each)
            waiting += gc.get_referents(each)
    return total


def verify(quarter: Quarter) -> None:
    texts = [text for fake in quarter.fakes for text in fake.received()]
    assert sum(text.startswith("Hello from Underheard") for text in texts) == 1
    slots = [
        text.partition(":\n")[0].partition(": ")[0] for text in texts if " worth your time" in text and text[3] == " "
    ]
    assert len(slots) == len(set(slots)), "a digest twice"
    for fake in quarter.fakes:
        assert fake.most <= ALLOWED, f"{fake.name}: {fake.most} requests in five minutes"
        said = [each for each in fake.messages if not each.by_bot and each.text != "thanks"]
        answered = [each for each in fake.messages if each.by_bot]
        assert len(answered) >= len(said), "an order without an answer"
    with quarter.world.opened() as shell:
        store = shell.store
        assert not store.outbox.all(), list(store.outbox.all())
        assert len(store.seen) <= 3000
        numbers = [each.number for each in standings(store.ledger).values() if each.is_open and each.number]
        assert len(numbers) == len(set(numbers))
    assert a_years_file(quarter) < A_YEARS_FILE, f"{a_years_file(quarter) / 2**20:.1f} MB in a year"
    leftovers = {path.name for path in quarter.folder.iterdir()}
    assert leftovers <= {"state.json", "state.json.bak", "state.json.lock", "forgotten"}, leftovers


def a_years_file(quarter: Quarter) -> float:
    """Bytes: what there is and, at the pace of its second half, what the year that the ledger keeps would add."""
    half, last = quarter.measures[len(quarter.measures) // 2], quarter.measures[-1]
    a_day = (last.file - half.file) / (last.day - half.day) if last.day > 60 else 0
    return last.file + 400 * a_day


def grows(quarter: Quarter) -> float:
    """How much more memory a document takes in the last third than in the second: over 1, where something leaks."""
    third = len(quarter.measures) // 3
    middle, late = quarter.measures[third : 2 * third], quarter.measures[2 * third :]

    def each(days: list[Measured]) -> float:
        return sum(day.memory for day in days) / sum(day.documents for day in days)

    return each(late) / each(middle)
