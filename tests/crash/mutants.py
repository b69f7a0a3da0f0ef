"""Mistakes that somebody could make in good faith, one line each, put into a copy of the code: the harness must see.

copy of bot/ and of the harness --(one mistake)--> hunt: the lines of the four ticks, then random histories
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds of processor time, so that a busy machine sees as much as an idle one."""
STORIES = ("deliver", "outbox", "both", "two_networks", "app")
"""The tests that are asked when no history shows it: some mistakes take a server that does one thing at one moment."""
"""Seconds after which a mistake counts as not found."""


@dataclass(frozen=True)
class Mutant:
    """`changes`: file of bot/ -> (the line as it is, the mistake)."""

    says: str
    changes: tuple[tuple[str, str, str], ...]
    is_harmless: str = ""
    """Why nothing needs to see it."""

    def copied_to(self, folder: Path) -> None:
        shutil.copytree(ROOT / "bot", folder / "bot", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        for name, right, wrong in self.changes:
            path = folder / "bot" / name
            path.write_text(self.mistaken(path.read_text(encoding="utf-8"), right, wrong), encoding="utf-8")

    def mistaken(self, code: str, right: str, wrong: str) -> str:
        assert code.count(right) == 1, f"{self.says}: the code has changed, there are {code.count(right)} of {right!r}"
        return code.replace(right, wrong)


NO_LOOK = "messenger.sent(messages[0].after, min(each.since for each in messages) - CLOCKS_DIFFER)"
NO_RECALL = "messenger.sent(after, since)"
LOOK_FAILS = """\n
def _sent(messenger, after, since):
    try:
        return messenger.sent(after, since)
    except NetworkError:
        return []


def _send("""
HELD = """            case Step.WAIT:
                return"""
SHOWN_TOO = """            _put_on_its_way(shell, by, message, items, slot=slot[0], now=now)
        shell.store.update_meta("""
SLOT_DONE = """    with shell.store.transaction():
        if message:
            _put_on_its_way"""
ANSWERED = "        shell.store.heard.put(message.id, now)\n"
ARRIVED = "    shell.store.outbox.remove(message.key)\n    shell.store.erase()\n"
CURSOR = "            self._store.cursors.put(reading(self._source), dict(inbox.cursor))\n"
TAKEN_IN = "        with self._store.transaction():\n            for each in admitted:\n"
FOUND_THEN_READ = TAKEN_IN.replace("        with", f"        with self._store.transaction():\n{CURSOR}        with")
COMMIT = "            self._tmp.replace(self.path)\n"
IN_PLACE = "            self.path.write_bytes(b'')\n            self.path.write_bytes(self._tmp.read_bytes())\n"
UNSHOWN = "        shell.store.outbox.remove(message.key)\n        unshow(shell, message, now)\n\n\ndef unshow"

MUTANTS = (
    Mutant(
        "no intent on disk before the request",
        (("deliver.py", "        shell.store.outbox.put(message.key, message)\n    try:", "        pass\n    try:"),),
    ),
    Mutant("no look before sending", (("deliver.py", NO_LOOK, "[]"), ("deliver.py", NO_RECALL, "[]"))),
    Mutant(
        "a look that fails says: not there",
        (
            ("deliver.py", NO_LOOK, NO_LOOK.replace("messenger.sent(", "_sent(messenger, ")),
            ("deliver.py", NO_RECALL, "_sent(messenger, after, since)"),
            ("deliver.py", "\n\ndef _send(", LOOK_FAILS),
        ),
    ),
    Mutant(
        "no clear answer is taken for no",
        (
            (
                "deliver.py",
                "        if not error.maybe_done:\n            _untry",
                "        if True:\n            _untry",
            ),
        ),
    ),
    Mutant("no time to settle", (("outbox.py", "SETTLES = 120.0", "SETTLES = 0.0"),)),
    Mutant(
        "settled by the time of day",
        (
            (
                "deliver.py",
                "next_step(message, now, shell.uptime(),",
                "next_step(replace(message, tried=None), now, shell.uptime(),",
            ),
        ),
    ),
    Mutant("one that waits does not hold back the next", (("deliver.py", HELD, HELD.replace("return", "continue")),)),
    Mutant(
        "a new key at every try",
        (("deliver.py", "    secret = shell.store.meta.secret.encode()", "    secret = __import__('os').urandom(8)"),),
    ),
    Mutant(
        "a key of the name alone",
        (("deliver.py", 'f"{message.key}\\n{message.text}"', "message.key"),),
    ),
    Mutant(
        "arrival and numbers in two transactions",
        (("deliver.py", ARRIVED, ARRIVED + "    shell.store._disk._commit()\n"),),
    ),
    Mutant(
        "what was not sent still counts as shown",
        (("undelivered.py", UNSHOWN, UNSHOWN.replace("        unshow(shell, message, now)\n", "", 1)),),
    ),
    Mutant(
        "sends before it knows from where on the owner is heard",
        (("deliver.py", "return is_settled and is_heard and", "return is_settled and"),),
    ),
    Mutant(
        "sends at once from a backup",
        (("deliver.py", "return is_settled and is_heard and", "return is_heard and"),),
    ),
    Mutant(
        "does not recall what it said",
        (
            (
                "hear.py",
                "                recall(shell, messenger, now)\n",
                "                shell.recalled.add(messenger.network)\n",
            ),
        ),
    ),
    Mutant(
        "takes its own words for the owner's",
        (("hear.py", "is None and not _is_echo(shell, messenger, message)", "is None"),),
    ),
    Mutant("an answer is handled again after a restart", (("hear.py", ANSWERED, ""),)),
    Mutant(
        "effect and heard-mark in two transactions",
        (("hear.py", ANSWERED, "        shell.store._disk._commit()\n" + ANSWERED),),
    ),
    Mutant(
        "the cursor moves before its items are stored",
        (("gather.py", CURSOR, ""), ("gather.py", TAKEN_IN, FOUND_THEN_READ)),
    ),
    Mutant(
        "the slot is done before its digest is on its way",
        (
            (
                "compose.py",
                SLOT_DONE,
                "    with shell.store.transaction():\n        shell.store.update_meta(last_slot=slot[0])\n" + SLOT_DONE,
            ),
        ),
    ),
    Mutant(
        "digest and slot in two transactions",
        (
            (
                "compose.py",
                SHOWN_TOO,
                SHOWN_TOO.replace("        shell", "            shell.store._disk._commit()\n        shell", 1),
            ),
        ),
        is_harmless="the name of the digest is taken by then",
    ),
    Mutant(
        "the items are marked in another transaction",
        (("compose.py", "    shell.store.record(\n", "    shell.store._disk._commit()\n    shell.store.record(\n"),),
    ),
    Mutant("the state is written in place", (("store.py", COMMIT, IN_PLACE),)),
)


def found(mutant: Mutant) -> str:
    """What the harness says to it, or the first test that fails; "" when nothing sees it."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        folder = Path(name)
        mutant.copied_to(folder)
        hunt = _run(folder, "tests.crash", "hunt", f"--within={PATIENCE}")
        if hunt.returncode not in {0, 1}:
            raise RuntimeError(hunt.stderr)
        if hunt.stdout.strip():
            return hunt.stdout.strip()
        tests = _run(folder, "pytest", "-x", "-p", "no:cacheprovider", *(f"tests/test_{story}.py" for story in STORIES))
        if tests.returncode not in {0, 1}:
            raise RuntimeError(tests.stdout)
        return next((line for line in tests.stdout.splitlines() if line.startswith("FAILED ")), "")


def _run(folder: Path, *module: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *module], cwd=folder, capture_output=True, text=True, check=False, timeout=40 * PATIENCE
    )


def timed(mutant: Mutant) -> tuple[str, float]:
    began = time.monotonic()
    return found(mutant), time.monotonic() - began
