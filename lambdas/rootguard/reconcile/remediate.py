"""Remediation: each action becomes one write, and each refusal that has an answer gets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rootguard.domain.ids import FULL_ACCESS
from rootguard.domain.policy import full_access_of
from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore, full_access_first
from rootguard.ports import LastPolicyError, NoRoomError, NotAttachedError, Organizations

Strangers = Callable[[str, str], tuple[str, ...]]
"""Returns the policies of a type on a target that may not be there: `strangers(target_id, policy_type)`."""


def remediate(
    actions: tuple[Action, ...], policy_type: str | None, organizations: Organizations, strangers: Strangers
) -> tuple[Action, ...]:
    """Do the writes in order; return those that changed something.

    Args:
        actions: the remedy.
        policy_type: the type of the policy that it is about; None if it is not known.
        organizations: takes the writes.
        strangers: is asked only if a target has no room for what must be attached.

    Raises:
        OrganizationsError: a write failed for good. Those before it are done.
    """
    done: list[Action] = []
    for action in actions:
        match action:
            case Detach():
                done.extend(_detach(action, policy_type, organizations))
            case Attach():
                done.extend(_attach(action, policy_type, organizations, strangers))
            case Restore():
                if organizations.restore(action.policy_id, action.policy):
                    done.append(action)
                else:
                    done.append(replace(action, policy=replace(action.policy, name=None)))
            case EnableType():
                organizations.enable_type(action.policy_type, action.target_id)
                done.append(action)
            case Move():
                if organizations.move(action.target_id, action.source_id, action.destination_id):
                    done.append(action)
    return tuple(done)


def _detach(action: Detach, policy_type: str | None, organizations: Organizations) -> tuple[Action, ...]:
    try:
        organizations.detach(action.policy_id, action.target_id)
    except NotAttachedError:
        return ()
    except LastPolicyError:
        first = full_access_first(action.target_id, policy_type)
        if not first:
            raise
        for attach in first:
            organizations.attach(attach.policy_id, attach.target_id)
        organizations.detach(action.policy_id, action.target_id)
        return (*first, action)
    return (action,)


def _attach(
    action: Attach, policy_type: str | None, organizations: Organizations, strangers: Strangers
) -> tuple[Action, ...]:
    """Attach. If the target is full, what may not be there comes off first, one after the other."""
    try:
        return (action,) if organizations.attach(action.policy_id, action.target_id) else ()
    except NoRoomError:
        kind = full_access_of(action.policy_id) or policy_type
        offenders = strangers(action.target_id, kind) if kind else ()
        if not offenders:
            raise
    done: list[Action] = []
    for policy_id in offenders:
        if policy_id in FULL_ACCESS.values():
            continue
        done.extend(_detach(Detach(policy_id, action.target_id), kind, organizations))
        try:
            organizations.attach(action.policy_id, action.target_id)
        except NoRoomError:
            continue
        return (*done, action)
    organizations.attach(action.policy_id, action.target_id)
    return (*done, action)
