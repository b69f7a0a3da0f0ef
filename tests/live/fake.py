"""A fast stand-in for the stack: the part of the AT Protocol that the stories use, in one process and in memory.

It may not drift from the real servers: whatever it is used for is told in `stories`, which run on both.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.text import graphemes

from .people import Json, stamp

DEFS = "chat.bsky.convo.defs"
NOTIFIED_HEIGHT = 4
HANGS = 2.0
"""Seconds: longer than any client of the tests waits."""


class Wrong(Exception):
    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass
class Member:
    did: str
    handle: str
    passwords: dict[str, str]
    """Secret -> scope."""
    names: dict[str, str] = field(default_factory=dict)
    """Of app passwords -> secret."""
    muted: set[str] = field(default_factory=set)
    is_active: bool = True
    wants_followed_only: bool = False


@dataclass
class Record:
    uri: str
    cid: str
    value: Json
    at: str

    @property
    def did(self) -> str:
        return self.uri.split("/")[2]

    @property
    def reply(self) -> Json:
        found: Json = self.value.get("reply") or {}
        return found


@dataclass
class Convo:
    id: str
    members: list[str]
    name: str | None = None
    messages: list[Json] = field(default_factory=list)


class Fake:
    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.records: dict[str, Record] = {}
        self.notifications: dict[str, list[Json]] = {}
        self.convos: dict[str, Convo] = {}
        self.calls: list[Json] = []
        self.faults: list[Json] = []
        self.chat_faults: list[Json] = []
        self._numbers = itertools.count(1)

    def tid(self) -> str:
        return f"3k{next(self._numbers):011d}"

    # -- accounts and sessions -----------------------------------------------------------------------------------

    def create_account(self, _: str, body: Json) -> Json:
        did = f"did:plc:{next(self._numbers):024d}"
        self.members[did] = Member(did, body["handle"], {body["password"]: "com.atproto.access"})
        return self._session(self.members[did], "com.atproto.access", body["password"])

    def create_session(self, _: str, body: Json) -> Json:
        for member in self.members.values():
            if member.handle == body["identifier"] and body["password"] in member.passwords:
                return self._session(member, member.passwords[body["password"]], body["password"])
        raise Wrong("AuthenticationRequired", 401)

    def refresh_session(self, me: str, body: Json) -> Json:
        member, secret = self.members[me], str(body["_claims"]["secret"])
        if secret not in member.passwords:
            raise Wrong("ExpiredToken")
        return self._session(member, member.passwords[secret], secret)

    def _session(self, member: Member, scope: str, secret: str) -> Json:
        claims = {"sub": member.did, "scope": scope, "secret": secret, "n": next(self._numbers)}
        token = f"h.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.s"
        return {"did": member.did, "handle": member.handle, "accessJwt": token, "refreshJwt": token}

    def create_app_password(self, me: str, body: Json) -> Json:
        secret = f"abcd-efgh-{next(self._numbers):04d}"
        self.members[me].passwords[secret] = f"com.atproto.appPass{'Privileged' if body['privileged'] else ''}"
        self.members[me].names[body["name"]] = secret
        return {"password": secret}

    def revoke_app_password(self, me: str, body: Json) -> Json:
        del self.members[me].passwords[self.members[me].names[body["name"]]]
        return {}

    def update_handle(self, me: str, body: Json) -> Json:
        self.members[me].handle = body["handle"]
        return {}

    def deactivate(self, me: str, _: Json) -> Json:
        self.members[me].is_active = False
        return {}

    # -- records -------------------------------------------------------------------------------------------------

    def put_record(self, me: str, body: Json) -> Json:
        uri = f"at://{me}/{body['collection']}/{body.get('rkey') or self.tid()}"
        is_new = uri not in self.records
        if "swapRecord" in body and body["swapRecord"] != (None if is_new else self.records[uri].cid):
            raise Wrong("InvalidSwap")
        record = Record(uri, f"bafy{next(self._numbers)}", body["record"], stamp(datetime.now(UTC)))
        self.records[uri] = record
        if is_new and body["collection"] == "app.bsky.feed.post":
            self._notify(record)
        return {"uri": uri, "cid": record.cid}

    def delete_record(self, me: str, body: Json) -> Json:
        self.records.pop(f"at://{me}/{body['collection']}/{body['rkey']}", None)
        return {}

    def get_record(self, _: str, params: Json) -> Json:
        record = self.records.get(f"at://{params['repo']}/{params['collection']}/{params['rkey']}")
        if record is None:
            raise Wrong("RecordNotFound")
        return {"uri": record.uri, "cid": record.cid, "value": record.value}

    def _notify(self, post: Record) -> None:
        """Everybody once: for a mention before a quote before a reply."""
        features = [f for facet in post.value.get("facets", []) for f in facet["features"]]
        told = [(f["did"], "mention") for f in features if "did" in f]
        quoted = post.value.get("embed", {}).get("record", {}).get("uri")
        told += [(quoted.split("/")[2], "quote")] if quoted else []
        told += [(each.did, "reply") for each in itertools.islice(self._above(post), NOTIFIED_HEIGHT)]
        at = min(post.at, post.value["createdAt"])
        for did, reason in {did: (did, reason) for did, reason in reversed(told) if did != post.did}.values():
            self.notifications.setdefault(did, []).append({"uri": post.uri, "reason": reason, "at": at})

    def _above(self, post: Record) -> Iterator[Record]:
        while (uri := post.reply.get("parent", {}).get("uri")) in self.records:
            post = self.records[uri]
            yield post

    def _of(self, did: str, collection: str) -> list[Record]:
        return [r for uri, r in self.records.items() if uri.startswith(f"at://{did}/{collection}/")]

    # -- views ---------------------------------------------------------------------------------------------------

    def _points(self, who: str, collection: str, whom: str) -> str | None:
        return next((r.uri for r in self._of(who, collection) if r.value["subject"] == whom), None)

    def _is_blocked(self, me: str, other: str) -> bool:
        return bool(self._points(me, "app.bsky.graph.block", other) or self._points(other, "app.bsky.graph.block", me))

    def _profile(self, me: str, did: str, *, has_bio: bool = True) -> Json:
        member = self.members[did]
        record = next((r.value for r in self._of(did, "app.bsky.actor.profile")), {})
        viewer: Json = {
            "muted": did in self.members[me].muted,
            "blockedBy": bool(self._points(did, "app.bsky.graph.block", me)),
            "blocking": self._points(me, "app.bsky.graph.block", did),
            "following": self._points(me, "app.bsky.graph.follow", did),
            "followedBy": self._points(did, "app.bsky.graph.follow", me),
        }
        view = {
            "did": did,
            "handle": member.handle,
            "displayName": record.get("displayName"),
            "labels": _labels(record, did),
            "viewer": {key: value for key, value in viewer.items() if value is not None},
        }
        return view | ({"description": record.get("description", "")} if has_bio else {})

    def _post(self, me: str, record: Record) -> Json:
        return {
            "uri": record.uri,
            "cid": record.cid,
            "author": self._profile(me, record.did, has_bio=False),
            "record": record.value,
            "indexedAt": record.at,
            "labels": _labels(record.value, record.did),
        }

    def get_profile(self, me: str, params: Json) -> Json:
        return self._profile(me, params["actor"])

    def get_profiles(self, me: str, params: Json) -> Json:
        assert len(params["actors"]) <= 25
        return {"profiles": [self._profile(me, did) for did in params["actors"] if self.members[did].is_active]}

    def get_author_feed(self, me: str, params: Json) -> Json:
        own = [r for uri, r in self.records.items() if r.did == params["actor"] and "/app.bsky.feed.post/" in uri]
        return {"feed": [{"post": self._post(me, r)} for r in reversed(own)][: int(params["limit"])]}

    def get_posts(self, me: str, params: Json) -> Json:
        assert len(params["uris"]) <= 25
        found = [self.records[uri] for uri in params["uris"] if uri in self.records]
        return {"posts": [self._post(me, r) for r in found if self._is_shown(me, r)]}

    def _is_shown(self, me: str, record: Record) -> bool:
        return self.members[record.did].is_active and not self._is_blocked(me, record.did)

    def list_notifications(self, me: str, params: Json) -> Json:
        member = self.members[me]
        followed_only = params["priority"] == "true" if "priority" in params else member.wants_followed_only
        found = []
        for item in sorted(self.notifications.get(me, []), key=lambda item: item["at"], reverse=True):
            record = self.records.get(item["uri"])
            is_wanted = item["reason"] in params["reasons"] if "reasons" in params else True
            is_before = "cursor" not in params or item["at"] < params["cursor"]
            if record is None or not is_wanted or not is_before or record.did in member.muted:
                continue
            followed = self._points(me, "app.bsky.graph.follow", record.did)
            if self._is_shown(me, record) and (followed or not followed_only):
                author = self._profile(me, record.did)
                read = {"reason": item["reason"], "indexedAt": item["at"], "isRead": True, "author": author}
                found.append(self._post(me, record) | read)
        page, rest = found[: int(params.get("limit", 50))], found[int(params.get("limit", 50)) :]
        return {"notifications": page} | ({"cursor": page[-1]["indexedAt"]} if rest else {})

    def get_post_thread(self, me: str, params: Json) -> Json:
        record = self.records.get(params["uri"])
        if record is None or not self.members[record.did].is_active:
            raise Wrong("NotFound")
        if not self._is_shown(me, record):
            return {"thread": {"$type": "app.bsky.feed.defs#blockedPost", "uri": record.uri, "blocked": True}}
        view = self._thread(me, record)
        return {"thread": view | {"parent": self._parent(me, record)}}

    def _thread(self, me: str, record: Record) -> Json:
        below = [r for r in self.records.values() if r.reply.get("parent", {}).get("uri") == record.uri]
        replies = [
            self._thread(me, each)
            if self._is_shown(me, each)
            else {"$type": "app.bsky.feed.defs#blockedPost", "uri": each.uri}
            for each in reversed(below)
        ]
        return {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self._post(me, record),
            "replies": replies,
        }

    def _parent(self, me: str, record: Record) -> Json | None:
        uri = record.reply.get("parent", {}).get("uri")
        if uri is None:
            return None
        if uri not in self.records:
            return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
        above = self.records[uri]
        view = {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._post(me, above)}
        return view | {"parent": self._parent(me, above)}

    def mute(self, me: str, body: Json) -> Json:
        self.members[me].muted.add(body["actor"])
        return {}

    def put_preferences(self, me: str, body: Json) -> Json:
        self.members[me].wants_followed_only = body["priority"]
        return {}

    # -- private messages ----------------------------------------------------------------------------------------

    def convo_for_members(self, me: str, params: Json) -> Json:
        (other,) = params["members"]
        for convo in self.convos.values():
            if convo.name is None and set(convo.members) == {me, other}:
                return {"convo": self._convo_view(convo)}
        declared = next((r.value for r in self._of(other, "chat.bsky.actor.declaration")), {})
        if declared.get("allowIncoming") != "all" and not self._points(other, "app.bsky.graph.follow", me):
            raise Wrong("NotFollowedBySender")
        return {"convo": self._convo_view(self._new_convo([me, other], None))}

    def _new_convo(self, members: list[str], name: str | None) -> Convo:
        convo = Convo(self.tid(), members, name)
        self.convos[convo.id] = convo
        return convo

    def _convo_view(self, convo: Convo) -> Json:
        kind = "directConvo" if convo.name is None else "groupConvo"
        members = [{"did": did, "handle": self.members[did].handle} for did in convo.members]
        return {"id": convo.id, "members": members, "kind": {"$type": f"{DEFS}#{kind}"}}

    def list_convos(self, me: str, _: Json) -> Json:
        return {"convos": [self._convo_view(convo) for convo in self.convos.values() if me in convo.members]}

    def send_message(self, me: str, body: Json) -> Json:
        convo, message = self.convos[body["convoId"]], body["message"]
        if len(graphemes(message["text"])) > 1000 or len(message["text"].encode()) > 10_000:
            raise Wrong("InvalidRequest")
        view: Json = {
            "$type": f"{DEFS}#messageView",
            "id": self.tid(),
            "rev": self.tid(),
            "sender": {"did": me},
            "sentAt": stamp(datetime.now(UTC)),
            "text": message["text"],
            "facets": message.get("facets", []),
            "reactions": [],
        }
        if answered := message.get("replyTo"):
            view["replyTo"] = next((m for m in convo.messages if m["id"] == answered["messageId"]), None)
            if view["replyTo"] is None:
                raise Wrong("ReplyTargetNotFound")
        if embed := message.get("embed"):
            view["embed"] = {"$type": "app.bsky.embed.record#view", "record": {"uri": embed["record"]["uri"]}}
        convo.messages.append(view)
        return view

    def get_messages(self, me: str, params: Json) -> Json:
        convo = self.convos[params["convoId"]]
        assert me in convo.members
        older = [m for m in convo.messages if m["rev"] < params.get("cursor", "~")][::-1]
        page = older[: int(params["limit"])]
        return {"messages": page} | ({"cursor": page[-1]["rev"]} if len(older) > len(page) else {})

    def add_reaction(self, me: str, body: Json) -> Json:
        message = self._message(body)
        if not any(r["value"] == body["value"] and r["sender"]["did"] == me for r in message["reactions"]):
            at = stamp(datetime.now(UTC))
            message["reactions"].append({"value": body["value"], "sender": {"did": me}, "createdAt": at})
        return {"message": message}

    def remove_reaction(self, me: str, body: Json) -> Json:
        message = self._message(body)
        kept = [r for r in message["reactions"] if r["value"] != body["value"] or r["sender"]["did"] != me]
        message["reactions"] = kept
        return {"message": message}

    def _message(self, body: Json) -> Json:
        return next(m for m in self.convos[body["convoId"]].messages if m["id"] == body["messageId"])

    # -- the side door, as gate.mjs and chat-service.mjs have it ---------------------------------------------------

    def control(self, door: str, body: Json) -> Any:
        match door:
            case "calls":
                return [call for call in self.calls if call["did"] == body.get("did")]
            case "fault":
                fault = {"times": 1, "mode": "answer", **body}
                (self.chat_faults if fault["mode"] == "mutate" else self.faults).append(fault)
            case "reset" | "clear-faults":
                self.faults.clear()
                self.chat_faults.clear()
            case "group":
                return {"convoId": self._new_convo(body["members"], body["name"]).id}
            case "delete-message":
                message = self._message(body)
                message["$type"] = f"{DEFS}#deletedMessageView"
                message["rev"] = self.tid()
                del message["text"]
        return {}

    def fault_for(self, faults: list[Json], nsid: str, did: str | None) -> Json | None:
        for fault in faults:
            if fault["times"] > 0 and fault["nsid"] == nsid and fault.get("did") in {None, did}:
                if fault.get("skip", 0) > 0:
                    fault["skip"] -= 1
                    return None
                fault["times"] -= 1
                return fault
        return None

    def answer(self, nsid: str, claims: Json, payload: Json) -> Json:
        handler = HANDLERS.get(nsid)
        if handler is None:
            raise Wrong("MethodNotImplemented", 501)
        me = str(claims.get("sub", ""))
        if nsid.startswith("chat.") and claims["scope"] == "com.atproto.appPass":
            raise Wrong("InvalidToken")
        answer: Json = handler(self, me, payload | ({"_claims": claims} if "refresh" in nsid else {}))
        fault = self.fault_for(self.chat_faults, nsid, me)
        return _merged(answer, fault["patch"]) if fault else answer


HANDLERS: dict[str, Callable[[Fake, str, Json], Json]] = {
    "com.atproto.server.createAccount": Fake.create_account,
    "com.atproto.server.createSession": Fake.create_session,
    "com.atproto.server.refreshSession": Fake.refresh_session,
    "com.atproto.server.createAppPassword": Fake.create_app_password,
    "com.atproto.server.revokeAppPassword": Fake.revoke_app_password,
    "com.atproto.server.deactivateAccount": Fake.deactivate,
    "com.atproto.server.describeServer": lambda *_: {},
    "com.atproto.identity.updateHandle": Fake.update_handle,
    "com.atproto.repo.createRecord": Fake.put_record,
    "com.atproto.repo.putRecord": Fake.put_record,
    "com.atproto.repo.deleteRecord": Fake.delete_record,
    "com.atproto.repo.getRecord": Fake.get_record,
    "app.bsky.actor.getProfile": Fake.get_profile,
    "app.bsky.actor.getProfiles": Fake.get_profiles,
    "app.bsky.feed.getPosts": Fake.get_posts,
    "app.bsky.feed.getAuthorFeed": Fake.get_author_feed,
    "app.bsky.feed.getPostThread": Fake.get_post_thread,
    "app.bsky.graph.muteActor": Fake.mute,
    "app.bsky.notification.listNotifications": Fake.list_notifications,
    "app.bsky.notification.putPreferences": Fake.put_preferences,
    "app.bsky.notification.updateSeen": lambda *_: {},
    "chat.bsky.convo.getConvoForMembers": Fake.convo_for_members,
    "chat.bsky.convo.listConvos": Fake.list_convos,
    "chat.bsky.convo.sendMessage": Fake.send_message,
    "chat.bsky.convo.getMessages": Fake.get_messages,
    "chat.bsky.convo.addReaction": Fake.add_reaction,
    "chat.bsky.convo.removeReaction": Fake.remove_reaction,
}
MANY = frozenset({"reasons", "uris", "actors", "members"})


@contextlib.contextmanager
def running() -> Iterator[Json]:
    """The addresses of a fresh network, as `stack.running` gives them."""
    fake, lock = Fake(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            self._serve({key: value if key in MANY else value[0] for key, value in query.items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            self._serve(json.loads(body or b"{}"))

        def _serve(self, payload: Json) -> None:
            path = urlsplit(self.path).path
            name = path.rpartition("/")[2]
            with lock:
                if "/_control/" in path:
                    return self._say(200, fake.control(name, payload))
                claims = _claims(self.headers.get("authorization", ""))
                fake.calls.append({"nsid": name, "did": claims.get("sub")})
                fault = fake.fault_for(fake.faults, name, claims.get("sub"))
            if fault and fault["mode"] == "drop-before":
                return self._drop()
            if fault and fault["mode"] == "answer" and {"status", "body", "text"} & fault.keys():
                headers = fault.get("headers", {})
                return self._say(fault.get("status", 200), fault.get("body"), text=fault.get("text"), headers=headers)
            with lock:
                status, answer = self._handled(name, claims, payload)
            if fault and fault["mode"] == "hang":
                time.sleep(HANGS)
            return self._drop() if fault and fault["mode"] in {"drop-after", "hang"} else self._say(status, answer)

        def _handled(self, name: str, claims: Json, payload: Json) -> tuple[int, Json]:
            try:
                return 200, fake.answer(name, claims, payload)
            except Wrong as wrong:
                return wrong.status, {"error": wrong.code, "message": "words that nobody should quote"}

        def _say(self, status: int, body: Any, *, text: str | None = None, headers: Json | None = None) -> None:
            content = (json.dumps(body) if text is None else text).encode()
            self.send_response(status)
            for key, value in {"content-type": "application/json", **(headers or {})}.items():
                self.send_header(key, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _drop(self) -> None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield {"pds": address, "chat": address}
    finally:
        server.shutdown()
        server.server_close()


def _claims(authorization: str) -> Json:
    with contextlib.suppress(ValueError, IndexError):
        payload = authorization.split(".")[1]
        found: Json = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return found
    return {}


def _labels(record: Json, did: str) -> list[Json]:
    return [{"src": did, "val": each["val"]} for each in record.get("labels", {}).get("values", [])]


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _merged(old.get(key), value) for key, value in new.items()}
    return new
