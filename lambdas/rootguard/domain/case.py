"""What a rule decides on: a drift, and at which protected place; and where the drift touches such places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rootguard.domain.baseline import Acceptance
from rootguard.domain.drift import ATTACHMENTS, PLACINGS, ChangeKind, Drift
from rootguard.domain.guardrail import Guardrail, Protection, protection_of
from rootguard.domain.lockouts import locks_out_root
from rootguard.domain.policy import SERVICE_CONTROL_POLICY, Policy, full_access_of, is_root_id, root_first
from rootguard.domain.reader import Reader, accepted_policy
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict

_EDITS = (ChangeKind.UPDATED, ChangeKind.DELETED)
_TYPES = (ChangeKind.TYPE_ENABLED, ChangeKind.TYPE_DISABLED)


@dataclass(frozen=True, slots=True)
class Case:
    """A drift at one place, and what a rule may ask about it. A fact that is read may raise UnreadableError.

    Attributes:
        target_id, protection: the place; rules 1 to 3 have none.
    """

    drift: Drift
    reader: Reader
    guardrail: Guardrail
    target_id: str = ""
    protection: Protection | None = None

    @property
    def held(self) -> Protection:
        """The protection of the place."""
        assert self.protection is not None  # noqa: S101 - rules 4 to 8 are only asked at a place
        return self.protection

    @property
    def is_trusted(self) -> bool:
        """Whether the actor is one of the protection's trusted principals, by exact ARN."""
        actor = self.drift.actor
        return actor is not None and actor.arn in self.held.trusted_principals

    @property
    def word(self) -> Acceptance | None:
        """What was last accepted about the policy at this place."""
        return self.reader.acceptance(self.drift.policy_id, self.target_id)

    @property
    def is_accepted(self) -> bool:
        """Whether the policy may be attached at this place."""
        return (word := self.word) is not None and word.present

    @property
    def accepted(self) -> Policy | None:
        """The policy as it was accepted; None if nobody knows how it read."""
        return accepted_policy(self.drift.policy_id, self.reader)

    @property
    def policy(self) -> Policy | None:
        """The policy after the drift: as the record says, or else as it is now."""
        return self.drift.policy or self.reader.policy(self.drift.policy_id)

    @property
    def policy_type(self) -> str | None:
        """The policy's type; None if there is no such policy. The cheapest sure source comes first."""
        drift, reader = self.drift, self.reader
        return (
            full_access_of(drift.policy_id)
            or (drift.policy.type if drift.policy else None)
            or drift.policy_type  # A sweep lists a target type by type.
            or (word.policy_type if (word := self.word) else None)
            or self._type_if_covered()
            or reader.type_on(drift.policy_id, self.target_id)
        )

    def _type_if_covered(self) -> str | None:
        # A record may have put anything into the catalogue: to leave a policy alone, it is read as it is now.
        known = self.reader.known(self.drift.policy_id)
        return known.type if known and known.type in self.held.policy_types else None

    @property
    def is_first_contact(self) -> bool:
        """Whether nothing was accepted yet of what is attached at this place."""
        policy_type = self.policy_type
        return policy_type is not None and not self.reader.is_adopted(self.target_id, policy_type)

    @property
    def leaves_root_locked(self) -> bool:
        """Whether the place is Root, and the drift leaves it locked out."""
        if not is_root_id(self.target_id) or self.drift.kind not in PLACINGS | ATTACHMENTS:
            return False
        policy_type = self.policy_type or SERVICE_CONTROL_POLICY
        return locks_out_root(replace(self.drift, target_id=self.target_id), policy_type, self.reader)

    def verdict(
        self, outcome: Outcome, reason: Reason, *, accept: bool = False, obstacle: Obstacle | None = None
    ) -> Verdict:
        """Return a verdict at this place."""
        name = self.protection.name if self.protection else None
        return Verdict(outcome, reason, name, self.target_id, accept=accept, obstacle=obstacle)


def places(case: Case) -> Iterator[Case]:
    """Yield the case at each protected place that the drift touches, the root first."""
    drift, guardrail = case.drift, case.guardrail
    if drift.kind in _EDITS:
        yield from _places_of_policy(case)
    elif drift.kind in ATTACHMENTS or drift.kind is ChangeKind.UNIT_DELETED:
        yield from _at(case, drift.target_id, _protection(case, drift.target_id))
    elif drift.kind in _TYPES:
        yield from _at(case, drift.target_id, guardrail.of_type(drift.policy_type))
    elif drift.kind is ChangeKind.ACCOUNT_MOVED:
        yield from _at(case, drift.target_id, *_pinning(case))
    elif drift.kind is not ChangeKind.CREATED:  # Such a policy is attached nowhere yet.
        yield from _at(case, drift.target_id, guardrail.of_organization())


def attempted_places(case: Case) -> Iterator[Case]:
    """Yield the protected places of a call that IAM refused."""
    drift = case.drift
    if drift.kind in _EDITS and drift.policy_id:
        yield from _places_of_policy(case)
        return
    pinning = _pinning(case) if drift.kind is ChangeKind.ACCOUNT_MOVED else ()
    protections = pinning or ((_protection(case, drift.target_id),) if drift.target_id else ())
    yield from _at(case, drift.target_id, *protections)


def _places_of_policy(case: Case) -> Iterator[Case]:
    """Yield where an edited policy is accepted, then where else it is attached. A deleted one is nowhere."""
    policy_id = case.drift.policy_id
    accepted = case.reader.accepted_targets(policy_id)
    for target_id in sorted(accepted, key=root_first):
        yield from _at(case, target_id, _protection(case, target_id))
    if case.drift.kind is ChangeKind.UPDATED:
        for target_id in sorted(case.reader.targets(policy_id) - accepted, key=root_first):
            yield from _at(case, target_id, _protection(case, target_id))


def _pinning(case: Case) -> tuple[Protection, ...]:
    drift = case.drift
    return case.guardrail.of_move(drift.target_id, drift.source_id, drift.destination_id)


def _protection(case: Case, target_id: str) -> Protection | None:
    return protection_of(target_id, case.guardrail, case.reader.ancestors, case.reader.root_id)


def _at(case: Case, target_id: str, *protections: Protection | None) -> Iterator[Case]:
    for protection in filter(None, protections):
        yield replace(case, target_id=target_id, protection=protection)
