"""The protection policy of `guardrail.yaml`, which was checked when the stack was synthesized."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.json_data import from_fields
from rootguard.domain.policy import is_root_id

ROOT: Final = "root"
"""How `guardrail.yaml` names the organization's one root."""


class Mode(StrEnum):
    ENFORCE = "enforce"
    OBSERVE = "observe"  # the guard pages, and writes nothing


class OnViolation(StrEnum):
    """What a protection wants if a change on its target is not approved."""

    REVERT = "revert"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Protection:
    name: str
    targets: frozenset[str]
    include_descendants: bool
    policy_types: frozenset[str]
    allow: frozenset[str]
    trusted_principals: frozenset[str]
    on_violation: OnViolation
    restore_policy_type: bool = False
    pin_accounts: frozenset[str] = frozenset()

    @property
    def restores(self) -> bool:
        """Whether a policy type that someone disables is enabled again."""
        return self.restore_policy_type and self.on_violation is OnViolation.REVERT


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal attaches, where, and as whom: a harmless SCP, to an empty OU."""

    policy_id: str
    target_id: str
    role: str  # the ARN of its function's role
    content: str = ""  # what the SCP says, as JSON text; the guard knows it, the function needs no more

    def made(self, drift: Drift) -> bool:
        """Tell whether a drift is a rehearsal's: its attachment, by its role or by nobody known yet."""
        is_its_attachment = (
            drift.kind is ChangeKind.ATTACHED
            and drift.policy_id == self.policy_id
            and drift.target_id == self.target_id
        )
        return is_its_attachment and (drift.actor is None or drift.actor.arn == self.role)


@dataclass(frozen=True, slots=True)
class Guardrail:
    mode: Mode
    protections: tuple[Protection, ...]
    lockout_alert_accounts: int | None = None  # a lockout outside protections is paged if it reaches more
    rehearsal: Rehearsal | None = None
    watch_every_seconds: int | None = None  # None if nothing watches Root between two sweeps

    @property
    def types_to_restore(self) -> frozenset[str]:
        """The policy types that are enabled again, with their attachments, if someone disables them."""
        restoring = self.protections if self.mode is Mode.ENFORCE else ()
        return frozenset().union(*(p.policy_types for p in restoring if p.restores))

    @property
    def allowed_somewhere(self) -> frozenset[str]:
        return frozenset().union(*(p.allow for p in self.protections))

    def of_organization(self) -> Protection | None:
        """Return the protection for changes of the organization as a whole: Root's before others."""
        return _foremost(self.protections)

    def of_type(self, policy_type: str) -> Protection | None:
        """Return the protection that covers a policy type: one that restores it, then Root's, before others.

        Enabling or disabling a type changes every attachment of it in the organization.
        """
        covering = [p for p in self.protections if policy_type in p.policy_types]
        return _foremost([p for p in covering if p.restores] or covering)

    def of_move(self, account_id: str, source_id: str, destination_id: str) -> tuple[Protection, ...]:
        """Return the protections that pin an account, or what it moved out of or into."""
        named = {account_id, source_id, destination_id}
        if is_root_id(source_id) or is_root_id(destination_id):
            named.add(ROOT)
        return tuple(p for p in self.protections if p.pin_accounts & named)


_OPTIONAL: Mapping[str, Any] = {
    "lockout_alert_accounts": None,
    "rehearsal": None,
    "watch_every_seconds": None,
}


def guardrail_from_json(document: Mapping[str, Any]) -> Guardrail:
    """Read `guardrail.json`. Raises KeyError, TypeError or ValueError for anything else."""
    return from_fields(Guardrail, {**_OPTIONAL, **document})


def protected_targets(guardrail: Guardrail, root_id: str) -> list[tuple[str, Protection]]:
    """Return the id of every target that guardrail.yaml names, with its protection, the root first."""
    named = [
        (root_id if target == ROOT else target, protection)
        for protection in guardrail.protections
        for target in sorted(protection.targets)
    ]
    return sorted(named, key=lambda protected: protected[0] != root_id)


def protection_of(
    target_id: str, guardrail: Guardrail, ancestors: Callable[[str], Sequence[str]]
) -> Protection | None:
    """Return the protection of a target: its own, or else that of its nearest protected ancestor.

    An ancestor counts if its protection says `include_descendants`. Everything in an organization descends
    from its one root, so `ancestors` is called only if an OU is protected: it returns the ids from a target's
    parent up to the root, and what it raises is raised.
    """
    own = _protection_at(target_id, guardrail)
    if own is not None or is_root_id(target_id):
        return own
    inheriting = [p for p in guardrail.protections if p.include_descendants]
    if any(p.targets - {ROOT} for p in inheriting):
        for ancestor in ancestors(target_id):
            found = _protection_at(ancestor, guardrail)
            if found is not None and found.include_descendants:
                return found
    # Whatever is not known of the way up, it ends at the root.
    return next((p for p in inheriting if ROOT in p.targets), None)


def is_named(target_id: str, guardrail: Guardrail) -> bool:
    """Tell whether guardrail.yaml names a target itself, and not only something above it."""
    return _protection_at(target_id, guardrail) is not None


def _protection_at(target_id: str, guardrail: Guardrail) -> Protection | None:
    names = {target_id, ROOT} if is_root_id(target_id) else {target_id}
    return next((p for p in guardrail.protections if p.targets & names), None)


def _foremost(protections: Sequence[Protection]) -> Protection | None:
    return next((p for p in protections if ROOT in p.targets), next(iter(protections), None))
