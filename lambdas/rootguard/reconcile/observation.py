"""An observation: what a sweep saw of the live organization, and what it did not look at.

It is data. `observe` fills it and writes nothing; `sweep` acts on it, and `plan` judges it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rootguard.domain.baseline import Acceptance, Placement
from rootguard.domain.drift import ChangeKind, Drift, SubjectKind
from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.domain.reader import AcceptedDocument
from rootguard.incidents.life import Record
from rootguard.ports import LedgerError, OrganizationsError, Root
from rootguard.reconcile.reader import Sources

_KEEP_SECONDS: Final = 20.0
"""What is left of an invocation to act on what was seen."""


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What one target held when it was first seen: the policies of the types that were not adopted yet."""

    target_id: str
    protection: str
    types: frozenset[str]
    policies: Mapping[str, str]  # id → type, as they were listed
    at: datetime  # when they were listed, UTC


class Observation:
    """What one sweep starts from, and what it saw.

    Args:
        sources: where facts come from.
        at: when the sweep began, UTC, to the second: what is written is true of this moment.
        restored: the policy types whose attachments are put back if someone disables them.
    """

    root: Root
    records: tuple[Record, ...]  # the incidents that are suspected or open
    baseline: Mapping[str, Mapping[str, Acceptance]]  # target → policy → what is accepted there
    turns: Mapping[str, Round]  # how far the rounds had come

    def __init__(self, sources: Sources, at: datetime, restored: frozenset[str] = frozenset()) -> None:
        self.sources, self.at, self.restored = sources, at, restored
        self.drifts: list[Drift] = []
        self.gaps: list[str] = []  # what could not be looked at, in words: the next sweep tries again
        self.failures: list[Exception] = []  # with one, a sweep does not count as completed

        # What was looked at.
        self.dropped: set[str] = set()  # types that are disabled, or not all attached again
        self.listed: dict[str, set[str]] = {}  # the types that were listed, by each target of guardrail.yaml
        self.named: set[str] = set()  # those of which all types were listed
        self.gone: set[str] = set()  # those that do not exist
        self.asked: set[str] = set()  # policies whose targets were listed
        self.read: set[str] = set()  # policies whose content was read
        self.guarded: set[str] = set()  # policies that are accepted, or were found, where a protection holds
        self.placed: set[str] = set()  # accounts whose parent was read

        # What was never seen before.
        self.contacts: list[FirstContact] = []
        self.arrivals: list[tuple[str, str, Acceptance]] = []  # accepted unasked: policy, target, since when
        self.documents: list[AcceptedDocument] = []  # of policies that were adopted unread
        self.unread: dict[str, list[str]] = {}  # where those are accepted
        self.places: list[tuple[str, Placement]] = []  # where pinned accounts are
        self.left: list[str] = []  # pinned accounts that left the organization

        # What the next sweeps go on from.
        self.located: list[tuple[str, str, Located]] = []  # type, policy, where it is attached
        self.rounds: dict[str, Round] = {}
        self.listings: dict[str, Listing] = {}
        self.above: dict[str, Above] = {}
        self.coverage = ""
        self.unprotected: list[str] = []  # what guardrail.yaml does not protect any more

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
        return self.sources.seconds_left() > _KEEP_SECONDS

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
        if drift.target_id in self.listed:
            types = self.listed[drift.target_id]
            return policy_type in types or (not policy_type and self.root.enabled_types <= types)
        return drift.policy_id in self.asked


def _types(drift: Drift) -> tuple[str, str]:
    return drift.policy_type, drift.policy.type if drift.policy else ""
