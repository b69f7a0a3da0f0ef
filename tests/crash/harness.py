"""The bot is killed at a line, by SIGKILL, and started again; the servers live on in this process and remember.

    fork a process for one tick --(requests over a pair of sockets)--> the fakes, here
      traced: at the n-th line of the bot it kills itself
    then ticks without kills until nothing is left to do, then `verify`

What must hold after any history: see `verify`.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import re
import shutil
import signal
import socket
import struct
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from fakes import (
    DAY,
    HOUR,
    MINUTE,
    READ_FAULTS,
    SEND_FAULTS,
    START,
    Clock,
    Fake,
    Message,
    World,
    no_fault,
    plainly_answered,
    plainly_judged,
)

from bot import app, gather, hear, store
from bot.errors import NetworkError, RateLimited
from bot.ledger import counting, standings
from bot.models import Event, Post
from bot.outbox import items_in

BOT = Path(app.__file__).parent
TRACED = {
    str(BOT / f"{name}.py")
    for name in [
        "app",
        "hear",
        "gather",
        "compose",
        "revisit",
        "prune",
        "deliver",
        "undelivered",
        "shell",
        "outbox",
        "store",
    ]
}
"""Every module that acts. Between two lines of the others nothing changes on disk or on the wire."""
READING = {"<genexpr>", "<dictcomp>", "<listcomp>", "<lambda>", "_decode", "all", "get", "items", "health", "controls"}
"""Nor inside these: to die in one is to die in the line that called it."""
SLOT = re.compile(r"(\w{3} \d+ \w{3}, \d\d:\d\d):")
TAG = re.compile(r"(say\d+) (\w+)")


# -- one process, killed ---------------------------------------------------------------------------------------------


def killed_tick(world: World, line: int) -> int | None:
    """A tick in a process of its own, killed at that line of the bot; how many lines it had, if it lived."""
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        here.close()
        _live_and_die(world, line, there)
    there.close()
    lines = None
    while request := _received(here):
        if request[0] == "lived":
            lines = request[1]
        elif request[0] == "raised":
            raise AssertionError(request[1])
        else:
            _answer(world.fakes, here, request)
    here.close()
    os.waitpid(child, 0)
    return lines


def _answer(fakes: list[Fake], channel: socket.socket, request: Any) -> None:
    which, name, args = request
    try:
        answer = ("ok", fakes[which].ask(name, *args))
    except NetworkError as error:
        answer = ("raise", type(error), error.network, str(error), error.maybe_done, getattr(error, "retry_at", None))
    with suppress(OSError):  # whoever asked may be dead
        _send(channel, answer)


def _send(channel: socket.socket, value: Any) -> None:
    blob = pickle.dumps(value)
    channel.sendall(struct.pack("!I", len(blob)) + blob)


def _received(channel: socket.socket) -> Any:
    head = _read(channel, 4)
    return pickle.loads(_read(channel, *struct.unpack("!I", head))) if head else None


def _read(channel: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        try:
            piece = channel.recv(size - len(found))
        except ConnectionResetError:  # died with an answer unread
            return b""
        if not piece:
            return b""
        found += piece
    return found


def asked_of(channel: socket.socket, which: int, name: str, *args: Any) -> Any:
    """A request, and its answer; traced, so that a process dies between the two as well."""
    _send(channel, (which, name, args))
    answer = _received(channel)
    if answer[0] == "ok":
        return answer[1]
    _, kind, network, says, maybe_done, retry_at = answer
    extra = {"retry_at": retry_at} if kind is RateLimited else {}
    error = kind(network, says.removeprefix(f"{network}: "), **extra)
    error.maybe_done = maybe_done
    raise error


def _live_and_die(world: World, line: int, channel: socket.socket) -> None:
    lived = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lived
        code = frame.f_code
        if (code.co_filename not in TRACED or code.co_name in READING) and code is not asked_of.__code__:
            return None
        if event in {"line", "return"}:
            lived += 1
            if lived == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    try:
        sys.settrace(trace)
        with world.opened(ask=lambda fake: partial(asked_of, channel, world.fakes.index(fake))) as shell:
            app.tick(shell, world.clock.now())
        sys.settrace(None)
        _send(channel, ("lived", lived))
    except BaseException:  # noqa: BLE001  whatever it was, the parent shall tell
        sys.settrace(None)
        _send(channel, ("raised", traceback.format_exc()))
    os._exit(0)


# -- a history, and what must be true after it -----------------------------------------------------------------------


@dataclass
class Said:
    tag: str
    verb: str
    message: Message
    meant: str = ""
    """The link of the item, as the owner saw it under its number."""


@dataclass
class Count:
    crashes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    histories: int = 0
    sent: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            crashes=self.crashes + other.crashes,
            faults=self.faults + other.faults,
            histories=self.histories + other.histories,
            sent=self.sent + other.sent,
        )


class History(World):
    """One owner, one network, and what has happened so far."""

    def __init__(self, folder: Path, clock: Clock, server: Mapping[str, Any], **sections: Any) -> None:
        super().__init__(folder, Fake(clock, **server), **sections)
        self.said: list[Said] = []
        self.wanted: dict[str, Post] = {}
        """Mentions that must be shown once, by their links."""
        self.postponed: set[str] = set()
        self.losses = self.restored = 0
        self.may_be_unheard: set[str] = set()
        """Said to a state that was lost before it heard them."""

    def asks(self, who: str, **how: Any) -> Post:
        post = self.mention(who, f"asks: {who} would like to know about seeds", **how)
        self.wanted[post.link] = post
        return post

    def author(self, link: str) -> str:
        return self.fake.written[link].author.id

    def seen(self) -> dict[int, str]:
        """Number -> link, as the owner would read it off the newest message that has the number."""
        return {number: link for text in self.received() for link, number in items_in(text).items()}

    def orders(self, verb: str, number: int | None = None) -> None:
        tag = f"say{len(self.said) + 1}"
        below = next((m for m in reversed(self.fake.messages) if m.by_bot and SLOT.match(m.text)), None)
        text = f"{tag} {verb}" + (f" {number}" if number else "")
        message = self.says(text, below=below if self.fake.alone else None)
        meant = self.seen().get(number, "") if number else ""
        self.said.append(Said(tag, verb, message, meant))
        if verb == "later":
            self.postponed.add(meant)

    # -- what befalls the machine

    def saved(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()} if self.folder.exists() else {}

    def restore(self, files: dict[str, bytes]) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        for name, content in files.items():
            (self.folder / name).write_bytes(content)

    def left(self) -> bytes:
        """All that a process leaves when it dies."""
        self.fake.asked.clear()
        files = {name: content for name, content in self.saved().items() if not name.endswith(".lock")}
        return hashlib.sha256(pickle.dumps((self.fakes, sorted(files.items())))).digest()

    def looks(self) -> object:
        """Changes with disk and server, and costs little."""
        files = [(each.name, each.stat()) for each in os.scandir(self.folder)] if self.folder.exists() else []
        return (
            sorted((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in files),
            sum(self.fake.asked.values()),
        )

    def lose(self) -> None:
        """What the owner says before the new state has heard anything is not obeyed: so it is let begin in peace."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.losses += 1
        replied = {found[1] for text in self.received() if (found := TAG.match(text))}
        self.may_be_unheard |= {said.tag for said in self.said if said.tag not in replied}
        self.clock.off, self.fake.fault = timedelta(), no_fault
        for _ in range(2):
            self.tick(3 * MINUTE)

    def damage(self, how: str) -> None:
        path = self.folder / "state.json"
        if path.exists() and (self.folder / "state.json.bak").exists():
            blob = path.read_bytes()
            path.unlink()  # or a backup that is still the same file would be damaged too
            path.write_bytes({"torn": blob[: len(blob) // 2], "zeroed": bytes(len(blob)), "empty": b""}[how])

    def finish(self, days: int = 2, hours: int = 0) -> None:
        """No more trouble: everything that is on its way arrives, everything that was found is shown."""
        self.clock.off = timedelta()
        self.fake.fault = no_fault
        for gap in (MINUTE, 3 * MINUTE, 3 * MINUTE, 7 * HOUR, 3 * MINUTE):
            self.tick(gap)
        for _ in range(days):
            self.tick(self.until(8) - self.clock.at)
            self.tick(3 * MINUTE)
        for _ in range(hours):
            self.tick(HOUR)


def verify(history: History) -> None:
    texts = history.received()
    hellos = sum(text.startswith("Hello from Underheard") for text in texts)
    assert hellos <= 1 + history.losses, f"{hellos} hellos"
    assert hellos or _is_rejected(history, "Hello from"), "no hello"
    slots = [found[1] for text in texts if (found := SLOT.match(text))]
    assert len(slots) == len(set(slots)), f"a digest twice: {slots}"
    _verify_answers(history, texts)
    _verify_items(history, texts)
    _verify_state(history)


def _verify_answers(history: History, texts: list[str]) -> None:
    replies = [found[1] for text in texts if (found := TAG.match(text))]
    tags = [said.tag for said in history.said if said.verb != "thanks"]
    excused = {tag for tag in tags if tag in history.may_be_unheard or _is_rejected(history, f"{tag} ")}
    missing = [tag for tag in tags if tag not in replies and tag not in excused]
    assert not missing, f"no answer to {missing}"
    assert list(dict.fromkeys(replies)) == [tag for tag in tags if tag in replies], f"order: {replies}"
    for said in history.said:  # a restored state that hears "list" again may see another list
        most = 1 + history.restored * (said.verb in {"list", "more"})
        assert replies.count(said.tag) <= most, f"{said.tag} {said.verb} was answered {replies.count(said.tag)} times"
    assert not any(text.startswith("not understood") for text in texts), "took its own words for the owner's"


def _is_rejected(history: History, beginning: str) -> bool:
    return any(text.startswith(beginning) for text in history.fake.rejected)


def _verify_items(history: History, texts: list[str]) -> None:
    shown = Counter(link for text in texts for link in items_in(text))
    for link, post in history.wanted.items():
        if post.id not in history.fake.posts:
            continue
        returns = int(link in history.postponed)
        least = 1 if history.losses else 1 + returns
        most = 1 + returns + returns * history.restored  # put off again, when the order is heard again
        assert least <= shown[link] <= most, f"{link} was shown {shown[link]} times, not {1 + returns}"


def _verify_state(history: History) -> None:
    there = {message.id: message.text for message in history.fake.messages if message.by_bot}
    with history.opened() as shell:
        entries = shell.store.ledger
        assert not shell.store.outbox.all(), f"never sent: {list(shell.store.outbox.all())}"
        whose = {each.id: each.person for each in shell.store.opportunities.all().values()}
        numbers = [standing.number for standing in standings(entries).values() if standing.is_open and standing.number]
        assert len(numbers) == len(set(numbers)), f"a number twice: {numbers}"
        for row in shell.store.delivered.all().values():
            assert row.id in there, f"{row.key} is not on the server"
            stands = {number: history.author(link) for link, number in items_in(there[row.id]).items()}
            noted = {number: whose[ident] for number, ident in row.numbers.items()}
            assert noted == {n: who for n, who in stands.items() if who in whose.values()}, f"{row.key}: {noted}"
        counted = counting(entries)
        causes = {row.key: row for row in shell.store.delivered.all().values()}
        for entry in counted:
            if entry.event is Event.SHOWN and not entry.cause.startswith("found "):
                row = causes.get(entry.cause)
                assert row is not None, f"never sent: {entry}"
                assert row.numbers.get(entry.number or 0) == entry.opportunity, f"not shown: {entry}"
        for said in history.said:
            if said.verb in {"done", "later"} and said.tag not in history.may_be_unheard and not history.losses:
                did = [whose[e.opportunity or 0] for e in counted if e.cause == said.message.id]
                assert did == [history.author(said.meant)], f"{said.tag} {said.verb} {said.meant}: did {did}"


# -- every line of four ticks ----------------------------------------------------------------------------------------


def first(history: History) -> None:
    history.asks("old", at=history.clock.at - 30 * DAY)
    history.wanted.clear()  # history from before the start
    history.asks("ines", at=history.clock.at - HOUR)


def digest(history: History) -> None:
    history.clock.advance(history.until(8) - history.clock.at)
    for who in ("tom", "dee", "bo", "kim"):
        history.asks(who)
    history.mention("fan", "so lovely")


def answers(history: History) -> None:
    history.clock.advance(5 * MINUTE)
    one, other, *_ = history.seen()
    history.orders("done", one)
    history.orders("later", other)
    history.orders("more")
    history.orders("thanks")
    history.orders("list")


def next_day(history: History) -> None:
    history.clock.advance(history.until(8) - history.clock.at)
    history.fake.delete(history.asks("gone"))
    history.fake.change(history.asks("sam"), text="asks: sam has changed the words")
    history.mention("ines", "asks: and one thing more", reply_to=next(iter(history.wanted.values())))


Dead = tuple[bytes, dict[str, bytes]]
"""The world and the disk, as a process left them."""
Step = Callable[[History], None]
STEPS: tuple[Step, ...] = (first, digest, answers, next_day)
"""What happens before each of four ticks."""
GAPS = (timedelta(seconds=10), 4 * MINUTE, 67 * MINUTE)
"""How long the machine stays dead."""


def _signature(text: str) -> int:
    """Of 64 bits, at no cost."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


@contextmanager
def plain() -> Iterator[None]:
    """Judging and answering that everybody can count; no waiting for the disk, for nothing here cuts the power."""
    store.Store()  # what is only done once in a process must not count among the lines
    with (
        plainly_judged(),
        mock.patch.object(hear, "answer", plainly_answered),
        mock.patch.object(gather, "signature", _signature),
        mock.patch.object(store, "_fsync", return_value=None),
        mock.patch.object(store, "_fsync_folder", return_value=None),
    ):
        yield


def every_line(folder: Path, stride: int = 1, offset: int = 0, **server: Any) -> Count:
    """Every `stride`-th line of the four ticks, each killed there once.

    What the dead leave on the disk and on the server is all that the living go on with: each such state is gone on
    with once after each gap, however many lines leave it.
    """
    count = Count()
    for at, step in enumerate(STEPS):
        before = _before(folder, at, server)
        history = _again(before)
        lines = killed_tick(history, 0)
        assert lines
        known = set()
        for line in range(1 + offset % stride, lines + 1, stride):
            history = _again(before)
            killed_tick(history, line)
            count += Count(crashes=1)
            left = history.left()
            if left not in known:
                known.add(left)
                dead = pickle.dumps(history), history.saved()
                for gap in GAPS:
                    count += _gone_on(dead, gap, STEPS[at + 1 :], f"line {line} of {lines}, {step.__name__}, {server}")
    return count


def every_death(folder: Path, gaps: tuple[timedelta, ...] = GAPS, **server: Any) -> Count:
    """The same without killing: wherever a line of a tick finds disk or server changed, what was there is kept."""
    count = Count()
    for at, step in enumerate(STEPS):
        known = set()
        for number, dead in enumerate(_deaths(_again(_before(folder, at, server)))):
            if (left := _again(dead).left()) not in known:
                known.add(left)
                about = f"change {number} of {step.__name__}, {server}"
                count += _gone_on(dead, gaps[number % len(gaps)], STEPS[at + 1 :], about)
    return count + Count(crashes=count.histories)


def _deaths(history: History) -> list[Dead]:
    found: list[Dead] = []
    before: object = None

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal before
        if frame.f_code.co_filename not in TRACED or frame.f_code.co_name in READING:
            return None
        if event in {"line", "return"} and (now := history.looks()) != before:
            before = now
            found.append((pickle.dumps(history), history.saved()))
        return trace

    sys.settrace(trace)
    try:
        history.tick()
    finally:
        sys.settrace(None)
    return found


def _gone_on(dead: Dead, gap: timedelta, steps: Iterable[Step], about: str) -> Count:
    history = _again(dead)
    history.tick(gap)
    history.tick(3 * MINUTE)
    for step in steps:
        step(history)
        history.tick()
    _settled(history, f"{about}, dead for {gap}")
    return Count(histories=1, sent=len(history.received()))


def _before(folder: Path, at: int, server: dict[str, Any]) -> Dead:
    """Everything as it stands before that step's tick."""
    history = _begun(folder, server)
    for step in STEPS[:at]:
        step(history)
        history.tick()
    STEPS[at](history)
    return pickle.dumps(history), history.saved()


def _again(before: Dead) -> History:
    history: History = pickle.loads(before[0])
    history.restore(before[1])
    return history


def _begun(folder: Path, server: dict[str, Any], **sections: Any) -> History:
    shutil.rmtree(folder, ignore_errors=True)
    return History(folder / "state", Clock(START - 3 * HOUR), server, **sections)


def _settled(history: History, about: str, **finish: int) -> None:
    try:
        history.finish(**finish)
        verify(history)
    except (AssertionError, KeyError) as error:
        raise AssertionError(f"{error} ({about})\n" + told(history)) from error


def told(history: History) -> str:
    return "\n".join(
        f"  {m.at:%d %H:%M:%S} {m.id} {'bot  ' if m.by_bot else 'owner'} {m.text!r}" for m in history.fake.messages
    )


# -- random histories --------------------------------------------------------------------------------------------------

JUMPS = (timedelta(seconds=1), timedelta(seconds=40), timedelta(seconds=130), 17 * MINUTE, 67 * MINUTE)
WRONG_CLOCKS = (-HOUR, timedelta(days=-20780))
"""An hour back, and 1970; that one only where the server tells the time, as every real one does."""
HAS_HEARD = b'"fake messages":{"value":{"read"'
"""In a state that knows since when the owner is obeyed."""
PEOPLE = ("ines", "tom", "dee", "bo", "kim", "sam", "lou", "max")


def random_history(folder: Path, seed: int) -> Count:
    """Kills, faults, clocks and damage as the seed has it; then peace, and everything must have come right."""
    luck = random.Random(seed)
    server: dict[str, Any] = {
        "keyed": luck.random() < 0.5,
        "alone": luck.random() < 0.25,
        "tells_time": luck.random() < 0.7,
    }
    if luck.random() < 0.3:
        server["takes"] = timedelta(seconds=luck.choice((1, 4, 10)))
    is_slow = server["keyed"] and luck.random() < 0.3
    if is_slow:  # what such a server accepted may come when we have long tried again: only the key helps
        server["lateness"] = 20 * MINUTE
    history = _begun(folder, server, digest={"at": [f"{hour:02}:00" for hour in range(6, 23)], "items": 2})
    count = Count(histories=1)
    _first_words(history, luck)
    rejects = luck.random() < 0.4  # but an older state may say again, and later, what was refused before
    copies: list[dict[str, bytes]] = []
    for _ in range(luck.randrange(8, 24)):
        history.fake.fault = _faults(luck, count, "late" if is_slow else "rejected" if rejects else "500")
        _life_goes_on(history, luck)
        if not is_slow:
            _something_breaks(history, luck, [] if rejects else copies)
        if luck.random() < 0.4:
            count.crashes += killed_tick(history, int(luck.triangular(1, 3200, 900))) is None
        else:
            history.tick()
        if luck.random() < 0.3 and HAS_HEARD in (copy := history.saved()).get("state.json", b""):
            copies.append(copy)
    _settled(history, f"seed {seed}, {server}", hours=8)
    return count + Count(sent=len(history.received()))


def _first_words(history: History, luck: random.Random) -> None:
    """One kind of request fails at the very first; the owner answers whatever comes."""
    kind = luck.choice(("heard", "sent", "send", "inbox", "none"))
    history.fake.fault = lambda request: "500" if request == kind else ""
    history.tick()
    history.fake.fault = no_fault
    if history.received():
        history.clock.advance(MINUTE)
        history.orders("list")
    history.tick()


def _faults(luck: random.Random, count: Count, special: str) -> Callable[[str], str]:
    often = luck.choice((0.0, 0.0, 0.1, 0.3))

    def fault(request: str) -> str:
        if request == "clock" and luck.random() < often:
            return "lost"
        if luck.random() >= (0.35 if request == "send" else often):
            return ""
        kinds = [*SEND_FAULTS, *SEND_FAULTS, *SEND_FAULTS, special] if request == "send" else [*READ_FAULTS, "refused"]
        kind = luck.choice([each for each in kinds if each != "refused" or luck.random() < 0.2] or ["500"])
        count.faults[kind] += 1
        return kind

    return fault


def _life_goes_on(history: History, luck: random.Random) -> None:
    history.clock.advance(luck.choice(JUMPS))
    strangers = [
        who for who in PEOPLE if all(each.author.id != f"fake:{who}" for each in history.fake.written.values())
    ]
    if strangers and luck.random() < 0.6:
        post = history.asks(luck.choice(strangers))
        if luck.random() < 0.1:
            history.fake.delete(post)
    closed = {said.meant for said in history.said}
    open_ones = [number for number, link in history.seen().items() if link not in closed]
    if open_ones and luck.random() < 0.5:
        history.orders(luck.choice(("done", "later")), luck.choice(open_ones))
    elif open_ones and luck.random() < 0.4:
        history.orders(luck.choice(("list", "thanks", "more")))


def _something_breaks(history: History, luck: random.Random, copies: list[dict[str, bytes]]) -> None:
    """Where the two share an account, an older state cannot know what hangs below messages that it forgot."""
    what = luck.random()
    if history.fake.late and luck.random() < 0.3:
        history.damage("torn")
    elif what < 0.08:
        wrong = WRONG_CLOCKS if history.fake.tells_time else WRONG_CLOCKS[:1]
        history.clock.off = luck.choice(wrong) if not history.clock.off else timedelta()
    elif what < 0.12:
        history.clock.reboot()
    elif what < 0.18:
        history.damage(luck.choice(("torn", "zeroed", "empty")))
    elif what < 0.21 and copies and not history.fake.alone:
        history.clock.advance(130 * MINUTE / 60)  # whoever fetches a copy takes longer than a request
        history.restore(luck.choice(copies))
        history.restored += 1
    elif what < 0.23 and not history.fake.alone:
        history.clock.advance(130 * MINUTE / 60)
        copies.clear()
        history.lose()
