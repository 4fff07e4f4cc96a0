"""What to do next, in the order in which a woken person does it."""

from __future__ import annotations

from rootguard.cloudtrail.read import PLACINGS, ChangeKind
from rootguard.cloudtrail.record import Actor
from rootguard.domain.drift import UNSEEN
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.words.deeds import by_hand, give_back
from rootguard.notify.words.phrases import ask, time_label, types_label

_TRUSTABLE = {"AssumedRole": "the role", "IAMUser": "the user"}
"""Who can stand in `trusted_principals`: neither a root user nor a service has an ARN of IAM's."""


def next_steps(incident: Incident) -> tuple[str, ...]:
    """Return the steps, one sentence or two each."""
    who = _ask(incident)
    command = by_hand(incident)
    match incident.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            check = "Check what failed meanwhile in the accounts that it reached."
            if not incident.is_safe:
                return (_bring_back(incident), who, check, _approve(incident))
            return (who, check, _approve(incident))
        case Result.NOT_UNDONE:
            now = f": {command}" if command else "."
            return (
                f"Undo it now, from the management account{now}",
                "If that is refused too, sign in as the management account's root user: no SCP binds it.",
                *_content(incident),
                "Then read the function's log for why Rootguard could not.",
                who,
            )
        case Result.WATCHED if incident.ends_lockout:
            off = incident.change.kind is ChangeKind.DETACHED
            forgotten = " Rootguard accepts it there no more." if off else ""
            return (f"Nothing, if ending the lockout was intended.{forgotten}", who)
        case Result.WATCHED:
            undo = (f"If it is not meant: {command}", *_content(incident)) if command else ()
            return (*undo, who)
        case Result.REFUSED:
            return (who,)


def _ask(incident: Incident) -> str:
    if incident.change.kind is ChangeKind.ACCOUNT_DEPARTED:
        return "Ask who runs the account: is it meant? From now on no policy of the organization binds it."
    if incident.change.actor == UNSEEN:
        return "Find out who did it, in CloudTrail's event history: no event of it has come here yet."
    question = "a mistake, or a stolen credential? If nobody knows, treat it as stolen."
    return ask(incident.change.actor, question)


def _content(incident: Incident) -> tuple[str, ...]:
    """Return the step that says what an edited policy is given back, and where that is found."""
    if incident.change.kind is not ChangeKind.UPDATED:
        return ()
    found = (
        "What it said before is in your repository, or in CloudTrail's last record of it before this one, "
        "UpdatePolicy or CreatePolicy."
    )
    if not incident.is_lockout:
        return (found,)
    return (f"Once it is off, give it its content back, and attach it again: {give_back(incident)}", found)


def _bring_back(incident: Incident) -> str:
    if incident.restoring is None:
        return f"Attach your {types_label(incident.change.policy_type)} again, Root's first."
    return (
        "See in the function's log how many are restored. The policies are those of "
        f"{time_label(incident.restoring.listed_at)}, their targets of the hour before: attach by hand what "
        "is newer."
    )


def _approve(incident: Incident) -> str:
    change = incident.change
    if incident.is_lockout and incident.at_root and change.kind in PLACINGS:
        return _except(incident)
    trustable = _trustable(change.actor)
    ways = [
        *([f"add {change.policy_id} to `allow`"] if change.kind is ChangeKind.ATTACHED else []),
        *(["take the pin out of `pin_accounts`"] if change.kind is ChangeKind.ACCOUNT_MOVED else []),
        *([f"add {trustable} to `trusted_principals`"] if trustable else []),
    ]
    if not ways:
        return "If it was meant: have it done by one of `trusted_principals` in guardrail.yaml."
    return f"If it was meant: {' or '.join(ways)} in guardrail.yaml, deploy, and do it again."


def _except(incident: Incident) -> str:
    """Return how a lockout on Root is let through: nobody is trusted with it."""
    change = incident.change
    edited = change.kind is ChangeKind.UPDATED
    # An exception is for what a policy says when it is granted, which is before an edit.
    what_where = f"--policy {'ITS-ID' if edited else change.policy_id} --target {incident.target_id}"
    command = f'rootguard exception grant {what_where} --for 2h --reason "WHY"'
    if edited:
        return (
            "If it was meant: put it into a policy of its own, have someone else grant an exception for that "
            f"(`{command}`), and attach it."
        )
    return f"If it was meant: have someone else grant an exception (`{command}`), and do it again."


def _trustable(actor: Actor) -> str | None:
    """Return how to name an actor that can be trusted. Whom nothing approves of is not trusted yet."""
    return _TRUSTABLE.get(actor.kind) if actor.arn else None
