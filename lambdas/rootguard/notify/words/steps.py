"""What to do next, in the order in which a woken person does it."""

from __future__ import annotations

from rootguard.domain.change import PLACINGS, ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify.phrases import ask, clean, time_label, types_label
from rootguard.notify.story import Story
from rootguard.notify.words.actions import by_hand, give_back

Steps = tuple[str, ...]

_TRUSTABLE = {"AssumedRole": "the role", "IAMUser": "the user"}
"""Who can be one of `trusted_principals`: neither a root user nor a service has an ARN of IAM's."""
_AS_ROOT_USER = "If that is refused too, sign in as the management account's root user: no SCP binds it."
_FOUND_IN = (
    "What it said before is in your repository, or in CloudTrail's last record of it before this one, "
    "UpdatePolicy or CreatePolicy."
)


def next_steps(story: Story) -> Steps:
    """Return the steps, one sentence or two each."""
    command = by_hand(story)
    if story.is_undecided:
        undo = f"undo it from the management account{f': {command}' if command else '.'}"
        return (
            f"Look at {story.place} now. If the change is not meant, {undo}",
            *([_AS_ROOT_USER] if command else []),
            *_content(story),
            "Then read the function's log for why Rootguard could not decide.",
            _ask(story),
        )
    match story.incident.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            back = () if story.incident.is_safe else (_bring_back(story),)
            check = "Check what failed meanwhile in the accounts that it reached."
            return (*back, _ask(story), check, _approve(story))
        case Result.NOT_UNDONE:
            now = f"Undo it now, from the management account{f': {command}' if command else '.'}"
            first = _anew(story) if story.is_policy_gone else (now, _AS_ROOT_USER)
            why = "Then read the function's log for why Rootguard could not."
            return (*first, *_content(story), why, _ask(story))
        case Result.WATCHED:
            return (*_left(story), _ask(story))
        case Result.REFUSED:
            return (_ask(story),)


def _left(story: Story) -> Steps:
    """Return what to do about a change that Rootguard left as it is."""
    obstacle, command = story.incident.verdict.obstacle, by_hand(story)
    if story.incident.ends_lockout:
        off = story.kind is ChangeKind.DETACHED
        forgotten = " Rootguard does not accept it there any more." if off else ""
        return (f"Nothing, if ending the lockout was intended.{forgotten}",)
    if obstacle is Obstacle.APPROVED_SINCE:
        return ("Nothing is to be undone: it was approved of afterwards.",)
    if story.kind is ChangeKind.UNIT_DELETED:
        return (f"Take {clean(story.incident.target_id)} out of guardrail.yaml, and deploy.",)
    if story.is_policy_gone:
        return _anew(story)
    stop = ("Find out what keeps doing it, and stop that first.",) if obstacle is Obstacle.FIGHT else ()
    return (*stop, f"If it is not meant: {command}", *_content(story)) if command else stop


def _anew(story: Story) -> Steps:
    """Return what to do about a policy that does not exist any more: no command on it can work."""
    if story.kind is ChangeKind.ATTACHED:
        return ("The policy does not exist any more, so it is attached nowhere: see that no other one is.",)
    attach = f", and attach it to {story.place}" if story.incident.target_id else ""
    return (
        f"If the policy is still needed, create it anew with the content that was accepted{attach}.",
        "It is in your repository, or in CloudTrail's last UpdatePolicy or CreatePolicy record of it.",
    )


def _ask(story: Story) -> str:
    if story.kind is ChangeKind.ACCOUNT_DEPARTED:
        return "Ask who runs the account: is it meant? From now on no policy of the organization binds it."
    if story.drift.actor is None:
        return "Find out who did it, in CloudTrail's event history: no event of it has come here yet."
    return ask(story.drift.actor, "a mistake, or a stolen credential? If nobody knows, treat it as stolen.")


def _content(story: Story) -> Steps:
    """Return the step that says what an edited policy is given back, and where that is found."""
    if story.kind is not ChangeKind.UPDATED or story.is_policy_gone or not story.incident.target_id:
        return ()
    if not story.is_lockout:
        return (_FOUND_IN,)
    again = f"give it its content back, and attach it again: {give_back(story)}"
    return (f"Once it is detached, {again}", _FOUND_IN)


def _bring_back(story: Story) -> str:
    restoring = story.incident.restoring
    if restoring is None:
        return f"Attach your {types_label(story.drift.policy_type)} again, Root's first."
    return (
        "See in the restore function's log how many are attached again. They are those that Rootguard last "
        f"saw at {time_label(restoring.seen_at)}: attach by hand what is newer."
    )


def _approve(story: Story) -> str:
    """Return how it is let through the next time. On Root nobody is trusted with a lockout."""
    drift, actor = story.drift, story.drift.actor
    if story.is_lockout and story.incident.at_root and story.kind in PLACINGS:
        edited = story.kind is ChangeKind.UPDATED
        # An exception is for what a policy says when it is granted, which is before an edit.
        what_where = f"--policy {'ITS-ID' if edited else drift.policy_id} --target {story.incident.target_id}"
        command = f'`rootguard exception grant {what_where} --for 2h --reason "WHY"`'
        if edited:
            own = "put it into a policy of its own, have someone else grant an exception for that"
            return f"If it was meant: {own} ({command}), and attach it."
        return f"If it was meant: have someone else grant an exception ({command}), and do it again."
    trustable = _TRUSTABLE.get(actor.kind) if actor and actor.arn else None
    ways = {
        f"add {drift.policy_id} to `allow`": story.kind is ChangeKind.ATTACHED,
        "take the pin out of `pin_accounts`": story.kind is ChangeKind.ACCOUNT_MOVED,
        f"add {trustable} to `trusted_principals`": trustable,
    }
    open_ways = " or ".join(way for way, is_open in ways.items() if is_open)
    if not open_ways:
        return "If it was meant: have it done by one of `trusted_principals` in guardrail.yaml."
    return f"If it was meant: {open_ways} in guardrail.yaml, deploy, and do it again."
