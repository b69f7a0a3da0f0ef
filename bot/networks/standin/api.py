"""What each endpoint answers, in Mastodon's shapes: https://docs.joinmastodon.org/methods/.

What is the same in every answer stands in shapes.json.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from bot.networks.standin import texts
from bot.networks.standin.entities import Account, App, Json, Notification, Status
from bot.networks.standin.wire import Answer, Refused, Request

if TYPE_CHECKING:
    from bot.networks.standin.server import Server

SHAPES: dict[str, Json] = json.loads(files(__package__).joinpath("shapes.json").read_text())
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@dataclass(frozen=True)
class _Call:
    server: Server
    request: Request
    viewer: Account | None
    id: str
    """The :id of the path."""

    @property
    def me(self) -> Account:
        if self.viewer is None:
            raise Refused(422, "This method requires an authenticated user")
        return self.viewer


_Handler = Callable[[_Call], Any]
_H = TypeVar("_H", bound=_Handler)
_ENDPOINTS: dict[str, tuple[re.Pattern[str], tuple[str, ...], bool, _Handler]] = {}


def _at(route: str, *scopes: str, public: bool = False) -> Callable[[_H], _H]:
    """Any one of `scopes` opens it; a public one needs no token, but a token that is shown must be good for it."""
    pattern = re.compile(re.escape(route).replace(":id", "(?P<id>[^/]+)"))

    def register(handler: _H) -> _H:
        _ENDPOINTS[route] = pattern, scopes, public, handler
        return handler

    return register


def answer(server: Server, request: Request) -> Answer:
    for route, (pattern, scopes, is_public, handler) in _ENDPOINTS.items():
        match = pattern.fullmatch(f"{request.method} {request.path}")
        if match and route not in server.software.lacks:
            _authorize(server, request, scopes, is_public=is_public)
            result = handler(_Call(server, request, request.account, match.groupdict().get("id", "")))
            return result if isinstance(result, Answer) else Answer(body=result)
    raise _not_found()


def _authorize(server: Server, request: Request, scopes: Iterable[str], *, is_public: bool) -> None:
    """https://docs.joinmastodon.org/api/oauth-scopes/: `read` holds all of `read:*`."""
    token = server.tokens.get(request.token)
    if token and token.is_revoked:
        raise Refused(401, "The access token was revoked")
    if token and scopes and not any({scope, scope.split(":")[0]} & {*token.scopes.split()} for scope in scopes):
        raise Refused(403, "This action is outside the authorized scopes")
    if not token and (request.token or not is_public):
        raise Refused(401, "The access token is invalid")


def _not_found() -> Refused:
    return Refused(404, "Record not found")


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


# -- entities ---------------------------------------------------------------------------------------------------------


def _account_json(account: Account) -> Json:
    """https://docs.joinmastodon.org/entities/Account/"""
    return {
        "id": account.id,
        "username": account.username,
        "acct": account.acct,
        "url": account.url,
        "uri": f"https://{account.domain}/users/{account.username}",
        **SHAPES["account"],
        **(SHAPES["local account"] if account.is_local else {}),
        **account.shown,
    }


def _status_json(call: _Call, status: Status, *, quoting: bool = True) -> Json:
    """https://docs.joinmastodon.org/entities/Status/"""
    server = call.server
    mentions = [
        {"id": each.id, "username": each.username, "url": each.url, "acct": each.acct} for each in status.mentions
    ]
    tags = [{"name": tag, "url": f"https://{server.domain}/tags/{tag}"} for tag in texts.hashtags_in(status.text)]
    return {
        "id": status.id,
        "created_at": iso(status.at),
        "in_reply_to_id": status.parent.id if status.parent else None,
        "in_reply_to_account_id": status.answers.id if status.answers else None,
        "sensitive": bool(status.warning),
        "spoiler_text": status.warning,
        "visibility": status.visibility,
        "language": status.language,
        "uri": status.uri,
        "url": status.url,
        "replies_count": sum(other.parent is status for other in server.statuses.values()),
        "edited_at": iso(status.edited_at) if status.edited_at else None,
        "content": _content(server, status),
        "account": _account_json(status.author),
        "mentions": mentions,
        "tags": tags,
        **SHAPES["status"],
        **(SHAPES["status to a viewer"] if call.viewer else {}),
        **({"quote": _quote_json(call, status.quoted, quoting=quoting)} if status.quoted else {}),
        **status.shown,
    }


def _quote_json(call: _Call, quoted: Status, *, quoting: bool) -> Json:
    """https://docs.joinmastodon.org/entities/Quote/ and, one level deeper, ShallowQuote."""
    is_seen = call.server.sees(call.viewer, quoted)
    state = "deleted" if quoted.is_deleted else "accepted" if is_seen else "unauthorized"
    if quoting:
        return {"state": state, "quoted_status": _status_json(call, quoted, quoting=False) if is_seen else None}
    return {"state": state, "quoted_status_id": quoted.id if is_seen else None}


def _content(server: Server, status: Status) -> str:
    named = {handle: server.find(handle) for handle in texts.mentions_in(status.text)}
    profiles = {handle: account.url for handle, account in named.items() if account in status.mentions}
    content = texts.to_html(status.text, base=f"https://{server.domain}", profiles=profiles)
    if status.quoted and status.quoted.url not in status.text:
        return f'<p class="quote-inline">RE: {texts.link(status.quoted.url)}</p>{content}'
    return content


def _notification_json(call: _Call, each: Notification) -> Json:
    """https://docs.joinmastodon.org/entities/Notification/"""
    return {
        "id": each.id,
        "type": each.type,
        "created_at": iso(each.at),
        "group_key": f"ungrouped-{each.id}",
        "account": _account_json(each.by),
        **({"filtered": True} if each.is_filtered else {}),
        **({"status": _status_json(call, each.status)} if each.status else {}),
    }


# -- pages ------------------------------------------------------------------------------------------------------------

_Item = TypeVar("_Item", Status, Notification)


def _order(id_: str) -> tuple[int, str]:
    return len(id_), id_


def _page(call: _Call, items: Iterable[_Item], render: Callable[[_Call, _Item], Json], size: int, most: int) -> Answer:
    """https://github.com/mastodon/mastodon/blob/main/app/models/concerns/paginable.rb

    Newest first, nearly always; but `min_id` gives those right after it, where `since_id` gives the newest.
    """
    request = call.request
    limit = min(int(request.get("limit") or size), most)
    above, below = _order(request.get("min_id") or request.get("since_id")), request.get("max_id")
    rows = [each for each in items if above < _order(each.id) and (not below or _order(each.id) < _order(below))]
    rows.sort(key=lambda each: _order(each.id), reverse=True)
    rows = rows[-limit:] if request.get("min_id") else rows[:limit]
    links = _links(call, newest=rows[0].id, oldest=rows[-1].id) if rows else {}
    if request.get("min_id") and call.server.software.turns_pages_round:
        rows.reverse()
    return Answer(body=[render(call, each) for each in rows], headers=links)


def _links(call: _Call, *, newest: str, oldest: str) -> dict[str, str]:
    given = [pair for pair in parse_qsl(call.request.query_string) if pair[0] not in {"min_id", "max_id", "since_id"}]
    base = f"{call.server.url}{call.request.path}"
    pages = {"next": ("max_id", oldest), "prev": ("min_id", newest)}
    links = [f'<{base}?{urlencode([*given, cursor])}>; rel="{name}"' for name, cursor in pages.items()]
    return {"Link": ", ".join(links)}


# -- accounts ---------------------------------------------------------------------------------------------------------


def _accounts(call: _Call, ids: Iterable[str]) -> list[Account]:
    by_id = {each.id: each for each in call.server.accounts.values()}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def _account(call: _Call) -> Account:
    found = _accounts(call, [call.id])
    if not found:
        raise _not_found()
    return found[0]


def _ids(call: _Call, most: int) -> tuple[str, ...]:
    ids = call.request.all("id")
    if len(ids) > most:
        raise Refused(422, "Mastodon::ValidationError")
    return ids


@_at("GET /api/v1/accounts/verify_credentials", "profile", "read:accounts")
def _who_am_i(call: _Call) -> Json:
    return {**_account_json(call.me), **SHAPES["own account"]}


@_at("GET /api/v1/accounts/lookup", "read:accounts", public=True)
def _lookup(call: _Call) -> Json:
    account = call.server.find(call.request.get("acct"))
    if account is None:
        raise _not_found()
    return _account_json(account)


@_at("GET /api/v1/accounts/relationships", "read:follows")
def _relationships(call: _Call) -> list[Json]:
    ids = call.request.all("id")
    found = _accounts(call, ids)
    if call.server.software.relationships_all_or_none and len(found) < len(ids):
        raise _not_found()
    return [_relationship_json(call.server, call.me, each) for each in found]


def _relationship_json(server: Server, me: Account, other: Account) -> Json:
    """https://docs.joinmastodon.org/entities/Relationship/"""
    return {
        "id": other.id,
        "following": (me, other) in server.follows,
        "showing_reblogs": (me, other) in server.follows,
        "followed_by": (other, me) in server.follows,
        "blocking": (me, other) in server.blocks,
        "blocked_by": (other, me) in server.blocks,
        "muting": (me, other) in server.mutes,
        "muting_notifications": (me, other) in server.mutes,
        "domain_blocking": (me, other.domain) in server.blocked_domains,
        **SHAPES["relationship"],
    }


@_at("GET /api/v1/accounts", "read:accounts", public=True)
def _several_accounts(call: _Call) -> list[Json]:
    return [_account_json(each) for each in _accounts(call, _ids(call, most=40))]


@_at("GET /api/v1/accounts/:id", "read:accounts", public=True)
def _one_account(call: _Call) -> Json:
    return _account_json(_account(call))


@_at("GET /api/v1/accounts/:id/statuses", "read:statuses", public=True)
def _account_statuses(call: _Call) -> Answer:
    author, request = _account(call), call.request
    posts = [post for post in call.server.posts_by(author) if call.server.sees(call.viewer, post)]
    if request.asks("exclude_replies"):
        posts = [post for post in posts if post.answers in {None, author}]
    if request.asks("only_media") or request.asks("pinned"):
        posts = []
    if not call.server.software.lists_direct_posts:
        posts = [post for post in posts if post.visibility in {"public", "unlisted"}]
    return _page(call, posts, _status_json, 20, call.server.software.statuses_a_page)


@_at("GET /api/v1/timelines/home", "read:statuses")
def _home(call: _Call) -> Answer:
    server, me = call.server, call.me
    posts = [post for post in server.statuses.values() if post.author is me or (me, post.author) in server.follows]
    seen = [post for post in posts if server.sees(me, post)]
    return _page(call, seen, _status_json, 20, server.software.statuses_a_page)


@_at("GET /api/v2/search", "read:search")
def _search(call: _Call) -> Json:
    """Exact handles and exact addresses of posts only: nobody is found by their words here."""
    words, kinds = call.request.get("q").strip(), {call.request.get("type")}
    account = call.server.find(words)
    posts = [post for post in call.server.statuses.values() if words in {post.url, post.uri}]
    seen = [_status_json(call, post) for post in posts if call.server.sees(call.viewer, post)]
    return {
        "accounts": [_account_json(account)] if account and kinds & {"", "accounts"} else [],
        "statuses": seen if kinds & {"", "statuses"} else [],
        "hashtags": [],
    }


# -- notifications ----------------------------------------------------------------------------------------------------


@_at("GET /api/v1/notifications", "read:notifications")
def _notifications(call: _Call) -> Answer:
    server, request = call.server, call.request
    wanted, unwanted = request.all("types"), request.all("exclude_types")
    by = request.get("account_id") if server.software.filters_by_account else ""
    with_filtered = request.asks("include_filtered") and server.software.knows_include_filtered
    shown = [
        each
        for each in server.notifications
        if each.to is call.me and (not by or each.by.id == by)
        if (not wanted or each.type in wanted) and each.type not in unwanted
        if (with_filtered or not each.is_filtered) and (not each.status or server.sees(call.me, each.status))
    ]
    return _page(call, shown, _notification_json, 40, server.software.notifications_a_page)


@_at("GET /api/v2/notifications/policy", "read:notifications")
def _policy(call: _Call) -> Json:
    """https://docs.joinmastodon.org/entities/NotificationPolicy/"""
    waiting = [each for each in call.server.notifications if each.to is call.me and each.is_filtered]
    senders = {each.by for each in waiting}
    return {
        **SHAPES["policy"],
        "for_private_mentions": "filter" if call.server.software.filters_private_mentions else "accept",
        "summary": {"pending_requests_count": len(senders), "pending_notifications_count": len(waiting)},
    }


@_at("GET /api/v2/filters", "read:filters")
def _filters(_: _Call) -> list[Json]:
    return []


# -- statuses ---------------------------------------------------------------------------------------------------------


def _status(call: _Call, id_: str) -> Status:
    status = call.server.statuses.get(id_)
    if status is None or not call.server.sees(call.viewer, status):
        raise _not_found()
    return status


def _own_status(call: _Call) -> Status:
    status = _status(call, call.id)
    if status.author is not call.me:
        raise _not_found()
    return status


@_at("GET /api/v1/statuses", "read:statuses", public=True)
def _several_statuses(call: _Call) -> list[Json]:
    posts = [call.server.statuses.get(id_) for id_ in dict.fromkeys(_ids(call, most=20))]
    return _shown(call, (post for post in posts if post))


@_at("GET /api/v1/statuses/:id", "read:statuses", public=True)
def _one_status(call: _Call) -> Json:
    return _status_json(call, _status(call, call.id))


@_at("GET /api/v1/statuses/:id/source", "read:statuses")
def _source(call: _Call) -> Json:
    status = _own_status(call)
    return {"id": status.id, "text": status.text, "spoiler_text": status.warning}


@_at("GET /api/v1/statuses/:id/context", "read:statuses", public=True)
def _context(call: _Call) -> Json:
    status = _status(call, call.id)
    above, below = reversed(status.ancestors), _below(call.server, status)
    return {"ancestors": _shown(call, above), "descendants": _shown(call, below)}


def _below(server: Server, status: Status) -> list[Status]:
    """Each answer before its own answers; those of an author to themselves first."""
    answers = [post for post in server.statuses.values() if post.parent is status]
    answers.sort(key=lambda post: (post.author is not status.author, _order(post.id)))
    return [post for reply in answers for post in (reply, *_below(server, reply))]


def _shown(call: _Call, posts: Iterable[Status]) -> list[Json]:
    """https://github.com/mastodon/mastodon/blob/main/app/lib/status_filter.rb"""
    server, viewer = call.server, call.viewer
    seen = [post for post in posts if server.sees(viewer, post)]
    return [_status_json(call, post) for post in seen if not (viewer and server.hides(viewer, post.author))]


@_at("POST /api/v1/statuses", "write:statuses")
def _create(call: _Call) -> Json:
    """https://github.com/mastodon/mastodon/blob/main/app/services/post_status_service.rb"""
    server, key = call.server, (call.me, call.request.idempotency_key)
    known, posted_at = server.keys.get(key, (None, server.time))
    if known and server.time - posted_at < timedelta(hours=1):
        return _status_json(call, _status(call, known.id))
    status = _draft(call)
    server.publish(status)
    if call.request.idempotency_key and server.software.is_idempotent:
        server.keys[key] = status, server.time
    return _status_json(call, status)


def _draft(call: _Call) -> Status:
    request, text, parent = call.request, call.request.get("status"), _parent(call)
    visibility, mentions = request.get("visibility") or "public", call.server.addressed_by(text, parent)
    if visibility not in {"public", "unlisted", "private", "direct"}:
        raise Refused(422, "Validation failed: Visibility is not included in the list")
    _check_length(call, text, request.get("spoiler_text"))
    _check_mentions(call, mentions)
    return Status(
        author=call.me,
        text=text,
        at=call.server.time,
        mentions=mentions,
        visibility=visibility,
        warning=request.get("spoiler_text"),
        language=request.get("language") or None,
        parent=parent,
    )


def _parent(call: _Call) -> Status | None:
    id_ = call.request.get("in_reply_to_id")
    try:
        return _status(call, id_) if id_ else None
    except Refused:
        raise Refused(404, "The post you are trying to reply to does not appear to exist.") from None


def _check_length(call: _Call, text: str, warning: str) -> None:
    software = call.server.software
    length = len(text) if software.counts_code_points else texts.mastodon_length(text)
    if not text.strip():
        raise Refused(422, "Validation failed: Text can't be blank")
    if length + len(warning) > software.max_characters:
        raise Refused(
            software.too_long, f"Validation failed: Text character limit of {software.max_characters} exceeded"
        )


def _check_mentions(call: _Call, mentions: Iterable[Account]) -> None:
    """Undocumented: `allowed_mentions[]` bounds who may be mentioned, besides the author."""
    allowed = call.request.all("allowed_mentions")
    unexpected = [_account_json(each) for each in mentions if each.id not in {*allowed, call.me.id}]
    if allowed and unexpected and call.server.software.knows_allowed_mentions:
        raise Refused(422, "Post would be sent to unexpected accounts", unexpected_accounts=unexpected)


@_at("DELETE /api/v1/statuses/:id", "write:statuses")
def _delete(call: _Call) -> Json:
    status = _own_status(call)
    shown = _status_json(call, status)
    call.server.delete(status)
    return {**shown, "text": status.text}


@_at("GET /api/v1/conversations", "read:statuses")
def _conversations(call: _Call) -> Answer:
    """https://docs.joinmastodon.org/entities/Conversation/: of each, only the last post."""
    last: dict[tuple[Status, frozenset[Account]], Status] = {}
    for post in sorted(call.server.statuses.values(), key=lambda post: _order(post.id)):
        if post.visibility == "direct" and call.server.sees(call.me, post):
            last[_root(post), frozenset(_others(call, post))] = post
    return _page(call, last.values(), _conversation_json, 20, 40)


def _conversation_json(call: _Call, post: Status) -> Json:
    accounts = [_account_json(each) for each in _others(call, post)]
    is_unread = post.author is not call.me
    return {"id": _root(post).id, "unread": is_unread, "accounts": accounts, "last_status": _status_json(call, post)}


def _others(call: _Call, post: Status) -> list[Account]:
    return [each for each in dict.fromkeys((post.author, *post.mentions)) if each is not call.me]


def _root(status: Status) -> Status:
    return [status, *status.ancestors][-1]


# -- the server itself ------------------------------------------------------------------------------------------------


@_at("GET /api/v2/instance", public=True)
def _instance(call: _Call) -> Json:
    """https://docs.joinmastodon.org/entities/Instance/"""
    server, stated = call.server, {"domain": call.server.domain, **_described(call.server), **SHAPES["instance"]}
    if server.software.is_hosted_elsewhere:
        stated |= {"domain": f"fedi.{server.domain}", "account_domain": server.domain}
    if not server.software.states_api_versions:
        del stated["api_versions"]
    return stated


@_at("GET /api/v1/instance", public=True)
def _instance_v1(call: _Call) -> Json:
    """https://docs.joinmastodon.org/entities/V1_Instance/"""
    return {"uri": call.server.domain, **_described(call.server), **SHAPES["instance v1"]}


def _described(server: Server) -> Json:
    software = server.software
    limits = {"max_characters": software.max_characters, "characters_reserved_per_url": software.url_length}
    return {"title": server.domain, "version": software.version, "configuration": {"statuses": limits}}


# -- logging in -------------------------------------------------------------------------------------------------------


@_at("GET /.well-known/oauth-authorization-server", public=True)
def _oauth(call: _Call) -> Json:
    url = call.server.url
    places = {f"{name}_endpoint": f"{url}/oauth/{path}" for name, path in _OAUTH_PATHS.items()}
    return {"issuer": f"{url}/", "app_registration_endpoint": f"{url}/api/v1/apps", **places, **SHAPES["oauth"]}


_OAUTH_PATHS = {"authorization": "authorize", "token": "token", "revocation": "revoke"}


@_at("POST /api/v1/apps", public=True)
def _register_app(call: _Call) -> Json:
    name, scopes, uri = (call.request.get(key) for key in ("client_name", "scopes", "redirect_uris"))
    id_, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    call.server.apps[id_] = App(name=name, secret=secret, scopes=scopes or "read", redirect_uri=uri)
    shown = {"name": name, "scopes": scopes.split(), "redirect_uri": uri, "redirect_uris": uri.split("\n")}
    return {**SHAPES["app"], **shown, "client_id": id_, "client_secret": secret}


@_at("GET /api/v1/apps/verify_credentials")
def _verify_app(call: _Call) -> Json:
    scopes = call.server.tokens[call.request.token].scopes.split()
    return {"id": "1", "name": "app", "website": None, "scopes": scopes, "redirect_uris": [OUT_OF_BAND]}


@_at("GET /oauth/authorize", public=True)
def _consent(call: _Call) -> Answer:
    """Whoever is at the browser says yes."""
    server, request = call.server, call.request
    scopes, back = request.get("scope") or "read", request.get("redirect_uri")
    app, user = server.apps.get(request.get("client_id")), server.at_the_browser or next(iter(server.accounts.values()))
    if app is None or back not in app.redirect_uri.split("\n") or not set(scopes.split()) <= set(app.scopes.split()):
        raise Refused(400, "invalid_request")
    code = secrets.token_urlsafe(32)
    app.codes[code] = user, scopes
    if back != OUT_OF_BAND:
        query = urlencode({"code": code, "state": request.get("state")})
        return Answer(code=302, headers={"Location": f"{back}?{query}"})
    page = f'<!DOCTYPE html><input class="oauth-code" readonly value="{code}">'
    return Answer(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@_at("POST /oauth/token", public=True)
def _token(call: _Call) -> Json:
    server, request = call.server, call.request
    app = server.apps.get(request.get("client_id"))
    if app is None or app.secret != request.get("client_secret"):
        raise Refused(401, "invalid_client")
    user, scopes = app.codes.pop(request.get("code"), (None, app.scopes))
    if user is None and request.get("grant_type") != "client_credentials":
        raise Refused(400, "invalid_grant")
    token, now = server.token(user, scopes), int(server.time.timestamp())
    return {"access_token": token, "token_type": "Bearer", "scope": scopes, "created_at": now}


@_at("POST /oauth/revoke", public=True)
def _revoke(call: _Call) -> Json:
    call.server.revoke(call.request.get("token"))
    return {}
