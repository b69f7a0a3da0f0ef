"""Ask for what the config needs, log in, write it: the first and last time the owner sees anything but messages."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path

from bot import config, networks
from bot.errors import ConfigError
from bot.models import Aim
from bot.networks import Introduction


def ask(path: Path | None) -> int:
    """Never overwrites. The config and the keys beside it are for the owner's eyes only (0600)."""
    target = path or config.PLACES[1].expanduser()
    if target.exists():
        raise ConfigError(f"{target} is there already: change it with an editor, or move it away")
    found = {name: networks.module(name).introduce(_prompt) for name in networks.NETWORKS}
    introductions = {name: introduction for name, introduction in found.items() if introduction}
    if not introductions:
        raise ConfigError("no account to read: run init again when you have one at hand")
    zone = _prompt(f"Your time zone [{_local_zone()}]") or _local_zone()
    goal = {
        "name": _prompt("One goal, in one short word, like book"),
        "want": _prompt("What you want, in a sentence"),
        "kind": _prompt(f"Its kind: {', '.join(Aim)} [{Aim.COLLABORATE}]") or Aim.COLLABORATE.value,
    }
    _make_folder(target.parent)
    tables = [_table("owner", {"timezone": zone})]
    tables += [_network(name, introduction, target.parent) for name, introduction in introductions.items()]
    tables.append(_table("goal", goal, is_list=True))
    _write(target, "\n".join(tables))
    config.load(target)
    print(f"\nWritten to {target}. Every other setting is in config.example.toml.\nNext: underheard check")
    return 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made: {error.strerror or error}") from error


def _network(name: str, introduction: Introduction, folder: Path) -> str:
    table = dict(introduction.table)
    for key, secret in introduction.secrets.items():
        place = folder / f"{name}-{key.replace('_', '-')}"
        _write(place, f"{secret}\n")
        table[key] = f"file:{place}"
    return _table(name, table)


def _table(name: str, values: dict[str, str], *, is_list: bool = False) -> str:
    """A TOML table of strings; a JSON string is a TOML string."""
    head = f"[[{name}]]" if is_list else f"[{name}]"
    return "\n".join([head, *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()), ""])


def _write(path: Path, text: str) -> None:
    try:
        _written(path, text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}") from error


def _written(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _prompt(question: str, /, *, secret: bool = False) -> str:
    try:
        return (getpass.getpass if secret else input)(f"{question}: ").strip()
    except EOFError:
        raise ConfigError("init asks questions: run it in a terminal") from None


def _local_zone() -> str:
    """As the system names it; UTC when it does not tell."""
    link = Path("/etc/localtime")
    _, found, name = str(link.resolve()).partition("zoneinfo/") if link.is_symlink() else ("", "", "")
    return name if found else "UTC"
