"""The lazy reader: the ledger first, then Organizations; each fact is read when a rule asks, and once.

What an event needs of the ledger comes in one round trip, and the exceptions beside it:

    BatchGetItem (the event, the target, the policy, the fight) ─┐
                                                                 ├─▶ decide
    Query (exceptions for the policy on the target) ─────────────┘

A ledger that does not answer costs one short wait. The guard then goes on as one that remembers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Thread
from typing import Generic, TypeVar

from rootguard.domain.baseline import Acceptance, Placement, TargetBaseline
from rootguard.domain.change import ATTACHMENTS, ChangeKind
from rootguard.domain.drift import Drift, Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.guardrail import Guardrail, is_named
from rootguard.domain.ids import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from rootguard.domain.policy import Policy
from rootguard.domain.reader import AcceptedDocument, UnreadableError
from rootguard.ports import (
    EventMark,
    Exceptions,
    LedgerError,
    LedgerReader,
    OrganizationsReader,
    Recall,
    TargetGoneError,
    Telemetry,
)

_T = TypeVar("_T")
_NO_DOCUMENTS: Mapping[str, AcceptedDocument] = {}
_LOCKING_FIRST = (SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where facts come from, for one invocation.

    Attributes:
        own_roles: the ARNs of Rootguard's own roles that write in Organizations.
        clock: returns the time, UTC.
        policies: the policies that were read in this invocation, as they are now.
        patient: whether to try again while AWS is busy. A sweep does not: the next one is soon.
    """

    guardrail: Guardrail
    organizations: OrganizationsReader
    ledger: LedgerReader
    exceptions: Exceptions
    telemetry: Telemetry
    own_roles: frozenset[str]
    clock: Callable[[], datetime]
    policies: dict[str, Policy | None] = field(default_factory=dict)
    patient: bool = True

    def policy(self, policy_id: str, *, patient: bool = True) -> Policy | None:
        """Return a policy as it is now, read once an invocation. Raises OrganizationsError."""
        if policy_id not in self.policies:
            self.policies[policy_id] = self.organizations.policy(policy_id, patient=patient and self.patient)
        return self.policies[policy_id]


class LazyReader:
    """`domain.reader.Reader` for one drift.

    Args:
        sources: where facts come from.
        drift: what is judged.
    """

    def __init__(self, sources: Sources, drift: Drift) -> None:
        self._sources = sources
        self._drift = drift
        self._now = sources.clock()
        self._recalled: Recall | None = None
        self._remembers = True
        self._permits: dict[tuple[str, str], tuple[Permit, ...]] = {}
        self._attached: dict[tuple[str, str], Mapping[str, str]] = {}
        self._targets: dict[str, frozenset[str]] = {}
        self._ancestors: dict[str, Sequence[str]] = {}
        self._types: dict[tuple[str, str], str | None] = {}

    @property
    def now(self) -> datetime:
        """The time when the invocation took this up, UTC."""
        return self._now

    @property
    def own_roles(self) -> frozenset[str]:
        """Rootguard's own roles."""
        return self._sources.own_roles

    @property
    def root_id(self) -> str | None:
        """Not known without a read. The guard sees events of its own organization alone."""
        return None

    @property
    def remembers(self) -> bool:
        """Whether the ledger answers."""
        _ = self._recall
        return self._remembers

    @property
    def mark(self) -> EventMark | None:
        """What came of this event before; None if it is new, or if nobody knows."""
        return self._recall.event

    # The ledger

    def is_adopted(self, target_id: str, policy_type: str) -> bool:
        """Tell whether what is attached to a target was accepted before; True if nobody knows."""
        recall = self._recall
        if not self._remembers:
            return True
        adopted = recall.adopted
        if target_id != self._drift.target_id:
            adopted = self._ask(partial(self._sources.ledger.adopted, target_id), recall.adopted)
        if policy_type in adopted.types:
            return True
        if is_named(target_id, self._sources.guardrail):
            return False
        # Below a protected target: after the first round, what was not found there had full access alone.
        turn = recall.rounds.get(policy_type)
        return turn is not None and turn.complete

    def acceptance(self, policy_id: str, target_id: str) -> Acceptance | None:
        """Return what was last accepted about a policy on a target."""
        recall = self._recall
        if (policy_id, target_id) == (self._drift.policy_id, self._drift.target_id):
            return recall.acceptance
        return self._ask(partial(self._sources.ledger.acceptance, policy_id, target_id), None)

    def accepted_on(self, target_id: str) -> Mapping[str, Acceptance]:
        """Return all policies that may be attached to a target."""
        return self._ask(partial(self._sources.ledger.adopted, target_id), TargetBaseline()).accepted

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        """Return the targets on which a policy is accepted."""
        return self._ask(partial(self._sources.ledger.accepted_targets, policy_id), frozenset())

    def document(self, policy_id: str) -> AcceptedDocument | None:
        """Return the accepted document of a policy."""
        recall = self._recall
        if policy_id == self._drift.policy_id:
            return recall.document
        return self._ask(partial(self._sources.ledger.documents, (policy_id,)), _NO_DOCUMENTS).get(policy_id)

    def known(self, policy_id: str) -> Policy | None:
        """Return a policy as it was last known."""
        if policy_id in self._sources.policies:
            return self._sources.policies[policy_id]
        recall = self._recall
        if policy_id == self._drift.policy_id:
            return recall.known or (recall.document.policy if recall.document else None)
        return self._ask(partial(self._sources.ledger.known, policy_id), None)

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        """Return the exceptions for a policy on a target, with what became of them."""
        key = (policy_id, target_id)
        _ = self._recall
        if key not in self._permits:
            self._permits[key] = self._ask(partial(self._sources.exceptions.permits, *key), ())
        permits = self._permits[key]
        return self._ask(partial(self._sources.ledger.with_uses, permits), permits) if permits else ()

    def fight(self, subject: Subject) -> Fight:
        """Return how often a subject was undone lately."""
        recall = self._recall
        if subject == self._drift.subject:
            return recall.fight
        return self._ask(partial(self._sources.ledger.fight, subject), Fight())

    def placement(self, account_id: str) -> Placement | None:
        """Return where a pinned account belongs."""
        recall = self._recall
        if account_id == self._drift.target_id:
            return recall.placement
        return self._ask(partial(self._sources.ledger.placement, account_id), None)

    # Organizations

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy as it is now."""
        return self._sources.policy(policy_id)

    def policy_if_free(self, policy_id: str) -> Policy | None:
        """Return a policy as it is now; None if AWS is too busy to answer at once."""
        try:
            return self._sources.policy(policy_id, patient=False)
        except UnreadableError as error:
            self._sources.telemetry.warn("people are told without the policy", error=str(error))
            return None

    def type_on(self, policy_id: str, target_id: str) -> str | None:
        """Return the type of a policy: from the policy, or, if AWS is busy, from what the target lists.

        The listing has a quota of its own, so a throttled DescribePolicy does not keep a lockout in force.
        """
        key = (policy_id, target_id)
        if key not in self._types:
            self._types[key] = self._read_type(*key)
        return self._types[key]

    def type_if_read(self, policy_id: str, target_id: str) -> str | None:
        """Return the same if it was read before, else None. Nothing is read."""
        return self._types.get((policy_id, target_id))

    def _read_type(self, policy_id: str, target_id: str) -> str | None:
        try:
            policy = self._sources.policy(policy_id, patient=False)
        except UnreadableError as error:
            self._sources.telemetry.warn("the target is listed instead", error=str(error))
            for policy_type in _LOCKING_FIRST:
                if target_id and policy_id in self.attached(target_id, policy_type):
                    return policy_type
            policy = self._sources.policy(policy_id)
        return policy.type if policy else None

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        """Return the names of a target's policies of a type, by id."""
        key = (target_id, policy_type)
        if key not in self._attached:
            self._attached[key] = self._sources.organizations.attached(target_id, policy_type)
        return self._attached[key]

    def attached_if_read(self, target_id: str, policy_type: str) -> Mapping[str, str] | None:
        """Return the same if it was read before."""
        return self._attached.get((target_id, policy_type))

    def targets(self, policy_id: str) -> frozenset[str]:
        """Return where a policy is attached."""
        if policy_id not in self._targets:
            self._targets[policy_id] = self._sources.organizations.targets(policy_id)
        return self._targets[policy_id]

    def ancestors(self, target_id: str) -> Sequence[str]:
        """Return the ids from a target's parent up to the root; none if the target does not exist."""
        if target_id not in self._ancestors:
            try:
                self._ancestors[target_id] = self._sources.organizations.ancestors(target_id)
            except TargetGoneError:
                self._ancestors[target_id] = ()
        return self._ancestors[target_id]

    def reach(self, target_id: str) -> int | None:
        """Count the accounts at or below a target."""
        return self._sources.organizations.count_accounts(target_id)

    @property
    def _recall(self) -> Recall:
        """All that the ledger knows about this drift. The exceptions are read at the same time."""
        if self._recalled is not None:
            return self._recalled
        drift, ledger = self._drift, self._sources.ledger
        wanted = drift.kind in ATTACHMENTS and drift.change is not None
        key = (drift.policy_id, drift.target_id)
        beside = _Beside(partial(self._sources.exceptions.permits, *key)) if wanted else None
        account_id = drift.target_id if drift.kind is ChangeKind.ACCOUNT_MOVED else ""
        ask = partial(ledger.recall, drift.event_id, *key, drift.subject, account_id)
        self._recalled = self._ask(ask, None) or Recall()
        if beside is not None:
            self._permits[key] = self._ask(beside.result, ())
        return self._recalled

    def _ask(self, read: Callable[[], _T], otherwise: _T) -> _T:
        """Read from the ledger. If it does not answer, go on as one that remembers nothing."""
        try:
            return read()
        except LedgerError as error:
            self._sources.telemetry.warn("the ledger does not answer", error=str(error))
            self._remembers = False
            return otherwise


class _Beside(Generic[_T]):
    """A read that runs in a thread of its own, beside another one."""

    def __init__(self, read: Callable[[], _T]) -> None:
        self._read = read
        self._value: list[_T] = []
        self._error: list[BaseException] = []
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value.append(self._read())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._error.append(error)

    def result(self) -> _T:
        """Return what was read, or raise what was raised."""
        self._thread.join()
        if self._error:
            raise self._error[0]
        return self._value[0]
