"""Everything that may go wrong and that somebody can act on.

BotError
├─ ConfigError            the owner's file is wrong: one line, exit 2
├─ StoreError             the state is unreadable, newer, or locked: stop, never overwrite
├─ OpinionError           no second opinion is to be had: the order stands as it is
└─ NetworkError(network)  caught once, in app.py: that network sits this tick out
   ├─ Unavailable         time-out, 5xx, an answer that makes no sense
   ├─ RateLimited         asked to wait, until `retry_at` when the server said so
   ├─ Unauthorized        the key is refused: tell the owner once by the other way, stop polling
   ├─ NotFound            the post is gone: drop the item, not the network
   ├─ Rejected            this message was not accepted, and sending it again will not help
   └─ Exposed             the message would reach, or has reached, somebody else: delete, halt, alarm

Callers choose by class or attribute, never by reading the message. What is not here is a bug and crashes.
"""

from __future__ import annotations

from datetime import datetime


class BotError(Exception):
    """The text is one line for the owner: what is wrong and what to do."""


class ConfigError(BotError):
    pass


class StoreError(BotError):
    pass


class OpinionError(BotError):
    """Holds no word of a post or of an answer."""


class NetworkError(BotError):
    """`maybe_done` is true when a request that changes something may have been carried out all the same."""

    def __init__(self, network: str, what: str, *, maybe_done: bool = False) -> None:
        super().__init__(f"{network}: {what}")
        self.network = network
        self.maybe_done = maybe_done


class Unavailable(NetworkError):
    pass


class RateLimited(NetworkError):
    def __init__(self, network: str, what: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(network, what)
        self.retry_at = retry_at


class Unauthorized(NetworkError):
    pass


class NotFound(NetworkError):
    pass


class Rejected(NetworkError):
    pass


class Exposed(NetworkError):
    pass
