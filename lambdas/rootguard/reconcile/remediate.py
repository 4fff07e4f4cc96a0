"""Carrying out a plan: each action becomes one write, and each refusal that has an answer gets it."""

from __future__ import annotations

from dataclasses import replace

from rootguard.domain.facts import Facts
from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore, full_access_first
from rootguard.ports import LastPolicyError, NotAttachedError, Organizations


def carry_out(actions: tuple[Action, ...], facts: Facts, organizations: Organizations) -> tuple[Action, ...]:
    """Do the writes in order; return those that changed something. Raises OrganizationsError."""
    done: list[Action] = []
    for action in actions:
        match action:
            case Detach():
                done.extend(_detach(action, facts, organizations))
                continue
            case Attach():
                organizations.attach(action.policy_id, action.target_id)
            case Restore():
                if not organizations.restore(action.policy_id, action.policy):
                    done.append(replace(action, policy=replace(action.policy, name=None)))
                    continue
            case EnableType():
                organizations.enable_type(action.policy_type, action.target_id)
            case Move():
                if not organizations.move(action.target_id, action.source_id, action.destination_id):
                    continue
        done.append(action)
    return tuple(done)


def _detach(action: Detach, facts: Facts, organizations: Organizations) -> tuple[Action, ...]:
    try:
        organizations.detach(action.policy_id, action.target_id)
    except NotAttachedError:
        return ()
    except LastPolicyError:
        first = full_access_first(action.target_id, facts.type_of(action.policy_id))
        if not first:
            raise
        for attach in first:
            organizations.attach(attach.policy_id, attach.target_id)
        organizations.detach(action.policy_id, action.target_id)
        return (*first, action)
    return (action,)
