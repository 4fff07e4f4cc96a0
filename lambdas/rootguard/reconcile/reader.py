"""The lazy reader: the ledger first, then Organizations; each fact is read when a rule asks, and once.

What an event needs of the ledger comes in one round trip, and the exceptions beside it:

    BatchGetItem (the event, the target, the policy, the fight) ─┐
                                                                 ├─▶ decide
    Query (exceptions for the policy on the target) ─────────────┘

A ledger that does not answer costs one short wait. The guard then goes on as one that remembers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial, wraps
from typing import Any, TypeVar, cast

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Placement, TargetBaseline
from rootguard.domain.drift import ATTACHMENTS, Drift, Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.guardrail import Guardrail, is_named
from rootguard.domain.inventory import Round
from rootguard.domain.policy import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY, Policy
from rootguard.domain.reader import UnreadableError
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

_Method = TypeVar("_Method", bound=Callable[..., Any])
_T = TypeVar("_T")
_NO_DOCUMENTS: Mapping[str, AcceptedDocument] = {}
_KEEP_SECONDS = 20.0
_LOCKING_FIRST = (SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where facts come from, for one invocation."""

    guardrail: Guardrail
    organizations: OrganizationsReader
    ledger: LedgerReader
    exceptions: Exceptions
    telemetry: Telemetry
    own_roles: frozenset[str]  # the ARNs of Rootguard's own roles that write in Organizations
    clock: Callable[[], datetime]  # returns the time, UTC
    policies: dict[str, Policy | None] = field(default_factory=dict)  # those that were read, as they are now
    patient: bool = True  # whether to try again while AWS is busy. A sweep does not: the next one is soon
    seconds_left: Callable[[], float] = lambda: 60.0  # how long the invocation may still run

    def has_time(self) -> bool:
        """Tell whether a sweep has time for another read. The rest is to act on what was seen."""
        return self.seconds_left() > _KEEP_SECONDS

    def policy(self, policy_id: str, *, patient: bool = True) -> Policy | None:
        """Return a policy as it is now, read once an invocation. Raises OrganizationsError."""
        if policy_id not in self.policies:
            self.policies[policy_id] = self.organizations.policy(policy_id, patient=patient and self.patient)
        return self.policies[policy_id]


def _once(method: _Method) -> _Method:
    """Keep the fact that a method of the reader reads about some ids."""

    @wraps(method)
    def kept(reader: LazyReader, *ids: str) -> Any:
        key = (method.__name__, *ids)
        if key not in reader.facts:
            reader.facts[key] = method(reader, *ids)
        return reader.facts[key]

    return cast("_Method", kept)


class LazyReader:
    """`domain.reader.Reader` for one drift."""

    def __init__(self, sources: Sources, drift: Drift) -> None:
        self.now, self.own_roles = sources.clock(), sources.own_roles
        self.facts: dict[tuple[object, ...], Any] = {}
        self._sources, self._ledger, self._drift = sources, sources.ledger, drift
        self._is_silent = False

    @property
    def remembers(self) -> bool:
        _ = self._recall
        return not self._is_silent

    @property
    def mark(self) -> EventMark | None:
        """What came of this event before; None if it is new, or if nobody knows."""
        return self._recall.event

    # The ledger

    def is_adopted(self, target_id: str, policy_type: str) -> bool:
        recall = self._recall
        if self._is_silent:
            return True
        adopted = recall.adopted
        if target_id != self._drift.target_id:
            adopted = self._ask(adopted, self._ledger.adopted, target_id)
        if policy_type in adopted.types:
            return True
        if is_named(target_id, self._sources.guardrail):
            return False
        # Below a protected target: after the first round, what was not found there had full access alone.
        return recall.rounds.get(policy_type, Round()).complete

    def acceptance(self, policy_id: str, target_id: str) -> Acceptance | None:
        if (policy_id, target_id) == (self._drift.policy_id, self._drift.target_id):
            return self._recall.acceptance
        return self._ask(TargetBaseline(), self._ledger.adopted, target_id).policies.get(policy_id)

    def accepted_on(self, target_id: str) -> Mapping[str, Acceptance]:
        return self._ask(TargetBaseline(), self._ledger.adopted, target_id).accepted

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        return self._ask(frozenset(), self._ledger.accepted_targets, policy_id)

    def document(self, policy_id: str) -> AcceptedDocument | None:
        if policy_id == self._drift.policy_id:
            return self._recall.document
        return self._ask(_NO_DOCUMENTS, self._ledger.documents, (policy_id,)).get(policy_id)

    def known(self, policy_id: str) -> Policy | None:
        if policy_id in self._sources.policies:
            return self._sources.policies[policy_id]
        if policy_id == self._drift.policy_id and self._recall.known:
            return self._recall.known
        document = self.document(policy_id)
        return document.policy if document else None

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        _ = self._recall
        permits = self._granted(policy_id, target_id)
        return self._ask(permits, self._ledger.with_uses, permits) if permits else ()

    def fight(self, subject: Subject) -> Fight:
        recall, is_own = self._recall, subject == self._drift.subject
        return recall.fight if is_own else self._ask(Fight(), self._ledger.fight, subject)

    def placement(self, account_id: str) -> Placement | None:
        return self._recall.placement if account_id == self._drift.target_id else None

    # Organizations

    def policy(self, policy_id: str) -> Policy | None:
        return self._sources.policy(policy_id)

    @_once
    def type_on(self, policy_id: str, target_id: str) -> str | None:
        # The listing has a quota of its own, so a throttled DescribePolicy keeps no lockout in force. It also
        # has a policy that AWS does not find yet.
        failure: UnreadableError | None = None
        try:
            if policy := self._sources.policy(policy_id, patient=False):
                return policy.type
        except UnreadableError as error:
            self._sources.telemetry.warn("the target is listed instead", error=str(error))
            failure = error
        for policy_type in _LOCKING_FIRST:
            if target_id and policy_id in self.attached(target_id, policy_type):
                return policy_type
        policy = self._sources.policy(policy_id) if failure else None
        return policy.type if policy else None

    @_once
    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        with suppress(TargetGoneError):
            return self._sources.organizations.attached(target_id, policy_type)
        return {}  # It does not exist.

    @_once
    def targets(self, policy_id: str) -> frozenset[str]:
        return self._sources.organizations.targets(policy_id)

    @_once
    def ancestors(self, target_id: str) -> Sequence[str]:
        """Return the ids from a target's parent up to the root; none if the target does not exist."""
        try:
            return self._sources.organizations.ancestors(target_id)
        except TargetGoneError:
            return ()

    def reach(self, *target_ids: str) -> int | None:
        return self._sources.organizations.count_accounts(*target_ids)

    def known_type(self) -> str | None:
        """Return the type of the drift's policy as far as it is known by now: Organizations is not asked."""
        drift = self._drift
        if not drift.policy_id:
            return None
        policy = drift.policy or self.known(drift.policy_id)
        word = self.acceptance(drift.policy_id, drift.target_id)
        return (
            (policy.type if policy else None)
            or (word.policy_type if word else None)
            or drift.policy_type
            or self.facts.get(("type_on", drift.policy_id, drift.target_id))
        )

    @property
    @_once
    def _recall(self) -> Recall:
        """All that the ledger knows about this drift. The exceptions are read at the same time."""
        drift = self._drift
        key = (drift.policy_id, drift.target_id)
        ask = partial(self._ask, None, self._ledger.recall, drift.event_id, *key, drift.subject)
        if drift.kind not in ATTACHMENTS or drift.change is None:
            return ask() or Recall()
        permits = ThreadPoolExecutor(1).submit(self._sources.exceptions.permits, *key)
        recall = ask()
        self.facts["_granted", *key] = self._ask(tuple[Permit, ...](), permits.result)
        return recall or Recall()

    @_once
    def _granted(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        return self._ask(tuple[Permit, ...](), self._sources.exceptions.permits, policy_id, target_id)

    def _ask(self, otherwise: _T, read: Callable[..., _T], *of: object) -> _T:
        """Read from the ledger. If it does not answer, go on as one that remembers nothing."""
        try:
            return read(*of)
        except LedgerError as error:
            self._sources.telemetry.warn("the ledger does not answer", error=str(error))
            self._is_silent = True
            return otherwise
