"""An invented fortnight, from a file, onto a server: its posts appear as the server's clock passes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.networks.standin.entities import Account, Status
from bot.networks.standin.server import Server

_NAME = re.compile(r"(?<![\w/@.])@([\w-]++(?:\.[\w-]++)*+)(?!@)")
_OPT_OUTS = ("{bio} #nobot", "#NoBots\n\n{bio}", "{bio}")


@dataclass(frozen=True, kw_only=True)
class World:
    owner: Account
    bot: Account
    owner_token: str
    bot_token: str
    people: dict[str, Account] = field(default_factory=dict)
    posts: dict[str, Status] = field(default_factory=dict)
    """By their ids in the file; with an id of the server once they have appeared."""


def load_world(server: Server, world: Mapping[str, Any], networks: Collection[str] = ("mastodon",)) -> World:
    """The server becomes the owner's home. What stands on other `networks` is as if it had been written here."""
    handles = world["owner"]["handles"]
    name, _, server.domain = handles["mastodon"].removeprefix("@").partition("@")
    owner, bot = server.account(name, display_name=world["owner"]["name"]), server.account(f"{name}sbot", bot=True)
    server.follow(owner, bot)
    tokens = server.token(owner, "read"), server.token(bot, "read write:statuses")
    loaded = World(owner=owner, bot=bot, owner_token=tokens[0], bot_token=tokens[1])
    known = {name: owner, handles.get("bluesky", name): owner}
    loaded.people["owner"] = owner
    for place, person in enumerate(each for each in world["people"] if each["network"] in networks):
        account = _joined(server, person, place)
        loaded.people[person["id"]] = known[person["handle"].partition("@")[0].lower()] = account
    for post in sorted(world["posts"], key=lambda post: str(post["at"])):
        if post["network"] in networks:
            loaded.posts[post["id"]] = _posted(server, post, loaded, known)
    return loaded


def _joined(server: Server, person: Mapping[str, Any], place: int) -> Account:
    """Who opts out says so in the bio, or else, in turn, at its end, at its start or in a field."""
    bio, is_said = person["bio"], "#no" in person["bio"].lower()
    shown = {"display_name": person["name"], "bot": person["bot"], "followers_count": person["followers"]}
    if person["opt_out"] and not is_said:
        bio = _OPT_OUTS[place % 3].format(bio=bio)
        shown["fields"] = {"Bots?": "#nobot please"} if place % 3 == 2 else {}  # noqa: PLR2004
    handle = person["handle"] if "@" in person["handle"] else person["handle"].replace(".", "@", 1)
    return server.account(handle, note=bio, **shown)


def _posted(server: Server, post: Mapping[str, Any], loaded: World, known: Mapping[str, Account]) -> Status:
    author, parent = loaded.people[post["author"]], loaded.posts.get(post["reply_to"])

    def full(name: re.Match[str]) -> str:
        account = known.get(name[1].lower())
        return f"@{account.acct}" if account else f"@{name[1].partition('.')[0]}@{author.domain}"

    text = _NAME.sub(full, post["text"])
    if post["network"] != "mastodon" and parent and parent.author is not author:
        text = f"@{parent.author.acct} {text}"  # an app for Mastodon puts it there; elsewhere the reply itself tells
    return server.post(
        author,
        text,
        at=datetime.fromisoformat(post["at"]),
        reply_to=parent,
        quotes=loaded.posts.get(post["quotes"]),
        visibility=post["visibility"],
        warning=post["spoiler"] or "",
        language=post["lang"],
    )
