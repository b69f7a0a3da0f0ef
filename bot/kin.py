"""Which accounts are one person: as the owner states it, or as both profiles say of one another.

A profile that names another account proves nothing alone: anybody can write that. Both must.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import regex

from bot.models import Person

MOST_ADDRESSES = 5
_NAME = r"[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?"
_HOST = r"(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}"
AT_HOME = regex.compile(rf"https?://(?P<host>{_HOST})/(?:@|users/)(?P<name>{_NAME})(?![\w@])", regex.IGNORECASE)
"""The profile page of an account that is called name@host."""
BY_DOMAIN = regex.compile(rf"https?://{_HOST}/profile/(?P<handle>{_HOST})(?![\w-])", regex.IGNORECASE)
"""That of one whose whole name is a domain, in whichever app."""
WRITTEN = regex.compile(rf"(?<![\w/.@])@(?P<handle>{_NAME}@{_HOST}|{_HOST})(?![\w@-])", regex.IGNORECASE)
BRIDGE = "brid.gy"
"""What it carries from one network to the other bears its name. https://fed.brid.gy/docs"""


def addresses(bio: str) -> tuple[str, ...]:
    """The accounts that a profile names, as `Account.handle` has them."""
    found = [f"{hit['name']}@{hit['host']}" for hit in AT_HOME.finditer(bio)]
    found += [hit["handle"] for pattern in (BY_DOMAIN, WRITTEN) for hit in pattern.finditer(bio)]
    return tuple(dict.fromkeys(each.casefold() for each in found))[:MOST_ADDRESSES]


def is_bridged(handle: str) -> bool:
    return handle.casefold().endswith((f".{BRIDGE}", f"@{BRIDGE}"))


@dataclass(frozen=True, slots=True)
class Kin:
    """Who is who. Everybody is alone until something says otherwise."""

    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By account, all accounts of the same person; of those who have several."""
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By account, the handles of that person: also of accounts that have not written yet."""

    def of(self, account: str) -> frozenset[str]:
        return self.groups.get(account, frozenset({account}))

    def all_of(self, accounts: Iterable[str]) -> frozenset[str]:
        return frozenset(each for account in accounts for each in self.of(account))

    def are_one(self, one: str, other: str) -> bool:
        return other in self.of(one)

    def handles(self, person: Person) -> frozenset[str]:
        return self.named.get(person.id, frozenset()) | {person.handle.casefold()}

    def once(self, accounts: Iterable[str]) -> list[str]:
        """One account of each person, the first that is named."""
        found: list[str] = []
        for account in accounts:
            if not any(self.are_one(account, each) for each in found):
                found.append(account)
        return found


ALONE = Kin()


def kin(people: Iterable[Person], stated: Collection[Sequence[str]]) -> Kin:
    """`stated`: groups of handles that the owner says are one person."""
    known = {person.handle.casefold(): person for person in people}
    owners_word = [frozenset(handle.casefold() for handle in group) for group in stated]
    one: dict[str, frozenset[str]] = {handle: frozenset({handle}) for handle in known}
    for group in (*owners_word, *_named_by_both(known)):
        whole = frozenset(each for handle in group for each in one.get(handle, {handle}))
        one |= dict.fromkeys(whole, whole)
    several = {known[handle].id: group for handle, group in one.items() if handle in known and len(group) > 1}
    groups = {id_: frozenset(known[each].id for each in group if each in known) for id_, group in several.items()}
    return Kin(groups, several)


def _named_by_both(known: Mapping[str, Person]) -> Iterable[frozenset[str]]:
    for handle, person in known.items():
        for address in person.addresses:
            other = known.get(address)
            if other and handle in other.addresses and other.network != person.network:
                yield frozenset({handle, address})
