"""A life of six weeks, for `test_old_states`. Run as a program when a schema is new, it keeps that life as a file.

PYTHONPATH=tests python tests/lived_state.py
"""

import json
import shutil
import tempfile
from pathlib import Path

from fakes import DAY, HOUR, MINUTE, World, no_fault, plainly_judged

STATES = Path(__file__).parent / "data" / "state"
PEOPLE = {
    "ines": "would you co-write it?",
    "bo": "have you the seeds of 1951 still?",
    "cy": "may I come on Friday?",
    "dee": "how did you stop the mould?",
    "eve": "who printed the map?",
}


def lived(folder: Path) -> World:
    world = World(folder, digest={"items": 5})
    world.tick()
    for who, asked in PEOPLE.items():
        world.mention(who, f"asks: {asked}")
    world.tick(world.until(8) - world.clock.at)
    for said in (
        "done 1",
        "later 2 fri",
        "no 3 topic",
        "note 4 tall, likes tea",
        "mute 5",
        "pause 1w",
        "start",
        "undo",
    ):
        world.says(said)
        world.tick(MINUTE)
    world.mention("fay", "asks: and the year after?")
    for _ in range(6):
        world.tick(7 * DAY)
    world.says("list")
    world.tick(HOUR)
    world.mention("gil", "asks: is it too late?")
    world.says("status")
    world.fake.fault = lambda request: "lost" if request == "send" else ""
    world.tick(HOUR)
    world.fake.fault = no_fault
    return world


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    with plainly_judged():
        lived(folder / "state")
    state = json.loads((folder / "state" / "state.json").read_text(encoding="utf-8"))
    path = STATES / f"schema-{state['meta']['meta']['value']['schema']}.json"
    path.write_text(json.dumps(state, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder)
    print(path.name, {name: len(table) for name, table in state.items()})


if __name__ == "__main__":
    main()
