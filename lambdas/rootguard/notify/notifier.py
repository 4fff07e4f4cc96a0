"""From a notice to a page that people see once: claim it, look things up, put it into words, publish.

The guard sends each notice at least once, and SQS delivers it at least once. The claim in the ledger makes it
one page. If the ledger does not answer, the page goes out all the same: twice is better than never.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.json_data import from_fields
from rootguard.domain.policy import Policy, is_root_id
from rootguard.domain.reader import UnreadableError
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import WAKING, About, Notice, Stage
from rootguard.notify import subscribers
from rootguard.notify.layouts import topic as layout
from rootguard.notify.page import Page
from rootguard.notify.story import Around, Reach, Story
from rootguard.notify.words import (
    adoption,
    digest,
    exceptions,
    incidents,
    isolation,
    rehearsal,
    subscriptions,
    test,
    written,
)
from rootguard.notify.words.adoption import Adoption
from rootguard.notify.words.exceptions import Exempted
from rootguard.notify.words.subscriptions import Check
from rootguard.ports import LedgerError, OutboxError, Telemetry

_FOR_A_CALL: Final = 9.0
"""Seconds that must be left for one read: it takes five at most, and the page has to go out after it."""
_FOR_COUNTING: Final = 14.0
"""Seconds that must be left to count accounts: no read begins after five, and the last one takes five."""
_ON_THE_POLICY: Final = (ChangeKind.DETACHED, ChangeKind.UPDATED)
"""By hand, these are undone by a command that needs the policy to exist."""

MOST_ALONE: Final = 2
"""The most incidents and exceptions of one invocation that get a page each."""
_UNCONFIRMED: Final = timedelta(hours=48)

_Found = TypeVar("_Found")
Publish = Callable[[str, str], None]
"""Takes a subject and a message with `MessageStructure=json`. Raises OutboxError if SNS does not take it."""


class Claims(Protocol):
    """Who publishes a notice. Each method raises LedgerError.

    A claim ends by itself before SQS delivers its notice again, so that one whose holder died is not lost.
    """

    def claim(self, key: str, now: datetime) -> bool: ...  # False if another holds it, or has published it
    def paged(self, key: str, now: datetime) -> None: ...  # it is published: nobody can claim it any more
    def release(self, key: str) -> None: ...


class Directory(Protocol):
    """Reads of the organization that only people need. Each raises UnreadableError, after one attempt."""

    def target_name(self, target_id: str) -> str | None: ...
    def policy(self, policy_id: str) -> Policy | None: ...  # as it is now; None if it does not exist
    def organization(self) -> str: ...  # its id
    def resource_policy(self) -> str: ...  # its text; empty if there is none
    # The member accounts at or below any of these targets. No call begins after five seconds.
    def reach(self, *target_ids: str) -> Reach: ...


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What is looked up for people: names, and how many accounts are reached. No page waits long for it."""

    directory: Directory
    seconds_left: Callable[[], float]  # how long the invocation may still run
    telemetry: Telemetry
    name: str = ""  # what people call the organization; empty for its id

    def organization(self) -> str:
        """Return the organization's name, or else its id; empty if that cannot be read."""
        return self.name or self._read(self.directory.organization) or ""

    def around(self, incident: Incident, *, count: bool = True) -> Around:
        """Return what is known around an incident; `count` says whether to count the accounts it reaches."""
        drift, result = incident.drift, incident.result
        target_id = "" if drift.kind is ChangeKind.UNIT_DELETED else incident.target_id
        has_name = target_id and not is_root_id(target_id)
        name = self._read(lambda: self.directory.target_name(target_id)) if has_name else None
        is_named = drift.policy is not None and drift.policy.name and drift.policy.type
        is_undone = result in (Result.UNDONE, Result.ALREADY_UNDONE, Result.REFUSED)
        by_command = drift.kind in _ON_THE_POLICY and not is_undone
        read = drift.policy_id and drift.kind is not ChangeKind.DELETED and (by_command or not is_named)
        found = self._read(lambda: (self.directory.policy(drift.policy_id),)) if read else None
        counted = count and target_id and result is not Result.REFUSED
        targets = (target_id, *incident.verdict.also)
        reach = self._read(lambda: self.directory.reach(*targets), _FOR_COUNTING) if counted else None
        delegates = drift.kind is ChangeKind.RESOURCE_POLICY_PUT and result is not Result.REFUSED
        written = self._read(self.directory.resource_policy) if delegates else None
        return Around(name, found[0] if found else None, found == (None,), reach or Reach(), written)

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy; None if it cannot be read, or does not exist."""
        return self._read(lambda: self.directory.policy(policy_id)) if policy_id else None

    def _read(self, read: Callable[[], _Found], seconds: float = _FOR_A_CALL) -> _Found | None:
        if self.seconds_left() < seconds:
            self.telemetry.warn("no time is left to look things up for the page")
            return None
        try:
            return read()
        except UnreadableError as error:
            self.telemetry.warn("the page goes out with less", error=str(error))
            return None


@dataclass(frozen=True, slots=True)
class Held:
    """A notice that this invocation has claimed, and its page."""

    notice: Notice
    page: Page
    publish: Publish  # to its topic
    message_id: str = ""  # of the queue's message that brought it
    is_unheard: bool = False  # whether it is announced again, since nobody is subscribed yet


@dataclass(frozen=True, slots=True)
class Notifier:
    """Publishes the notices of one invocation: each is claimed and put into words first, then all go out."""

    claims: Claims
    enrichment: Enrichment
    publish: Publish  # to the topic of all that people must see
    close: Publish | None  # to the topic for what is over; None if nobody listens there
    runbooks: str  # what leads to the runbooks: the start of a URL, or of a path in the repository
    telemetry: Telemetry
    clock: Callable[[], datetime]
    subscribed: Callable[[], Sequence[Mapping[str, Any]]]  # as SNS lists them. Raises OutboxError
    later: Callable[[Notice], None]  # has a notice come again. Raises OutboxError
    together: int = 1  # how many notices came to this invocation
    held: list[Held] = field(default_factory=list)

    def hold(self, body: str, message_id: str) -> None:
        """Claim and word what one message says. Raises KeyError and others for what is no notice.

        Whatever it raises, the claim is given back: the next attempt must be free to publish.
        """
        notice, page = Notice.from_json(json.loads(body)), None
        if notice.about is About.SUBSCRIPTIONS:
            page = self._check(Check.from_json(notice.data))
            if page is None:
                return
            notice = replace(notice, key=f"{page.about}: {page.title}")  # once a day
        publish = self.publish if notice.stage in WAKING else self.close
        if publish is None:
            self.telemetry.log("nobody listens", key=notice.key)
            return
        unclaimed = "published without a claim: the ledger does not answer"
        if any(each.notice.key == notice.key for each in self.held):
            return  # The claim is this invocation's own, so it would be given once more.
        if not self._marked(lambda: self.claims.claim(notice.key, self.clock()), unclaimed):
            self.telemetry.log("published by another", key=notice.key)
            return
        try:
            page = page or self._page(notice)
            self.held.append(Held(notice, page, publish, message_id, self._is_unheard(notice)))
        except Exception:
            self._released(notice)
            raise

    def publish_held(self) -> list[str]:
        """Publish what is held; what came in a burst as one page.

        Returns the ids of the messages that have to come again: SNS did not take their page. Their claims are
        given back. They keep no other page back.
        """
        organization = self.enrichment.organization() if self.held else ""
        failed: list[str] = []
        for held, parts in _digested(self.held):
            done = self._released if held.is_unheard else self._paged
            try:
                for subject, message in self._messages(held, organization):
                    held.publish(subject, message)
                if held.is_unheard:
                    self.later(held.notice)
            except OutboxError as error:
                self.telemetry.warn("not published", key=held.notice.key, error=str(error))
                failed += [part.message_id for part in parts]
                done = self._released
            for part in parts:
                done(part.notice)
        return failed

    def _is_unheard(self, notice: Notice) -> bool:
        """Tell whether this was first contact, and nobody has confirmed a subscription yet.

        SNS waits 48 hours for that ("Email notifications", Amazon SNS Developer Guide), and so does this.
        """
        if notice.about is not About.ADOPTION:
            return False
        is_early = self.clock() - datetime.fromisoformat(notice.data["at"]) < _UNCONFIRMED
        try:
            return is_early and not subscribers.is_anyone_there(self.subscribed())
        except OutboxError as error:
            self.telemetry.warn("nobody knows who is subscribed", error=str(error))
            return False

    def _paged(self, notice: Notice) -> None:
        self._marked(lambda: self.claims.paged(notice.key, self.clock()), "nobody knows that it is published")
        self.telemetry.log("published", key=notice.key, about=notice.about.value, stage=notice.stage.value)

    def _released(self, notice: Notice) -> None:
        self._marked(lambda: self.claims.release(notice.key), "the claim cannot be given back")

    def _marked(self, mark: Callable[[], bool | None], otherwise: str) -> bool:
        """Write a mark; False if someone else has written theirs. Without it, the worst is a second page."""
        try:
            return mark() is not False
        except LedgerError as error:
            self.telemetry.warn(otherwise, error=str(error))
            return True

    def _messages(self, held: Held, organization: str) -> Iterator[tuple[str, str]]:
        """Yield subject and message; several if so many targets were adopted that one is too large."""
        notice, page = held.notice, held.page.with_runbook(self.runbooks).of(organization)
        subject, targets = layout.subject(page, organization), notice.data.get("targets", ())
        message = layout.message(notice, page, organization)
        if layout.fits(message):
            yield subject, message
        elif middle := len(targets) // 2:
            for half in (targets[:middle], targets[middle:]):
                part = replace(notice, data={**notice.data, "targets": half})
                half_page = adoption.page(Adoption.from_json(part.data))
                yield from self._messages(replace(held, notice=part, page=half_page), organization)
        else:
            notice = replace(notice, data={"left_out": "it is too large"})
            yield subject, layout.message(notice, replace(page, statements=()), organization)

    def _page(self, notice: Notice) -> Page:
        """Return the page of a notice. Raises KeyError, TypeError, ValueError for what is none."""
        data = notice.data
        match notice.about:
            case About.INCIDENT:
                is_waking, incident = notice.stage in WAKING, Incident.from_json(data)
                if notice.stage is Stage.REHEARSED:
                    return rehearsal.line(incident)
                # Counting takes seconds, and those of a burst wait for each other.
                counts = is_waking and self.together <= MOST_ALONE
                around = self.enrichment.around(incident, count=counts)
                closed_at = None if is_waking else datetime.fromisoformat(data["closed_at"])
                return incidents.page(Story(incident, notice.stage, around, closed_at))
            case About.ADOPTION:
                return adoption.page(Adoption.from_json(data))
            case About.EXCEPTION:
                exempted = from_fields(Exempted, data, policy=None)
                seen = exempted.drift.policy if exempted.drift else None
                policy = seen or self.enrichment.policy(exempted.permit.policy_id)
                return exceptions.page(replace(exempted, policy=policy))
            case About.WRITTEN:
                return written.page(Drift.from_json(data))
            case About.TEST:
                return test.page(notice.key, from_fields(test.Test, data))
            case About.ISOLATION:
                return isolation.page(isolation.Isolation.from_json(data), notice.key)
            case About.REHEARSAL:
                return rehearsal.page(rehearsal.Ended.from_json(data))
        raise ValueError(f"nobody sends a notice about {notice.about}")

    def _check(self, check: Check) -> Page | None:
        """Return the page of those who get no pages; None if all of them do."""
        found = subscribers.subscribers(check.expected, self.subscribed())
        for each in found:
            if each.state is subscribers.State.CONFIRMED:
                self.telemetry.count("Subscribers")
        return subscriptions.page(check, found)


def _digested(held: Sequence[Held]) -> Iterator[tuple[Held, Sequence[Held]]]:
    """Yield what is published, and of what: incidents and exceptions of a burst become one page."""
    together = [
        each
        for each in held
        if each.notice.stage in WAKING and each.notice.about in (About.INCIDENT, About.EXCEPTION)
    ]
    if len(together) > MOST_ALONE:
        keys = [each.notice.key for each in together]
        digested = Notice(f"digest/{keys[0]}", About.DIGEST, Stage.FOUND, {"keys": keys})
        page = digest.page([each.page for each in together])
        yield Held(digested, page, together[0].publish), together
        held = [each for each in held if each not in together]
    for each in held:
        yield each, [each]
