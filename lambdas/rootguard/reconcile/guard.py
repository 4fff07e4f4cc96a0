"""The guard: its policy, its ports and its clock, and how it carries a remedy out.

Each action of a remedy becomes one write, and each refusal that has an answer gets it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rootguard.domain.guardrail import protection_of
from rootguard.domain.policy import FULL_ACCESS, full_access_of
from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore
from rootguard.ports import (
    LastPolicyError,
    LastResort,
    Ledger,
    NoRoomError,
    NotAttachedError,
    Notices,
    Organizations,
    Restorer,
    Watch,
)
from rootguard.reconcile.reader import LazyReader, Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard(Sources):
    """The guard with everything it needs, for one invocation."""

    organizations: Organizations
    ledger: Ledger
    notices: Notices
    last_resort: LastResort
    restorer: Restorer | None  # puts back what a policy type lost when it was disabled; None if nothing does
    watch: Watch | None = None  # looks at Root between two sweeps; None if nothing does


@dataclass(frozen=True, slots=True)
class Undo:
    """What became of a remedy."""

    actions: tuple[Action, ...] = ()  # what was planned
    done: tuple[Action, ...] = ()  # what AWS accepted and what changed something
    decided_at: datetime | None = None  # when the first write began, UTC
    failure: Exception | None = None  # what kept the rest from being done
    is_gone: bool = False  # whether the place where it belongs does not exist any more


def remediate(guard: Guard, actions: tuple[Action, ...], reader: LazyReader) -> tuple[Action, ...]:
    """Do the writes in order; return those that changed something.

    Raises:
        OrganizationsError: a write failed for good. Those before it are done.
    """
    organizations, policy_type, done = guard.organizations, reader.known_type(), list[Action]()
    for action in actions:
        match action:
            case Detach():
                done += _detach(guard, action, policy_type)
            case Attach():
                done += _attach(guard, action, policy_type, reader)
            case Restore():
                is_whole = organizations.restore(action.policy_id, action.policy)
                nameless = replace(action, policy=replace(action.policy, name=None))
                done.append(action if is_whole else nameless)
            case EnableType():
                organizations.enable_type(action.policy_type, action.target_id)
                done.append(action)
            case Move():
                if organizations.move(action.target_id, action.source_id, action.destination_id):
                    done.append(action)
    return tuple(done)


def _detach(guard: Guard, action: Detach, policy_type: str | None) -> tuple[Action, ...]:
    try:
        guard.organizations.detach(action.policy_id, action.target_id)
    except NotAttachedError:
        return ()
    except LastPolicyError:
        full_access = FULL_ACCESS.get(policy_type or "")
        if full_access is None:
            raise
        is_new = guard.organizations.attach(full_access, action.target_id)
        attached = (Attach(full_access, action.target_id),) if is_new else ()
        return (*attached, *_detach(guard, action, None))  # Someone else may have detached it by now.
    return (action,)


def _attach(guard: Guard, action: Attach, policy_type: str | None, reader: LazyReader) -> tuple[Action, ...]:
    """Attach. If the target is full, what may not be there comes off first, one after the other."""
    attach, done = guard.organizations.attach, list[Action]()
    try:
        return (action,) if attach(action.policy_id, action.target_id) else ()
    except NoRoomError:
        kind = full_access_of(action.policy_id) or policy_type
        for policy_id in _strangers(guard, action.target_id, kind, reader) if kind else ():
            done += _detach(guard, Detach(policy_id, action.target_id), kind)
            try:
                attach(action.policy_id, action.target_id)
            except NoRoomError:
                continue
            return (*done, action)
        raise


def _strangers(guard: Guard, target_id: str, policy_type: str, reader: LazyReader) -> tuple[str, ...]:
    """Return the policies of a type on a target that nothing approves of. Full access is always approved."""
    protection = protection_of(target_id, guard.guardrail, reader.ancestors)
    # Before first contact nobody knows what may be there, so nothing is a stranger.
    if protection is None or not reader.is_adopted(target_id, policy_type):
        return ()
    accepted = {*reader.accepted_on(target_id), *protection.allow, *FULL_ACCESS.values()}
    if not reader.remembers:
        return ()
    return tuple(sorted(guard.organizations.attached(target_id, policy_type).keys() - accepted))
