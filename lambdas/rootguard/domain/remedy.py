"""From a verdict to the Organizations writes that carry it out, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.policy import FULL_ACCESS, Policy, full_access_of, says_the_same
from rootguard.domain.reader import Reader, accepted_policy
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
    """Give a policy, which is attached to the target, back its accepted name, description and content."""

    policy_id: str
    target_id: str
    policy: Policy


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


def as_json(action: Action) -> dict[str, Any]:
    """Return an action as JSON data; what it does not name is null."""
    policy_id = getattr(action, "policy_id", None)
    return {"action": _NAMES[type(action)], "policy_id": policy_id, "target_id": action.target_id}


def kind_of(name: str) -> type[Action]:
    """Return the kind of action that has a name in JSON. Raises ValueError if none has it."""
    for kind, known in _NAMES.items():
        if known == name:
            return kind
    raise ValueError(f"{name!r} is no action")


def remedy_of(drift: Drift, verdict: Verdict, reader: Reader) -> tuple[Action, ...]:
    """Return the writes that a revert takes; none for any other verdict. Raises UnreadableError."""
    if verdict.outcome is not Outcome.REVERT or drift.kind not in REMEDIES:
        return ()
    return REMEDIES[drift.kind](drift, verdict.target_id, reader)


def put_on(policy_id: str, target_id: str, reader: Reader) -> tuple[Action, ...]:
    """Return what attaches an accepted policy. If it was edited since, it is given its content back first."""
    accepted, attach = accepted_policy(policy_id, reader), Attach(policy_id, target_id)
    if accepted is None or full_access_of(policy_id) or says_the_same(reader.policy(policy_id), accepted):
        return (attach,)
    return (Restore(policy_id, target_id, accepted), attach)


def full_access_first(target_id: str, policy_type: str | None) -> tuple[Attach, ...]:
    """Return the attach of AWS's own full access that lets the last policy of a type come off."""
    full_access = FULL_ACCESS.get(policy_type or "")
    return (Attach(full_access, target_id),) if full_access else ()


def _take_off(drift: Drift, target_id: str, reader: Reader) -> tuple[Action, ...]:
    """Detach the policy.

    At least one SCP must stay on every root, OU and account ("Attaching and detaching SCPs", AWS
    Organizations User Guide), so if the policy is known to be the last of its type, full access goes on
    first. Nothing is read to find that out: AWS refuses the detach, and `remediate` answers that.
    """
    detach = Detach(drift.policy_id, target_id)
    policy = drift.policy or reader.known(drift.policy_id)
    policy_type = policy.type if policy else ""
    attached = reader.attached_if_read(target_id, policy_type) if policy_type else None
    if attached is None or attached.keys() - {drift.policy_id}:
        return (detach,)
    return (*full_access_first(target_id, policy_type), detach)


def _give_back(drift: Drift, target_id: str, reader: Reader) -> tuple[Action, ...]:
    accepted = accepted_policy(drift.policy_id, reader)
    if accepted is None:
        # The rules ask for this only if the policy locks everyone out of Root.
        return _take_off(drift, target_id, reader)
    return (Restore(drift.policy_id, target_id, accepted),)


def _bring_home(drift: Drift, target_id: str, reader: Reader) -> tuple[Action, ...]:
    placement = reader.placement(target_id)
    return (Move(target_id, drift.destination_id, placement.parent_id if placement else drift.source_id),)


REMEDIES: Mapping[ChangeKind, Callable[[Drift, str, Reader], tuple[Action, ...]]] = {
    ChangeKind.ATTACHED: _take_off,
    ChangeKind.DETACHED: lambda drift, target_id, reader: put_on(drift.policy_id, target_id, reader),
    ChangeKind.UPDATED: _give_back,
    ChangeKind.TYPE_DISABLED: lambda drift, target_id, _: (EnableType(drift.policy_type, target_id),),
    ChangeKind.ACCOUNT_MOVED: _bring_home,
}
"""What undoes a drift at a target. All that the guard can undo is here: everything else it only pages."""
