"""What the server holds. Names as in https://docs.joinmastodon.org/entities/."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Visibility = Literal["public", "unlisted", "private", "direct"]


@dataclass(frozen=True, kw_only=True)
class Software:
    """How servers differ, where it matters to the bot."""

    version: str = "4.5.2"
    ids: Literal["snowflake", "ulid", "small", "flake"] = "snowflake"
    max_characters: int = 500
    url_length: int = 23
    counts_code_points: bool = False
    too_long: int = 422
    """What it answers to a text that is."""
    states_api_versions: bool = True
    """As Mastodon does; by it a client knows how the server counts, and what its addresses are."""
    is_hosted_elsewhere: bool = False
    """Its `domain` is that of the host; what stands behind the second @ of its people is `account_domain`."""
    is_idempotent: bool = True
    knows_allowed_mentions: bool = True
    knows_include_filtered: bool = True
    filters_private_mentions: bool = True
    replies_reach_the_author: bool = True
    """Of the post that is answered, named or not."""
    filters_by_account: bool = True
    lists_direct_posts: bool = True
    """Among an account's own, to itself."""
    relationships_all_or_none: bool = False
    turns_pages_round: bool = False
    """Oldest first when asked by `min_id`."""
    notifications_a_page: int = 80
    statuses_a_page: int = 40
    lacks: frozenset[str] = frozenset()
    """Endpoints that it does not know: "GET /api/v2/instance"."""


MASTODON = Software()
GOTOSOCIAL = Software(
    version="0.20.2+git-1",
    ids="ulid",
    max_characters=5000,
    url_length=25,
    counts_code_points=True,
    states_api_versions=False,
    is_hosted_elsewhere=True,
    is_idempotent=False,
    knows_allowed_mentions=False,
    knows_include_filtered=False,
    filters_private_mentions=False,
    notifications_a_page=20,
    # Nobody measured what it lacks; a client that finds out by asking does not mind.
    lacks=frozenset({"GET /api/v2/notifications/policy", "GET /api/v1/statuses"}),
)

TAKAHE = Software(
    version="takahe/0.11.0",
    counts_code_points=True,
    too_long=400,
    states_api_versions=False,
    is_idempotent=False,
    knows_allowed_mentions=False,
    knows_include_filtered=False,
    filters_private_mentions=False,
    filters_by_account=False,
    lists_direct_posts=False,
    relationships_all_or_none=True,
    turns_pages_round=True,
    notifications_a_page=40,
    lacks=frozenset({"GET /api/v2/notifications/policy", "GET /api/v1/statuses"}),
)
PLEROMA = Software(
    version="2.7.2 (compatible; Pleroma 2.9.1)",
    ids="flake",
    max_characters=5000,
    counts_code_points=True,
    knows_allowed_mentions=False,
    knows_include_filtered=False,
    filters_private_mentions=False,
    notifications_a_page=40,
    lacks=frozenset({"GET /api/v2/notifications/policy"}),
)


@dataclass(kw_only=True, eq=False)
class Account:
    id: str
    username: str
    domain: str
    is_local: bool
    shown: Json = field(default_factory=dict)
    """Put over what the API would show: `bot`, `followers_count`, `noindex`."""

    @property
    def acct(self) -> str:
        return self.username if self.is_local else f"{self.username}@{self.domain}"

    @property
    def url(self) -> str:
        return f"https://{self.domain}/@{self.username}"


@dataclass(kw_only=True, eq=False)
class Status:
    author: Account
    text: str
    at: datetime
    mentions: tuple[Account, ...]
    visibility: str = "public"
    warning: str = ""
    language: str | None = None
    parent: Status | None = None
    quoted: Status | None = None
    shown: Json = field(default_factory=dict)
    """Put over what the API would show: `content`, `url`, `favourites_count`."""
    id: str = ""
    """Given when it arrives."""
    answers: Account | None = None
    """Stays when the parent is deleted."""
    edited_at: datetime | None = None
    is_deleted: bool = False

    @property
    def url(self) -> str:
        return str(self.shown.get("url", f"{self.author.url}/{self.id}"))

    @property
    def uri(self) -> str:
        home = f"https://{self.author.domain}/users/{self.author.username}"
        return str(self.shown.get("uri", f"{home}/statuses/{self.id}"))

    @property
    def ancestors(self) -> list[Status]:
        """Nearest first."""
        return [self.parent, *self.parent.ancestors] if self.parent else []


@dataclass(kw_only=True, eq=False)
class Notification:
    id: str
    type: str
    at: datetime
    to: Account
    by: Account
    status: Status | None
    is_filtered: bool = False


@dataclass(kw_only=True)
class Token:
    account: Account | None
    scopes: str
    is_revoked: bool = False


@dataclass(kw_only=True)
class App:
    name: str
    secret: str
    scopes: str
    redirect_uri: str
    codes: dict[str, tuple[Account, str]] = field(default_factory=dict)
    """What was said yes to, and not yet turned into a token: by whom, for which scopes."""
