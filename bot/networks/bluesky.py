"""Bluesky: read as the owner, write to the owner from the bot's account, by chat.bsky.convo.

    listNotifications -> inbox        getPostThread -> thread        getConvoForMembers, sendMessage -> send
    getProfiles -> relationships      getPosts -> posts              getMessages -> heard, sent

Records and views: `bluesky_entities`; sessions, requests and errors: `bluesky_api`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from itertools import batched, islice
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from bot.credentials import Secret
from bot.errors import Exposed, NetworkError, NotFound, Rejected, Unavailable
from bot.models import Account as Person
from bot.models import DirectMessage, Notification, Post, Relationship, SentMessage, Thread
from bot.networks import Connection, Cursor, Finding, Heard, Inbox
from bot.networks.bluesky_api import Account, Refused
from bot.networks.bluesky_entities import (
    NETWORK,
    REASONS,
    author_of,
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
    to_time,
)
from bot.text import graphemes
