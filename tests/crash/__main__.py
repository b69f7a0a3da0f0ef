"""The long harness: `python -m tests.crash`. Every line of the four ticks, random histories, deliberate mistakes.

python -m tests.crash --seed 7 --histories 500      other histories, fewer of them
python -m tests.crash lines | histories | mutants   one part only
python -m tests.crash one --seed 17                 one history, told in full when it fails
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # where pytest finds them, too

from crash.harness import GAPS, Count, every_death, every_line, plain, random_history
from crash.mutants import MUTANTS, Mutant, timed

SERVERS: tuple[tuple[dict[str, Any], int], ...] = (({}, 1), ({"keyed": False}, 2), ({"alone": True}, 3))
"""With every how many lines."""
CHUNK = 100
AT_ONCE = 2


def folder() -> Path:
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="crash-", dir=memory if memory.is_dir() else None))


def lines(server: dict[str, Any], stride: int, offset: int) -> Count:
    with plain():
        return every_line(folder(), stride, offset, **server)


def histories(first: int, count: int) -> Count:
    done, where = Count(), folder()
    with plain():
        for seed in range(first, first + count):
            done += random_history(where, seed)
    return done


def hunt(within: float) -> str:
    """The first thing that is wrong, in so many seconds of processor time."""
    began, where = time.process_time(), folder()
    with plain():
        try:
            histories(0, 80)
            every_death(where, GAPS[:1])
            for seed in range(80, 10_000):
                if time.process_time() - began > within:
                    break
                random_history(where, seed)
        except Exception as error:  # noqa: BLE001  a crash is a find as well
            return f"{type(error).__name__}: {error}".partition("\n")[0]
    return ""


def _silenced() -> None:
    logging.disable(logging.CRITICAL)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument(
        "part", nargs="?", choices=["all", "lines", "histories", "mutants", "hunt", "one"], default="all"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--histories", type=int, default=1200)
    parser.add_argument("--within", type=float, default=60)
    asked = parser.parse_args()
    _silenced()
    if asked.part == "hunt":
        seen = hunt(asked.within)
        print(seen)
        return int(bool(seen))
    if asked.part == "one":
        print(histories(asked.seed, 1))
        return 0
    return _everything(asked)


def _everything(asked: argparse.Namespace) -> int:
    began = time.monotonic()
    with multiprocessing.get_context("fork").Pool(AT_ONCE) as pool:
        dead, lived, mistaken = [], [], []
        if asked.part in {"all", "lines"}:
            halves = [(server, stride * AT_ONCE, stride * at) for server, stride in SERVERS for at in range(AT_ONCE)]
            dead = [pool.apply_async(lines, each) for each in halves]
        if asked.part in {"all", "histories"}:
            chunks = range(asked.seed, asked.seed + asked.histories, CHUNK)
            lived = [pool.apply_async(histories, (at, CHUNK)) for at in chunks]
        if asked.part in {"all", "mutants"}:
            mistaken = [(mutant, pool.apply_async(timed, (mutant,))) for mutant in MUTANTS]
        if dead:
            _say("every line", sum((each.get() for each in dead), Count()), began)
        if lived:
            _say("random histories", sum((each.get() for each in lived), Count()), began)
        missed = [mutant for mutant, result in mistaken if not _is_found(mutant, *result.get())]
    print(f"{time.monotonic() - began:.0f} seconds")
    return int(bool(missed))


def _say(what: str, count: Count, began: float) -> None:
    faults = sum(count.faults.values())
    print(
        f"{what}: {count.crashes} crashes, {faults} faults, {count.histories} histories gone on with, "
        f"{count.sent} messages, each once and in order ({time.monotonic() - began:.0f} s)"
    )
    if faults:
        print("  " + ", ".join(f"{number} {kind}" for kind, number in count.faults.most_common()), flush=True)


def _is_found(mutant: Mutant, seen: str, seconds: float) -> bool:
    verdict = f"caught ({seconds:3.0f} s): {seen}" if seen else mutant.is_harmless and f"harmless: {mutant.is_harmless}"
    print(f"  {mutant.says:56} {verdict or 'NOT CAUGHT'}", flush=True)
    return bool(verdict)


if __name__ == "__main__":
    sys.exit(main())
