"""Read what was written to the owner, and keep of it what may matter: numbers, and the words of what is open.

    a page of notifications -> consent, gate -> threads -> judgement -> opportunities, people, ledger, cursor

The left part asks the network and writes nothing, the right part is one transaction.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import cold, collaborators, consent, kin, opportunities, people, schedule
from bot.errors import NotFound, Unavailable
from bot.finding.case import Case, exchange
from bot.finding.gate import alike, gate, signature
from bot.finding.scoring import BAR, judge
from bot.models import (
    Event,
    Judgement,
    LedgerEntry,
    NearMiss,
    Notification,
    Opportunity,
    Post,
    Relationship,
    Seen,
    Thread,
)
from bot.networks import Cursor, Inbox, Source
from bot.remember import Written, remember
from bot.shell import Shell, reading

log = logging.getLogger(__name__)

DEEP_EVERY = timedelta(hours=1)
FIRST_LOOK = timedelta(days=7)
"""What is older when the bot first reads is history, not an opportunity: a first run must not flood."""
THREADS_A_TICK = 80
"""Requests that one tick may spend on threads; the rest waits. Servers allow 300 in five minutes, and the first tick
of a day, at the hour of the digest, does everything at once."""
PROMISE_BAR = 0.0
"""What a post must be worth for its promise to be remembered: less than for an item, more than for chat."""
LIKENESS_KEPT = timedelta(days=14)
MOST_COMPARED = 2000
NEAR = BAR / 4
"""From here on a post below the bar was nearly worth a place."""
MOST_NEAR = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A post that may be judged, with what the network says around it."""

    notification: Notification
    thread: Thread
    relationship: Relationship


def gather(shell: Shell, now: datetime, *, before_digest: bool = False) -> None:
    """Every network that may be asked; one that fails sits this tick out, and what it had brought is kept."""
    for source in shell.sources:
        name = reading(source)
        if shell.may_ask(name, now):
            with shell.asking(name, now):
                shell.meet_owner(source)
                deep = before_digest or schedule.is_due(shell.health(name).deep_at, DEEP_EVERY, now)
                _Round(shell, source, now).read(deep=deep)


class _Round:
    """One reading of one network."""

    def __init__(self, shell: Shell, source: Source, now: datetime) -> None:
        self._shell, self._source, self._now = shell, source, now
        self._store = shell.store
        self._tally: Counter[str] = Counter()
        self._lately: list[Seen] = []
        self._copied: dict[str, int] = {}
        self._requests = 0
        self._muted: frozenset[str] = frozenset()
        self._learnt = shell.learnt(now)

    def read(self, *, deep: bool) -> None:
        name = reading(self._source)
        cursor: Cursor = self._store.cursors.get(name) or {}
        is_first, is_deep = self._shell.health(name).read_at is None, deep
        while True:
            inbox = self._source.inbox(cursor, deep=deep)
            self._take_in(inbox, is_first=is_first)
            cursor, deep = inbox.cursor, False
            if inbox.is_complete or self._requests >= THREADS_A_TICK:
                break
        health = self._shell.health(name)
        with self._store.transaction():
            read_deeply_at = self._now if is_deep else health.deep_at
            self._store.health.put(name, replace(health, read_at=self._now, deep_at=read_deeply_at))

    def _take_in(self, inbox: Inbox, *, is_first: bool) -> None:
        self._tally = Counter({"unreadable": inbox.skipped})
        authors = {n.post.author.id: n.post.author for n in inbox.notifications}
        self._shell.meet_people(people.nobody_yet(each, self._source.network, self._now) for each in authors.values())
        self._muted = self._shell.muted()
        self._reasons: dict[str, str] = {}
        self._scores: dict[str, float] = {}
        if self._is_nothing(inbox):
            return
        self._lately, self._copied = self._seen_lately(), {}
        unwilling = [each.id for each in authors.values() if not consent.may_keep(each, self._shell.wishes)]
        wanted = [n for n in inbox.notifications if self._is_wanted(n.post, is_first=is_first)]
        passed = [n for n in wanted if self._passes(n)]
        admitted = self._with_surroundings(passed)
        with self._store.transaction():
            for each in admitted:
                self._weigh(each)
            self._shell.unlearn(*unwilling)
            for post in (n.post for n in wanted):
                self._store.seen.put(post.id, self._as_seen(post))
            self._store.cursors.put(reading(self._source), dict(inbox.cursor))
            self._count()

    def _is_nothing(self, inbox: Inbox) -> bool:
        """As most looks bring: the disk is spared."""
        is_known = self._store.cursors.get(reading(self._source)) == dict(inbox.cursor)
        return is_known and not inbox.notifications and not inbox.skipped

    # -- who and what may be judged: no request so far -----------------------------------------------------------

    def _is_wanted(self, post: Post, *, is_first: bool) -> bool:
        if self._shell.is_ours(post.author) or (is_first and self._now - post.posted_at > FIRST_LOOK):
            return False
        if self._store.seen.get(post.id):
            return False  # a page that was read twice is no new activity
        self._tally["read"] += 1
        if self._store.forgotten.holds(post.author.id) or self._store.forgotten.holds(post.author.handle.casefold()):
            self._tally["forgotten"] += 1
            return False
        refused = consent.refusal(post, self._shell.wishes)
        if refused or post.author.id in self._muted:
            self._tally[refused or "muted"] += 1
            return False
        return True

    def _passes(self, notification: Notification) -> bool:
        alone = Admitted(
            notification=notification, thread=Thread(posts=(notification.post,)), relationship=Relationship()
        )
        reason = gate(self._case(alone))
        if reason:
            self._leave_out(notification.post, reason)
        return reason is None

    def _leave_out(self, post: Post, reason: str) -> None:
        self._tally[reason] += 1
        self._reasons[post.id] = reason

    def _as_seen(self, post: Post) -> Seen:
        return Seen(
            author=post.author.id,
            signature=signature(post.text),
            seen_at=self._now,
            reason=self._reasons.get(post.id, ""),
            score=self._scores.get(post.id),
        )

    # -- what is around it: the requests -------------------------------------------------------------------------

    def _with_surroundings(self, notifications: list[Notification]) -> list[Admitted]:
        authors = sorted({n.post.author.id for n in notifications})
        relationships = self._source.relationships(authors) if authors else {}
        threads: dict[str, Thread] = {}
        admitted = []
        for each in notifications:
            relationship = relationships.get(each.post.author.id, Relationship())
            thread = None if relationship.is_hidden else self._thread(each.post, threads)
            if thread is None:
                self._leave_out(each.post, "hidden" if relationship.is_hidden else "gone")
            else:
                admitted.append(Admitted(notification=each, thread=thread, relationship=relationship))
        return admitted

    def _thread(self, post: Post, known: dict[str, Thread]) -> Thread | None:
        """None when the post is gone. One request for a whole talk: replies side by side share their root's."""
        if post.id in known:
            return known[post.id]
        above = known.get(post.reply_to or "")
        try:
            self._requests += 1
            thread = self._source.thread(above.root if above else post)
            if all(each.id != post.id for each in thread.posts):
                thread = Thread(posts=(*thread.posts, post))
        except NotFound:
            return None
        except Unavailable:
            if not self._shell.health(reading(self._source)).trouble:
                raise
            thread = Thread(posts=(post,))  # it failed last time too: one bad thread must not hold up the rest
        known |= {each.id: thread for each in thread.posts}
        return thread

    # -- what it is worth: one transaction -----------------------------------------------------------------------

    def _weigh(self, admitted: Admitted) -> None:
        case = self._case(admitted)
        if self._is_copy(case.post):
            return
        judged = judge(case, self._shell.read(case))
        mine = opportunities.same(self._store.opportunities.all().values(), case.post, case.thread)
        if isinstance(judged, Judgement):
            is_watched = self._shell.is_watched(case.post.author)
            judged = judged if is_watched else self._learnt.applied(judged, case.author)
            self._scores[case.post.id] = round(judged.score, 2)
            judged = opportunities.lifted(judged) if is_watched else judged
        person = remember(
            Written(shell=self._shell, network=self._source.network, case=case, judged=judged, now=self._now)
        )
        is_item = isinstance(judged, Judgement) and judged.score >= BAR
        self._tally["found"] += is_item or person is not None
        # Of somebody who is told of as a person with this very post it is no item besides.
        if isinstance(judged, Judgement) and is_item and (person is None or opportunities.is_watched(judged)):
            self._open(case, collaborators.of_its_own(judged), mine)
        elif is_item or person:
            self._go_on(case, judged if isinstance(judged, Judgement) else None, mine)
        else:
            self._leave_out(case.post, "below the bar" if isinstance(judged, Judgement) else judged.reason)
            if isinstance(judged, Judgement) and mine is None:
                self._keep_near_miss(case.post, judged)
            self._go_on(case, judged if isinstance(judged, Judgement) else None, mine)

    def _is_copy(self, post: Post) -> bool:
        """It was sent to the other network too, or a bridge carried it: one opportunity, with whatever became of it."""
        alike_ones = opportunities.same_text(self._store.opportunities.all().values(), post)
        first = next((each for each in alike_ones if self._is_carried_over(post, each)), None)
        if first is None:
            return False
        self._leave_out(post, "cross-posted")
        self._shell.keep(opportunities.with_copy(first, self._source.network, post.id))
        return True

    def _is_carried_over(self, post: Post, first: Opportunity) -> bool:
        """From network to network, by its author or by a bridge; a stranger with the same words is another matter."""
        author = self._store.people.get(first.person)
        are_bridged = kin.is_bridged(post.author.handle) or (author is not None and kin.is_bridged(author.handle))
        is_of_one = self._shell.kin.are_one(post.author.id, first.person)
        return first.network != self._source.network or are_bridged or is_of_one

    def _open(self, case: Case, judged: Judgement, mine: Opportunity | None) -> None:
        if not consent.may_quote(case.post, self._shell.wishes):
            judged = replace(judged, gist="")
        found = opportunities.opportunity(
            case.post,
            case.thread,
            judged,
            ident=mine.id if mine else self._store.new_opportunity_id(),
            network=self._source.network,
            owners=case.owners,
            now=max(self._now, case.post.posted_at),  # a clock of 1970 must not make it look ages old
            signature=signature(case.post.text),
        )
        self._shell.keep(replace(found, promise=cold.carried_on(self._shell, mine, case, is_worth_it=True)))
        self._store.record(
            LedgerEntry(
                at=self._now, event=Event.FOUND, cause=f"tick {self._now:%Y-%m-%d %H:%M:%S}", opportunity=found.id
            )
        )

    def _keep_near_miss(self, post: Post, judged: Judgement) -> None:
        """Of the nearest where it is, for the weekly review."""
        if judged.score < NEAR or not consent.may_quote(post, self._shell.wishes):
            return
        network, author = self._source.network, post.author.id
        miss = NearMiss(network=network, author=author, link=post.link, score=judged.score, seen_at=self._now)
        self._store.near.put(post.id, miss)
        ranked = sorted(self._store.near.all().items(), key=lambda row: -row[1].score)
        self._store.near.remove(*(ident for ident, _ in ranked[MOST_NEAR:]))

    def _go_on(self, case: Case, judged: Judgement | None, mine: Opportunity | None) -> None:
        """What is no item of its own may go on with one, or promise something."""
        is_worth_it = judged is not None and judged.score >= PROMISE_BAR
        promise = cold.carried_on(self._shell, mine, case, is_worth_it=is_worth_it)
        if mine:
            stands = exchange(case.thread, case.author, case.owners)
            self._shell.keep(replace(mine, exchange=stands, promise=promise))
        elif promise and consent.may_keep(case.post.author, self._shell.wishes):
            self._shell.keep(
                cold.filed(
                    self._shell,
                    self._source,
                    promise,
                    post=case.post,
                    thread=case.thread,
                    judgement=judged,
                    now=self._now,
                )
            )

    def _case(self, admitted: Admitted) -> Case:
        return self._shell.case(
            admitted.notification.post,
            admitted.thread,
            admitted.relationship,
            kind=admitted.notification.kind,
            copies=self._copies(admitted.notification.post),
            now=self._now,
        )

    def _seen_lately(self) -> list[Seen]:
        """The newest: in an hour of ten thousand mentions each is not compared with all of them."""
        newest = list(self._store.seen.all().values())[-MOST_COMPARED:]
        return [each for each in newest if self._now - each.seen_at < LIKENESS_KEPT]

    def _copies(self, post: Post) -> int:
        """How many others sent nearly this text lately."""
        if post.id not in self._copied:
            own, theirs = signature(post.text), self._shell.kin.of(post.author.id)
            others = (each for each in self._lately if each.author not in theirs)
            self._copied[post.id] = len({each.author for each in others if alike(each.signature, own)})
        return self._copied[post.id]

    def _count(self) -> None:
        today = f"{self._now.astimezone(self._shell.config.owner.timezone):%Y-%m-%d}"
        for key in (today, "digest"):
            self._store.tallies.put(key, dict(Counter(self._store.tallies.get(key) or {}) + self._tally))
