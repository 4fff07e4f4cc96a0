"""What to do next, in the order in which a woken person does it."""

from __future__ import annotations

from rootguard.domain.change import PLACINGS, Actor, ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify.story import Story
from rootguard.notify.words.actions import by_hand, give_back
from rootguard.notify.words.phrases import ask, clean, place_of, time_label, types_label

_TRUSTABLE = {"AssumedRole": "the role", "IAMUser": "the user"}
"""Who can be one of `trusted_principals`: neither a root user nor a service has an ARN of IAM's."""
_AS_ROOT_USER = "If that is refused too, sign in as the management account's root user: no SCP binds it."


def next_steps(story: Story) -> tuple[str, ...]:
    """Return the steps, one sentence or two each."""
    if story.is_undecided:
        return _undecided(story)
    match story.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            back = () if story.incident.is_safe else (_bring_back(story),)
            check = "Check what failed meanwhile in the accounts that it reached."
            return (*back, _ask(story), check, _approve(story))
        case Result.NOT_UNDONE:
            why = "Then read the function's log for why Rootguard could not."
            return (*_undo_now(story), *_content(story), why, _ask(story))
        case Result.WATCHED:
            return (*_left(story), _ask(story))
        case Result.REFUSED:
            return (_ask(story),)


def _undecided(story: Story) -> tuple[str, ...]:
    command = by_hand(story)
    undo = f"undo it from the management account{f': {command}' if command else '.'}"
    return (
        f"Look at {place_of(story)} now. If the change is not meant, {undo}",
        *([_AS_ROOT_USER] if command else []),
        *_content(story),
        "Then read the function's log for why Rootguard could not decide.",
        _ask(story),
    )


def _undo_now(story: Story) -> tuple[str, ...]:
    if story.is_policy_gone:
        return _anew(story)
    command = by_hand(story)
    return (f"Undo it now, from the management account{f': {command}' if command else '.'}", _AS_ROOT_USER)


def _left(story: Story) -> tuple[str, ...]:
    """Return what to do about a change that Rootguard left as it is."""
    if story.incident.ends_lockout:
        off = story.kind is ChangeKind.DETACHED
        forgotten = " Rootguard does not accept it there any more." if off else ""
        return (f"Nothing, if ending the lockout was intended.{forgotten}",)
    if story.verdict.obstacle is Obstacle.APPROVED_SINCE:
        return ("Nothing is to be undone: it was approved of afterwards.",)
    if story.kind is ChangeKind.UNIT_DELETED:
        return (f"Take {clean(story.target_id)} out of guardrail.yaml, and deploy.",)
    if story.is_policy_gone:
        return _anew(story)
    command = by_hand(story)
    undo = (f"If it is not meant: {command}", *_content(story)) if command else ()
    if story.verdict.obstacle is Obstacle.FIGHT:
        return ("Find out what keeps doing it, and stop that first.", *undo)
    return undo


def _anew(story: Story) -> tuple[str, ...]:
    """Return what to do about a policy that does not exist any more: no command on it can work."""
    if story.kind is ChangeKind.ATTACHED:
        return ("The policy does not exist any more, so it is attached nowhere: see that no other one is.",)
    attach = f", and attach it to {place_of(story)}" if story.target_id else ""
    return (
        f"If the policy is still needed, create it anew with the content that was accepted{attach}.",
        "It is in your repository, or in CloudTrail's last UpdatePolicy or CreatePolicy record of it.",
    )


def _ask(story: Story) -> str:
    if story.kind is ChangeKind.ACCOUNT_DEPARTED:
        return "Ask who runs the account: is it meant? From now on no policy of the organization binds it."
    if story.actor is None:
        return "Find out who did it, in CloudTrail's event history: no event of it has come here yet."
    question = "a mistake, or a stolen credential? If nobody knows, treat it as stolen."
    return ask(story.actor, question)


def _content(story: Story) -> tuple[str, ...]:
    """Return the step that says what an edited policy is given back, and where that is found."""
    if story.kind is not ChangeKind.UPDATED or story.is_policy_gone or not story.target_id:
        return ()
    found = (
        "What it said before is in your repository, or in CloudTrail's last record of it before this one, "
        "UpdatePolicy or CreatePolicy."
    )
    if not story.is_lockout:
        return (found,)
    again = f"give it its content back, and attach it again: {give_back(story)}"
    return (f"Once it is detached, {again}", found)


def _bring_back(story: Story) -> str:
    restoring = story.incident.restoring
    if restoring is None:
        return f"Attach your {types_label(story.drift.policy_type)} again, Root's first."
    return (
        "See in the restore function's log how many are attached again. They are those that Rootguard last "
        f"saw at {time_label(restoring.seen_at)}: attach by hand what is newer."
    )


def _approve(story: Story) -> str:
    if story.is_lockout and story.incident.at_root and story.kind in PLACINGS:
        return _except(story)
    trustable = _trustable(story.actor)
    ways = [
        *([f"add {story.drift.policy_id} to `allow`"] if story.kind is ChangeKind.ATTACHED else []),
        *(["take the pin out of `pin_accounts`"] if story.kind is ChangeKind.ACCOUNT_MOVED else []),
        *([f"add {trustable} to `trusted_principals`"] if trustable else []),
    ]
    if not ways:
        return "If it was meant: have it done by one of `trusted_principals` in guardrail.yaml."
    return f"If it was meant: {' or '.join(ways)} in guardrail.yaml, deploy, and do it again."


def _except(story: Story) -> str:
    """Return how a lockout on Root is let through: nobody is trusted with it."""
    edited = story.kind is ChangeKind.UPDATED
    # An exception is for what a policy says when it is granted, which is before an edit.
    what_where = f"--policy {'ITS-ID' if edited else story.drift.policy_id} --target {story.target_id}"
    command = f'rootguard exception grant {what_where} --for 2h --reason "WHY"'
    if edited:
        return (
            "If it was meant: put it into a policy of its own, have someone else grant an exception for that "
            f"(`{command}`), and attach it."
        )
    return f"If it was meant: have someone else grant an exception (`{command}`), and do it again."


def _trustable(actor: Actor | None) -> str | None:
    """Return how to name an actor that can be trusted. Whom nothing approves of is not trusted yet."""
    return _TRUSTABLE.get(actor.kind) if actor and actor.arn else None
