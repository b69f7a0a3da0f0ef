"""Bluesky: read as the owner, write to the owner from the bot's account, by chat.bsky.convo.

    listNotifications -> inbox        getPostThread -> thread        getConvoForMembers, sendMessage -> send
    getProfiles -> relationships      getPosts -> posts              getMessages -> heard, sent

Records and views: `bluesky_entities`; sessions, requests and errors: `bluesky_api`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.credentials import Secret
from bot.errors import Exposed, NetworkError, NotFound, Rejected, Unauthorized, Unavailable
from bot.models import Account, DirectMessage, Post, Relationship, SentMessage, Thread
from bot.networks import Ask, Connection, Cursor, Finding, Heard, Inbox, Introduction, bio_finding
from bot.networks.bluesky_api import Login, Refused
from bot.networks.bluesky_entities import (
    NETWORK,
    POSTS,
    REASONS,
    Raw,
    ident,
    items,
    link_facets,
    native,
    root_of,
    section,
    text,
    to_account,
    to_direct_message,
    to_notification,
    to_post,
    to_reaction,
    to_relationship,
    to_sent_message,
)
from bot.networks.http import server_address
from bot.text import graphemes

PAGE, DEEP_PAGE = 100, 70
"""Between two pages, posts of the same millisecond are lost. A deep look cuts its pages elsewhere, so it finds them."""
TAIL = 10
"""So many known items at the end of a page say that what comes below is known as well."""
DEEP_PAGES = 5
PAGES_AT_ONCE = 5
"""Of new items; the rest is for the next call."""
MOST_PAGES = 30
REMEMBERED = 3000
THREAD_DEPTH = 100
ROOTS = 2000
OWN_POSTS = 50
BATCH = 25
"""What getProfiles and getPosts take."""
MESSAGES_PAGE = 100
MESSAGES_PAGES = 100
SERVICE = "https://bsky.social"
CHAT = "did:web:api.bsky.chat#bsky_chat"
UNDERSTOOD = "✅"
GRAPHEMES, BYTES = 1000, 10_000
"""Of a chat message, https://github.com/bluesky-social/atproto/blob/main/lexicons/chat/bsky/convo/defs.json"""
PROFILE, DECLARATION = "app.bsky.actor.profile", "chat.bsky.actor.declaration"
SELF_LABELS = "com.atproto.label.defs#selfLabels"
POST_PAGE = re.compile(
    r"(?:/profile/|^at://)(?P<actor>did:[a-z]+:[\w.:%-]+|[\w-]+(?:\.[\w-]+)+)/(?:post|app\.bsky\.feed\.post)/(?P<key>[\w.~:-]+)/?$",
    re.ASCII,
)
MALFORMED = (ValueError, TypeError, AttributeError, KeyError, OverflowError)

NOT_REACHED = {
    "NotFollowedBySender": "{owner} does not follow {bot}, so it may not write: follow it",
    "MessagesDisabled": "{owner} accepts no messages: allow them in the settings of the chat",
    "BlockedActor": "{bot} blocks {owner}",
    "BlockedSubject": "{owner} blocks {bot}",
    "RecipientNotFound": "{owner} is not known to the chat service",
    "AccountSuspended": "{bot} is suspended from the chat",
}
NO_CONVERSATION = frozenset({"NotFollowedBySender", "MessagesDisabled"})
WRONG_MESSAGE = frozenset({"InvalidRequest", "PayloadTooLarge"})


# -- settings -----------------------------------------------------------------------------------------------------


def _handle(name: str) -> str:
    if name.startswith("did:"):
        return name
    handle = name.strip().removeprefix("@").casefold()
    if "." not in handle:
        raise ValueError('write a handle in full, like "rosa.example.com" or "rosa.bsky.social"')
    return handle


def _chat(service: str) -> str:
    if not service.startswith("did:") or "#" not in service:
        raise ValueError('write the chat service like "did:web:api.bsky.chat#bsky_chat"')
    return service


Handle = Annotated[str, AfterValidator(_handle)]


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    handle: Handle = Field(examples=["rosa.example.com"])
    password: Secret = Field(examples=["env:UNDERHEARD_BLUESKY_PASSWORD"])
    bot_handle: Handle | None = Field(default=None, examples=["rosasbot.example.com"])
    bot_password: Secret | None = Field(default=None, examples=["env:UNDERHEARD_BLUESKY_BOT_PASSWORD"])
    service: Annotated[str, AfterValidator(server_address)] = Field(default=SERVICE, examples=[SERVICE])
    chat: Annotated[str, AfterValidator(_chat)] = Field(default=CHAT, examples=[CHAT])

    @model_validator(mode="after")
    def _two_accounts(self) -> Self:
        if (self.bot_handle is None) != (self.bot_password is None):
            raise ValueError("bot_handle and bot_password go together")
        if self.bot_handle == self.handle:
            raise ValueError("bot_handle must be another account: nobody can message themselves on Bluesky")
        return self


def connect(settings: Settings, folder: Path) -> Connection:
    """Nothing is asked of the server before something is needed of it. `folder` keeps the sessions."""
    reader = Login(settings.service, settings.handle, settings.password, folder / "bluesky-owner.session")
    source = BlueskySource(reader, settings.chat)
    if settings.bot_handle is None or settings.bot_password is None:
        return Connection(source=source, messenger=None)
    kept = folder / "bluesky-bot.session"
    writer = Login(settings.service, settings.bot_handle, settings.bot_password, kept, writes=True)
    return Connection(source=source, messenger=BlueskyMessenger(writer, reader, settings.chat))


# -- reading ------------------------------------------------------------------------------------------------------


def introduce(ask: Ask) -> Introduction | None:
    """App passwords: made by the owner, taken back by the owner, and good for nothing else."""
    handle = ask("Your Bluesky handle, like rosa.example.com (nothing: none)")
    if not handle:
        return None
    password = ask("An app password of yours, without access to direct messages", secret=True)
    bot_handle = ask("The bot's handle: another account, which you follow")
    bot_password = ask("An app password of the bot's, WITH access to direct messages", secret=True)
    return Introduction(
        table={"handle": _handle(handle), "bot_handle": _handle(bot_handle)},
        secrets={"password": password, "bot_password": bot_password},
    )


class BlueskySource:
    network = NETWORK

    def __init__(self, login: Login, chat: str) -> None:
        self._login = login
        self._chat = chat
        self._roots: dict[str, str] = {}
        """Post -> the root of its thread, of what was read lately: with it a thread is one request, not two."""
        self._met: dict[str, Relationship] = {}
        """Of the authors in the page just read, which says it anyway; given out once, for it grows old."""

    def owner(self) -> Account:
        return Account(id=ident(self._login.did), handle=self._login.handle, name=self._login.name)

    def inbox(self, cursor: Cursor, *, deep: bool = False) -> Inbox:
        """A window of the newest, read again every time; a deep look goes further down.

        The record of what was seen is our own: `isRead` is true for almost all on a first call, and the owner's app
        changes it. The order is by the time that the author's app states: a backdated reply stands below older ones.
        """
        walk = _Walk(cursor, deep=deep)
        walk.down(self._notifications(DEEP_PAGE if deep else PAGE))
        notifications, skipped = _decoded(walk.news, lambda raw: to_notification(raw, ident(self._login.did)))
        self._note_roots(walk.news)
        self._met = _relationships(section(item, "author") for item in walk.news)
        return Inbox(
            notifications=tuple(sorted(notifications, key=lambda each: each.post.posted_at)),
            cursor=walk.cursor(),
            is_complete=walk.is_complete,
            skipped=skipped,
        )

    def _notifications(self, size: int) -> Iterator[list[Raw]]:
        cursor: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = self._ask(
                "app.bsky.notification.listNotifications",
                limit=size,
                reasons=list(REASONS),
                priority=False,  # else the owner's setting "from people I follow" hides the others from the bot
                **cursor,
            )
            yield items(page, "notifications")
            if not text(page, "cursor"):
                return
            cursor = {"cursor": text(page, "cursor")}

    def thread(self, post: Post) -> Thread:
        """Seen from the root, and from the post itself when something between the two is gone.

        A deleted post cuts all that hangs below it out of the root's view. One request where nothing is missing and
        the root is known, as it is for what `inbox` and `posts` brought.
        """
        uri = native(post.id)
        root = uri if post.reply_to is None else self._roots.get(uri)
        found = (self._view(root) or {}) if root else {}
        if uri not in found:
            own = self._view(uri)
            if own is None or uri not in own:
                raise NotFound(NETWORK, f"{uri} is gone, or hidden from the owner")
            found = own | found
        if root is None and self._roots[uri] != uri:
            found |= self._view(self._roots[uri]) or {}
        return Thread(posts=tuple(_parents_first(found)))

    def _view(self, uri: str) -> dict[str, Post] | None:
        """What is visible around a post, by address; None when it is not there. One request."""
        try:
            answer = self._ask("app.bsky.feed.getPostThread", uri=uri, depth=THREAD_DEPTH, parentHeight=THREAD_DEPTH)
        except NotFound:
            return None
        views = list(_posts_in(section(answer, "thread")))
        self._note_roots(views)
        posts, _ = _decoded(views, to_post)
        return {post.uri: post for post in posts}

    def posts(self, ids: Iterable[str]) -> Mapping[str, Post]:
        views: list[Raw] = []
        for uris in _batches(native(each) for each in ids):
            views += items(self._ask("app.bsky.feed.getPosts", uris=uris), "posts")
        self._note_roots(views)
        profiles = self._profiles(text(section(view, "author"), "did") for view in views)
        shown = []
        for view in views:
            author = profiles.get(text(section(view, "author"), "did"))
            if author and not to_relationship(author).is_hidden:
                shown.append({**view, "author": author})  # the view's own has no bio, where people opt out
        posts, _ = _decoded(shown, to_post)
        return {post.id: post for post in posts}

    def own_posts(self) -> Sequence[Post]:
        feed = self._ask("app.bsky.feed.getAuthorFeed", actor=self._login.did, limit=OWN_POSTS)
        views = [section(each, "post") for each in items(feed, "feed") if not each.get("reason")]
        posts, _ = _decoded(views, to_post)
        return posts

    def find(self, link: str) -> Post | None:
        """By the way its address is written, whichever app it is of: /profile/<who>/post/<which>."""
        named = POST_PAGE.search(re.split("[?#]", link, maxsplit=1)[0])
        if named is None:
            return None
        actor, key = named["actor"], named["key"]
        if not actor.startswith("did:"):
            profiles = items(self._ask("app.bsky.actor.getProfiles", actors=[actor]), "profiles")
            actor = text(profiles[0], "did") if profiles else ""
        posts = self.posts([ident(f"at://{actor}/{POSTS}/{key}")]) if actor else {}
        if not posts:
            raise NotFound(NETWORK, "no such post")
        return next(iter(posts.values()))

    def relationships(self, accounts: Iterable[str]) -> Mapping[str, Relationship]:
        """Who is gone is hidden: getProfiles leaves out who was deleted or deactivated."""
        wanted = list(accounts)
        found = {each: self._met.pop(each) for each in wanted if each in self._met}
        found |= _relationships(self._profiles(native(each) for each in wanted if each not in found).values())
        return {each: found.get(each, Relationship(is_hidden=True)) for each in wanted}

    def _profiles(self, dids: Iterable[str]) -> dict[str, Raw]:
        found: list[Raw] = []
        for actors in _batches(dict.fromkeys(did for did in dids if did)):
            found += items(self._ask("app.bsky.actor.getProfiles", actors=actors), "profiles")
        return {text(profile, "did"): profile for profile in found}

    def _note_roots(self, views: Iterable[Raw]) -> None:
        for view in views:
            self._roots[text(view, "uri")] = root_of(view)
        for uri in list(self._roots)[:-ROOTS]:
            del self._roots[uri]

    def _ask(self, nsid: str, **params: Any) -> Raw:
        try:
            return self._login.ask(nsid, **params)
        except Refused as refused:
            if refused.code in {"NotFound", "RecordNotFound"}:
                raise NotFound(NETWORK, refused.says) from refused
            raise

    def clock(self) -> datetime | None:
        return self._login.clock()

    def check(self) -> Iterator[Finding]:
        yield Finding(is_good=True, says=f"reads what is written to {self._login.handle}")
        if self._login.holds_main_password():
            yield Finding(is_good=False, says="this is the account's own password: make an app password instead")
        try:
            self._login.ask("chat.bsky.convo.listConvos", to=self._chat, limit=1)
        except Unauthorized:
            yield Finding(is_good=True, says=f"the app password of {self._login.handle} cannot read messages")
        else:
            says = f"the app password of {self._login.handle} can read private messages: make one that cannot"
            yield Finding(is_good=False, says=says)
        next(self._notifications(1), None)
        yield Finding(is_good=True, says="the app password may read notifications")


class _Walk:
    """Down the pages from the top, until what comes below is known."""

    def __init__(self, cursor: Cursor, *, deep: bool) -> None:
        self.is_complete = True
        self._is_first = not cursor
        self._is_behind = bool(cursor.get("behind"))
        """Below what is known, there is more that is not."""
        self._known = dict.fromkeys(cursor.get("seen", ()))
        self._least = DEEP_PAGES if deep or self._is_first else 1
        self._fresh: list[list[Raw]] = []

    @property
    def news(self) -> list[Raw]:
        """On a first run, what is below the newest page is history: noted as seen, and no more."""
        return [item for page in (self._fresh[:1] if self._is_first else self._fresh) for item in page]

    def cursor(self) -> dict[str, Any]:
        added = [_key(item) for page in self._fresh for item in page]
        seen = [*self._known, *reversed(added)][-REMEMBERED:]
        return {"seen": seen, **({"behind": True} if self._is_behind else {})}

    def down(self, pages: Iterator[list[Raw]]) -> None:
        is_behind = False
        try:
            for number, page in enumerate(pages, 1):
                is_done = self._is_known_below(page) or self._is_first
                if number >= self._least and (is_done or len(self._fresh) >= PAGES_AT_ONCE):
                    is_behind = not is_done
                    self.is_complete = is_done
                    break
        except NetworkError:
            if self._is_first or not self._fresh:
                raise
            is_behind = True  # a bad page must not hold up what stands above it
        self._is_behind = is_behind

    def _is_known_below(self, page: list[Raw]) -> bool:
        keys = [_key(item) for item in page]
        fresh = [item for item, key in zip(page, keys, strict=True) if key not in self._known]
        self._fresh += [fresh] if fresh else []
        is_tail_known = all(key in self._known for key in keys[-TAIL:])
        return is_tail_known and not (self._is_behind and not self._fresh)


def _relationships(people: Iterable[Raw]) -> dict[str, Relationship]:
    return {ident(text(each, "did")): to_relationship(each) for each in people if text(each, "did")}


def _key(item: Raw) -> str:
    """Names one edition of one post, shortly."""
    uri, cid = text(item, "uri"), text(item, "cid")
    named = f"{uri} {cid}" if uri else json.dumps(item, sort_keys=True, default=str)
    return hashlib.sha256(named.encode(errors="replace")).hexdigest()[:10]


def _posts_in(view: Raw) -> Iterator[Raw]:
    """Every post of a thread's view, above, at and below; holes (deleted, blocked) have no post in them."""
    waiting = [view]
    while waiting:
        node = waiting.pop()
        if section(node, "post"):
            yield section(node, "post")
        waiting += [section(node, "parent"), *items(node, "replies")] if node else []


def _parents_first(posts: Mapping[str, Post]) -> Iterator[Post]:
    """The root's branch first, then what was cut off from it; siblings by time."""
    below: dict[str | None, list[Post]] = {}
    for post in sorted(posts.values(), key=lambda post: (post.posted_at, post.id)):
        above = native(post.reply_to) if post.reply_to else None
        below.setdefault(above if above in posts else None, []).append(post)
    tops = sorted(below.get(None, ()), key=lambda post: post.reply_to is not None)
    waiting = tops[::-1]
    while waiting:
        post = waiting.pop()
        yield post
        waiting += below.get(post.uri, [])[::-1]


# -- writing ------------------------------------------------------------------------------------------------------


class BlueskyMessenger:
    """The one direct conversation between bot and owner. No other conversation is ever looked at."""

    network = NETWORK
    has_signs = True

    def __init__(self, bot: Login, owner: Login, chat: str) -> None:
        self._bot = bot
        self._owner = owner
        self._chat = chat
        self._verified = ""
        """The conversation, once it was seen to be between the two."""

    def handle(self) -> str:
        return self._bot.handle

    def fits(self, text: str) -> bool:
        try:
            return len(text.encode()) <= BYTES and len(graphemes(text)) <= GRAPHEMES
        except UnicodeEncodeError:
            return False

    def heard(self, cursor: Cursor, ours: Iterable[str]) -> Heard:
        """What the owner wrote, and the signs that the owner put on messages of the bot.

        The place in the conversation is a `rev`, compared as a string. Signs have none: those on the newest page are
        remembered by name.
        """
        del ours  # bot and owner are always two accounts
        convo = str(cursor.get("convo", "")) if cursor.get("owner") == self._owner.did else ""
        try:
            convo, raw = self._since(convo, str(cursor.get("rev", "")), is_first=not cursor)
        except Refused as refused:
            if refused.code not in NO_CONVERSATION:
                raise self._explained(refused) from refused
            return Heard(messages=(), cursor={"rev": "", **cursor})  # nothing can have been said so far
        place, known = str(cursor.get("rev", "")), set(cursor.get("signs", ()))
        new = [item for item in raw if text(item, "rev") > place and self._is_by(item, self._owner)]
        said, _ = _decoded(sorted(new, key=lambda item: text(item, "rev")), to_direct_message)
        signs = self._signs(raw[:MESSAGES_PAGE])
        said += [sign for sign in signs if native(sign.id) not in known]
        return Heard(
            messages=tuple(sorted(said, key=lambda message: message.sent_at)) if cursor else (),
            cursor={
                "convo": convo,
                "owner": self._owner.did,
                "rev": max([place, *(text(item, "rev") for item in raw)]),
                "signs": [native(sign.id) for sign in signs],
            },
        )

    def _since(self, convo: str, place: str, *, is_first: bool) -> tuple[str, list[Raw]]:
        """The conversation, and what is in it, newest first: at least the newest page, back to the place at most."""
        raw: list[Raw] = []
        try:
            for page in self._messages(convo or self._convo()):
                raw += page
                if is_first or any(text(item, "rev") <= place for item in page[-1:]):
                    break
        except Refused as refused:
            if refused.code != "InvalidConvo" or not convo:
                raise
            return self._since("", place, is_first=is_first)  # it was left, and there is another now
        return convo or self._verified, raw

    def _signs(self, messages: Iterable[Raw]) -> list[DirectMessage]:
        found = []
        for message in messages:
            if self._is_by(message, self._bot):
                own = [each for each in items(message, "reactions") if self._is_by(each, self._owner)]
                found += _decoded(own, partial(to_reaction, message))[0]
        return found

    def _is_by(self, raw: Raw, login: Login) -> bool:
        return text(section(raw, "sender"), "did") == login.did

    def sent(self, after: str | None, since: datetime) -> Sequence[SentMessage]:
        found: list[SentMessage] = []
        for page in self._messages(self._verified or self._reached()):
            for raw in page:
                if after is not None and text(raw, "id") == native(after):
                    return found[::-1]
                message, _ = _decoded([raw], to_sent_message)
                if after is None and message and message[0].sent_at < since:
                    return found[::-1]
                found += message if self._is_by(raw, self._bot) else []
        return [message for message in found if message.sent_at >= since][::-1]

    def send(self, text: str, *, key: str, reply_to: str | None) -> str:
        """The network takes no key: a repeat is a second message, so the caller looks before."""
        if not self.fits(text):
            raise Rejected(NETWORK, f"a message of {len(graphemes(text))} characters is too long")
        convo = self._reached()
        message: dict[str, Any] = {"text": text, "facets": link_facets(text)}
        if reply_to is not None:
            message["replyTo"] = {"messageId": native(reply_to)}
        try:
            answer = self._bot.send_message(self._chat, convo, message)
        except Refused as refused:
            if refused.code == "ReplyTargetNotFound" and reply_to is not None:
                return self.send(text, key=key, reply_to=None)
            if refused.code in WRONG_MESSAGE or refused.status == 413:  # noqa: PLR2004  too large, by its name
                raise Rejected(NETWORK, refused.says) from refused
            raise self._explained(refused) from refused
        try:
            return ident(answer.get("id"))
        except ValueError as error:
            raise Unavailable(NETWORK, "the answer to a message was no message", maybe_done=True) from error

    def mark_understood(self, message: str) -> None:
        try:
            self._bot.add_reaction(self._chat, self._verified or self._reached(), native(message), UNDERSTOOD)
        except Refused as refused:
            if refused.status != 400:  # noqa: PLR2004  such as it is: deleted, or with too many signs on it
                raise

    # -- the conversation ----------------------------------------------------------------------------------------

    def _reached(self) -> str:
        """The conversation with the owner, verified now."""
        try:
            return self._convo()
        except Refused as refused:
            raise self._explained(refused) from refused

    def _convo(self) -> str:
        """Asked anew: that it is direct, and between the two alone. Begins it where there was none."""
        answer = self._bot.ask("chat.bsky.convo.getConvoForMembers", to=self._chat, members=[self._owner.did])
        convo = section(answer, "convo")
        members = {text(member, "did") for member in items(convo, "members")}
        kind = text(section(convo, "kind"), "$type") or "directConvo"  # servers before the group chats do not say
        if not text(convo, "id"):
            raise Unavailable(NETWORK, "the chat service answered something that is no conversation")
        if members != {self._bot.did, self._owner.did} or not kind.endswith("directConvo"):
            raise Exposed(NETWORK, "the conversation with the owner has other members")
        self._verified = text(convo, "id")
        return self._verified

    def _messages(self, convo: str) -> Iterator[list[Raw]]:
        """Newest first, page by page."""
        cursor: dict[str, str] = {}
        for _ in range(MESSAGES_PAGES):
            page = self._bot.ask(
                "chat.bsky.convo.getMessages", to=self._chat, convoId=convo, limit=MESSAGES_PAGE, **cursor
            )
            yield items(page, "messages")
            if not text(page, "cursor"):
                return
            cursor = {"cursor": text(page, "cursor")}
        raise Unavailable(NETWORK, "the conversation is too long to look back to what was known")

    def _explained(self, refused: Refused) -> NetworkError:
        """What the owner can do about it. Not a Rejected: when it is done, the same message will pass."""
        advice = NOT_REACHED.get(refused.code)
        if advice is None:
            return refused
        return Unavailable(NETWORK, advice.format(owner=self._owner.handle, bot=self._bot.handle))

    def check(self, *, fix: bool = False) -> Iterator[Finding]:
        yield Finding(is_good=self._bot.did != self._owner.did, says=f"writes as {self._bot.handle}")
        self._bot.ask("chat.bsky.convo.listConvos", to=self._chat, limit=1)
        yield Finding(is_good=True, says=f"the app password of {self._bot.handle} may read and write messages")
        yield from self._check_way()
        yield self._check_label(fix=fix)
        yield from bio_finding(
            to_account(self._bot.ask("app.bsky.actor.getProfile", actor=self._bot.did)), self._owner.handle
        )
        yield from self._check_declaration(fix=fix)

    def _check_way(self) -> Iterator[Finding]:
        try:
            self._reached()
        except (Exposed, Unavailable) as error:
            yield Finding(is_good=False, says=str(error).removeprefix(f"{NETWORK}: "))
        else:
            yield Finding(is_good=True, says=f"{self._owner.handle} will receive the messages")

    def _check_label(self, *, fix: bool) -> Finding:
        profile, cid = self._own_record(PROFILE)
        labels = items(section(profile, "labels"), "values")
        handle = self._bot.handle
        if any(text(label, "val") == "bot" for label in labels):
            return Finding(is_good=True, says=f"{handle} is labelled as a bot")
        if not fix:
            return Finding(is_good=False, says=f"{handle} is not labelled as a bot: check --fix does it")
        marked = {"$type": SELF_LABELS, "values": [*labels, {"val": "bot"}]}
        self._bot.describe_itself(PROFILE, {"$type": PROFILE, **profile, "labels": marked}, instead_of=cid)
        return Finding(is_good=True, says=f"{handle} is labelled as a bot from now on")

    def _check_declaration(self, *, fix: bool) -> Iterator[Finding]:
        record, cid = self._own_record(DECLARATION)  # without one: following may write, groups are not documented
        strangers = text(record, "allowIncoming") == "all"
        groups = text(record, "allowGroupInvites") != "none"
        handle = self._bot.handle
        if (strangers or groups) and fix:
            wanted = {"$type": DECLARATION, **record, "allowGroupInvites": "none"}
            wanted["allowIncoming"] = "following" if strangers else text(record, "allowIncoming") or "following"
            self._bot.describe_itself(DECLARATION, wanted, instead_of=cid)
            yield Finding(is_good=True, says=f"strangers and groups cannot write to {handle} from now on")
            return
        if strangers:
            yield Finding(is_good=False, says=f"anybody may write to {handle}: check --fix allows only who it follows")
        if groups:
            yield Finding(is_good=False, says=f"{handle} may be put into group chats: check --fix forbids it")
        if not strangers and not groups:
            yield Finding(is_good=True, says=f"strangers and groups cannot write to {handle}")

    def _own_record(self, kind: str) -> tuple[Raw, str | None]:
        """What the account says of itself, and which edition of it; nothing and None where there is none."""
        try:
            answer = self._bot.ask("com.atproto.repo.getRecord", repo=self._bot.did, collection=kind, rkey="self")
        except Refused as refused:
            if refused.code not in {"RecordNotFound", "InvalidRequest"}:
                raise
            return {}, None
        return section(answer, "value"), text(answer, "cid") or None


# -- both ---------------------------------------------------------------------------------------------------------


def _decoded(raw: Iterable[Raw], decode: Callable[[Raw], Any]) -> tuple[list[Any], int]:
    """What could be read, and how many items could not: one poisoned item must not hide a hundred others."""
    found, skipped = [], 0
    for item in raw:
        try:
            value = decode(item)
        except MALFORMED:
            skipped += 1
        else:
            found += [] if value is None else [value]
    return found, skipped


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    every = list(values)
    for start in range(0, len(every), BATCH):
        yield every[start : start + BATCH]
