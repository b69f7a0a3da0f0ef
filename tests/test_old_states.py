"""A state of every schema that ever was loads, with all that is in it, and the bot goes on from there."""

import json
import re
import shutil

import pytest
from fakes import DAY, MINUTE, Clock, Fake, World, plainly_judged
from lived_state import PEOPLE, STATES, lived

from bot import store as module
from bot.errors import StoreError
from bot.ledger import standings
from bot.store import Rows, Store

SCHEMAS = range(1, module.current_schema() + 1)
TABLES = ("_meta", "_ledger", "opportunities", "people", "outbox", "delivered", "cursors", "heard", "health", "seen")


@pytest.fixture(autouse=True)
def _plainly():
    with plainly_judged():
        yield


@pytest.fixture(params=SCHEMAS, ids=lambda schema: f"schema {schema}")
def world(request, tmp_path):
    """A new machine, and the state of then; the server has never seen this one."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    shutil.copy(STATES / f"schema-{request.param}.json", folder / "state.json")
    written = json.loads((folder / "state.json").read_text())["health"]["fake"]["value"]["read_at"]
    clock = Clock()
    clock.at = module.datetime.fromisoformat(written) + MINUTE
    return World(folder, Fake(clock))


def test_every_schema_has_its_file():
    """Whoever adds a migration first runs `lived_state` with the code of before, and keeps what it writes."""
    assert sorted(path.name for path in STATES.iterdir()) == [f"schema-{schema}.json" for schema in SCHEMAS]


def test_an_old_state_loads_to_the_last_row(world):
    rows = json.loads((world.folder / "state.json").read_text())
    with world.opened() as shell:
        store = shell.store
        assert store.meta.schema == module.current_schema()
        for name in TABLES:
            table = getattr(store, name)
            assert isinstance(table, Rows)
            assert len(table.all()) == len(rows[name.strip("_")]) > 0, name
        assert {each.name for each in store.people.all().values()} >= {who.title() for who in PEOPLE}
        states = [standing.state.value for standing in standings(store.ledger).values()]
        assert "done" in states


def test_from_an_old_state_the_bot_goes_on(world):
    """What was on its way arrives, numbers mean what they meant, nobody is greeted again."""
    world.tick(3 * MINUTE)
    world.says("list")
    world.tick(3 * MINUTE)
    status, listed = world.received()
    assert status.startswith("Running.")
    assert "Fay asks" in listed
    number = next(line[0] for line in listed.splitlines() if "Fay asks" in line)
    world.says(f"done {number}")
    world.tick(MINUTE)
    assert world.received()[-1].startswith(f"{number} Fay: done")
    world.tick(DAY)
    assert "Hello" not in "".join(world.received())


def test_once_loaded_it_is_written_in_the_new_schema_and_the_old_file_is_the_backup(world):
    before = (world.folder / "state.json").read_bytes()
    with world.opened():
        pass
    text = (world.folder / "state.json").read_text()
    assert re.search(rf'"schema":\s?{module.current_schema()}\b', text)
    if f'"schema": {module.current_schema()}' not in before.decode():
        assert (world.folder / "state.json.bak").read_bytes() == before


def shape(state):
    return {table: {field for row in rows.values() for field in _fields(row)} for table, rows in state.items()}


def _fields(row):
    value = row["value"]
    return set(value) if isinstance(value, dict) else {"value"}


def test_the_newest_file_still_is_what_the_code_writes(tmp_path):
    """A field or a table that was renamed or taken away without a migration would be missing here."""
    lived(tmp_path / "state")
    now = shape(json.loads((tmp_path / "state" / "state.json").read_text()))
    then = shape(json.loads((STATES / f"schema-{module.current_schema()}.json").read_text()))
    for table in then.keys() - {"tallies", "cursors"}:
        assert then[table] <= now[table], table


@pytest.mark.parametrize("schema", [module.current_schema() + 1, 99])
def test_a_newer_one_is_refused_in_one_line_and_left_as_it_is(tmp_path, schema):
    state = json.loads((STATES / f"schema-{module.current_schema()}.json").read_text())
    state["meta"]["meta"]["value"] |= {"schema": schema, "a_field_of_the_future": True}
    state["of the future"] = {"1": {"value": 1}}
    path = tmp_path / "state.json"
    path.write_text(json.dumps(state))
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        Store.open(tmp_path)
    assert str(refused.value) == (f"the state was written by a newer Underheard (schema {schema}): update this one")
    assert path.read_bytes() == before
    assert not (tmp_path / "state.json.bak").exists()
