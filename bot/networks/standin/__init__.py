"""A small strict Mastodon-API server on loopback: the demo's stage, and the judge of what the bot reads and sends.

    clock = Clock(datetime(2026, 11, 22, 7, tzinfo=UTC))
    with Server(now=clock) as server:
        rosa, ines = server.account("rosa"), server.account("ines@kelp.example", display_name="Ines")
        server.post(ines, "@rosa would you co-write it?")
        client = Mastodon(access_token=server.token(rosa, "read"), api_base_url=server.url)

It is stricter than any real server: a post through the API reaches everybody whom the worst of them would send it to,
whoever a text names exists, and nobody else ever sees what is not public. What people write (`post`, `say_direct`) is
read by Mastodon's own rules. It keeps everything in memory, talks to nobody, has no clock but the one it is given, and
knows only the endpoints that the bot may use: anything else is a 404, and stands in `requests`.
"""

from bot.networks.standin import faults
from bot.networks.standin.entities import (
    GOTOSOCIAL,
    MASTODON,
    PLEROMA,
    TAKAHE,
    Account,
    Notification,
    Software,
    Status,
)
from bot.networks.standin.server import Clock, Server
from bot.networks.standin.texts import recipients_of
from bot.networks.standin.worlds import World, load_world

__all__ = [
    "GOTOSOCIAL",
    "MASTODON",
    "PLEROMA",
    "TAKAHE",
    "Account",
    "Clock",
    "Notification",
    "Server",
    "Software",
    "Status",
    "World",
    "faults",
    "load_world",
    "recipients_of",
]
