"""One account: its session, and raw requests through the SDK's client. Whatever fails leaves here as our own error.

    a request -> ExpiredToken -> refreshSession -> (refused) -> createSession -> (refused) -> Unauthorized
                     once             once                          a few times a day, counted on disk

The session is renewed when the server says that it has expired, never by the clock of this machine: a clock that is
two hours fast would renew it before every request. Nothing is sent twice unless the server said that it refused it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from atproto import Client, Session, exceptions, models
from pydantic import BaseModel, SecretStr

from bot.errors import Exposed, NetworkError, RateLimited, StoreError, Unauthorized, Unavailable
from bot.networks.bluesky_entities import NETWORK, text
from bot.networks.bluesky_http import OF_ITSELF, Door
from bot.networks.http import Forbidden, unreached

TIMEOUT = 20.0
"""Seconds. A PDS waits 10 for the chat service; less than that here would make more answers unknown."""
LOGINS_AN_HOUR, LOGINS_A_DAY = 5, 20
"""bsky.social refuses after 30 in 5 minutes or 300 a day, for all of an account's apps together."""
HOUR, DAY = 3600.0, 86400.0

BAD_REQUEST, TOO_MANY, SERVER_ERROR = 400, 429, 500
UNUSABLE = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})
"""The session is over, whatever the clock says: another one may do."""
HOPELESS = frozenset({"AccountTakedown", "AccountDeactivated", "AuthFactorTokenRequired"})

Json = dict[str, Any]


class Refused(Unavailable):
    """The server understood and will not, now; `code` is the protocol's name for why. Nothing was done."""

    def __init__(self, nsid: str, status: int, code: str) -> None:
        self.says = f"{nsid} was refused ({status} {code or 'without a reason'})"
        super().__init__(NETWORK, self.says)
        self.status = status
        self.code = code


class Kept(BaseModel):
    """What of an account is kept between runs, in a file that only its owner can read."""

    login: str = ""
    salt: str = ""
    mark: str = ""
    """Of the password, one-way: a new password has other rights, so it must not go on with the old session."""
    session: str = ""
    name: str = ""
    logins: list[float] = []


class Login:
    """Asks as one account. It can write private messages, signs on them, and what the account says of itself.

    Only where it `writes`: the owner's account reads, and its door lets nothing else out.
    """

    def __init__(self, service: str, handle: str, password: SecretStr, path: Path, *, writes: bool = False) -> None:
        self._service = service
        self._handle = handle
        self._password = password
        self._path = path
        self._session: Session | None = None
        self._kept: Kept | None = None
        self._was_invalid = False
        self._writes = writes

    @cached_property
    def _door(self) -> Door:
        return Door(self._service, TIMEOUT, writes=self._writes)

    @cached_property
    def _client(self) -> Any:
        return Client(base_url=self._service, request=self._door)

    # -- who this is ---------------------------------------------------------------------------------------------

    @property
    def did(self) -> str:
        return str(self._open().did)

    @property
    def handle(self) -> str:
        return str(self._open().handle)

    @property
    def name(self) -> str:
        """As its profile had it when it last logged in: one request then, none since."""
        kept = self.kept
        if not kept.name:
            profile = self.ask("app.bsky.actor.getProfile", actor=self.did)
            kept.name = str(profile.get("displayName") or self.handle.partition(".")[0])
            self._save()
        return kept.name

    def holds_main_password(self) -> bool:
        """Whether it logged in with the account's own password, as the session says."""
        with contextlib.suppress(ValueError, IndexError, AttributeError):
            payload = str(self._open().access_jwt).split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            return bool(claims.get("scope") == "com.atproto.access")
        return False

    def clock(self) -> datetime | None:
        """What time the server thinks it is."""
        answer = self._invoke("com.atproto.server.describeServer", {"params": models.dot_dict.DotDict({})})
        with contextlib.suppress(KeyError, ValueError, TypeError):
            return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
        return None

    # -- requests ------------------------------------------------------------------------------------------------

    def ask(self, nsid: str, *, to: str | None = None, **params: Any) -> Json:
        """Read. `to`: the service that the PDS shall pass it on to."""
        return self._request(nsid, models.dot_dict.DotDict(params), to=to, writes=False)

    def send_message(self, to: str, convo: str, message: Mapping[str, Any]) -> Json:
        body = models.dot_dict.DotDict({"convoId": convo, "message": dict(message)})
        return self._request("chat.bsky.convo.sendMessage", body, to=to, writes=True)

    def add_reaction(self, to: str, convo: str, message: str, sign: str) -> Json:
        """The service takes it as often as it is put, and keeps one."""
        body = models.dot_dict.DotDict({"convoId": convo, "messageId": message, "value": sign})
        return self._request("chat.bsky.convo.addReaction", body, to=to, writes=True)

    def describe_itself(self, kind: str, record: Mapping[str, Any], *, instead_of: str | None) -> None:
        """What an account says of itself, and no other record; refused when it is not `instead_of` any more."""
        if kind not in OF_ITSELF:
            raise ValueError(f"{kind} says nothing of the account")
        body = {"repo": self.did, "collection": kind, "rkey": "self", "record": dict(record), "swapRecord": instead_of}
        self._request("com.atproto.repo.putRecord", models.dot_dict.DotDict(body), to=None, writes=True)

    def _request(self, nsid: str, payload: Any, *, to: str | None, writes: bool) -> Json:
        self._open()
        try:
            return self._once(nsid, payload, to=to, writes=writes)
        except Refused as refused:
            if not self._may_renew(refused):
                raise self._as_it_concerns(refused, to=to) from refused
            self._renew()
        try:
            return self._once(nsid, payload, to=to, writes=writes)
        except Refused as refused:
            raise self._as_it_concerns(refused, to=to) from refused

    def _may_renew(self, refused: Refused) -> bool:
        """Not for ever: what lacks the right to read messages is also called an InvalidToken, renewed or not."""
        if refused.code == "InvalidToken" and self._was_invalid:
            return False
        self._was_invalid = self._was_invalid or refused.code == "InvalidToken"
        return refused.code in UNUSABLE

    def _as_it_concerns(self, refused: Refused, *, to: str | None) -> NetworkError:
        if to and refused.code == "InvalidToken":
            what = f"the app password of {self._handle} has no access to direct messages: make one that has"
            return Unauthorized(NETWORK, what)
        if refused.code in HOPELESS or refused.code in UNUSABLE - {"ExpiredToken"}:
            return Unauthorized(NETWORK, f"{self._handle} is refused ({refused.code})")
        return refused  # expired although just renewed: the server's clock is wrong

    def _once(self, nsid: str, payload: Any, *, to: str | None, writes: bool) -> Json:
        options: Json = {"headers": {"atproto-proxy": to} if to else {}}
        if writes:
            options |= {"data": payload, "input_encoding": "application/json"}
        else:
            options["params"] = payload
        return self._content(nsid, self._invoke(nsid, options, proxied=bool(to), writes=writes), writes=writes)

    def _invoke(self, nsid: str, options: Json, *, proxied: bool = False, writes: bool = False) -> Any:
        call = self._client.invoke_query if "params" in options else self._client.invoke_procedure
        try:
            return call(nsid, ignore_session_check=True, **options)  # else the SDK goes by the local clock
        except Forbidden as refusal:
            raise Exposed(NETWORK, str(refusal)) from refusal
        except FAILURES as error:
            raise problem(error, nsid, proxied=proxied, writes=writes) from error

    def _content(self, nsid: str, answer: Any, *, writes: bool = False) -> Json:
        if not isinstance(answer.content, dict):
            raise Unavailable(NETWORK, f"{nsid} answered something that is no object", maybe_done=writes)
        content: Json = answer.content
        return content

    # -- the session ---------------------------------------------------------------------------------------------

    @property
    def kept(self) -> Kept:
        if self._kept is None:
            self._kept = self._load()
        return self._kept

    def _open(self) -> Session:
        if self._session is None:
            with contextlib.suppress(ValueError):  # a damaged one is as good as none
                self._use(self.kept.session)
        return self._session or self._log_in()

    def _use(self, session: str) -> None:
        """Raises ValueError where it cannot be used."""
        decoded = Session.decode(session)
        self._door.admit(str(decoded.pds_endpoint))
        self._client.login(session_string=session, fetch_bsky_profile=False)
        self._session = decoded

    def _renew(self) -> None:
        """Within two hours the server answers the same again, so a crash before it is saved loses nothing."""
        old = self._open()
        nsid = "com.atproto.server.refreshSession"
        try:
            new = self._content(nsid, self._invoke(nsid, {"headers": {"Authorization": f"Bearer {old.refresh_jwt}"}}))
        except Refused as refused:
            if not refused.code:
                raise
            self._log_in()
            return
        access, refresh = text(new, "accessJwt"), text(new, "refreshJwt")
        if not access or not refresh:
            raise Unavailable(NETWORK, f"{nsid} answered no session")
        self._keep(Session(text(new, "handle") or old.handle, old.did, access, refresh, old.pds_endpoint))

    def _log_in(self) -> Session:
        self._count_login()
        try:
            self._client.login(self._handle, self._password.get_secret_value(), fetch_bsky_profile=False)
            session = Session.decode(self._client.export_session_string())
        except Forbidden as refusal:
            raise Exposed(NETWORK, str(refusal)) from refusal
        except FAILURES as error:
            # Not "from error": what the SDK says about an answer that it cannot read holds the answer, keys and all.
            trouble = problem(error, "com.atproto.server.createSession", proxied=False, writes=False)
            if isinstance(trouble, Refused) and trouble.code:
                what = f"{self._handle} cannot log in ({trouble.code}): check the handle and the app password"
                raise Unauthorized(NETWORK, what) from None
            raise trouble from None
        self._meet_home(session)
        self.kept.name = ""
        self._keep(session)
        return session

    def _meet_home(self, session: Session) -> None:
        """The server of the account, which the log-in names; no key goes to one without TLS."""
        try:
            self._door.admit(str(session.pds_endpoint))
        except ValueError as error:
            self._client.update_base_url(self._service)
            raise Unavailable(NETWORK, f"{self._service} names a server without TLS as the account's home") from error

    def _count_login(self) -> None:
        """Before the attempt and on disk, so that not even a loop of crashes can lock the account out."""
        now = time.time()
        lately = [at for at in self.kept.logins if now - DAY < at <= now]
        last_hour = [at for at in lately if at > now - HOUR]
        if len(last_hour) >= LOGINS_AN_HOUR or len(lately) >= LOGINS_A_DAY:
            again = last_hour[0] + HOUR if len(last_hour) >= LOGINS_AN_HOUR else lately[0] + DAY
            what = f"{self._handle} has logged in too often lately"
            raise RateLimited(NETWORK, what, retry_at=datetime.fromtimestamp(again, UTC))
        self.kept.logins = [*lately, now]
        self._save()

    def _keep(self, session: Session) -> None:
        self.kept.session = session.export()
        self._save()
        self._use(self.kept.session)

    def _load(self) -> Kept:
        login = f"{self._handle} at {self._service}"
        try:
            kept = Kept.model_validate_json(self._path.read_bytes())
            is_ours = kept.login == login and kept.mark == _mark(self._password, kept.salt)
        except (OSError, ValueError):
            return self._new(login, logins=[])
        return kept if is_ours else self._new(login, logins=kept.logins if kept.login == login else [])

    def _new(self, login: str, logins: list[float]) -> Kept:
        salt = secrets.token_hex(16)
        return Kept(login=login, salt=salt, mark=_mark(self._password, salt), logins=logins)

    def _save(self) -> None:
        """Whole or not at all, and never readable by others, not even for a moment."""
        aside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside.unlink(missing_ok=True)
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
                file.write(self.kept.model_dump_json())
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written ({error.strerror})") from error


def _mark(password: SecretStr, salt: str) -> str:
    secret = password.get_secret_value().encode()
    return hashlib.scrypt(secret, salt=salt.encode(), n=2**12, r=8, p=1).hex()


FAILURES = (exceptions.AtProtocolError, httpx.HTTPError, httpx.InvalidURL, ValueError, OSError, RecursionError)
"""All that was seen to come out of the SDK: some of httpx's errors unwrapped, and ValueError for broken JSON."""
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


def problem(error: BaseException, nsid: str, *, proxied: bool, writes: bool) -> NetworkError:
    """Our error, by what is known: refused, surely not done, or unclear. It quotes no words of the server."""
    answer = error.response if isinstance(error, exceptions.RequestErrorBase) else None
    if answer is None:
        cause = error.__cause__ or error
        left = not isinstance(cause, NEVER_LEFT)
        return Unavailable(NETWORK, unreached(error), maybe_done=writes and left)
    status = answer.status_code
    if isinstance(error, exceptions.RateLimitExceededError) or status == TOO_MANY:
        return RateLimited(NETWORK, f"{nsid} came too often", retry_at=None if proxied else _retry_at(error))
    code = str(getattr(answer.content, "error", None) or "")
    if BAD_REQUEST <= status < SERVER_ERROR:  # with no code from a wall before the server, "403 Forbidden" in HTML
        return Refused(nsid, status, code if code.isalnum() else "")
    return Unavailable(NETWORK, f"{nsid} answered {status}", maybe_done=writes)


def _retry_at(error: BaseException) -> datetime | None:
    """Only for what the PDS itself limits: behind it, the headers speak of its own limits and not of the service's."""
    if not isinstance(error, exceptions.RateLimitExceededError):
        return None
    if (seconds := error.retry_after) is not None:
        return datetime.fromtimestamp(time.time() + seconds, UTC)
    with contextlib.suppress(ValueError, OverflowError, OSError):
        reset: datetime | None = error.reset_at
        return reset
    return None
