"""From a verdict to the Organizations writes that carry it out, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rootguard.domain.drift import ATTACHMENTS, ChangeKind, Drift
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import Policy, full_access_of, says_the_same
from rootguard.domain.reader import Reader, accepted_policy
from rootguard.domain.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Detach:
    policy_id: str
    target_id: str


@dataclass(frozen=True, slots=True)
class Attach:
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
    policy_type: str
    target_id: str


@dataclass(frozen=True, slots=True)
class Move:
    target_id: str  # the account
    source_id: str
    destination_id: str


Action = Detach | Attach | Restore | EnableType | Move
ACTIONS: Final[Mapping[str, type[Action]]] = {
    "detach": Detach,
    "attach": Attach,
    "restore": Restore,
    "enable-type": EnableType,
    "move": Move,
}
"""The kinds of action by their names in JSON."""

UNDOABLE: Final = ATTACHMENTS | {ChangeKind.UPDATED, ChangeKind.TYPE_DISABLED, ChangeKind.ACCOUNT_MOVED}
"""All that the guard can undo. Everything else it only pages."""


def as_json(action: Action) -> dict[str, Any]:
    """Return an action as JSON data; what it does not name is null."""
    name = next(name for name, kind in ACTIONS.items() if isinstance(action, kind))
    return {"action": name, "policy_id": getattr(action, "policy_id", None), "target_id": action.target_id}


def remedy_of(drift: Drift, verdict: Verdict, reader: Reader) -> tuple[Action, ...]:
    """Return the writes that a revert takes; none for any other verdict. Raises UnreadableError.

    At least one SCP must stay on every root, OU and account ("Attaching and detaching SCPs", AWS
    Organizations User Guide). Nothing is read to find out whether one is the last: AWS refuses to detach it,
    and `remediate` answers that.
    """
    if verdict.outcome is not Outcome.REVERT:
        return ()
    policy_id, target_id = drift.policy_id, verdict.target_id
    match drift.kind:
        case ChangeKind.ATTACHED | ChangeKind.UPDATED:
            # Where it may be attached, only what it says may not. If nobody knows how it read, it comes off.
            word, accepted = reader.acceptance(policy_id, target_id), accepted_policy(policy_id, reader)
            belongs = drift.kind is ChangeKind.UPDATED or (
                word is not None and word.present and not is_lockout(accepted, reader.now)
            )
            restore = accepted and belongs and Restore(policy_id, target_id, accepted)
            return (restore or Detach(policy_id, target_id),)
        case ChangeKind.DETACHED:
            return put_on(policy_id, target_id, reader)
        case ChangeKind.TYPE_DISABLED:
            return (EnableType(drift.policy_type, target_id),)
        case ChangeKind.ACCOUNT_MOVED:
            # If nobody knew where it came from, it was given up there, and only its event says more.
            home = reader.placement(target_id)
            back = home.parent_id if home and home.parent_id != drift.destination_id else drift.source_id
            return (Move(target_id, drift.destination_id, back),)
    return ()


def put_on(policy_id: str, target_id: str, reader: Reader) -> tuple[Action, ...]:
    """Return what attaches an accepted policy. If it was edited since, it is given its content back first."""
    accepted, attach = accepted_policy(policy_id, reader), Attach(policy_id, target_id)
    if accepted is None or full_access_of(policy_id) or says_the_same(reader.policy(policy_id), accepted):
        return (attach,)
    return (Restore(policy_id, target_id, accepted), attach)
