"""The long soak: `python -m tests.soak`. A quarter on two networks, and a month over the wire.

python -m tests.soak --seed 7 --days 30
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where pytest finds them, too

from soak import quarter, wire
from soak.quarter import Quarter
from soak.wire import Wire
from test_load import answers_in_a_minute, mentions_in_an_hour

FLAT = 1.15


def folder() -> Path:
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="soak-", dir=memory if memory.is_dir() else None)) / "state"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--days", type=int, default=90)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    lived = Quarter(folder(), seed=asked.seed, days=asked.days).live()
    quarter.verify(lived)
    grown, last = quarter.grows(lived), lived.measures[-1]
    print(
        f"{asked.days} days, {lived.processes} processes, {lived.outages} outages, {lived.faults} faults: "
        f"at most {max(fake.most for fake in lived.fakes)} requests in five minutes, a state of {last.file // 1024} KB "
        f"({quarter.a_years_file(lived) / 2**20:.1f} MB in a year), memory a document {grown:.2f} of before "
        f"({time.monotonic() - began:.0f} s)",
        flush=True,
    )
    assert grown < FLAT, "memory grows"
    over = Wire(folder(), seed=asked.seed, days=max(asked.days // 6, 2)).live()
    wire.verify(over)
    print(
        f"over the wire: {sum(over.asked.values())} requests, at most {over.most_in_a_window()} in five minutes, "
        f"{max(over.descriptors)} descriptors ({time.monotonic() - began:.0f} s)"
    )
    mentions_in_an_hour(folder(), 10_000)
    answers_in_a_minute(folder(), 500)
    print(f"ten thousand mentions in an hour, five hundred answers in a minute ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
