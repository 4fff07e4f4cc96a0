"""What a rule decides on: a drift, and at which protected place; and where the drift touches such places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rootguard.domain.baseline import Acceptance
from rootguard.domain.drift import ATTACHMENTS, PLACINGS, ChangeKind, Drift
from rootguard.domain.guardrail import ROOT, Guardrail, Protection, protection_of
from rootguard.domain.lockouts import locks_out_root
from rootguard.domain.policy import SERVICE_CONTROL_POLICY, Policy, full_access_of, is_root_id, root_first
from rootguard.domain.reader import Reader, accepted_policy
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Case:
    """A drift at one place, and what a rule may ask about it. What is read may raise UnreadableError."""

    drift: Drift
    reader: Reader
    guardrail: Guardrail
    target_id: str  # of the place
    protection: Protection  # that holds there

    @property
    def is_trusted(self) -> bool:
        """Whether the actor is one of the protection's trusted principals, by exact ARN."""
        actor = self.drift.actor
        return actor is not None and actor.arn in self.protection.trusted_principals

    @property
    def word(self) -> Acceptance | None:
        """What was last accepted about the policy at this place."""
        return self.reader.acceptance(self.drift.policy_id, self.target_id)

    @property
    def is_accepted(self) -> bool:
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
        return known.type if known and known.type in self.protection.policy_types else None

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
        return Verdict(outcome, reason, self.protection.name, self.target_id, accept, obstacle)


def places(drift: Drift, reader: Reader, guardrail: Guardrail) -> Iterator[Case]:
    """Yield the drift at each protected place that it touches, the root first.

    A call that IAM refused touches none: then these are the places at which it was aimed.
    """
    for target_id, protection in _touched(drift, reader, guardrail):
        if protection is not None:
            yield Case(drift, reader, guardrail, target_id, protection)


def _touched(drift: Drift, reader: Reader, guardrail: Guardrail) -> Iterator[tuple[str, Protection | None]]:
    target_id = drift.target_id

    def place(target_id: str) -> tuple[str, Protection | None]:
        return target_id, protection_of(target_id, guardrail, reader.ancestors)

    pinning: tuple[Protection, ...] = ()
    if drift.kind is ChangeKind.ACCOUNT_MOVED:
        pinning = guardrail.of_move(target_id, drift.source_id, drift.destination_id)
    elif drift.kind is ChangeKind.ACCOUNT_JOINED:
        pinning = guardrail.of_move(target_id, "", ROOT)
    if drift.kind in (ChangeKind.UPDATED, ChangeKind.DELETED) and drift.policy_id:
        accepted = reader.accepted_targets(drift.policy_id)
        yield from map(place, sorted(accepted, key=root_first))
        if drift.kind is ChangeKind.UPDATED:  # A deleted policy is attached nowhere.
            yield from map(place, sorted(reader.targets(drift.policy_id) - accepted, key=root_first))
    elif pinning:
        yield from ((target_id, protection) for protection in pinning)
    elif drift.denied:
        if target_id:
            yield place(target_id)
    elif target_id and drift.kind in {*ATTACHMENTS, ChangeKind.UNIT_DELETED}:
        yield place(target_id)
    elif drift.kind in (ChangeKind.TYPE_ENABLED, ChangeKind.TYPE_DISABLED):
        yield target_id, guardrail.of_type(drift.policy_type)
    elif drift.kind not in (ChangeKind.CREATED, ChangeKind.ACCOUNT_MOVED, ChangeKind.ACCOUNT_JOINED):
        yield target_id, guardrail.of_organization()
