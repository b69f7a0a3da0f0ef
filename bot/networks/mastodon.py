"""Mastodon and the servers that speak its API (GoToSocial, Pleroma, Takahē …): read as the owner, write to the owner.

What a server lacks is found by asking it, never by its version. Entities: `mastodon_entities`; requests and errors:
`mastodon_api`; what may leave the house: `http`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.credentials import Secret
from bot.errors import Exposed, NetworkError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable
from bot.models import Account, DirectMessage, Notification, NotificationKind, Post, Relationship, SentMessage, Thread
from bot.networks import Ask, Connection, Cursor, Finding, Heard, Inbox, Introduction, bio_finding
from bot.networks.http import WritingSession, server_address
from bot.networks.mastodon_api import CHARACTERS, LINK_CHARACTERS, Api, log_in
from bot.networks.mastodon_entities import (
    NETWORK,
    SAFE_ID,
    Home,
    ident,
    native,
    to_account,
    to_notification,
    to_post,
    to_time,
)
from bot.text import characters, neutralise

READ_SCOPES = "read:accounts read:follows read:notifications read:statuses"
PAGE = 80
"""Asked for; servers give 20 (GoToSocial), 40 or 80."""
SMALLEST_PAGE = 20
LOOK_BACK = 50
"""Ids read again at every poll: a server commits what it received in another order than it numbered it."""
SEEN = 400
OWN_POSTS = 40
THREADS_A_LOOK = 10
UNREADABLE = -1
"""In the place of a thread's count of replies: it could not be read and is tried again last."""
PAGES_BACK = 10
PEOPLE_A_REQUEST = 40
PLAIN_LINK = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,9}[a-z]{2,20}(?:/(?:[\w./~%+-]{0,300}[\w/-])?)?",
    re.ASCII | re.IGNORECASE,
)
"""Such as we write; every reading of a text takes it for one link, and for no more of the text than this."""
ANY_LINK = re.compile(r"\S*://\S*")


Server = Annotated[str, AfterValidator(server_address)]


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    server: Server = Field(examples=["https://hachyderm.example"])
    token: Secret = Field(examples=["env:UNDERHEARD_MASTODON_TOKEN"])
    bot_server: Server | None = Field(default=None, examples=["https://hachyderm.example"])
    bot_token: Secret | None = Field(default=None, examples=["env:UNDERHEARD_MASTODON_BOT_TOKEN"])


def connect(settings: Settings, folder: Path) -> Connection:
    """Nothing is asked of the servers before something is needed of them. `folder` is not used: keys do not change."""
    del folder
    source = MastodonSource(Api(settings.server, settings.token.get_secret_value()))
    if settings.bot_token is None:
        return Connection(
            source=source, messenger=MastodonMessenger(source, settings.server, settings.token, alone=True)
        )
    server = settings.bot_server or settings.server
    return Connection(source=source, messenger=MastodonMessenger(source, server, settings.bot_token))


def introduce(ask: Ask) -> Introduction | None:
    """OAuth with a code to paste: no web server of ours, no password."""
    server = ask("Your Mastodon server, like https://hachyderm.example (nothing: none)")
    if not server:
        return None
    server = server_address(server if "://" in server else f"https://{server}")
    token = log_in(server, READ_SCOPES, ask, "your own account")
    bot_server = ask(f'The bot\'s server [{server}], or "self" when your own account shall write to itself')
    if bot_server == "self":
        return Introduction(table={"server": server}, secrets={"token": token})
    bot_server = server_address(bot_server) if bot_server else server
    bot_token = log_in(bot_server, f"{READ_SCOPES} write:statuses", ask, "the bot's account")
    return Introduction(
        table={"server": server, "bot_server": bot_server}, secrets={"token": token, "bot_token": bot_token}
    )


class MastodonSource:
    network = NETWORK

    def __init__(self, api: Api) -> None:
        self.api = api

    @cached_property
    def home(self) -> Home:
        return _home(self.api)

    def owner(self) -> Account:
        return self._owner

    @cached_property
    def _owner(self) -> Account:
        return _to_me(self.api.me, self.home)

    def inbox(self, cursor: Cursor, *, deep: bool = False) -> Inbox:
        window = _Window(cursor)
        page = window.read(self._notifications, far=deep)
        found, skipped = _decoded(page, self._notification)
        threads: dict[str, int] = dict(cursor.get("threads", {}))
        if deep:
            strays, threads, unreadable = self._strays(threads)
            found, skipped = [*found, *strays], skipped + unreadable
        seen = dict.fromkeys(cursor.get("seen", ()))
        fresh = {n.post.id: n for n in found if n.post.id not in seen}
        seen |= dict.fromkeys(fresh)
        return Inbox(
            notifications=tuple(fresh.values()),
            cursor={**window.cursor(), "threads": threads, "seen": list(seen)[-SEEN:]},
            is_complete=window.is_complete,
            skipped=skipped + window.skipped,
        )

    def _notifications(self, **params: Any) -> list[Any]:
        return self.api.get_list(
            "/api/v1/notifications",
            types=["mention", "quote", "pending.reply"],
            include_filtered="true",  # an accepted request keeps its old id: a cursor would pass it for ever
            **params,
        )

    def _notification(self, raw: Mapping[str, Any]) -> Notification | None:
        return to_notification(raw, self.home, self.owner().id)

    def _strays(self, known: Mapping[str, int]) -> tuple[list[Notification], dict[str, int], int]:
        """Replies below the owner's latest posts that dropped the owner's name: they raise no notification.

        `known` maps a post to how many replies it had when its thread was last read. The number is only compared
        with itself, to ask for those threads alone in which something happened.
        """
        below: list[Any] = []
        read: dict[str, int] = {}
        counts: dict[str, int] = dict(known)
        post, skipped = "", 0
        try:
            counts = self._reply_counts()
            changed = [each for each, count in counts.items() if count > 0 and known.get(each) != count]
            for post in sorted(changed, key=lambda each: known.get(each) == UNREADABLE)[:THREADS_A_LOOK]:
                below += self._below(post)
                read[post] = counts[post]
        except (RateLimited, Unauthorized):
            raise
        except NetworkError:  # perhaps of this thread, and for ever: it must not hold up all else at every look
            read |= {post: UNREADABLE} if post else {}
            skipped = 1
        posts, unreadable = _decoded(below, lambda raw: to_post(raw, self.home))
        strays = [
            Notification(id=post.id, kind=NotificationKind.REPLY, post=post)
            for post in posts
            if post.reply_to_author == self._owner.id != post.author.id and self._owner.id not in post.mentions
        ]
        return strays, {post: each for post, each in {**known, **read}.items() if post in counts}, skipped + unreadable

    def _below(self, status: str) -> list[Any]:
        try:
            return self._context(status)[1]
        except NotFound:
            return []

    def own_posts(self) -> Sequence[Post]:
        found, _ = _decoded(self._own(), lambda raw: to_post(raw, self.home))
        return found

    def _own(self) -> list[Mapping[str, Any]]:
        own = self.api.get_list(
            f"/api/v1/accounts/{native(self._owner.id)}/statuses", limit=OWN_POSTS, exclude_reblogs="true"
        )
        return [raw for raw in own if isinstance(raw, Mapping) and raw.get("id") and not raw.get("reblog")]

    def _reply_counts(self) -> dict[str, int]:
        mine = self._own()
        return {str(raw["id"]): _count(raw.get("replies_count")) for raw in mine}

    def thread(self, post: Post) -> Thread:
        above, below = self._context(native(post.id))
        earlier, _ = _decoded(above, lambda raw: to_post(raw, self.home))
        later, _ = _decoded(below, lambda raw: to_post(raw, self.home))
        return Thread(posts=(*earlier, post, *later))

    def _context(self, status: str) -> tuple[list[Any], list[Any]]:
        raw = self.api.get(f"/api/v1/statuses/{status}/context", about_post=True)
        if not isinstance(raw, Mapping):
            raise Unavailable(NETWORK, "a thread that is no thread")
        return list(raw.get("ancestors") or ()), list(raw.get("descendants") or ())

    def posts(self, ids: Iterable[str]) -> Mapping[str, Post]:
        found: dict[str, Post] = {}
        for ident_ in ids:
            try:
                raw = self.api.get(f"/api/v1/statuses/{native(ident_)}", about_post=True)
            except NotFound:
                continue
            readable, _ = _decoded([raw], lambda one: to_post(one, self.home))
            if readable:
                found[ident_] = readable[0]
        return found

    def find(self, link: str) -> Post | None:
        """By its number at home; of another server's only what is among the notifications, where its address stands."""
        home = _host_of(urlsplit(self.home.base_url))
        wanted = _through_an_app(link, home) or _address(link)
        if wanted is None:
            return None
        if wanted[0] == home:
            if not SAFE_ID.fullmatch(wanted[1]):
                return None
            posts = self.posts([ident(wanted[1])])
            if not posts:
                raise NotFound(NETWORK, "no such post")
            return next(iter(posts.values()))
        return next((post for raw in self._told() if (post := self._named_by(wanted, raw))), None)

    def _told(self) -> Iterator[Mapping[str, Any]]:
        """The newest notifications, page by page."""
        below: dict[str, str] = {}
        for _ in range(PAGES_BACK):
            page = [raw for raw in self._notifications(limit=PAGE, **below) if isinstance(raw, Mapping)]
            yield from page
            last = str(page[-1].get("id", "")) if page else ""
            if not last or below.get("max_id") == last:
                return
            below = {"max_id": last}

    def _named_by(self, wanted: tuple[str, str], raw: Mapping[str, Any]) -> Post | None:
        status = raw.get("status")
        if not isinstance(status, Mapping) or wanted not in {_address(status.get("url")), _address(status.get("uri"))}:
            return None
        found, _ = _decoded([status], lambda one: to_post(one, self.home))
        return found[0] if found else None

    def relationships(self, accounts: Iterable[str]) -> Mapping[str, Relationship]:
        wanted = [native(account) for account in accounts]
        found: dict[str, Relationship] = {}
        for start in range(0, len(wanted), PEOPLE_A_REQUEST):
            found |= self._relationships(wanted[start : start + PEOPLE_A_REQUEST])
        return found

    def _relationships(self, wanted: list[str]) -> dict[str, Relationship]:
        try:
            raw = self.api.get_list("/api/v1/accounts/relationships", id=wanted)
        except NotFound:  # Takahē answers 404 for all when one of them is gone
            if len(wanted) == 1:
                return {}
            return {k: v for account in wanted for k, v in self._relationships([account]).items()}
        known, _ = _decoded(raw, lambda item: (ident(item["id"]), _relationship(item)))
        return dict(known)

    def clock(self) -> datetime | None:
        return self.api.clock()

    def check(self) -> Iterator[Finding]:
        yield Finding(is_good=True, says=f"reads what is written to {self.owner().handle}")
        scopes = self.api.scopes()
        writing = [scope for scope in scopes if scope.startswith("write") or scope == "follow"]
        if writing:
            says = f"this key can write ({', '.join(writing)}): make one with read scopes only"
            yield Finding(is_good=False, says=says)
        self.api.get_list("/api/v1/notifications", limit=1)
        yield Finding(is_good=True, says="the key may read notifications")


def _address(link: object) -> tuple[str, str] | None:
    """The host and the last part of the path: what a post's page, its address and its frame have in common."""
    try:
        parts = urlsplit(link if isinstance(link, str) else "")
        host = _host_of(parts)
    except ValueError:
        return None
    path = [part for part in parts.path.split("/") if part and part not in {"embed", "activity"}]
    return (host, path[-1]) if host and path else None


def _through_an_app(link: str, home: str) -> tuple[str, str] | None:
    """Web clients have pages of their own, with the reader's server in them: /HOME/@ines/1, /#/HOME/s/1."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    path = [part for part in f"{parts.path}/{parts.fragment}".split("/") if part]
    return (home, path[-1]) if home in path[:-1] else None


def _host_of(address: SplitResult) -> str:
    host = (address.hostname or "").casefold()
    return f"{host}:{address.port}" if address.port else host


WHERE = ": do it under Preferences, Public profile"


class MastodonMessenger:
    """Writes to the owner from the bot's account or, when that is the owner's own, leaves notes to self."""

    network = NETWORK
    has_signs = False

    def __init__(self, source: MastodonSource, server: str, token: Secret, *, alone: bool = False) -> None:
        self._source = source
        self._alone = alone
        self._server = server
        self._token = token
        self._remembered: Mapping[str, str] = {}
        self._is_strict = False
        """It refused what Mastodon would have taken: from then on everything counts."""

    @cached_property
    def _reader(self) -> Api:
        return self._source.api if self._alone else Api(self._server, self._token.get_secret_value())

    @cached_property
    def _session(self) -> WritingSession:
        return WritingSession(self._server, self._mention)

    @cached_property
    def _writer(self) -> Api:
        return Api(self._server, self._token.get_secret_value(), self._session)

    @cached_property
    def _home(self) -> Home:
        return _home(self._reader)

    @cached_property
    def _account(self) -> Account:
        return _to_me(self._reader.me, self._home)

    @property
    def _me(self) -> str:
        return native(self._account.id)

    def handle(self) -> str:
        return self._account.handle

    @cached_property
    def _owner(self) -> Mapping[str, str]:
        """Who is written to. Remembered, so that the owner can be told when the owner's own key is refused."""
        try:
            return {"handle": self._source.owner().handle, "host": _host(self._source.api.me)}
        except NetworkError:
            if not self._remembered:
                raise
            return self._remembered

    @cached_property
    def _mention(self) -> str:
        """What a message begins with. "" in a note to self: with no name in it, nobody else can see it."""
        return "" if self._alone else f"@{self._owner['handle']}\n"

    @cached_property
    def _recipient(self) -> str:
        """The owner's id on the bot's server, which numbers everybody anew."""
        if self._alone:
            return self._me
        handle = self._owner["handle"]
        pages_at = {self._owner["host"], urlsplit(self._server).hostname, self._home.domain}  # some show all at home
        for raw in self._reader.accounts_named(handle):
            found, _ = _decoded([raw], lambda one: to_account(one, self._home))
            if found and found[0].handle.casefold() == handle.casefold() and _host(raw) in pages_at:
                return native(found[0].id)
        raise Unavailable(
            NETWORK, f"{self._server} does not know {handle}: follow the owner with the bot's account once"
        )

    def fits(self, text: str) -> bool:
        """Counted as Mastodon counts where the server says that it is one, else in the longest of all ways."""
        instance = self._reader.instance
        limits = _dict(_dict(instance.get("configuration")).get("statuses"))
        limit = _count(limits.get("max_characters")) or _count(instance.get("max_toot_chars")) or CHARACTERS
        harmless = neutralise(text)
        if self._is_strict or not self._reader.is_mastodon:
            return len(self._mention) + len(harmless) <= limit
        link = _count(limits.get("characters_reserved_per_url")) or LINK_CHARACTERS
        name = self._mention.rpartition("@")[0]
        return len(name) + 1 + _length(harmless, link) <= limit

    def heard(self, cursor: Cursor, ours: Iterable[str]) -> Heard:
        self._remembered = cursor.get("owner", {})
        self._is_strict = self._is_strict or bool(cursor.get("strict"))
        window = _Window(cursor)
        statuses = window.read(self._said)
        while not window.is_complete:
            statuses += window.read(self._said)
        answers = list(cursor.get("answers", ()))
        thread = {*map(native, ours), *answers}
        messages: dict[str, DirectMessage] = {}
        for raw in statuses if cursor else ():
            status = raw if self._alone else _dict(raw.get("status"))
            if self._is_to_the_bot(status, thread):
                posts, _ = _decoded([status], lambda one: to_post(one, self._home))
                messages |= {post.id: _message(post) for post in posts}
                answers += [native(post.id) for post in posts]
                thread.update(answers)
        return Heard(
            messages=tuple(messages.values()),
            cursor={
                **window.cursor(),
                "answers": answers[-LOOK_BACK:],
                "owner": dict(self._owner),
                "strict": self._is_strict,
            },
        )

    def _said(self, **params: Any) -> list[Any]:
        if self._alone:
            return self._reader.get_list(f"/api/v1/accounts/{self._me}/statuses", exclude_reblogs="true", **params)
        return self._reader.get_list(
            "/api/v1/notifications",
            types=["mention"],
            account_id=self._recipient,
            include_filtered="true",  # the bot's own account may filter private mentions of whom it does not follow
            **params,
        )

    def _is_to_the_bot(self, status: Mapping[str, Any], thread: set[str]) -> bool:
        """Direct, by the owner's id, naming nobody but the two. A note to self counts when it hangs below ours."""
        author = str(_dict(status.get("account")).get("id"))
        is_private = status.get("visibility") == "direct" and _named(status) <= {self._me, self._recipient}
        is_ours = self._alone and str(status.get("id")) in thread
        is_below = not self._alone or str(status.get("in_reply_to_id")) in thread
        return author == self._recipient and is_private and is_below and not is_ours and not status.get("reblog")

    def sent(self, after: str | None, since: datetime) -> Sequence[SentMessage]:
        """From the account's own posts; where direct ones may be left out of those (Takahē), from its home as well."""
        raws, is_met = self._back_to(f"/api/v1/accounts/{self._me}/statuses", after, since)
        if not (is_met or self._reader.is_mastodon or any(raw.get("visibility") == "direct" for raw in raws)):
            raws += self._at_home(after, since)
        messages = [raw for raw in raws if self._is_to_the_owner(raw)]
        for raw in messages:
            if self._strangers(raw):  # its answer was lost, so nobody has looked
                raise Exposed(NETWORK, f"a message reached others and was {self._taken_back(str(raw['id']))}")
        posts, _ = _decoded(messages, lambda raw: to_post(raw, self._home))
        return [
            SentMessage(id=post.id, text=post.text, sent_at=post.posted_at)
            for post in sorted({post.id: post for post in posts}.values(), key=lambda post: post.posted_at)
        ]

    def _is_to_the_owner(self, raw: Mapping[str, Any]) -> bool:
        """Of this account's direct posts: in a note to self nobody is named."""
        is_mine = str(_dict(raw.get("account")).get("id")) == self._me and not raw.get("reblog")
        is_addressed = not _named(raw) - {self._me} if self._alone else self._recipient in _named(raw)
        return is_mine and raw.get("visibility") == "direct" and is_addressed

    def _strangers(self, raw: Mapping[str, Any]) -> set[str]:
        return _named(raw) - {self._recipient, self._me}

    def _at_home(self, after: str | None, since: datetime) -> list[Mapping[str, Any]]:
        try:
            return self._back_to("/api/v1/timelines/home", after, since)[0]
        except NotFound:  # a server may lack it; none lacks both
            return []
        except Unavailable:
            if not self._alone:  # the bot follows few; the owner's own home may be too long to look through
                raise
            return []

    def _back_to(self, path: str, after: str | None, since: datetime) -> tuple[list[Mapping[str, Any]], bool]:
        """What is behind the status `after`, and whether that was met; else what is younger than `since`."""
        found: list[Mapping[str, Any]] = []
        params: dict[str, Any] = {"limit": OWN_POSTS}
        for _ in range(PAGES_BACK):
            page = [raw for raw in self._reader.get_list(path, **params) if isinstance(raw, Mapping) and raw.get("id")]
            for raw in page:
                if after is not None and str(raw["id"]) == native(after):
                    return found, True
                found.append(raw)
            times = [to_time(raw["created_at"]) for raw in page if _is_dated(raw)]
            if not page or (times and times[-1] < since):
                return [raw for raw in found if _is_dated(raw) and to_time(raw["created_at"]) >= since], False
            params["max_id"] = page[-1]["id"]
        raise Unavailable(NETWORK, f"{path} has too much in it to look back to the last message")

    def send(self, text: str, *, key: str, reply_to: str | None) -> str:
        """The only writing to a Mastodon server in this program."""
        data = {
            "status": self._mention + neutralise(text),
            "visibility": "direct",
            "content_type": "text/plain",  # GoToSocial and Pleroma may be set to read Markdown
            "language": "en",
            "allowed_mentions[]": self._recipient,  # Mastodon refuses to mention anybody else (422)
            "to[]": "" if self._alone else self._owner["handle"],  # Pleroma: these, whatever the text says
        }
        if reply_to is not None:
            data["in_reply_to_id"] = native(reply_to)
        try:
            answer = self._writer.post("/api/v1/statuses", data, key=key)
        except (NotFound, Rejected) as error:
            if reply_to is None:
                self._is_strict = self._is_strict or isinstance(error, Rejected)
                raise
            return self.send(text, key=key, reply_to=None)  # what it should hang below may be gone
        return self._verified(answer)

    def _verified(self, answer: Any) -> str:
        """The id of what was posted, if it is what was asked for; else it is taken back at once."""
        answer = _dict(answer)
        try:
            status = native(ident(answer.get("id")))
        except ValueError as error:
            raise Unavailable(NETWORK, "the answer to a message was no message", maybe_done=True) from error
        if answer.get("visibility") != "direct" or self._strangers(answer):
            raise Exposed(NETWORK, f"a message reached others and was {self._taken_back(status)}")
        if not self._alone and self._recipient not in _named(answer):
            raise Rejected(NETWORK, f"the message did not name its owner and was {self._taken_back(status)}")
        return ident(status)

    def _taken_back(self, status: str) -> str:
        self._session.may_delete(status)
        try:
            self._writer.delete(status)
        except NotFound:
            return "gone when it was to be deleted"
        except NetworkError as error:
            return f"NOT deleted ({error}): delete it by hand"
        return "deleted at once"

    def mark_understood(self, message: str) -> None:
        """Nothing here is a sign and no more: a favourite is one, and the bot likes nothing."""

    def check(self, *, fix: bool = False) -> Iterator[Finding]:
        del fix  # its key may write posts and nothing else
        if self._alone:
            yield Finding(is_good=True, says="writes notes to self: nothing will ring, look for them in your own posts")
            return
        me = self._account
        owner = self._owner["handle"]
        yield Finding(is_good=me.handle != owner, says=f"writes as {me.handle}")
        yield Finding(
            is_good=me.is_bot,
            says=f"{me.handle} is {'' if me.is_bot else 'not '}marked as a bot{'' if me.is_bot else WHERE}",
        )
        yield from bio_finding(me, owner)
        raw = self._reader.get_list("/api/v1/accounts/relationships", id=[self._recipient])
        follows = bool(raw and _dict(raw[0]).get("followed_by"))
        yield Finding(
            is_good=follows,
            says=f"{owner} {'follows' if follows else 'must follow'} {me.handle}"
            f"{'' if follows else ', or the messages are filtered and nothing rings'}",
        )


class _Window:
    """Reads a list forward, oldest first; the start of a poll looks back over the ids that were read last.

        poll begins:  min_id = an id some way back  ->  what is new, and what was numbered low and stored late
        then:         min_id = the last id          ->  the next page, until one brings nothing new

    Ids are never compared, only kept in the order in which the server lists them: they are numbers on Mastodon, words
    on GoToSocial. What was deleted leaves the window, so that it is not waited for.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._ids: list[str] = list(cursor.get("window", ()))
        self._page = int(cursor.get("page", SMALLEST_PAGE))
        self._at: str | None = cursor.get("at")
        """Where to go on; None at the start of a poll."""
        self._is_first = not cursor
        self.is_complete = True
        self.skipped = 0

    def cursor(self) -> dict[str, Any]:
        return {"window": self._ids, "page": self._page, "at": self._at}

    def read(self, fetch: Callable[..., list[Any]], *, far: bool = False) -> list[Mapping[str, Any]]:
        """The items of the next page that were not read before. `far` looks back further, at a request a page."""
        if not self._ids:
            return self._begun(fetch)
        reach = LOOK_BACK if far else min(LOOK_BACK, self._page - 1)
        at = self._at or self._ids[-max(reach, 1) :][0]
        cut = 0
        while True:
            items = self._listed(fetch(limit=PAGE, min_id=at))
            ids = [str(item["id"]) for item in items]
            fresh = [item for item in items if str(item["id"]) not in self._ids]
            ahead = self._merged(at, ids)
            self._page = min(self._page, cut) if cut and ids else max(self._page, len(ids))
            if fresh or not ahead:
                break
            at, cut = ids[-1], len(ids)  # known ids are missing behind it: deleted, or the page of this server is short
        self._at = ids[-1] if fresh else None
        self.is_complete = not fresh
        return fresh

    def _merged(self, at: str, ids: list[str]) -> bool:
        """Put the ids that follow `at` in their place; whether others of the window may still come behind them."""
        place = self._ids.index(at) + 1
        known, ahead = self._ids[:place], self._ids[place:]
        rest = ahead[ahead.index(ids[-1]) + 1 :] if ids and ids[-1] in ahead else []
        self._ids = [*(each for each in known if each not in ids), *ids, *rest][-LOOK_BACK:]
        return bool(rest)

    def _begun(self, fetch: Callable[..., list[Any]]) -> list[Mapping[str, Any]]:
        """The newest page; all there is when the list was empty before."""
        page = self._listed(fetch(limit=PAGE))
        self._page = max(self._page, len(page))
        items = {str(item["id"]): item for item in page}
        while page and not self._is_first:
            page = self._listed(fetch(limit=PAGE, max_id=next(iter(items))))
            page = [item for item in page if str(item["id"]) not in items]
            items = {str(item["id"]): item for item in page} | items
        self._ids = list(items)[-LOOK_BACK:]
        return list(items.values())

    def _listed(self, page: list[Any]) -> list[Mapping[str, Any]]:
        items = [raw for raw in page if isinstance(raw, Mapping) and _is_id(raw.get("id"))]
        self.skipped += len(page) - len(items)
        return _oldest_first(items)


def _oldest_first(page: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Servers list the newest first; Takahē turns the list round when asked by `min_id`.

    Only where all was written at the same moment its ids are looked at, as the numbers or words that most are.
    """
    times = [to_time(raw["created_at"]) for raw in page if _is_dated(raw)]
    ids = [(len(str(raw["id"])), str(raw["id"])) for raw in page]
    return page if (_rise(times) or _rise([*ids[:1], *ids[-1:]])) > 0 else page[::-1]


def _rise(values: Sequence[Any]) -> int:
    """How many more steps go up than down."""
    return sum((later > earlier) - (later < earlier) for earlier, later in pairwise(values))


def _decoded(raw: Iterable[Any], decode: Callable[[Any], Any]) -> tuple[list[Any], int]:
    """What could be read, and how many items could not."""
    found, skipped = [], 0
    for item in raw:
        try:
            value = decode(item)
        except (ValueError, TypeError, AttributeError, KeyError):
            skipped += 1
        else:
            found += [] if value is None else [value]
    return found, skipped


def _is_dated(raw: Mapping[str, Any]) -> bool:
    try:
        to_time(raw.get("created_at"))
    except ValueError:
        return False
    return True


def _is_id(value: object) -> bool:
    try:
        ident(value)
    except ValueError:
        return False
    return True


def _named(status: Mapping[str, Any]) -> set[str]:
    """The ids of whom it mentions, which is whom a direct post reaches."""
    mentions = status.get("mentions")
    return (
        {str(each.get("id")) for each in mentions if isinstance(each, Mapping)} if isinstance(mentions, list) else set()
    )


def _to_me(raw: Mapping[str, Any], home: Home) -> Account:
    try:
        return to_account(raw, home)
    except ValueError as error:
        raise Unavailable(NETWORK, "the server does not say whose key this is") from error


def _host(raw: Mapping[str, Any]) -> str:
    try:
        return urlsplit(str(raw.get("url"))).hostname or ""
    except ValueError:
        return ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _length(text: str, link: int) -> int:
    """As Mastodon counts, and never less: a link that it may read in another way counts in full, and as one more."""
    total = characters(text)
    for found in ANY_LINK.findall(text):
        is_plain = PLAIN_LINK.fullmatch(found)
        total += link - len(found) if is_plain else link * found.count("://")
    return total


def _message(post: Post) -> DirectMessage:
    return DirectMessage(id=post.id, text=post.text, sent_at=post.posted_at, reply_to=post.reply_to)


def _relationship(raw: Mapping[str, Any]) -> Relationship:
    hidden = any(raw.get(key) for key in ("blocking", "blocked_by", "muting", "domain_blocking"))
    return Relationship(is_hidden=hidden, is_followed=bool(raw.get("following")))


def _home(api: Api) -> Home:
    return Home(base_url=api.base_url, domain=api.domain, has_status_pages=api.is_mastodon)


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
