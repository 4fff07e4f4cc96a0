"""What the rules may ask of the world. Each fact is read only if a rule needs it, and once an invocation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rootguard.domain.baseline import Acceptance, Approval, Placement
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.policy import Policy


class UnreadableError(Exception):
    """A fact could not be read, so nothing that depends on it can be decided now."""


@dataclass(frozen=True, slots=True)
class AcceptedDocument:
    """The one accepted document of a policy, since when (UTC), and who approved of it."""

    policy: Policy
    at: datetime
    by: Approval


class Reader(Protocol):
    """The ledger first, then Organizations. Methods that ask Organizations raise UnreadableError.

    If the ledger does not answer, `remembers` is False and its methods answer as if nothing were known.
    """

    @property
    def now(self) -> datetime:
        """The time of the decision, UTC."""

    @property
    def own_roles(self) -> frozenset[str]:
        """The ARNs of Rootguard's own roles that write in Organizations."""

    @property
    def root_id(self) -> str | None:
        """This organization's root, if it is known without a read."""

    @property
    def remembers(self) -> bool:
        """Whether the ledger answers."""

    # The ledger

    def is_adopted(self, target_id: str, policy_type: str) -> bool:
        """Tell whether what is attached to a target was accepted before; True if nobody knows."""

    def acceptance(self, policy_id: str, target_id: str) -> Acceptance | None:
        """Return what was last accepted about a policy on a target."""

    def accepted_on(self, target_id: str) -> Mapping[str, Acceptance]:
        """Return all policies that may be attached to a target."""

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        """Return the targets on which a policy is accepted."""

    def document(self, policy_id: str) -> AcceptedDocument | None:
        """Return the accepted document of a policy."""

    def known(self, policy_id: str) -> Policy | None:
        """Return a policy as it was last known. It may condemn, but never acquit, since it can be old."""

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        """Return the exceptions for a policy on a target, used and revoked ones among them."""

    def fight(self, subject: Subject) -> Fight:
        """Return how often a subject was undone lately."""

    def placement(self, account_id: str) -> Placement | None:
        """Return where a pinned account belongs."""

    # Organizations

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy as it is now; None if it does not exist."""

    def type_on(self, policy_id: str, target_id: str) -> str | None:
        """Return the type of an unknown policy, read from the policy or the target's listing.

        None if there is no such policy.
        """

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        """Return the names of a target's policies of a type, by id."""

    def attached_if_read(self, target_id: str, policy_type: str) -> Mapping[str, str] | None:
        """Return the same if it was read before, else None. Nothing is read."""

    def targets(self, policy_id: str) -> frozenset[str]:
        """Return where a policy is attached."""

    def ancestors(self, target_id: str) -> Sequence[str]:
        """Return the ids from a target's parent up to the root."""

    def reach(self, target_id: str) -> int | None:
        """Count the accounts at or below a target; None if they cannot all be counted in time."""
