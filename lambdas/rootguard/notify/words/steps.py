"""What to do next, in the order in which a woken person does it."""

from __future__ import annotations

from rootguard.domain.drift import PLACINGS, ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify.phrases import ask, clean, time_label, types_label
from rootguard.notify.story import Story

Steps = tuple[str, ...]

_DETACH = "detach-policy --policy-id {policy_id} --target-id {target_id}"
_BY_HAND = {
    ChangeKind.ATTACHED: _DETACH,
    ChangeKind.UPDATED: _DETACH,
    ChangeKind.DETACHED: "attach-policy --policy-id {policy_id} --target-id {target_id}",
    ChangeKind.TYPE_DISABLED: "enable-policy-type --root-id {target_id} --policy-type {policy_type}",
    ChangeKind.ACCOUNT_MOVED: "move-account --account-id {target_id} --source-parent-id {to} "
    "--destination-parent-id {home}",
}
_GIVE_BACK = "aws organizations update-policy --policy-id {} --content file://AS-IT-WAS.json"
_TRUSTABLE = {"AssumedRole": "the role", "IAMUser": "the user"}
"""Who can be one of `trusted_principals`: neither a root user nor a service has an ARN of IAM's."""
_AS_ROOT_USER = "If that is refused too, sign in as the management account's root user: no SCP binds it."
_FOUND_IN = (
    "What it said before is in your repository, or in CloudTrail's last record of it before this one, "
    "UpdatePolicy or CreatePolicy."
)


def next_steps(story: Story) -> Steps:
    """Return the steps, one sentence or two each."""
    command = _by_hand(story)
    there = f"from the management account{f': {command}' if command else '.'}"
    log = "Then read the function's log for why Rootguard could not"
    if story.is_undecided:
        look = f"Look at {story.place} now. If the change is not meant, undo it {there}"
        refused = (_AS_ROOT_USER,) if command else ()
        return (look, *refused, *_content(story), f"{log} decide.", _ask(story))
    match story.incident.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            back = () if story.incident.is_safe else (_bring_back(story),)
            check = "Check what failed meanwhile in the accounts that it reached."
            return (*back, _ask(story), check, _approve(story))
        case Result.NOT_UNDONE:
            first = _anew(story) if story.is_policy_gone else (f"Undo it now, {there}", _AS_ROOT_USER)
            return (*first, *_content(story), f"{log}.", _ask(story))
        case Result.WATCHED:
            return (*_left(story, command), _ask(story))
        case Result.REFUSED:
            return (_ask(story),)


def _by_hand(story: Story) -> str | None:
    """Return the command that undoes it by hand, if one can work. A lockout is detached first."""
    drift, target_id = story.drift, story.incident.target_id
    is_unplaced = drift.kind is ChangeKind.ACCOUNT_MOVED and not (drift.source_id and drift.destination_id)
    if not target_id or story.is_policy_gone or is_unplaced or drift.kind not in _BY_HAND:
        return None
    if drift.kind is ChangeKind.UPDATED and not story.is_lockout:
        return _GIVE_BACK.format(drift.policy_id)
    return "aws organizations " + _BY_HAND[drift.kind].format(
        policy_id=drift.policy_id,
        target_id=target_id,
        policy_type=clean(drift.policy_type),
        home=drift.source_id,
        to=drift.destination_id,
    )


def _left(story: Story, command: str | None) -> Steps:
    obstacle = story.incident.verdict.obstacle
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
    command = _GIVE_BACK.format(story.drift.policy_id)
    again = f"Once it is detached, give it its content back, and attach it again: {command}"
    return (again, _FOUND_IN)


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
    drift, actor, edited = story.drift, story.drift.actor, story.kind is ChangeKind.UPDATED
    if story.is_lockout and story.incident.at_root and story.kind in PLACINGS:
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
