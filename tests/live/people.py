"""The people of the stories: accounts on the stack, each with a client that is not the bot's and not its SDK."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx

Json = dict[str, Any]
CHAT = "did:web:api.bsky.chat#bsky_chat"


class Refused(Exception):
    """An answer that is no success: `status` and the protocol's `name` of the error."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(f"{status} {name}")
        self.status = status
        self.name = name


@dataclass(frozen=True)
class Written:
    """A post as its author knows it."""

    uri: str
    cid: str
    root: Json

    @property
    def ref(self) -> Json:
        return {"uri": self.uri, "cid": self.cid}

    @property
    def rkey(self) -> str:
        return self.uri.rsplit("/", 1)[-1]


class Network:
    """The running stack: makes people, waits until everything is indexed, and does harm on request."""

    def __init__(self, addresses: Json) -> None:
        self.pds: str = addresses["pds"]
        self.chat: str = addresses["chat"]
        self._http = httpx.Client(timeout=60, trust_env=False)
        self._numbers = itertools.count(1)
        self._run = secrets.token_hex(2)

    def person(self, name: str) -> Person:
        handle, password = f"{name[:8]}-{self._run}{next(self._numbers)}.test", secrets.token_hex(8)
        account = {"handle": handle, "email": f"{handle}@mail.invalid", "password": password}
        session = self.xrpc("com.atproto.server.createAccount", body=account)
        return Person(self, handle, session["did"], password, session["accessJwt"])

    def settle(self) -> None:
        """Returns when everything written so far can be read by everybody."""
        self._door(self.pds, "settle")

    def fault(self, nsid: str, who: Person | None, **fault: Any) -> None:
        """The next request of this kind by this person goes wrong at the PDS; see gate.mjs. Logging in is nobody's."""
        self._door(self.pds, "fault", nsid=nsid, **({"did": who.did} if who else {}), **fault)

    def chat_fault(self, nsid: str, who: Person, **fault: Any) -> None:
        """The same, behind the PDS: at the chat service; see chat-service.mjs."""
        self._door(self.chat, "fault", nsid=nsid, did=who.did, **fault)

    def chat_door(self, door: str, /, **body: Any) -> Json:
        answer: Json = self._door(self.chat, door, **body)
        return answer

    def clear_faults(self) -> None:
        self._door(self.pds, "reset")
        self._door(self.chat, "clear-faults")

    def calls(self, who: Person) -> list[str]:
        """What this person has asked the PDS since the beginning, oldest first."""
        return [call["nsid"] for call in self._door(self.pds, "calls", did=who.did)]

    def xrpc(self, nsid: str, *, params: Json | None = None, body: Any = None, headers: Json | None = None) -> Json:
        url = f"{self.pds}/xrpc/{nsid}"
        if body is None:
            answer = self._http.get(url, params=params, headers=headers)
        else:
            answer = self._http.post(url, json=body, headers=headers)
        if answer.is_success:
            parsed: Json = answer.json() if answer.content else {}
            return parsed
        raise Refused(answer.status_code, answer.json().get("error", ""))

    def _door(self, base: str, door: str, /, **body: Any) -> Any:
        answer = self._http.post(f"{base}/_control/{door}", json=body)
        answer.raise_for_status()
        return answer.json()


@dataclass
class Person:
    network: Network = field(repr=False)
    handle: str
    did: str
    password: str = field(repr=False)
    token: str = field(repr=False)

    # -- with the network -----------------------------------------------------------------------------------------

    def asks(self, nsid: str, *, chat: bool = False, **params: Any) -> Json:
        return self.network.xrpc(nsid, params=params, headers=self._headers(chat))

    def does(self, nsid: str, *, chat: bool = False, **body: Any) -> Json:
        return self.network.xrpc(nsid, body=body, headers=self._headers(chat))

    def _headers(self, chat: bool) -> Json:
        return {"authorization": f"Bearer {self.token}"} | ({"atproto-proxy": CHAT} if chat else {})

    def app_password(self, *, with_messages: bool = False, name: str = "") -> str:
        label = name or ("dm" if with_messages else "plain")
        made = self.does("com.atproto.server.createAppPassword", name=label, privileged=with_messages)
        return str(made["password"])

    def logged_in_with(self, secret: str) -> Person:
        """The same person, with the rights of this app password."""
        account = {"identifier": self.handle, "password": secret}
        session = self.network.xrpc("com.atproto.server.createSession", body=account)
        return replace(self, password=secret, token=session["accessJwt"])

    def record(self, collection: str, record: Json, *, rkey: str | None = None) -> Json:
        where: Json = {"repo": self.did, "collection": collection}
        record = {"$type": collection, "createdAt": now(), **record}
        if rkey is None:
            return self.does("com.atproto.repo.createRecord", **where, record=record, validate=False)
        return self.does("com.atproto.repo.putRecord", **where, rkey=rkey, record=record, validate=False)

    def erases(self, collection: str, rkey: str) -> None:
        self.does("com.atproto.repo.deleteRecord", repo=self.did, collection=collection, rkey=rkey)

    # -- in public ------------------------------------------------------------------------------------------------

    def posts(
        self,
        text: str,
        *,
        to: Written | None = None,
        quoting: Written | None = None,
        naming: Person | None = None,
        **record: Any,
    ) -> Written:
        """A post; `naming` adds a mention of that person at its start, `to` makes it a reply."""
        body: Json = {"text": text, "langs": ["en"]}
        if naming:
            name = f"@{naming.handle}"
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": naming.did}
            body["text"] = f"{name} {text}"
            body["facets"] = [{"index": {"byteStart": 0, "byteEnd": len(name)}, "features": [feature]}]
        if to:
            body["reply"] = {"root": to.root, "parent": to.ref}
        if quoting:
            body["embed"] = {"$type": "app.bsky.embed.record", "record": quoting.ref}
        made = self.record("app.bsky.feed.post", body | record)
        return Written(made["uri"], made["cid"], to.root if to else {"uri": made["uri"], "cid": made["cid"]})

    def edits(self, post: Written, text: str) -> None:
        old = self.asks("com.atproto.repo.getRecord", repo=self.did, collection="app.bsky.feed.post", rkey=post.rkey)
        self.record("app.bsky.feed.post", old["value"] | {"text": text}, rkey=post.rkey)

    def deletes(self, post: Written) -> None:
        self.erases("app.bsky.feed.post", post.rkey)

    def describes(self, *, name: str = "", bio: str = "", labels: tuple[str, ...] = ()) -> None:
        values = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": label} for label in labels]}
        profile = {"displayName": name, "description": bio, "labels": values}
        self.record("app.bsky.actor.profile", profile, rkey="self")

    def follows(self, whom: Person) -> str:
        made = self.record("app.bsky.graph.follow", {"subject": whom.did})
        return str(made["uri"]).rsplit("/", 1)[-1]

    def unfollows(self, rkey: str) -> None:
        self.erases("app.bsky.graph.follow", rkey)

    def blocks(self, whom: Person) -> str:
        return str(self.record("app.bsky.graph.block", {"subject": whom.did})["uri"]).rsplit("/", 1)[-1]

    def mutes(self, whom: Person) -> None:
        self.does("app.bsky.graph.muteActor", actor=whom.did)

    def revokes(self, name: str) -> None:
        """The app password made under this name."""
        self.does("com.atproto.server.revokeAppPassword", name=name)

    def reads_notifications(self) -> None:
        """In the app of the network itself, which marks them as seen."""
        self.does("app.bsky.notification.updateSeen", seenAt=now())

    def wants_notifications_from_followed_only(self) -> None:
        self.does("app.bsky.notification.putPreferences", priority=True)

    def renames(self) -> str:
        """Takes another handle; the new one."""
        self.handle = f"new-{self.handle}"
        self.does("com.atproto.identity.updateHandle", handle=self.handle)
        return self.handle

    def says_of_itself(self, kind: str) -> Json:
        record: Json = self.asks("com.atproto.repo.getRecord", repo=self.did, collection=kind, rkey="self")["value"]
        return record

    def leaves(self) -> None:
        self.does("com.atproto.server.deactivateAccount")

    def accepts_messages_from(self, whom: str) -> None:
        self.record("chat.bsky.actor.declaration", {"allowIncoming": whom}, rkey="self")

    # -- in private -----------------------------------------------------------------------------------------------

    def convo(self, other: Person) -> str:
        answer = self.asks("chat.bsky.convo.getConvoForMembers", chat=True, members=[other.did])
        return str(answer["convo"]["id"])

    def tells(self, other: Person, text: str, *, answering: str | None = None) -> str:
        """A private message; its id."""
        message: Json = {"text": text} | ({"replyTo": {"messageId": answering}} if answering else {})
        sent = self.does("chat.bsky.convo.sendMessage", chat=True, convoId=self.convo(other), message=message)
        return str(sent["id"])

    def reacts(self, other: Person, message: str, emoji: str) -> None:
        self.does("chat.bsky.convo.addReaction", chat=True, convoId=self.convo(other), messageId=message, value=emoji)

    def takes_back(self, other: Person, message: str, emoji: str) -> None:
        convo = self.convo(other)
        self.does("chat.bsky.convo.removeReaction", chat=True, convoId=convo, messageId=message, value=emoji)

    def messages(self, other: Person) -> list[Json]:
        """All of the conversation, oldest first."""
        found: list[Json] = []
        cursor: Json = {}
        while True:
            where = {"convoId": self.convo(other), "limit": 100, **cursor}
            page = self.asks("chat.bsky.convo.getMessages", chat=True, **where)
            found += page["messages"]
            if "cursor" not in page:
                return found[::-1]
            cursor = {"cursor": page["cursor"]}

    def texts(self, other: Person) -> list[str]:
        return [message["text"] for message in self.messages(other) if "text" in message]


def now() -> str:
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def within(seconds: float, is_so: Callable[[], Any]) -> Any:
    """What `is_so` returns once it is true."""
    deadline = time.monotonic() + seconds
    while not (result := is_so()):
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.02)
    return result
