"""From a verdict to the Organizations writes that carry it out, in order."""

from __future__ import annotations

from dataclasses import dataclass

from rootguard.cloudtrail.read import Change, ChangeKind
from rootguard.domain.approvals import is_unchanged, moved_on_to, place_of
from rootguard.domain.facts import FULL_ACCESS, BaselinePolicy, Facts
from rootguard.domain.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Detach:
    """Take a policy off a target."""

    policy_id: str
    target_id: str


@dataclass(frozen=True, slots=True)
class Attach:
    """Put a policy onto a target."""

    policy_id: str
    target_id: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Give a policy, which stands on the target, back its accepted name, description and content."""

    policy_id: str
    target_id: str
    policy: BaselinePolicy


@dataclass(frozen=True, slots=True)
class EnableType:
    """Enable a policy type in a root."""

    policy_type: str
    target_id: str


@dataclass(frozen=True, slots=True)
class Move:
    """Move an account, which is the target, between parents."""

    target_id: str
    source_id: str
    destination_id: str


Action = Detach | Attach | Restore | EnableType | Move

_NAMES: dict[type[Action], str] = {
    Detach: "detach",
    Attach: "attach",
    Restore: "restore",
    EnableType: "enable-type",
    Move: "move",
}


def as_json(action: Action) -> dict[str, str | None]:
    """Return an action as JSON data; what it does not name is null."""
    return {
        "action": _NAMES[type(action)],
        "policy_id": getattr(action, "policy_id", None),
        "target_id": action.target_id,
    }


def plan(verdict: Verdict, facts: Facts) -> tuple[Action, ...]:
    """Return what a revert takes; nothing for any other verdict, nor where it is already done."""
    change, target_id = verdict.change, verdict.target_id
    if verdict.outcome is not Outcome.REVERT or change is None:
        return ()
    if change.kind is ChangeKind.ATTACHED:
        return _take_off(change.policy_id, target_id, facts)
    if change.kind is ChangeKind.DETACHED:
        stands = change.policy_id in facts.attachments.get(target_id, frozenset())
        return () if stands else _put_on(change.policy_id, target_id, facts)
    if change.kind is ChangeKind.UPDATED:
        return _put_back(change, target_id, facts)
    if change.kind is ChangeKind.TYPE_DISABLED:
        return (EnableType(change.policy_type, target_id),)
    if change.kind is ChangeKind.ACCOUNT_MOVED:
        place = place_of(change, facts)
        is_there = facts.parents.get(target_id) == place
        left_at = moved_on_to(change, facts) or change.destination_id
        return () if is_there else (Move(target_id, left_at, place),)
    return ()


def _take_off(policy_id: str, target_id: str, facts: Facts) -> tuple[Action, ...]:
    """Detach the offender.

    At least one SCP must stand on every root, OU and account ("Attaching and detaching SCPs", AWS
    Organizations User Guide), so where the offender is known to be the last of its type, full access goes
    on first. Where that is not known, nothing is read for it: AWS refuses the detach, and
    `full_access_first` mends it.
    """
    detach = Detach(policy_id, target_id)
    standing = facts.attachments.get(target_id)
    if standing is None:
        return (detach,)
    if policy_id not in standing:
        return ()
    policy_type = facts.type_of(policy_id)
    others = {facts.type_of(other) for other in standing if other != policy_id}
    # An attachment of unknown type may be the one that stays: adding full access beside an allow-list
    # would widen it, so that is done only where it is certain to be needed.
    if policy_type in others or None in others:
        return (detach,)
    return (*full_access_first(target_id, policy_type), detach)


def full_access_first(target_id: str, policy_type: str | None) -> tuple[Attach, ...]:
    """Return the attach of AWS's own full access that lets the last policy of a type come off."""
    full_access = FULL_ACCESS.get(policy_type or "")
    return (Attach(full_access, target_id),) if full_access else ()


def _put_on(policy_id: str, target_id: str, facts: Facts) -> tuple[Action, ...]:
    """Attach what was accepted: a policy that was edited since is given its content back first."""
    accepted, attach = facts.accepted(policy_id, target_id), Attach(policy_id, target_id)
    if accepted is None or is_unchanged(facts.policies.get(policy_id), accepted, name_too=False):
        return (attach,)
    return (Restore(policy_id, target_id, accepted), attach)


def _put_back(change: Change, target_id: str, facts: Facts) -> tuple[Action, ...]:
    accepted = facts.accepted(change.policy_id, target_id)
    if accepted is None or accepted.content is None:
        # `decide` asks for this only of a lockout on the root.
        return _take_off(change.policy_id, target_id, facts)
    return (Restore(change.policy_id, target_id, accepted),)
