"""What the rules may ask of the world. Each fact is read only if a rule needs it, and once an invocation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Placement
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.policy import Policy


class UnreadableError(Exception):
    """A fact could not be read, so nothing that depends on it can be decided now."""


class Reader(Protocol):
    """The ledger first, then Organizations. Methods that ask Organizations raise UnreadableError.

    If the ledger does not answer, `remembers` is False and its methods answer as if nothing were known. A
    comment says what a method's name and types leave open.
    """

    @property
    def now(self) -> datetime: ...  # the time of the decision, UTC
    @property
    def own_roles(self) -> frozenset[str]: ...  # the ARNs of Rootguard's own roles that write
    @property
    def remembers(self) -> bool: ...

    # The ledger

    # Whether what is attached to a target was accepted before; True if nobody knows.
    def is_adopted(self, target_id: str, policy_type: str) -> bool: ...
    def acceptance(self, policy_id: str, target_id: str) -> Acceptance | None: ...
    def accepted_on(self, target_id: str) -> Mapping[str, Acceptance]: ...  # what may be attached there
    def accepted_targets(self, policy_id: str) -> frozenset[str]: ...
    def document(self, policy_id: str) -> AcceptedDocument | None: ...
    # A policy as it was last known. It may condemn, but never acquit, since it can be old.
    def known(self, policy_id: str) -> Policy | None: ...
    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]: ...  # used and revoked ones too
    def fight(self, subject: Subject) -> Fight: ...
    def placement(self, account_id: str) -> Placement | None: ...

    # Organizations

    def policy(self, policy_id: str) -> Policy | None: ...  # as it is now; None if it does not exist
    # The type of an unknown policy, from the policy or the target's listing; None if there is no such policy.
    def type_on(self, policy_id: str, target_id: str) -> str | None: ...
    # The names of a target's policies of a type, by id.
    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]: ...
    def targets(self, policy_id: str) -> frozenset[str]: ...
    def ancestors(self, target_id: str) -> Sequence[str]: ...  # from a target's parent up to the root
    # The accounts at or below any of these targets; None if they cannot all be counted in time.
    def reach(self, *target_ids: str) -> int | None: ...


def accepted_policy(policy_id: str, reader: Reader) -> Policy | None:
    """Return a policy as it was accepted; None if nobody knows how it read."""
    accepted = reader.document(policy_id)
    return accepted.policy if accepted is not None and accepted.policy.content is not None else None
