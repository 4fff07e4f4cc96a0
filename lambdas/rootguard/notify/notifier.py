"""From a notice to a page that people see once: claim it, look things up, put it into words, publish.

The guard sends each notice at least once, and SQS delivers it at least once. The claim in the ledger makes it
one page. If the ledger does not answer, the page goes out all the same: twice is better than never.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol, TypeVar

from rootguard.domain.drift import ChangeKind
from rootguard.domain.json_data import from_fields
from rootguard.domain.policy import Policy, is_root_id
from rootguard.domain.reader import UnreadableError
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import WAKING, About, Notice
from rootguard.notify.layouts import topic as layout
from rootguard.notify.page import Page
from rootguard.notify.story import Around, Reach, Story
from rootguard.notify.words import adoption, exceptions, incidents
from rootguard.notify.words.adoption import Adoption
from rootguard.notify.words.exceptions import Exempted
from rootguard.ports import LedgerError, Telemetry

_FOR_A_CALL: Final = 9.0
"""Seconds that must be left for one read: it takes five at most, and the page has to go out after it."""
_FOR_COUNTING: Final = 14.0
"""Seconds that must be left to count accounts: no read begins after five, and the last one takes five."""
_ON_THE_POLICY: Final = (ChangeKind.DETACHED, ChangeKind.UPDATED)
"""By hand, these are undone by a command that needs the policy to exist."""

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
    # The member accounts at or below a target. No call begins after five seconds.
    def reach(self, target_id: str) -> Reach: ...


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
        reach = self._read(lambda: self.directory.reach(target_id), _FOR_COUNTING) if counted else None
        return Around(name, found[0] if found else None, found == (None,), reach or Reach())

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
class Notifier:
    """Publishes notices."""

    claims: Claims
    enrichment: Enrichment
    publish: Publish  # to the topic of all that people must see
    close: Publish | None  # to the topic for what is over; None if nobody listens there
    runbooks: str  # what leads to the runbooks: the start of a URL, or of a path in the repository
    telemetry: Telemetry
    clock: Callable[[], datetime]

    def notify(self, body: str) -> None:
        """Publish what one message of the queue says, once. Raises KeyError and others for what is no notice.

        Whatever it raises, the claim is given back: the next attempt must be free to publish.
        """
        notice = Notice.from_json(json.loads(body))
        key, publish = notice.key, self.publish if notice.stage in WAKING else self.close
        if publish is None:
            self.telemetry.log("nobody listens", key=key)
            return
        unclaimed = "published without a claim: the ledger does not answer"
        if not self._marked(lambda: self.claims.claim(key, self.clock()), unclaimed):
            self.telemetry.log("published by another", key=key)
            return
        try:
            for subject, message in self._messages(notice, self.enrichment.organization()):
                publish(subject, message)
        except Exception:
            self._marked(lambda: self.claims.release(key), "the claim cannot be given back")
            raise
        self._marked(lambda: self.claims.paged(key, self.clock()), "nobody knows that it is published")
        self.telemetry.log("published", key=key, about=notice.about.value, stage=notice.stage.value)

    def _marked(self, mark: Callable[[], bool | None], otherwise: str) -> bool:
        """Write a mark; False if someone else has written theirs. Without it, the worst is a second page."""
        try:
            return mark() is not False
        except LedgerError as error:
            self.telemetry.warn(otherwise, error=str(error))
            return True

    def _messages(self, notice: Notice, organization: str) -> Iterator[tuple[str, str]]:
        """Yield subject and message; several if so many targets were adopted that one is too large."""
        page = self._page(notice).with_runbook(self.runbooks).of(organization)
        subject, targets = layout.subject(page, organization), notice.data.get("targets", ())
        message = layout.message(notice, page, organization)
        if layout.fits(message):
            yield subject, message
        elif middle := len(targets) // 2:
            for half in (targets[:middle], targets[middle:]):
                part = replace(notice, data={**notice.data, "targets": half})
                yield from self._messages(part, organization)
        else:
            notice = replace(notice, data={"left_out": "it is too large"})
            yield subject, layout.message(notice, replace(page, statements=()), organization)

    def _page(self, notice: Notice) -> Page:
        """Return the page of a notice. Raises KeyError, TypeError, ValueError for what is none."""
        data = notice.data
        match notice.about:
            case About.INCIDENT:
                is_waking, incident = notice.stage in WAKING, Incident.from_json(data)
                around = self.enrichment.around(incident, count=is_waking)
                closed_at = None if is_waking else datetime.fromisoformat(data["closed_at"])
                return incidents.page(Story(incident, notice.stage, around, closed_at))
            case About.ADOPTION:
                return adoption.page(Adoption.from_json(data))
            case About.EXCEPTION:
                exempted = from_fields(Exempted, data, policy=None)
                seen = exempted.drift.policy if exempted.drift else None
                policy = seen or self.enrichment.policy(exempted.permit.policy_id)
                return exceptions.page(replace(exempted, policy=policy))
