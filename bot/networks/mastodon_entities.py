"""Mastodon's JSON -> our values, one item at a time: what cannot be read raises ValueError and costs that item only.

Servers differ: ids may hold letters, fields may be missing or null, a list may hold strings, dates may lack a zone.
Entities: https://docs.joinmastodon.org/entities/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bot.models import Account, Notification, NotificationKind, OptOut, Post, Visibility
from bot.networks.html import plain

NETWORK = "mastodon"
VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "direct": Visibility.DIRECT,
}
"""Any other ("private", Pleroma's "local" and "list", GoToSocial's "mutuals_only") is not for everybody."""

LEADING_NAME = re.compile(r"\s*[@＠](\w++(?:[.-]++\w++)*+)(?:@(\w++(?:[.-]++\w++)*+))?(?!['’]\w)", re.ASCII)
SAFE_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
ODD_IN_ID = re.compile(r"[\s/?#%\\]")
UNREADABLE = re.compile("[\x00\ud800-\udfff]")
"""JSON may hold them, no file and no request can."""
LONGEST_ID, LONGEST_LINK = 128, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The server an entity comes from."""

    base_url: str
    domain: str
    """What stands behind the second @ of its own people; may differ from the host it is reached at."""
    has_status_pages: bool
    """Whether `/statuses/<id>` opens any post in the reader's own session, as Mastodon's web app does."""


def ident(native: object) -> str:
    if not isinstance(native, (str, int)) or isinstance(native, bool):
        raise ValueError(f"no id: {native!r}")
    name = str(native)
    if not 0 < len(name) <= LONGEST_ID or not name.isprintable() or ODD_IN_ID.search(name):
        raise ValueError(f"no id: {name[:LONGEST_ID]!r}")
    return f"{NETWORK}:{name}"


def native(ident: str) -> str:
    return ident.removeprefix(f"{NETWORK}:")


def to_account(raw: Mapping[str, Any], home: Home) -> Account:
    acct = _text(raw, "acct") or _text(raw, "username")
    if not acct:
        raise ValueError("an account without a name")
    lines = [_text(raw, "note"), *(f"{_text(f, 'name')}: {_text(f, 'value')}" for f in _dicts(raw.get("fields")))]
    return Account(
        id=ident(raw.get("id")),
        handle=acct if "@" in acct else f"{acct}@{home.domain}",
        name=_without_emoji(_text(raw, "display_name"), raw) or acct.partition("@")[0],
        bio="\n".join(plain(line) for line in lines if line),
        is_bot=bool(raw.get("bot")) or _text(raw, "actor_type") in {"Application", "Service"},
        opt_outs=frozenset({OptOut.NO_INDEX}) if raw.get("noindex") is True else frozenset(),
    )


def to_post(raw: Mapping[str, Any], home: Home) -> Post:
    account = raw.get("account")
    if not isinstance(account, Mapping) or raw.get("reblog"):
        raise ValueError("not a post of its own")
    mentions = _dicts(raw.get("mentions"))
    quote = _quoted(raw)
    text = plain(_text(raw, "content"), without_quote=quote is not None)
    return Post(
        id=ident(raw.get("id")),
        author=to_account(account, home),
        text=_without_leading_names(text, mentions),
        posted_at=to_time(raw.get("created_at")),
        link=link(raw, home),
        uri=_text(raw, "uri"),
        reply_to=_ident_or_none(raw.get("in_reply_to_id")),
        reply_to_author=_ident_or_none(raw.get("in_reply_to_account_id")),
        quotes=quote,
        mentions=tuple(ident(mention.get("id")) for mention in mentions),
        visibility=VISIBILITIES.get(_text(raw, "visibility"), Visibility.FOLLOWERS),
        warning=_text(raw, "spoiler_text"),
        language=_text(raw, "language"),
        edition=str(raw.get("edited_at") or ""),
    )


def to_notification(raw: Mapping[str, Any], home: Home, owner: str) -> Notification | None:
    """None for the kinds that are not words to the owner (a boost, a follow, what a later server invents)."""
    kind = _text(raw, "type")
    if kind not in {"mention", "quote", "pending.reply"}:
        return None
    status = raw.get("status")
    if not isinstance(status, Mapping):
        raise ValueError("a mention without its post")
    post = to_post(status, home)
    if kind == "quote":
        return Notification(id=ident(raw.get("id")), kind=NotificationKind.QUOTE, post=post)
    is_reply = post.reply_to_author == owner
    return Notification(
        id=ident(raw.get("id")), kind=NotificationKind.REPLY if is_reply else NotificationKind.MENTION, post=post
    )


def to_time(value: object) -> datetime:
    """Mastodon.py hands out local times, some servers leave the zone out: all of it becomes UTC."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(at, datetime):
        raise ValueError(f"no time: {value!r}")
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"no time: {value!r}") from error


def link(raw: Mapping[str, Any], home: Home) -> str:
    """Opens where the owner can answer. Never holds an @, which some servers read as a name even inside a link.

    `uri` and `url` were chosen by a stranger's server; the page at home is preferred to them, "" when none is safe.
    """
    status = str(raw.get("id"))
    if home.has_status_pages and SAFE_ID.fullmatch(status):
        return f"{home.base_url}/statuses/{status}"
    url, uri = _text(raw, "url"), _text(raw, "uri")
    candidates = [uri, url.replace("@", "%40"), uri.replace("@", "%40")]
    return next((c for c in candidates if _is_safe(c, home)), home.base_url)


def _is_safe(address: str, home: Home) -> bool:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    is_secure = parts.scheme == "https" or address.startswith(f"{home.base_url}/")
    is_plain = "@" not in address and address.isascii() and address.isprintable() and " " not in address
    return is_secure and is_plain and bool(parts.hostname) and len(address) <= LONGEST_LINK


def _quoted(raw: Mapping[str, Any]) -> str | None:
    """Mastodon 4.5 nests the quoted post and tells whether it may be seen; forks give its id."""
    quote = raw.get("quote")
    if isinstance(quote, Mapping):
        nested = quote.get("quoted_status")
        native_id = nested.get("id") if isinstance(nested, Mapping) else quote.get("quoted_status_id", quote.get("id"))
        return _ident_or_none(native_id)
    return _ident_or_none(raw.get("quote_id"))


def _without_leading_names(text: str, mentions: Iterable[Mapping[str, Any]]) -> str:
    """Only names that the server took for mentions go: "@home I grow beans" keeps its first word."""
    named = {name.casefold() for m in mentions for name in (_text(m, "acct"), _text(m, "username")) if name}
    at = 0
    while found := LEADING_NAME.match(text, at):
        user, host = found.group(1).casefold(), (found.group(2) or "").casefold()
        if f"{user}@{host}" not in named and user not in named:
            break
        at = found.end()
    return text[at:].lstrip(" ,:\n") if at else text


def _without_emoji(name: str, raw: Mapping[str, Any]) -> str:
    """A name without the :shortcodes: of its server's own pictures."""
    for emoji in _dicts(raw.get("emojis")):
        name = name.replace(f":{_text(emoji, 'shortcode')}:", "")
    return " ".join(name.split())


def _ident_or_none(native_id: object) -> str | None:
    return None if native_id in (None, "", False) else ident(native_id)


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return UNREADABLE.sub("\ufffd", value) if isinstance(value, str) else ""


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, (list, tuple)) else []
