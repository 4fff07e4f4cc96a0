"""An observation: what a sweep saw of the live organization, and what it did not look at.

It is data. `observe` fills it and writes nothing; `sweep` acts on it, and `plan` judges it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rootguard.domain.baseline import Acceptance, Placement
from rootguard.domain.drift import Drift, Subject, SubjectKind
from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.domain.reader import AcceptedDocument
from rootguard.incidents.life import Record
from rootguard.ports import LedgerError, OrganizationsError, Root
from rootguard.reconcile.accept import FirstContact


@dataclass(slots=True)
class Observation:
    """What one sweep saw.

    Attributes:
        at: when the sweep began, UTC, to the second: what is written is true of this moment.
        dropped: the policy types that are disabled, or of which not everything is attached again.
        drifts: what differs from the baseline.
        contacts: the targets that were never adopted, with what is attached there.
        arrivals: what is accepted unasked: full access, and what the first round finds.
        documents: the documents of policies that were adopted unread.
        unread: where those policies are accepted, by policy.
        places, left: where pinned accounts are, first seen; and those that left the organization.
        listed: the targets, by policy type, whose policies were listed.
        asked, read, placed: the policies whose targets were listed, those whose content was read, and the
            accounts whose parent was read.
        named: the targets that guardrail.yaml names, and that were listed.
        unlisted, gone: those that could not be listed, and those that do not exist.
        unprotected: the targets that guardrail.yaml does not protect any more.
        gaps: what could not be looked at this time, in words. The next sweep tries again.
        failures: parts that failed, without which a sweep does not count as completed.
    """

    at: datetime
    root: Root
    dropped: set[str] = field(default_factory=set)
    drifts: list[Drift] = field(default_factory=list)
    contacts: list[FirstContact] = field(default_factory=list)
    arrivals: list[tuple[str, str, Acceptance]] = field(default_factory=list)
    documents: list[AcceptedDocument] = field(default_factory=list)
    unread: dict[str, list[str]] = field(default_factory=dict)
    places: list[tuple[str, Placement]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    listed: set[tuple[str, str]] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    placed: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    guarded_policies: set[str] = field(default_factory=set)
    gaps: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    located: list[tuple[str, str, Located]] = field(default_factory=list)
    rounds: dict[str, Round] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    above: dict[str, Above] = field(default_factory=dict)
    coverage: str = ""
    unprotected: list[str] = field(default_factory=list)

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Go on with the rest if a part cannot be looked at now."""
        try:
            yield
        except OrganizationsError as error:
            self.gaps.append(f"{what}: {error}")

    @contextmanager
    def needed(self) -> Iterator[None]:
        """Go on with the rest after a failure without which the sweep does not count as completed."""
        try:
            yield
        except (OrganizationsError, LedgerError) as error:
            self.failures.append(error)

    def drifts_in(self, subject: Subject) -> bool:
        """Tell whether a subject was seen to drift."""
        return any(drift.subject == subject for drift in self.drifts)

    def covers(self, record: Record) -> bool:
        """Tell whether this sweep saw the subject of an incident, so that no drift means that it is over."""
        drift, subject = record.drift, record.drift.subject
        match subject.kind:
            case SubjectKind.ATTACHMENT:
                return self._covers_attachment(drift)
            case SubjectKind.CONTENT:
                return drift.policy_id in self.read or drift.policy_id not in self.guarded_policies
            case SubjectKind.TYPE:
                return drift.policy_type not in self.dropped
            case SubjectKind.PLACEMENT:
                return drift.target_id in self.placed
        return not self.failures

    def _covers_attachment(self, drift: Drift) -> bool:
        policy_type = drift.policy_type or (drift.policy.type if drift.policy else "")
        if drift.target_id in self.gone:
            return True  # Nothing is attached to what does not exist.
        if policy_type in self.dropped:
            return False  # While a type is being restored, nothing that is missing counts.
        if drift.target_id in self.named | self.unlisted:
            types = {kind for target_id, kind in self.listed if target_id == drift.target_id}
            return policy_type in types or (not policy_type and self.root.enabled_types <= types)
        return drift.policy_id in self.asked
