"""An observation: what a sweep saw of the live organization, and what it did not look at.

It is data. `observe` fills it and writes nothing; `sweep` acts on it, and `plan` judges it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rootguard.domain.baseline import Acceptance, Placement
from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift, SubjectKind
from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.domain.reader import AcceptedDocument
from rootguard.incidents.life import Record
from rootguard.ports import Inventory, LedgerError, OrganizationsError, Root
from rootguard.reconcile.reader import Sources

_KEEP_SECONDS: Final = 20.0
"""What is left of an invocation to act on what was seen."""


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What one target held when it was first seen: the policies of the types that were not adopted yet.

    Attributes:
        policies: id → type, as they were listed.
        at: when they were listed, UTC.
    """

    target_id: str
    protection: str
    types: frozenset[str]
    policies: Mapping[str, str]
    at: datetime


@dataclass(slots=True)
class Observation:
    """What one sweep starts from, and what it saw.

    Attributes:
        records: the incidents that are suspected or open.
        at: when the sweep began, UTC, to the second: what is written is true of this moment.
        restored: the policy types whose attachments are put back.
        seconds_left: how long the invocation may still run.
        root, baseline, turns: the root, all that may be attached (target → policy → since when), and how far
            the rounds have come; read before anything is compared.
        dropped: the policy types that are disabled, or of which not everything is attached again.
        drifts: what differs from the baseline.
        gaps: what could not be looked at this time, in words. The next sweep tries again.
        failures: parts that failed, without which a sweep does not count as completed.

    What was seen for the first time:
        contacts: the targets that were never adopted, with what is attached there.
        arrivals: what is accepted unasked: full access, and what the first round finds.
        documents: the documents of policies that were adopted unread.
        unread: where those policies are accepted, by policy.
        places, left: where pinned accounts are, first seen; and those that left the organization.

    What was looked at:
        listed: the targets, by policy type, whose policies were listed.
        asked, read, placed: the policies whose targets were listed, those whose content was read, and the
            accounts whose parent was read.
        guarded: the policies that are accepted, or were found, where a protection holds.
        named: the targets that guardrail.yaml names, and that were listed.
        unlisted, gone: those that could not be listed, and those that do not exist.

    What the inventory keeps:
        located, rounds, listings, above, coverage: as they are now.
        unprotected: the targets that guardrail.yaml does not protect any more.
    """

    sources: Sources
    inventory: Inventory
    records: tuple[Record, ...]
    at: datetime
    restored: frozenset[str] = frozenset()
    seconds_left: Callable[[], float] = lambda: 60.0

    root: Root = field(init=False)
    baseline: Mapping[str, Mapping[str, Acceptance]] = field(init=False)
    turns: Mapping[str, Round] = field(init=False)
    dropped: set[str] = field(default_factory=set)
    drifts: list[Drift] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

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
    guarded: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    unlisted: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

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

    def has_time(self) -> bool:
        """Tell whether there is time for another call."""
        return self.seconds_left() > _KEEP_SECONDS

    def drifted(self, kind: ChangeKind, policy_id: str, target_id: str, policy_type: str) -> None:
        """Note that a policy is not where it belongs, or is where it does not."""
        self.drifts.append(Drift(kind, self.at, policy_id, target_id, policy_type))

    def suspected(self, kind: SubjectKind, policy_type: str = "") -> frozenset[str]:
        """Return the policies of the incidents about a kind of subject: a sweep looks at them first.

        If a policy type is given, only those that are known to be of it.
        """
        drifts = [record.drift for record in self.records if record.drift.subject.kind is kind]
        return frozenset(d.policy_id for d in drifts if not policy_type or policy_type in _types(d))

    def covers(self, drift: Drift) -> bool:
        """Tell whether this sweep saw the subject of an incident, so that no drift means that it is over."""
        match drift.subject.kind:
            case SubjectKind.ATTACHMENT:
                return self._covers_attachment(drift)
            case SubjectKind.CONTENT:
                return drift.policy_id in self.read or drift.policy_id not in self.guarded
            case SubjectKind.TYPE:
                return drift.policy_type not in self.dropped
            case SubjectKind.PLACEMENT:
                return drift.target_id in self.placed
        return not self.failures

    def _covers_attachment(self, drift: Drift) -> bool:
        policy_type = drift.policy_type or _types(drift)[1]
        if drift.target_id in self.gone:
            return True  # Nothing is attached to what does not exist.
        if policy_type in self.dropped:
            return False  # While a type is being restored, nothing that is missing counts.
        if drift.target_id in self.named | self.unlisted:
            types = {kind for target_id, kind in self.listed if target_id == drift.target_id}
            return policy_type in types or (not policy_type and self.root.enabled_types <= types)
        return drift.policy_id in self.asked


def _types(drift: Drift) -> tuple[str, str]:
    return drift.policy_type, drift.policy.type if drift.policy else ""
