"""Put the parts together: the networks that the config names, the text model where it is installed, the state."""

from __future__ import annotations

from collections.abc import Callable

from bot import networks, reader
from bot.config import Config
from bot.errors import ConfigError
from bot.finding.reading import blank
from bot.outbox import Uptime
from bot.second_opinion import Endpoint
from bot.shell import Shell
from bot.store import Store


def wired(config: Config, store: Store, uptime: Callable[[], Uptime]) -> Shell:
    """Asks nobody anything yet."""
    folder = config.state.folder
    connections = [networks.module(name).connect(table, folder) for name, table in config.networks.items()]
    if not any(connection.messenger for connection in connections):
        raise ConfigError("no account that writes: give the bot an account of its own in the config")
    understands_words = reader.is_available()
    return Shell(
        config=config,
        store=store,
        connections=connections,
        read=reader.Reader().read if understands_words else lambda case: blank(case.post.text),
        understands_words=understands_words,
        uptime=uptime,
        second_opinion=Endpoint(config.second_opinion) if config.second_opinion.url else None,
    )
