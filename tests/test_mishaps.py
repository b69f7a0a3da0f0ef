"""What befalls a machine: each mishap has one clear line, an exit code, and no message is lost or sent twice.

How the state survives each of them in itself is shown in test_store; here the whole program runs into it.
"""

import errno
import json
import logging
import os
import re
import shutil
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from fakes import DAY, HOUR, MINUTE, Clock, Fake, World, plainly_judged
from test_cli import House

from bot import reader
from bot.__main__ import main
from bot.errors import StoreError
from bot.networks.standin import Clock as ServerClock
from bot.networks.standin import Server


@pytest.fixture(autouse=True)
def _plainly(monkeypatch):
    monkeypatch.setattr(reader, "is_available", lambda: False)
    with plainly_judged():
        yield


class Machine(House):
    """The program as cron runs it: what it says to the one who reads the mails of cron, and how it ends."""

    def __init__(self, server, folder, capsys, caplog):
        super().__init__(server, folder)
        self._capsys, self._caplog = capsys, caplog

    def once(self, *how):
        self._caplog.clear()
        code = main(["once", "--config", str(self.config), *how])
        lines = self._capsys.readouterr().err.splitlines()
        lines += [each.getMessage() for each in self._caplog.records if each.levelno >= logging.WARNING]
        assert not [line for line in lines if "Traceback" in line]
        return code, lines

    @property
    def backup(self):
        return self.state.with_name("state.json.bak")

    def digests(self):
        return [text for text in self.messages() if re.search(r"\d worth your time", text)]


@pytest.fixture
def machine(tmp_path, monkeypatch, capsys, caplog):
    """It has said hello, and sent a digest with one item."""
    with Server(now=ServerClock(datetime.now(UTC))) as server:
        machine = Machine(server, tmp_path, capsys, caplog)
        for name, key in machine.keys.items():
            monkeypatch.setenv(name, key)
        machine.once()
        server.post(machine.ines, "@rosa asks: would you co-write it?")
        assert machine.once("--digest") == (0, [])
        assert len(machine.messages()) == 2
        yield machine


def torn(machine):
    blob = machine.state.read_bytes()
    machine.state.unlink()
    machine.state.write_bytes(blob[: len(blob) // 2])


def emptied(machine):
    machine.state.unlink()
    machine.state.write_bytes(b"")


def both_torn(machine):
    torn(machine)
    machine.backup.write_bytes(b"{")


def newer(machine):
    rows = json.loads(machine.state.read_text())
    rows["meta"]["meta"]["value"]["schema"] = 99
    machine.state.write_text(json.dumps(rows))


def of_something_else(machine):
    machine.state.write_text('{"_default": {"1": {"a": 1}}}')


def a_folder(machine):
    machine.state.unlink()
    machine.state.mkdir()


def a_file_in_the_place_of_the_folder(machine):
    shutil.rmtree(machine.state.parent)
    machine.state.parent.write_text("x")


def a_row_that_is_none(machine):
    rows = json.loads(machine.state.read_text())
    next(iter(rows["ledger"].values()))["value"]["at"] = "yesterday"
    machine.state.write_text(json.dumps(rows))


GOES_ON = r"going on with state\.json\.bak, one commit older"
MISHAPS = {
    "torn": (torn, 0, rf"\S+state\.json is damaged \(.*\) and was kept as state\.json\.damaged-1; {GOES_ON}"),
    "emptied": (emptied, 0, rf"\S+state\.json is damaged .*; {GOES_ON}"),
    "gone, the backup is there": (lambda machine: machine.state.unlink(), 0, rf"\S+state\.json is missing; {GOES_ON}"),
    "torn, and the backup too": (
        both_torn,
        1,
        r"underheard: \S+ is damaged .*, and its backup .* cannot be used .*: restore a copy, or move both files .*",
    ),
    "newer": (newer, 1, r"underheard: the state was written by a newer Underheard \(schema 99\): update this one"),
    "of something else": (of_something_else, 1, r"underheard: the state does not tell its schema: it is not one of .*"),
    "a folder": (a_folder, 1, r"underheard: \S+state\.json cannot be used: Is a directory; free the disk or mend .*"),
    "a file for its folder": (
        a_file_in_the_place_of_the_folder,
        1,
        r"underheard: \S+state\.json cannot be used: .*; free the disk or .*",
    ),
    "a row that is none": (
        a_row_that_is_none,
        1,
        r"underheard: row 000000001 of ledger in the state cannot be read: at Input should .*",
    ),
}
"""What befalls the machine, how the program ends, and the line that it says."""


@pytest.mark.parametrize("mishap", MISHAPS)
def test_each_mishap_of_the_state_is_one_clear_line_and_sends_nothing_twice(machine, mishap):
    befalls, expected, line = MISHAPS[mishap]
    before = machine.messages()
    befalls(machine)
    code, lines = machine.once("--digest")
    told = [each for each in lines if re.fullmatch(line, each)]
    assert code == expected
    assert told
    assert len(told) == 1
    assert code == 0 or lines == told
    machine.once("--digest")
    assert machine.messages() == before


@pytest.mark.parametrize("command", ["preview", "export"])
@pytest.mark.parametrize("mishap", [name for name in MISHAPS if "gone" not in name and "emptied" not in name])
def test_looking_at_it_is_one_clear_line_as_well(machine, mishap, command, capsys):
    befalls, *_ = MISHAPS[mishap]
    befalls(machine)
    code = main([command, "--config", str(machine.config)])
    said = capsys.readouterr().err
    assert code == 1
    assert re.fullmatch(r"underheard: .+\n", said)


def test_a_lost_state_begins_anew_and_takes_what_was_sent_for_sent(machine):
    shutil.rmtree(machine.state.parent)
    code, lines = machine.once("--digest")
    assert code == 0
    assert [line for line in lines if "on the server that the state does not know" in line]
    assert len(machine.digests()) == 1
    assert sum("Hello from Underheard" in text for text in machine.messages()) == 1


def test_an_older_generation_says_nothing_twice_and_knows_what_the_numbers_mean(machine, tmp_path):
    shutil.copytree(machine.state.parent, tmp_path / "copy")
    machine.server.post(machine.server.account("bo"), "@rosa asks: who stopped the mould?")
    machine.once("--digest")
    assert len(machine.digests()) == 2
    shutil.rmtree(machine.state.parent)
    shutil.copytree(tmp_path / "copy", machine.state.parent)
    machine.once("--digest")
    assert len(machine.digests()) == 2
    machine.server.say_direct(machine.rosa, "done 2", to=machine.bot)
    machine.once()
    assert "2 bo: done" in machine.messages()[-1]


def test_a_folder_that_became_read_only_is_one_clear_line(machine, monkeypatch):
    calm = os.open

    def opened(path, flags, *mode, **how):
        if str(path).startswith(str(machine.state.parent)) and flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return calm(path, flags, *mode, **how)

    monkeypatch.setattr(os, "open", opened)
    code, lines = machine.once("--digest")
    assert code == 1
    (line,) = lines
    assert re.fullmatch(r"underheard: \S+state\.json cannot be used: Read-only file system; free the disk or .*", line)


WRONG = {"1970": datetime(1970, 1, 1, 3, tzinfo=UTC), "an hour back": -HOUR, "a year ahead": 365 * DAY}


@pytest.mark.parametrize("clock", WRONG)
def test_a_clock_that_is_wrong_is_one_clear_line_and_a_fault_and_nothing_is_done(machine, clock, monkeypatch, capsys):
    wrong = WRONG[clock]
    now = wrong if isinstance(wrong, datetime) else datetime.now(UTC) + wrong
    monkeypatch.setattr("bot.__main__.clock", lambda: now)
    before = machine.state.read_bytes()
    machine.server.post(machine.server.account("bo"), "@rosa asks: who stopped the mould?")
    code = main(["once", "--config", str(machine.config), "--digest"])
    said = capsys.readouterr()
    assert code == 1
    assert re.search(
        r"underheard: nothing was done: this machine's clock is \d+ minutes (ahead|behind): set it\n", said.err
    )
    assert said.out == "Nothing was sent.\n"
    assert machine.state.read_bytes() == before
    assert len(machine.messages()) == 2
    monkeypatch.undo()


# -- a full disk, at each step of a tick -------------------------------------------------------------------------------

STEPS = {"open": 1, "write": 2, "fsync": 3, "link": 2}
"""With every how many of them."""


class FullDisk:
    """From the n-th such call on nothing can be written, until somebody makes room."""

    def __init__(self, monkeypatch, step, number, folder):
        self.calls = 0
        calm = getattr(os, step)

        def call(first, *more, **how):
            is_ours = step in {"write", "fsync"} or str(folder) in str(first)
            is_writing = step != "open" or bool(more and more[0] & (os.O_WRONLY | os.O_RDWR))
            self.calls += is_ours and is_writing
            if self.calls > number and is_ours and is_writing:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return calm(first, *more, **how)

        monkeypatch.setattr(os, step, call)


@pytest.mark.parametrize("step", STEPS)
def test_a_disk_that_is_full_at_any_step_of_a_tick_costs_no_message_and_none_comes_twice(tmp_path, monkeypatch, step):
    """Also when the message was sent and could not be noted down: the next tick finds it on the server."""
    number, faults = 0, 0
    while True:
        world = World(tmp_path / f"state {number}")
        world.tick()
        world.mention("ines", "asks: would you co-write it?")
        world.clock.advance(world.until(8) - world.clock.at)
        world.says("status")
        with monkeypatch.context() as patch:
            full = FullDisk(patch, step, number, world.folder)
            with suppress(StoreError):
                world.tick()
        for _ in range(3):
            world.tick(3 * MINUTE)
        assert [text.split()[0] for text in world.received()] == ["Hello", "Running.", "Sun"], (step, number)
        if full.calls <= number:
            break
        faults += 1
        number += STEPS[step]
    assert faults > 3


def test_a_full_disk_is_one_clear_line(machine, monkeypatch):
    FullDisk(monkeypatch, "write", 1, machine.state.parent)
    machine.server.post(machine.server.account("bo"), "@rosa asks: who stopped the mould?")
    code, lines = machine.once("--digest")
    assert code == 1
    assert re.fullmatch(r"underheard: \S+ cannot be used: No space left on device; free the disk .*", lines[-1])


def test_whom_the_owner_had_forgotten_on_a_full_disk_is_forgotten_when_there_is_room(tmp_path, monkeypatch):
    """The mark comes first: no state without the person may stand beside a file that does not know it."""
    world = World(tmp_path / "state")
    world.tick()
    world.mention("ines", "asks: would you co-write it?")
    world.tick(world.until(8) - world.clock.at)
    world.says("forget 1")
    world.tick(MINUTE)
    world.says("yes")
    calm = os.open

    def full(path, *more, **how):
        if str(path).endswith("forgotten"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return calm(path, *more, **how)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        with pytest.raises(StoreError, match=r"forgotten cannot be used: No space left"):
            world.tick(MINUTE)
    assert "Ines" in world.words_on_disk()
    world.tick(MINUTE)
    assert world.received()[-1].startswith("Forgotten.")
    assert "Ines" not in world.words_on_disk()


# -- nights and weeks ------------------------------------------------------------------------------------------------

NIGHTS = {"the gap": datetime(2027, 3, 27, 20, tzinfo=UTC), "the fold": datetime(2026, 10, 24, 20, tzinfo=UTC)}


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("at", ["02:00", "02:30", "03:00"])
@pytest.mark.parametrize("process", ["one that runs on", "a new one every ten minutes"])
def test_a_digest_in_the_night_when_the_clocks_change_comes_once(tmp_path, night, at, process):
    """02:30 does not exist in the one night, and comes twice in the other."""
    clock = Clock(at=NIGHTS[night])
    clock.started_at = clock.at - DAY
    world = World(tmp_path / "state", Fake(clock), digest={"at": [at], "weekly_review": ""})
    world.tick()
    world.mention("ines", "asks: would you co-write it?")
    end = clock.at + 9 * HOUR
    if process == "one that runs on":
        world.live(end)
    while clock.at < end:
        world.tick(10 * MINUTE, read=False)
    digests = [text for text in world.received() if re.search(r"\d worth your time", text)]
    assert len(digests) == 1
    assert f", {at}:" in digests[0]


def test_after_a_week_off_one_digest_comes_with_all_that_was_written(tmp_path):
    world = World(tmp_path / "state", Fake(Clock(), page=7))
    world.tick()
    for number in range(60):
        world.clock.advance(3 * HOUR)
        world.mention(f"person{number}", f"asks: number {number}?")
    world.clock.advance(world.until(9) - world.clock.at)
    for _ in range(3):
        world.tick(3 * MINUTE)
    digests = [text for text in world.received() if re.search(r"\d worth your time", text)]
    assert len(digests) == 1
    assert "3 worth your time (of 60)" in digests[0]


def test_the_init_of_somebody_without_a_terminal_or_a_disk_is_one_clear_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: (_ for _ in ()).throw(EOFError))
    assert main(["init", "--config", str(tmp_path / "new" / "config.toml")]) == 2
    assert capsys.readouterr().err == "underheard: init asks questions: run it in a terminal\n"
