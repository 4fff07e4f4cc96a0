"""An observation: what a sweep saw of the live organization, and what it did not look at.

It is data. `observe` makes it and writes nothing; `sweep` acts on it, and `plan` judges it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Placement
from rootguard.domain.drift import ChangeKind, Drift, SubjectKind
from rootguard.domain.inventory import Above, Round
from rootguard.domain.policy import full_access_of
from rootguard.incidents.life import Record
from rootguard.ports import Ledger, LedgerError, OrganizationsError, OutboxError, Root
from rootguard.reconcile.reader import Sources


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What one target held when it was first seen."""

    target_id: str
    policies: Mapping[str, str]  # id → type, as they were listed
    protection: str = ""  # the name of its own; empty for what was found below one
    types: frozenset[str] = frozenset()  # those of which these are all policies that were attached


@dataclass(slots=True)
class Observation:
    """What one sweep starts from, and what it saw."""

    sources: Sources
    restored: frozenset[str]  # the policy types whose attachments are put back if someone disables them
    at: datetime  # when the sweep began, UTC, to the second: what is written is true of this moment
    records: tuple[Record, ...]  # the incidents that are suspected or open
    root: Root
    baseline: Mapping[str, Mapping[str, Acceptance]]  # target → policy → what is accepted there
    last_rounds: Mapping[str, Round]  # how far the rounds had come
    named: frozenset[str]  # the targets that guardrail.yaml names

    drifts: list[Drift] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)  # what could not be looked at: the next sweep tries again
    failures: list[Exception] = field(default_factory=list)  # with one, the sweep is not completed

    # What was looked at.
    dropped: set[str] = field(default_factory=set)  # types that are disabled, or not all attached again
    listed: dict[str, set[str]] = field(default_factory=dict)  # the types that were listed, by named target
    gone: set[str] = field(default_factory=set)  # named targets that do not exist
    asked: set[str] = field(default_factory=set)  # policies whose targets were listed
    read: set[str] = field(default_factory=set)  # policies whose content, and accounts whose parent, was read
    guarded: set[str] = field(default_factory=set)  # policies accepted, or found, where a protection holds

    # What was never seen before.
    contacts: list[FirstContact] = field(default_factory=list)
    arrivals: dict[str, dict[str, str]] = field(default_factory=dict)  # others: target → policy → type
    full_access: list[tuple[str, str]] = field(default_factory=list)  # target, type: attached since
    documents: list[AcceptedDocument] = field(default_factory=list)  # of policies that were adopted unread
    places: dict[str, Placement | None] = field(default_factory=dict)  # pinned accounts; None: it left

    # What the next sweeps go on from.
    to_keep: list[Callable[[Ledger], None]] = field(default_factory=list)  # each keeps one thing seen
    above: dict[str, Above] = field(default_factory=dict)  # as this sweep read it
    rounds: dict[str, Round] = field(default_factory=dict)
    coverage: str = ""  # which places guardrail.yaml protects, if that is news
    unprotected: list[str] = field(default_factory=list)  # what it does not protect any more

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Go on with the rest if a part cannot be looked at now."""
        try:
            yield
        except OrganizationsError as error:
            self.gaps.append(f"{what}: {error}")

    @contextmanager
    def needed(self, what: str) -> Iterator[None]:
        """Go on with the rest after a failure without which the sweep counts as completed."""
        try:
            yield
        except (OrganizationsError, LedgerError, OutboxError) as error:
            self.sources.telemetry.warn(what, error=str(error))
            self.failures.append(error)

    def next_in(self, name: str, ids: Collection[str], count: int) -> tuple[str, ...]:
        """Return the ids that are next in a round, so many of them; the next sweep goes on after them."""
        before = self.last_rounds.get(name, Round())
        chosen = before.order(ids)[:count]
        if chosen:
            self.rounds[name] = before.passed(chosen[-1], ids)
        return chosen

    def compare(self, seen: Drift, allowed: Collection[str], *, accepted: bool) -> None:
        """Note a policy that is attached, or is not, as it was seen, unless it belongs so."""
        is_attached = seen.kind is ChangeKind.ATTACHED
        may_be_there = seen.policy_id in allowed or full_access_of(seen.policy_id)
        # While a type is being restored, what is missing is on its way.
        is_fine = may_be_there if is_attached else seen.policy_type in self.dropped
        if is_attached != accepted and not is_fine:
            self.drifts.append(seen)

    def suspected(self, kind: SubjectKind) -> set[tuple[str, str]]:
        """Return the policies of the incidents about a kind of subject, and their types if they are known."""
        drifts = (record.drift for record in self.records)
        return {(drift.policy_id, _type_of(drift)) for drift in drifts if drift.subject.kind is kind}

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
                return drift.target_id in self.read
        return not self.failures

    def _covers_attachment(self, drift: Drift) -> bool:
        policy_type = _type_of(drift)
        if drift.target_id in self.gone:
            return True  # Nothing is attached to what does not exist.
        if policy_type in self.dropped:
            return False  # While a type is being restored, nothing that is missing counts.
        if drift.target_id in self.listed:
            types = self.listed[drift.target_id]
            return policy_type in types or (not policy_type and self.root.enabled_types <= types)
        return drift.policy_id in self.asked


def _type_of(drift: Drift) -> str:
    return drift.policy_type or (drift.policy.type if drift.policy else "")
