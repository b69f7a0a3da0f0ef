"""AT Protocol records and views -> our values, one item at a time: what cannot be read raises ValueError.

Read from raw JSON, because the SDK's models refuse a page of a hundred for one bad item in it. People are known by
their DID: handles change hands. Lexicons: https://github.com/bluesky-social/atproto/tree/main/lexicons
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.models import Account, DirectMessage, Notification, NotificationKind, OptOut, Post, Relationship, SentMessage
from bot.text import LINK

NETWORK = "bluesky"
POSTS = "app.bsky.feed.post"
REASONS = ("mention", "reply", "quote")
WEB_APP = "https://bsky.app"
LIVING = "chat.bsky.convo.defs#messageView"
Raw = Mapping[str, Any]

# -- ids ----------------------------------------------------------------------------------------------------------


def ident(native: object) -> str:
    if not isinstance(native, str) or not native:
        raise ValueError(f"no id: {native!r}")
    return f"{NETWORK}:{native}"


def native(ident: str) -> str:
    return ident.removeprefix(f"{NETWORK}:")


def author_of(uri: str) -> str:
    """The DID in "at://did:plc:abc/app.bsky.feed.post/3k". ValueError for anything else."""
    did, collection, key = _parts(uri)
    if not did.startswith("did:") or not collection or not key:
        raise ValueError(f"no address of a record: {uri!r}")
    return did


def _parts(uri: str) -> tuple[str, str, str]:
    did, _, rest = uri.removeprefix("at://").partition("/")
    collection, _, key = rest.partition("/")
    return did, collection, key


# -- people -------------------------------------------------------------------------------------------------------


def to_account(raw: Raw) -> Account:
    """From any of the profile views; the basic one, which threads have, holds no bio."""
    did = raw.get("did")
    handle = text(raw, "handle") or str(did)
    own = {text(label, "val") for label in _labels(raw) if label.get("src") == did}
    return Account(
        id=ident(did),
        handle=handle,
        name=" ".join(text(raw, "displayName").split()) or handle.partition(".")[0],
        bio=text(raw, "description"),
        is_bot="bot" in own,
        opt_outs=frozenset({OptOut.NO_GUESTS}) if "!no-unauthenticated" in own else frozenset(),
    )


def to_relationship(raw: Raw) -> Relationship:
    viewer = section(raw, "viewer")
    hiding = ("muted", "mutedByList", "blockedBy", "blocking", "blockingByList")
    return Relationship(
        is_hidden=any(viewer.get(key) for key in hiding), is_followed=isinstance(viewer.get("following"), str)
    )


# -- posts --------------------------------------------------------------------------------------------------------


def to_notification(raw: Raw, owner: str) -> Notification | None:
    """None for what is no words to the owner. `owner` is an account's id.

    A post that replies, mentions and quotes at once is announced as a mention only.
    """
    if raw.get("reason") not in REASONS:
        return None
    post = to_post(raw)
    is_reply = post.reply_to_author == owner
    return Notification(
        id=post.id, kind=NotificationKind.REPLY if is_reply else NotificationKind(raw["reason"]), post=post
    )


def to_post(raw: Raw) -> Post:
    """From a notification or from a post's view: both hold the record, its author and its labels."""
    uri, record = text(raw, "uri"), raw.get("record")
    if not isinstance(record, Mapping) or not isinstance(record.get("text"), str):
        raise ValueError("a post without words")
    parent = _address(section(record, "reply").get("parent"))
    warnings = {text(label, "val") for label in _labels(raw)} - {"", "!no-unauthenticated"}
    warnings |= {text(value, "val") for value in _items(section(record, "labels").get("values"))}
    return Post(
        id=ident(uri),
        author=to_account(section(raw, "author")),
        text=_without_leading_names(record["text"], record),
        posted_at=_posted_at(raw, record),
        link=link(uri),
        uri=uri,
        reply_to=ident(parent) if parent else None,
        reply_to_author=ident(author_of(parent)) if parent else None,
        quotes=_quoted(raw, record),
        mentions=tuple(dict.fromkeys(ident(feature["did"]) for _, _, feature in facets(record) if "did" in feature)),
        warning=", ".join(sorted(warnings - {""})),
        language=next((each for each in _list(record.get("langs")) if isinstance(each, str)), ""),
        edition=text(raw, "cid"),
    )


def root_of(raw: Raw) -> str:
    """The address of the post that began the thread, as its author's app stated it; its own when it began it."""
    return _address(section(section(raw, "record"), "reply").get("root")) or text(raw, "uri")


def link(uri: str) -> str:
    """Opens in the owner's session; by DID, so that a changed handle does not break it."""
    return f"{WEB_APP}/profile/{author_of(uri)}/post/{_parts(uri)[2]}"


def to_time(value: object) -> datetime:
    at = datetime.fromisoformat(value) if isinstance(value, str) else None
    if at is None:
        raise ValueError(f"no time: {value!r}")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _posted_at(raw: Raw, record: Raw) -> datetime:
    """When its author's app says, unless the network knew it earlier: the order that the network itself goes by.

    The app's clock may be wrong, or its words no time at all.
    """
    times = []
    for value in (record.get("createdAt"), raw.get("indexedAt")):
        try:
            times.append(to_time(value))
        except (ValueError, OverflowError):
            continue
    return min(times) if times else to_time(None)


def _quoted(raw: Raw, record: Raw) -> str | None:
    """None when the quoted author has detached it, is blocked, or has deleted the post."""
    embed = section(record, "embed")
    ref = section(embed, "record")
    uri = _address(section(ref, "record") or ref)
    view = section(section(raw, "embed"), "record")
    state = text(section(view, "record") or view, "$type").rpartition("#")[2]
    if not uri or _parts(uri)[1] != POSTS or state in {"viewDetached", "viewBlocked", "viewNotFound"}:
        return None
    return ident(uri)


def _without_leading_names(words: str, record: Raw) -> str:
    """Only live names go: they have a facet."""
    encoded, at = words.encode(errors="replace"), 0
    for start, end, feature in facets(record):
        if "did" not in feature or start < at or encoded[at:start].strip(b" \n,"):
            continue
        at = end
    return encoded[at:].decode(errors="ignore").lstrip(" ,:\n") if at else words


def facets(record: Raw) -> list[tuple[int, int, Raw]]:
    """(first byte, byte after the last, feature), in the order of the text; what makes no sense is left out."""
    found = []
    size = len(text(record, "text").encode(errors="replace"))
    for facet in _items(record.get("facets")):
        start, end = (section(facet, "index").get(key) for key in ("byteStart", "byteEnd"))
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= size:
            found += [(start, end, feature) for feature in _items(facet.get("features")) if _is_known(feature)]
    return sorted(found, key=lambda facet: facet[:2])


def _is_known(feature: Raw) -> bool:
    kind = text(feature, "$type").rpartition("#")[2]
    key = {"mention": "did", "link": "uri"}.get(kind, "")
    return bool(text(feature, key))


# -- private messages ---------------------------------------------------------------------------------------------


def link_facets(words: str) -> list[dict[str, Any]]:
    """What makes the links of our own text live: a server does not look for them. No name is ever made live."""
    found = []
    for match in LINK.finditer(words):
        uri = match.group().rstrip(".,;:!?)]}»”’\"'…")
        start = len(words[: match.start()].encode())
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
        found.append({"index": {"byteStart": start, "byteEnd": start + len(uri.encode())}, "features": [feature]})
    return found


def to_direct_message(raw: Raw) -> DirectMessage | None:
    """None for what is no words: a deleted message, an event of the conversation."""
    if raw.get("$type", LIVING) != LIVING:
        return None
    answered = section(raw, "replyTo").get("id")
    return DirectMessage(
        id=ident(raw.get("id")),
        text=_as_written(raw),
        sent_at=to_time(raw.get("sentAt")),
        reply_to=ident(answered) if answered else None,
    )


def to_sent_message(raw: Raw) -> SentMessage | None:
    if raw.get("$type", LIVING) != LIVING:
        return None
    return SentMessage(id=ident(raw.get("id")), text=text(raw, "text"), sent_at=to_time(raw.get("sentAt")))


def to_reaction(raw: Raw, reaction: Raw) -> DirectMessage:
    """A 👍 on a message of the bot is an answer to it. Taken off and put on again it is another one."""
    emoji = text(reaction, "value")
    if not emoji:
        raise ValueError("a reaction without a sign")
    return DirectMessage(
        id=f"{ident(raw.get('id'))}/{emoji}/{text(reaction, 'createdAt')}",
        text=emoji,
        is_sign=True,
        sent_at=to_time(reaction.get("createdAt")),
        reply_to=ident(raw.get("id")),
    )


def _as_written(raw: Raw) -> str:
    """With links in full, which apps shorten to "bsky.app/profile/…", and with the post that was shared, as a link."""
    words = text(raw, "text").encode(errors="replace")
    for start, end, feature in reversed(facets(raw)):
        if "uri" in feature:
            words = words[:start] + text(feature, "uri").encode(errors="replace") + words[end:]
    shared = text(section(section(raw, "embed"), "record"), "uri")
    full = words.decode(errors="ignore")
    return f"{full} {link(shared)}".strip() if _parts(shared)[1] == POSTS else full


# -- raw JSON -----------------------------------------------------------------------------------------------------


def text(raw: Raw, key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def section(raw: Raw, key: str) -> Raw:
    value = raw.get(key)
    return value if isinstance(value, Mapping) else {}


def items(raw: Raw, key: str) -> list[Raw]:
    return list(_items(raw.get(key)))


def _items(value: object) -> Iterator[Raw]:
    return (each for each in _list(value) if isinstance(each, Mapping))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _labels(raw: Raw) -> list[Raw]:
    return [label for label in _items(raw.get("labels")) if label.get("neg") is not True]


def _address(ref: object) -> str | None:
    """The address in a strong reference, when it names its author by DID."""
    uri = text(ref, "uri") if isinstance(ref, Mapping) else ""
    try:
        author_of(uri)
    except ValueError:
        return None
    return uri
