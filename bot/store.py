"""The state: one TinyDB file, changed only in transactions, so that what belongs together is on disk together.

    commit:  write state.json.tmp, fsync -> link state.json to .bak -> rename .tmp over state.json -> fsync the folder

Whenever the process or the power dies, the file is the commit before or the commit after. The backup is the commit
before; where words were erased it is written over as well, for they are to be gone. TinyDB's own JSONStorage
overwrites in place (a kill or a full disk destroys everything), so the storage is ours, on TinyDB's public API.
It refuses to overwrite what it cannot read, to open a newer schema, and to share the file with another process.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from tinydb import TinyDB
from tinydb.storages import MemoryStorage, Storage
from tinydb.table import Document, Table

from bot.errors import StoreError
from bot.forgotten import Forgotten
from bot.models import Event, Health, LedgerEntry, NearMiss, Opportunity, Person, Seen
from bot.outbox import Delivered, Outgoing, Uptime

Tables = dict[str, dict[str, Any]]
T = TypeVar("T")

Migration = Callable[[Tables], None]
"""Changes the tables of one schema into those of the next; named for what it changes, and kept for ever."""


def outcomes_are_kept(tables: Tables) -> None:
    """Nothing that stands there changes, but an older program could not read what is added from now on."""
    tables.setdefault("months", {})


MIGRATIONS: tuple[Migration, ...] = (outcomes_are_kept,)
"""The first one leads from schema 1 to schema 2."""


def current_schema() -> int:
    return len(MIGRATIONS) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    schema: int = field(default_factory=current_schema)
    started_at: datetime | None = None
    """When the bot first ran with this state: what the owner wrote before is not obeyed."""
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    """Of this installation alone: makes the keys of messages unguessable (Pleroma keeps one set for all users)."""
    last_slot: str | None = None
    """The newest slot whose digest was dealt with."""
    last_question: str | None = None
    """The newest slot beside whose digest it was looked what came of things."""
    last_review: str | None = None
    """The newest slot whose weekly review was dealt with."""
    tidied_on: str = ""
    """The owner's day on which old rows were last removed."""
    opportunities: int = 0
    """How many there ever were: the next one's id."""
    entries: int = 0
    recovered: Uptime | None = None
    """When the backup was last taken for the state: what was sent since is not known here."""


FORGOTTEN = "forgotten"
NO_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""How FAT, exFAT and some network disks say that they have no hard links."""


class AtomicStorage(Storage):
    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.backup = self.path.with_name(self.path.name + ".bak")
        self._tmp = self.path.with_name(self.path.name + ".tmp")
        self.recovered = ""
        """What happened when the last commit could not be read; "" when it could."""
        self._tables: Tables | None = None
        self._in_transaction = False
        self._is_changed = False
        self._erases = False
        with _disk(self.path):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(self.path)
        try:
            with _disk(self.path):
                self._tmp.unlink(missing_ok=True)
            self._tables = self._load()
        except BaseException:
            self.close()
            raise

    def read(self) -> Tables | None:
        if self._tables is None:
            self._tables = self._load()
        return self._tables

    def write(self, data: Tables) -> None:
        if not self._in_transaction:
            self._tables = None  # TinyDB has changed it in place already
            raise RuntimeError("write outside a transaction")
        self._tables, self._is_changed = data, True

    def close(self) -> None:
        os.close(self._lock)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        if self._in_transaction:
            raise RuntimeError("transactions do not nest")
        self._in_transaction, self._is_changed, self._erases = True, False, False
        try:
            yield
            if self._is_changed:
                with _disk(self.path):
                    self._commit()
                    if self._erases:
                        self._commit()
        except BaseException:
            self._tables = None  # the draft is forgotten, the next read takes the last commit from the disk
            raise
        finally:
            self._in_transaction = False

    def erase(self) -> None:
        """What this transaction takes out of the state goes out of the backup too."""
        self._erases = True

    def _commit(self) -> None:
        blob = json.dumps(self._tables, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
        try:
            _write_durably(self._tmp, blob)
            if self.path.exists():
                self._keep_backup()
            self._tmp.replace(self.path)
        except BaseException:
            self._tmp.unlink(missing_ok=True)  # or the next commit would find it in its way
            raise
        _fsync_folder(self.path.parent)

    def _keep_backup(self) -> None:
        """A hard link to the commit before: no copy, no moment without a backup."""
        link = self.backup.with_name(self.backup.name + ".tmp")
        link.unlink(missing_ok=True)
        try:
            os.link(self.path, link)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            self.backup.unlink(missing_ok=True)  # one from before the move to this disk would be long out of date
            return
        link.replace(self.backup)

    def _load(self) -> Tables | None:
        with _disk(self.path):
            try:
                return _parse(self.path)
            except FileNotFoundError:
                if not self.backup.exists():
                    return None
                why = "is missing"
            except ValueError as error:
                aside = _free_name(self.path)
                self.path.replace(aside)
                why = f"is damaged ({error}) and was kept as {aside.name}"
            try:
                tables = _parse(self.backup)
            except (FileNotFoundError, ValueError) as error:
                raise StoreError(
                    f"{self.path} {why}, and its backup {self.backup.name} cannot be used ({error}): "
                    "restore a copy, or move both files away to start afresh"
                ) from error
        self.recovered = f"{self.path} {why}; going on with {self.backup.name}, one commit older"
        return tables


@contextlib.contextmanager
def _disk(path: Path) -> Iterator[None]:
    """An OSError of the disk says what cannot be done. Kept close to the disk: network errors are OSErrors too."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} cannot be used: {error.strerror or error}; free the disk or mend its rights"
        ) from error


def _write_durably(path: Path, blob: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(blob)
        while view:
            view = view[os.write(fd, view) :]
        _fsync(fd)
    finally:
        os.close(fd)


def _fsync(fd: int) -> None:
    if hasattr(fcntl, "F_FULLFSYNC"):  # macOS: fsync alone leaves the data in the drive's cache
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fsync(fd)


def _fsync_folder(folder: Path) -> None:
    """Without it a rename reported as done may be gone after a power cut: a digest sent twice."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _lock(path: Path) -> int:
    """Held until the process ends, however it ends. The file tells who holds it."""
    fd = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(fd, 20).decode(errors="replace").strip()
        os.close(fd)
        raise StoreError(f"{path} is in use by process {holder or '?'}: stop that one first") from None
    os.ftruncate(fd, 0)
    os.write(fd, f"{os.getpid()}\n".encode())
    return fd


def _parse(path: Path) -> Tables:
    tables = json.loads(path.read_bytes().decode(errors="surrogatepass"))
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ValueError("it holds no tables")
    return tables


def _free_name(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.damaged-{n}") for n in range(1, 1_000_000))
    return next(name for name in names if not name.exists())


class _Rows(Table):
    """Documents under keys of our own: no query cache and no id counter, so a rollback has nothing to undo."""

    document_id_class = str  # type: ignore[assignment]

    def __init__(self, storage: Storage, name: str) -> None:
        super().__init__(storage, name, cache_size=0)


class _Database(TinyDB):
    table_class = _Rows  # type: ignore[assignment]


@cache
def _codec(of: Any) -> TypeAdapter[Any]:
    return TypeAdapter(of)


class Rows(Generic[T]):
    """One table of values of one type, by key, in the order of insertion. Writes need a transaction."""

    def __init__(self, database: TinyDB, name: str, of: Any) -> None:
        self._table = database.table(name)
        self._codec: TypeAdapter[T] = _codec(of)
        self._name = name

    def get(self, key: str) -> T | None:
        document = self._table.get(doc_id=cast("int", key))
        return None if document is None else self._decode(key, document)

    def all(self) -> dict[str, T]:
        return {str(document.doc_id): self._decode(document.doc_id, document) for document in self._table.all()}

    def put(self, key: str, value: T) -> None:
        """Insert or replace; a replaced row keeps its place."""
        row = {"value": self._codec.dump_python(value, mode="json")}  # one field: TinyDB merges, it never drops one
        self._table.upsert(Document(row, doc_id=cast("int", key)))

    def remove(self, *keys: str) -> None:
        if keys:
            self._table.remove(doc_ids=[cast("int", key) for key in keys])

    def __len__(self) -> int:
        return len(self._table)

    def _decode(self, key: object, document: Mapping[str, Any]) -> T:
        try:
            return self._codec.validate_python(document["value"])
        except (ValidationError, KeyError) as error:
            what = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "no value"}
            where = ".".join(map(str, what["loc"]))  # not what stands there: it may be somebody's words
            raise StoreError(f"row {key} of {self._name} in the state cannot be read: {where} {what['msg']}") from error


class Store:
    """The tables of the bot. `transaction` is the only way to change them."""

    def __init__(
        self,
        storage: AtomicStorage | None = None,
        tables: Tables | None = None,
        forgotten: Forgotten | None = None,
    ) -> None:
        self._disk = storage
        self.forgotten = Forgotten() if forgotten is None else forgotten
        self._storage = storage or _memory(tables)
        database = _Database(storage=lambda: self._storage)
        self._meta: Rows[Meta] = Rows(database, "meta", Meta)
        self._ledger: Rows[LedgerEntry] = Rows(database, "ledger", LedgerEntry)
        self.opportunities: Rows[Opportunity] = Rows(database, "opportunities", Opportunity)
        self.people: Rows[Person] = Rows(database, "people", Person)
        self.outbox: Rows[Outgoing] = Rows(database, "outbox", Outgoing)
        self.delivered: Rows[Delivered] = Rows(database, "delivered", Delivered)
        self.cursors: Rows[dict[str, Any]] = Rows(database, "cursors", dict[str, Any])
        self.heard: Rows[datetime] = Rows(database, "heard", datetime)
        """When each message of the owner was handled, by its id."""
        self.understood: Rows[str] = Rows(database, "understood", str)
        """The owner's messages that are to be marked as understood, by their id: on which network."""
        self.health: Rows[Health] = Rows(database, "health", Health)
        self.seen: Rows[Seen] = Rows(database, "seen", Seen)
        self.near: Rows[NearMiss] = Rows(database, "near", NearMiss)
        """By the post's id."""
        self.tallies: Rows[dict[str, int]] = Rows(database, "tallies", dict[str, int])
        """How many posts came to what, by the owner's day; "digest": since the last one."""
        self.months: Rows[dict[str, int]] = Rows(database, "months", dict[str, int])
        """What is left, for the reports, of opportunities that were removed: sums by the owner's month."""
        self._migrate()

    @classmethod
    def open(cls, folder: Path) -> Store:
        storage = AtomicStorage(folder / "state.json")
        try:
            with _disk(folder / FORGOTTEN):
                forgotten = Forgotten(folder / FORGOTTEN)
            return cls(storage, forgotten=forgotten)
        except BaseException:
            storage.close()
            raise

    @classmethod
    def copy_of(cls, folder: Path) -> Store:
        """In memory, for looking only: it takes no lock and leaves nothing behind."""
        try:
            return cls(tables=_parse(folder / "state.json"), forgotten=Forgotten(folder / FORGOTTEN))
        except FileNotFoundError:
            return cls()
        except ValueError as error:
            raise StoreError(f"{folder / 'state.json'} is damaged: {error}") from error

    @property
    def recovered(self) -> str:
        return self._disk.recovered if self._disk else ""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is on disk together when it ends, or nothing is. Never spans a request."""
        with self._disk.transaction() if self._disk else contextlib.nullcontext():
            yield

    def erase(self) -> None:
        """Inside a transaction: what it takes out goes out of the backup too."""
        if self._disk:
            self._disk.erase()

    def remember_forgotten(self, marks: Iterable[str]) -> None:
        """Whoever bears one of these is never kept again, whichever state is restored."""
        with _disk(self._disk.path.with_name(FORGOTTEN)) if self._disk else contextlib.nullcontext():
            self.forgotten.add(marks)

    def clear_damaged(self, before: datetime) -> None:
        """Files that were set aside hold words of long ago."""
        if self._disk:
            with _disk(self._disk.path):
                for path in self._disk.path.parent.glob(f"{self._disk.path.name}.damaged-*"):
                    if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                        path.unlink()

    def close(self) -> None:
        if self._disk:
            self._disk.close()

    @property
    def meta(self) -> Meta:
        return self._meta.get("meta") or Meta()

    def update_meta(self, **changes: Any) -> Meta:
        meta = replace(self.meta, **changes)
        self._meta.put("meta", meta)
        return meta

    @property
    def ledger(self) -> list[LedgerEntry]:
        return list(self._ledger.all().values())

    def record(self, *entries: LedgerEntry) -> None:
        """The ledger only grows."""
        if entries:
            first = self.meta.entries
            for number, entry in enumerate(entries, first + 1):
                self._ledger.put(f"{number:09}", entry)
            self.update_meta(entries=first + len(entries))

    def forget_entries(self, opportunities: Iterable[int]) -> None:
        """What is pruned with an opportunity that is older than anything the owner can ask about."""
        gone = frozenset(opportunities)
        self._ledger.remove(*(key for key, entry in self._ledger.all().items() if entry.opportunity in gone))

    def forget_spent(self, before: datetime) -> None:
        """Old entries of no opportunity that decide nothing any more: questions, pauses, undoings of what is gone."""
        rows = self._ledger.all()
        causes = {entry.cause for entry in rows.values()}
        self._ledger.remove(*(key for key, entry in rows.items() if entry.at < before and _is_spent(entry, causes)))

    def rewrite_entries(self, as_kept: Callable[[LedgerEntry], LedgerEntry | None]) -> None:
        """For whom the owner wants forgotten: the one thing that takes words, or an entry, out of the ledger."""
        for key, entry in self._ledger.all().items():
            kept = as_kept(entry)
            if kept is None:
                self._ledger.remove(key)
            elif kept != entry:
                self._ledger.put(key, kept)

    def new_opportunity_id(self) -> int:
        return self.update_meta(opportunities=self.meta.opportunities + 1).opportunities

    def _migrate(self) -> None:
        tables = self._storage.read() or {}
        schema = _schema(tables)
        if schema == current_schema():
            return
        if schema > current_schema():
            raise StoreError(f"the state was written by a newer Underheard (schema {schema}): update this one")
        with self.transaction():
            for migrate in MIGRATIONS[schema - 1 :] if schema else ():
                migrate(tables)
                self._storage.write(tables)
            self.update_meta(schema=current_schema())


def _is_spent(entry: LedgerEntry, causes: Container[str]) -> bool:
    is_undoing_of_nothing = entry.event is Event.UNDO and entry.undone not in causes
    return entry.event in {Event.ASKED, Event.PAUSE} or is_undoing_of_nothing


def _schema(tables: Tables) -> int:
    """Of an empty state: none yet."""
    try:
        return int(tables["meta"]["meta"]["value"]["schema"]) if tables else 0
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError("the state does not tell its schema: it is not one of Underheard's") from error


def _memory(tables: Tables | None) -> Storage:
    storage: Storage = MemoryStorage()  # type: ignore[no-untyped-call]
    if tables is not None:
        storage.write(tables)
    return storage
