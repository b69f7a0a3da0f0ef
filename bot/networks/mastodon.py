"""Mastodon and the servers that speak its API (GoToSocial, Pleroma, Takahē …): read as the owner, write to the owner.

What a server lacks is found by asking it, never by its version. Entities: `mastodon_entities`; requests and errors:
`mastodon_api`; what may leave the house: `http`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from bot.credentials import Secret
from bot.errors import Exposed, NetworkError, NotFound, Rejected, Unavailable
from bot.models import Account, DirectMessage, Notification, NotificationKind, Post, Relationship, SentMessage, Thread
from bot.networks import Ask, Connection, Cursor, Finding, Heard, Inbox, Introduction
from bot.networks.http import WritingSession
from bot.networks.mastodon_api import CHARACTERS, LINK_CHARACTERS, Api, log_in, translated
from bot.networks.mastodon_entities import (
    NETWORK,
    Home,
    ident,
    native,
    to_account,
    to_notification,
    to_post,
    to_time,
)
from bot.text import LINK, graphemes, neutralise

READ_SCOPES = "read:accounts read:follows read:notifications read:statuses"
PAGE = 80
"""Asked for; servers give 20 (GoToSocial), 40 or 80."""
SMALLEST_PAGE = 20
LOOK_BACK = 50
"""Ids read again at every poll: a server commits what it received in another order than it numbered it."""
SEEN = 400
OWN_POSTS = 40
THREADS_A_LOOK = 10
PAGES_BACK = 10


def _server(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ValueError("the key would travel in the clear: write https://")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError('write the address of the server like "https://hachyderm.example"')
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


Server = Annotated[str, AfterValidator(_server)]


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    server: Server
    token: Secret
    bot_server: Server | None = None
    bot_token: Secret | None = None


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
    server = _server(server if "://" in server else f"https://{server}")
    token = log_in(server, READ_SCOPES, ask, "your own account")
    bot_server = ask(f'The bot\'s server [{server}], or "self" when your own account shall write to itself')
    if bot_server == "self":
        return Introduction(table={"server": server}, secrets={"token": token})
    bot_server = _server(bot_server) if bot_server else server
    bot_token = log_in(bot_server, f"{READ_SCOPES} write:statuses", ask, "the bot's account")
    return Introduction(
        table={"server": server, "bot_server": bot_server}, secrets={"token": token, "bot_token": bot_token}
    )


class MastodonSource:
    network = NETWORK

    def __init__(self, api: Api) -> None:
        self.api = api

    @cached_property
    def raw_owner(self) -> Mapping[str, Any]:
        with translated():
            raw: Mapping[str, Any] = self.api.sdk.account_verify_credentials()
            return raw

    @cached_property
    def home(self) -> Home:
        return _home(self.api)

    def owner(self) -> Account:
        return to_account(self.raw_owner, self.home)

    def inbox(self, cursor: Cursor, *, deep: bool = False) -> Inbox:
        window = _Window(cursor)
        page = window.read(
            lambda **params: self.api.get_list(
                "/api/v1/notifications",
                types=["mention", "quote", "pending.reply"],
                include_filtered="true",  # an accepted request keeps its old id: a cursor would pass it for ever
                **params,
            )
        )
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
            skipped=skipped,
        )

    def _notification(self, raw: Mapping[str, Any]) -> Notification | None:
        return to_notification(raw, self.home, self.owner().id)

    def _strays(self, known: Mapping[str, int]) -> tuple[list[Notification], dict[str, int], int]:
        """Replies below the owner's latest posts that dropped the owner's name: they raise no notification.

        `known` maps a post to how many replies it had when its thread was last read. The number is only compared
        with itself, to ask for those threads alone in which something happened.
        """
        own = self.api.get_list(
            f"/api/v1/accounts/{self.raw_owner['id']}/statuses", limit=OWN_POSTS, exclude_reblogs="true"
        )
        counts = {
            str(raw["id"]): raw.get("replies_count") or 0 for raw in own if isinstance(raw, Mapping) and "id" in raw
        }
        changed = [post for post, count in counts.items() if count > 0 and known.get(post) != count][:THREADS_A_LOOK]
        below: list[Any] = []
        for post in changed:
            below += self._context(post)[1]
        posts, skipped = _decoded(below, lambda raw: to_post(raw, self.home))
        strays = [Notification(id=post.id, kind=NotificationKind.REPLY, post=post) for post in posts]
        return strays, {post: count for post, count in counts.items() if post in changed or post in known}, skipped

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
                found[ident_] = to_post(self.api.get(f"/api/v1/statuses/{native(ident_)}", about_post=True), self.home)
            except (NotFound, ValueError):
                continue
        return found

    def relationships(self, accounts: Iterable[str]) -> Mapping[str, Relationship]:
        wanted = [native(account) for account in accounts]
        try:
            raw = self.api.get_list("/api/v1/accounts/relationships", id=wanted, about_post=True) if wanted else []
        except NotFound:  # Takahē answers 404 for all when one of them is gone
            if len(wanted) == 1:
                return {}
            return {k: v for account in wanted for k, v in self.relationships([ident(account)]).items()}
        known = [item for item in raw if isinstance(item, Mapping) and item.get("id")]
        return {ident(item["id"]): _relationship(item) for item in known}

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


class MastodonMessenger:
    """Writes to the owner from the bot's account or, when that is the owner's own, leaves notes to self."""

    network = NETWORK

    def __init__(self, source: MastodonSource, server: str, token: Secret, *, alone: bool = False) -> None:
        self._source = source
        self._alone = alone
        self._server = server
        self._token = token
        self._remembered: Mapping[str, str] = {}

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
    def _account(self) -> Account:
        with translated():
            return to_account(self._reader.sdk.account_verify_credentials(), _home(self._reader))

    @property
    def _me(self) -> str:
        return native(self._account.id)

    def handle(self) -> str:
        return self._account.handle

    @cached_property
    def _owner(self) -> Mapping[str, str]:
        """Who is written to. Remembered, so that the owner can be told when the owner's own key is refused."""
        try:
            host = urlsplit(str(self._source.raw_owner.get("url"))).hostname or ""
            return {"handle": self._source.owner().handle, "host": host}
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
        handle, host = self._owner["handle"], self._owner["host"]
        for raw in self._reader.accounts_named(handle):
            found = to_account(raw, _home(self._reader))
            if found.handle.casefold() == handle.casefold() and urlsplit(str(raw.get("url"))).hostname == host:
                return native(found.id)
        raise Unavailable(
            NETWORK, f"{self._server} does not know {handle}: follow the owner with the bot's account once"
        )

    def fits(self, text: str) -> bool:
        """Counted as Mastodon counts where the server says that it is one, else in the longest of all ways."""
        instance = self._reader.instance
        limits = _dict(_dict(instance.get("configuration")).get("statuses"))
        limit = limits.get("max_characters") or instance.get("max_toot_chars") or CHARACTERS
        harmless = neutralise(text)
        if "mastodon" not in _dict(instance.get("api_versions")):
            return len(self._mention) + len(harmless) <= limit
        short_links = LINK.sub("x" * (limits.get("characters_reserved_per_url") or LINK_CHARACTERS), harmless)
        name = self._mention.rpartition("@")[0]
        return len(name) + 1 + len(graphemes(short_links)) <= limit

    def heard(self, cursor: Cursor, ours: Iterable[str]) -> Heard:
        self._remembered = cursor.get("owner", {})
        window = _Window(cursor)
        is_first = not cursor
        pages = [window.read(self._said)]
        while not window.is_complete and not is_first:
            pages.append(window.read(self._said))
        statuses = [raw for page in pages for raw in page]
        answers = list(cursor.get("answers", ()))
        messages = []
        for raw in [] if is_first else statuses:
            status = raw if self._alone else _dict(raw.get("status"))
            if self._is_to_the_bot(status, {*map(native, ours), *answers}):
                post, _ = _decoded([status], lambda one: to_post(one, _home(self._reader)))
                messages += post
                answers.append(str(status["id"]))
        return Heard(
            messages=tuple(map(_message, messages)),
            cursor={**window.cursor(), "answers": answers[-LOOK_BACK:], "owner": dict(self._owner)},
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
        named = {str(mention.get("id")) for mention in status.get("mentions") or () if isinstance(mention, Mapping)}
        is_private = status.get("visibility") == "direct" and named <= {self._me, self._recipient}
        is_ours = self._alone and str(status.get("id")) in thread
        is_below = not self._alone or str(status.get("in_reply_to_id")) in thread
        return author == self._recipient and is_private and is_below and not is_ours and not status.get("reblog")

    def sent(self, after: str | None, since: datetime) -> Sequence[SentMessage]:
        """From the account's own posts, and from its home timeline: Takahē leaves direct posts out of the former."""
        own = self._back_to(f"/api/v1/accounts/{self._me}/statuses", after, since)
        if not any(raw.get("visibility") == "direct" for raw in own):
            with contextlib.suppress(NotFound):  # a server may lack it; none lacks both
                own = [*own, *self._back_to("/api/v1/timelines/home", after, since)]
        direct = [raw for raw in own if raw.get("visibility") == "direct"]
        posts, _ = _decoded(direct, lambda raw: to_post(raw, _home(self._reader)))
        found = {post.id: post for post in posts if native(post.author.id) == self._me}
        return [
            SentMessage(id=post.id, text=post.text, sent_at=post.posted_at)
            for post in sorted(found.values(), key=lambda post: post.posted_at)
        ]

    def _back_to(self, path: str, after: str | None, since: datetime) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        params: dict[str, Any] = {"limit": OWN_POSTS}
        for _ in range(PAGES_BACK):
            page = [raw for raw in self._reader.get_list(path, **params) if isinstance(raw, Mapping) and raw.get("id")]
            for raw in page:
                if after is not None and str(raw["id"]) == native(after):
                    return found
                if to_time(raw.get("created_at")) >= since:
                    found.append(raw)
            if not page or to_time(page[-1].get("created_at")) < since:
                return found
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
        except NotFound:
            if reply_to is None:
                raise
            return self.send(text, key=key, reply_to=None)  # what it should hang below is gone
        return self._verified(answer)

    def _verified(self, answer: Any) -> str:
        """The id of what was posted, if it is what was asked for; else it is taken back at once."""
        status = _dict(answer).get("id")
        if not isinstance(status, (str, int)):
            raise Unavailable(NETWORK, "the answer to a message was no message", maybe_done=True)
        named = {str(mention.get("id")) for mention in answer.get("mentions") or () if isinstance(mention, Mapping)}
        strangers = named - {self._recipient, self._me}
        if answer.get("visibility") != "direct" or strangers:
            raise Exposed(NETWORK, f"a message reached others and was {self._taken_back(str(status))}")
        if not self._alone and self._recipient not in named:
            raise Rejected(NETWORK, f"the message did not name its owner and was {self._taken_back(str(status))}")
        return ident(status)

    def _taken_back(self, status: str) -> str:
        self._session.may_delete(status)
        try:
            with translated():
                self._writer.sdk.status_delete(status)
        except NetworkError as error:
            return f"NOT deleted ({error}): delete it by hand"
        return "deleted at once"

    def check(self) -> Iterator[Finding]:
        if self._alone:
            yield Finding(is_good=True, says="writes notes to self: nothing will ring, look for them in your own posts")
            return
        me = self._account
        owner = self._owner["handle"]
        yield Finding(is_good=me.handle != owner, says=f"writes as {me.handle}")
        yield Finding(is_good=me.is_bot, says=f"{me.handle} is {'' if me.is_bot else 'not '}marked as a bot")
        raw = self._reader.get_list("/api/v1/accounts/relationships", id=[self._recipient])
        follows = bool(raw and _dict(raw[0]).get("followed_by"))
        yield Finding(
            is_good=follows,
            says=f"{owner} {'follows' if follows else 'must follow'} {me.handle}"
            f"{'' if follows else ', or the messages are filtered and nothing rings'}",
        )


class _Window:
    """Reads a list forward by `min_id`, oldest first, looking back over the ids read last.

    Ids are never compared, only kept in the order in which the server lists them: they are numbers on Mastodon, words
    on GoToSocial. How many a page of this server holds is learnt from its pages.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._ids: list[str] = list(cursor.get("window", ()))
        self._page = int(cursor.get("page", SMALLEST_PAGE))
        self.is_complete = True

    def cursor(self) -> dict[str, Any]:
        return {"window": self._ids, "page": self._page}

    def read(self, fetch: Callable[..., list[Any]]) -> list[Mapping[str, Any]]:
        """The items of the next page that were not read before."""
        reach = min(LOOK_BACK, self._page - 1)
        again = self._ids[-reach:]
        params = {"limit": PAGE, **({"min_id": again[0]} if again else {})}
        items = _oldest_first([raw for raw in fetch(**params) if isinstance(raw, Mapping) and raw.get("id")])
        ids = [str(item["id"]) for item in items]
        fresh = [item for item in items if str(item["id"]) not in again]
        is_cut = bool(ids) and not fresh and ids[-1] != again[-1]
        self._page = len(ids) if is_cut else max(self._page, len(ids))
        self.is_complete = not again or (len(ids) < self._page and not is_cut)
        self._ids = (self._ids[: len(self._ids) - len(again) + 1] + ids)[-LOOK_BACK:]
        return fresh


def _oldest_first(page: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Servers list the newest first; Takahē turns the list round when asked by `min_id`."""
    times = [str(item.get("created_at")) for item in page]
    return page if times and times[0] < times[-1] else page[::-1]


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


def _message(post: Post) -> DirectMessage:
    return DirectMessage(id=post.id, text=post.text, sent_at=post.posted_at, reply_to=post.reply_to)


def _relationship(raw: Mapping[str, Any]) -> Relationship:
    hidden = any(raw.get(key) for key in ("blocking", "blocked_by", "muting", "domain_blocking"))
    return Relationship(is_hidden=hidden, is_followed=bool(raw.get("following")))


def _home(api: Api) -> Home:
    instance = api.instance
    domain = str(instance.get("domain") or instance.get("uri") or "").removeprefix("https://").strip("/")
    return Home(
        base_url=api.base_url,
        domain=domain or urlsplit(api.base_url).netloc,
        has_status_pages="mastodon" in _dict(instance.get("api_versions")),
    )


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
