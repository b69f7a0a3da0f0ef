"""The state: killed, torn, full, shared, old and new. Whatever happens, one commit is there, whole, and it says so."""

import errno
import json
import os
import re
import signal
import stat
import subprocess
import sys
import zlib
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import store as module
from bot.errors import StoreError
from bot.models import Event, Health, LedgerEntry, NearMiss, Opportunity, Person, Seen
from bot.outbox import Delivered, Outgoing
from bot.store import AtomicStorage, Store

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
SEEN = Seen(author="a", signature=1, seen_at=NOW)
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


@contextmanager
def opened(folder):
    store = Store.open(folder)
    try:
        yield store
    finally:
        store.close()


def number(value):
    return value if isinstance(value, int) else zlib.crc32(value.encode())


def write(store, value):
    """Two tables that belong together."""
    with store.transaction():
        store.cursors.put("k", {"v": value})
        store.tallies.put("k", {"v": number(value)})


def read(folder):
    with opened(folder) as store:
        return both(store)


def both(store):
    one, other = (store.cursors.get("k") or {}).get("v"), (store.tallies.get("k") or {}).get("v")
    assert one == other or number(one) == other, "half of a transaction"
    return one


def written(folder, *values):
    with opened(folder) as store:
        for value in values:
            write(store, value)


# -- killed ----------------------------------------------------------------------------------------------------------


def killed_at(line, folder):
    """Open, commit and close in a process of its own that kills itself at this line; how many lines it lived."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        lived = 0

        def trace(frame, event, _):
            nonlocal lived
            name = frame.f_code.co_filename
            if name != module.__file__ and "tinydb" not in name:
                return None
            if event in {"line", "return"}:
                lived += 1
                if lived == line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        written(folder, 2)
        sys.settrace(None)
        os.write(writing, b"%d" % lived)
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    lived = os.read(reading, 20)
    os.close(reading)
    return int(lived or 0)


def test_a_kill_at_any_line_leaves_the_commit_before_or_the_commit_after(folder, monkeypatch):
    for name in ("_fsync", "_fsync_folder"):  # a kill loses nothing that was written; only a power cut does
        monkeypatch.setattr(module, name, lambda _: None)
    written(folder, 0, 1)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    lines = killed_at(0, folder)
    assert lines > 300
    outcomes = {1: 0, 2: 0}
    for line in range(1, lines + 1):
        for name, content in before.items():
            (folder / name).unlink(missing_ok=True)
            (folder / name).write_bytes(content)
        assert killed_at(line, folder) == 0
        with opened(folder) as store:
            assert not store.recovered, f"line {line}: the backup was needed"
            outcomes[both(store)] += 1
            write(store, 3)
        assert read(folder) == 3
    assert outcomes[1] > 200
    assert outcomes[2] > 5


def test_what_a_transaction_wrote_before_it_raised_is_gone(folder):
    with opened(folder) as store:
        write(store, 1)

        def half_done():
            store.cursors.put("k", {"v": 2})
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError), store.transaction():
            half_done()
        assert both(store) == 1
        write(store, 3)
    assert read(folder) == 3


def test_nothing_is_written_outside_a_transaction(folder):
    with opened(folder) as store:
        write(store, 1)
        with pytest.raises(RuntimeError, match="outside a transaction"):
            store.cursors.put("k", {"v": 2})
        assert both(store) == 1
        with store.transaction(), pytest.raises(RuntimeError, match="nest"), store.transaction():
            pass


def test_a_transaction_that_changes_nothing_touches_no_file(folder):
    with opened(folder) as store:
        write(store, 1)
        before = (folder / "state.json").stat()
        with store.transaction():
            store.cursors.get("k")
    with opened(folder):
        pass
    assert (folder / "state.json").stat().st_ino == before.st_ino


# -- damaged ---------------------------------------------------------------------------------------------------------

DAMAGE = {
    "torn": lambda blob: blob[: len(blob) // 2],
    "zeroed": lambda blob: bytes(len(blob)),
    "empty": lambda _: b"",
    "not text": lambda _: b"\xff\xfe\x00garbage",
    "no tables": lambda _: b"[1, 2]",
    "tables of nothing": lambda _: b'{"meta": 7}',
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_set_aside_and_the_backup_goes_on(folder, how):
    written(folder, 1, 2)
    path = folder / "state.json"
    path.write_bytes(damaged := DAMAGE[how](path.read_bytes()))
    with opened(folder) as store:
        assert both(store) == 1
        assert "\n" not in store.recovered
        assert re.search(r"state\.json is damaged .* kept as state\.json\.damaged-1; going on", store.recovered)
        write(store, 5)
    assert (folder / "state.json.damaged-1").read_bytes() == damaged
    assert read(folder) == 5


def test_a_missing_file_is_replaced_by_the_backup(folder):
    written(folder, 1, 2)
    (folder / "state.json").unlink()
    with opened(folder) as store:
        assert both(store) == 1
        assert "is missing; going on with state.json.bak" in store.recovered
    with opened(folder) as store:  # nothing was written in between, so it is still so
        assert store.recovered


def test_of_two_damaged_files_nothing_is_overwritten(folder):
    written(folder, 1, 2)
    for name in ("state.json", "state.json.bak"):
        path = folder / name
        path.unlink()
        path.write_bytes(b"{" + name.encode())
    with pytest.raises(StoreError, match=r"damaged.*backup.*cannot be used.*restore a copy") as raised:
        Store.open(folder)
    assert "\n" not in str(raised.value)
    assert (folder / "state.json.damaged-1").read_bytes() == b"{state.json"
    assert (folder / "state.json.bak").read_bytes() == b"{state.json.bak"
    with pytest.raises(StoreError):  # nor the second time, and the lock was given back
        Store.open(folder)


def test_the_second_damage_does_not_overwrite_what_the_first_left(folder):
    for value in (1, 2):
        written(folder, value, value)
        (folder / "state.json").write_bytes(b"%d" % value)
        with opened(folder) as store:
            write(store, value)
    assert (folder / "state.json.damaged-1").read_bytes() == b"1"
    assert (folder / "state.json.damaged-2").read_bytes() == b"2"


def test_damaged_files_are_removed_when_the_words_in_them_are_too_old(folder):
    written(folder, 1, 2)
    (folder / "state.json").write_bytes(b"words")
    with opened(folder) as store:
        write(store, 3)
        store.clear_damaged(datetime.now(UTC) - timedelta(days=60))
        assert (folder / "state.json.damaged-1").exists()
        store.clear_damaged(datetime.now(UTC) + timedelta(days=1))
        assert not (folder / "state.json.damaged-1").exists()


def test_a_row_that_cannot_be_read_is_named(folder):
    with opened(folder) as store, store.transaction():
        store.seen.put("k", SEEN)
    path = folder / "state.json"
    path.write_text(path.read_text().replace('"signature":1', '"signature":"one"'))
    with (
        opened(folder) as store,
        pytest.raises(StoreError, match="row k of seen in the state cannot be read: signature "),
    ):
        store.seen.get("k")


def test_the_commit_before_is_the_backup(folder):
    written(folder, 1, 2)
    assert json.loads((folder / "state.json.bak").read_bytes())["cursors"]["k"]["value"] == {"v": 1}


def test_what_is_erased_is_erased_from_the_backup_too(folder):
    with opened(folder) as store:
        write(store, "some words")
        with store.transaction():
            store.erase()
            store.cursors.remove("k")
            store.tallies.remove("k")
    assert [path.name for path in folder.iterdir() if b"some words" in path.read_bytes()] == []
    assert (folder / "state.json.bak").exists()


# -- a full disk -----------------------------------------------------------------------------------------------------


def injected(monkeypatch, name, *, times=1, error=errno.ENOSPC):
    """This call of the system fails so often."""
    calm, left = getattr(os, name), [times]

    def failing(*args, **kwargs):
        if left[0]:
            left[0] -= 1
            raise OSError(error, os.strerror(error))
        return calm(*args, **kwargs)

    monkeypatch.setattr(os, name, failing)


@pytest.mark.parametrize("step", ["open", "write", "fsync", "link", "rename"])
def test_a_disk_that_is_full_at_any_step_leaves_the_last_commit(folder, monkeypatch, step):
    with opened(folder) as store:
        write(store, 1)
        write(store, 2)
        with monkeypatch.context() as full:
            if step == "rename":
                full.setattr(Path, "replace", lambda *_: os.link("/nowhere", "/nowhere"))
            else:
                injected(full, step)
            with pytest.raises(StoreError) as raised:
                write(store, 3)
        assert "\n" not in str(raised.value)
        assert "state.json cannot be used" in str(raised.value)
        assert both(store) == 2
        write(store, 4)
        assert both(store) == 4
    assert read(folder) == 4


def test_a_write_that_stops_half_way_is_gone_on_with(folder, monkeypatch):
    calm = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: calm(fd, data[:7]))
    written(folder, "a long value")
    monkeypatch.undo()
    assert read(folder) == "a long value"


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    done = IS_ROOT and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if not done or done.returncode:
        pytest.skip("needs to mount a small disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_on_a_small_disk_it_says_so_and_goes_on_when_there_is_room(small_disk):
    with opened(small_disk / "state") as store:
        write(store, 1)
        write(store, "x" * 60_000)
        with pytest.raises(StoreError, match="No space left on device; free the disk"):
            write(store, "y" * 300_000)
        kept = both(store)
        assert kept == "x" * 60_000
        ballast = small_disk / "ballast"
        with suppress(OSError):
            ballast.write_bytes(bytes(200_000))
        with pytest.raises(StoreError, match="No space left"):
            write(store, "y" * 90_000)
        assert both(store) == kept
        ballast.unlink()
        write(store, "short")
    assert read(small_disk / "state") == "short"


# -- shared, read-only, without links --------------------------------------------------------------------------------


def test_a_second_process_is_told_who_has_it(folder):
    with opened(folder):
        code = f"from pathlib import Path; from bot.store import Store; Store.open(Path({str(folder)!r}))"
        second = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"StoreError: {folder}/state.json is in use by process {os.getpid()}: stop that one first" in second.stderr


def test_the_lock_ends_with_the_process_however_it_ends(folder):
    code = (
        f"import os; from pathlib import Path; from bot.store import Store; s = Store.open(Path({str(folder)!r})); "
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    written(folder, 1)


def test_a_folder_that_cannot_be_written_is_one_clear_line(folder, monkeypatch):
    written(folder, 1)
    if IS_ROOT:
        injected(monkeypatch, "open", error=errno.EROFS)
    else:
        folder.chmod(0o500)
    with pytest.raises(StoreError, match=r"state\.json cannot be used: .*; free the disk or mend its rights") as raised:
        Store.open(folder)
    assert "\n" not in str(raised.value)
    folder.chmod(0o700)


@pytest.mark.parametrize("error", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_without_hard_links_it_works_without_a_backup(folder, monkeypatch, error):
    written(folder, 0, 1)
    injected(monkeypatch, "link", times=99, error=error)
    written(folder, 2, 3)
    assert read(folder) == 3
    assert not (folder / "state.json.bak").exists(), "a backup of long ago is worse than none"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_may_read_it_whatever_the_umask(folder, umask):
    before = os.umask(umask)
    try:
        written(folder, 1, 2)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]}
    assert modes == {"state": 0o700, "state.json": 0o600, "state.json.bak": 0o600, "state.json.lock": 0o600}


def test_a_look_takes_no_lock_and_leaves_nothing(folder):
    written(folder, 1)
    names = sorted(folder.iterdir())
    with opened(folder):
        copy = Store.copy_of(folder)
        with copy.transaction():
            copy.cursors.put("k", {"v": 9})
    assert sorted(folder.iterdir()) == names
    assert read(folder) == 1
    assert Store.copy_of(folder / "nowhere").meta.started_at is None


# -- older and newer -------------------------------------------------------------------------------------------------


def test_a_newer_state_is_refused_and_not_touched(folder):
    written(folder, 1)
    path = folder / "state.json"
    path.write_text(path.read_text().replace(f'"schema":{module.current_schema()}', '"schema":99'))
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer Underheard \(schema 99\): update this one"):
        Store.open(folder)
    assert path.read_bytes() == before


def test_a_file_of_something_else_is_refused(folder):
    folder.mkdir()
    (folder / "state.json").write_text('{"_default": {"1": {"a": 1}}}')
    with pytest.raises(StoreError, match="it is not one of Underheard's"):
        Store.open(folder)


def count_up(tables):
    tables["tallies"]["k"]["value"]["v"] += 1


def test_a_migration_runs_once_for_old_states_and_never_for_new_ones(folder, monkeypatch):
    written(folder, 0)
    newer = module.current_schema() + 1
    monkeypatch.setattr(module, "MIGRATIONS", (*module.MIGRATIONS, count_up))
    for _ in range(2):
        with opened(folder) as store:
            assert store.tallies.get("k") == {"v": 1}
            assert store.meta.schema == newer
    with opened(folder.with_name("new")) as store:
        assert store.meta.schema == newer


def test_migrations_are_one_transaction_and_a_crash_in_the_middle_is_none(folder, monkeypatch):
    written(folder, 0)
    secret = Store.copy_of(folder).meta.secret

    def crash(_):
        raise KeyboardInterrupt

    until_now = module.MIGRATIONS
    monkeypatch.setattr(module, "MIGRATIONS", (*until_now, count_up, crash))
    before = (folder / "state.json").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        Store.open(folder)
    assert (folder / "state.json").read_bytes() == before
    monkeypatch.setattr(module, "MIGRATIONS", (*until_now, count_up, count_up))
    with opened(folder) as store:
        assert store.tallies.get("k") == {"v": 2}
        assert store.meta.secret == secret


# -- what is stored comes back equal ---------------------------------------------------------------------------------

TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
PLAIN = {
    str: TEXTS,
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    int: st.integers(-(2**63), 2**64),
    bool: st.booleans(),
    NoneType: st.none(),
}


def values(of):
    """Any value of a type of the vocabulary."""
    inside = get_args(of)
    if of in PLAIN:
        return PLAIN[of]
    if is_dataclass(of):
        hints = get_type_hints(of)
        return st.builds(
            of, **{each.name: st.deferred(lambda kind=hints[each.name]: values(kind)) for each in fields(of)}
        )
    if isinstance(of, type) and issubclass(of, Enum):
        return st.sampled_from(list(of))
    if get_origin(of) is tuple:
        return st.lists(values(inside[0]), max_size=3).map(tuple)
    if get_origin(of) in {dict, Mapping}:
        return st.dictionaries(values(inside[0]), values(inside[1]), max_size=3)
    assert type(None) in inside, of
    return st.one_of(*map(values, inside))


ROWS = {
    "opportunities": Opportunity,
    "people": Person,
    "outbox": Outgoing,
    "delivered": Delivered,
    "heard": datetime,
    "health": Health,
    "seen": Seen,
    "_ledger": LedgerEntry,
    "cursors": dict[str, str],
    "tallies": dict[str, int],
    "months": dict[str, int],
    "near": NearMiss,
    "understood": str,
}


@given(rows=st.fixed_dictionaries({name: st.dictionaries(TEXTS, values(of), max_size=2) for name, of in ROWS.items()}))
def test_what_is_stored_comes_back_equal(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("state")
    with opened(folder) as store, store.transaction():
        for name, values in rows.items():
            for key, value in values.items():
                getattr(store, name).put(key, value)
    with opened(folder) as store:
        assert {name: getattr(store, name).all() for name in rows} == rows
        assert not store.recovered


def test_every_table_of_the_store_is_tried():
    store = Store()
    tables = {name for name, value in vars(store).items() if isinstance(value, module.Rows)}
    assert tables == {*ROWS, "_meta"}


def test_rows_keep_the_order_in_which_they_came(folder):
    with opened(folder) as store, store.transaction():
        for key in "zaqm":
            store.seen.put(key, SEEN)
        store.seen.put("z", SEEN)
        store.seen.remove("q")
    with opened(folder) as store:
        assert list(store.seen.all()) == ["z", "a", "m"]


def test_the_ledger_only_grows(folder):
    entry = LedgerEntry(at=NOW, event=Event.STOP, cause="x")
    with opened(folder) as store:
        for number in range(1, 4):
            with store.transaction():
                store.record(entry, entry)
            assert len(store.ledger) == 2 * number


def test_the_secret_is_made_once(folder):
    with opened(folder) as store:
        secret = store.meta.secret
        assert secret not in repr(store.meta)
    with opened(folder) as store:
        assert store.meta.secret == secret
    with opened(folder.with_name("other")) as store:
        assert store.meta.secret != secret


def test_a_storage_can_be_opened_again_after_it_failed(folder):
    folder.mkdir()
    (folder / "state.json").write_bytes(b"x")
    (folder / "state.json.bak").write_bytes(b"x")
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be used"):
            AtomicStorage(folder / "state.json")
