"""Who is to stay forgotten: salted one-way marks, in a small file of their own beside the state.

A backup of the state that is restored one day knows the person again; this file does not grow old with it. Lines are
only ever added, each with a salt of its own, so files of two machines can be joined by appending one to the other.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

MARK = re.compile(r"[0-9a-f]{32}\$[0-9a-f]{32}")


def mark(person: str, salt: str = "") -> str:
    salt = salt or secrets.token_hex(16)
    digest = blake2b(person.encode(errors="surrogatepass"), digest_size=16, salt=bytes.fromhex(salt)).hexdigest()
    return f"{salt}${digest}"


class Forgotten:
    """The marks. Without a path in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._marks = frozenset(_read(path)) if path else frozenset()

    def __len__(self) -> int:
        return len(self._marks)

    def holds(self, person: str) -> bool:
        return any(mark(person, each.partition("$")[0]) == each for each in self._marks)

    def add(self, marks: Iterable[str]) -> None:
        """On the disk when it returns, before the state is: a crash between the two erases at the next start."""
        fresh = sorted(each for each in set(marks) - self._marks if MARK.fullmatch(each))
        if fresh and self._path:
            _append(self._path, "".join(f"\n{each}\n" for each in fresh))
        self._marks |= frozenset(fresh)


def _read(path: Path) -> list[str]:
    """Of a line that a crash tore, nothing."""
    if not path.exists():
        return []
    return [line for line in path.read_text(encoding="ascii", errors="replace").split() if MARK.fullmatch(line)]


def _append(path: Path, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, text.encode("ascii"))
        os.fsync(fd)
    finally:
        os.close(fd)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
