"""Each kind of change in words: what happened, how it is undone, and how a person undoes it by hand."""

from __future__ import annotations

from rootguard.domain.change import ChangeKind
from rootguard.domain.remedy import Attach, Detach, Move, Restore
from rootguard.incidents.incident import Result
from rootguard.notify.phrases import clean, types_label
from rootguard.notify.story import Story

_BY_INVITATION = "It is done: the account comes back only by an invitation that it accepts."
LASTING = {
    ChangeKind.DELETED: "It is done: the policy can only be created anew, with another id.",
    ChangeKind.UNIT_DELETED: "It is done: the OU can only be created anew, with another id.",
    ChangeKind.ACCOUNT_CLOSED: "It is done: AWS can reopen the account for 90 days, and not after that.",
    ChangeKind.ACCOUNT_REMOVED: _BY_INVITATION,
    ChangeKind.ACCOUNT_LEFT: _BY_INVITATION,
    ChangeKind.ACCOUNT_DEPARTED: _BY_INVITATION,
    ChangeKind.ORGANIZATION_DELETED: "It is done: the organization can only be created anew.",
}
"""What nobody can simply undo, and what is left to do about it ("Close an AWS account", AWS Account
Management Reference Guide; "Managing account invitations", AWS Organizations User Guide)."""

_HAPPENED = {
    ChangeKind.ATTACHED: "{policy} attached to {place}",
    ChangeKind.DETACHED: "{policy} detached from {place}",
    ChangeKind.UPDATED: "{policy}{on} edited",
    ChangeKind.DELETED: "{policy} deleted",
    ChangeKind.TYPE_DISABLED: "{types} disabled in the organization",
    ChangeKind.TYPE_ENABLED: "{types} enabled in the organization",
    ChangeKind.UNIT_DELETED: "{it} deleted",
    ChangeKind.ACCOUNT_MOVED: "{it} moved{from_to}",
    ChangeKind.ACCOUNT_DEPARTED: "{it} left the organization",
    ChangeKind.ADMINISTRATOR_REGISTERED: "{it} registered as delegated administrator{service}",
    ChangeKind.ADMINISTRATOR_DEREGISTERED: "{it} deregistered as delegated administrator{service}",
}
_DETACH = "detach-policy --policy-id {policy_id} --target-id {target_id}"
_MOVE = "move-account --account-id {target_id} --source-parent-id {to} --destination-parent-id {home}"
_BY_HAND = {
    ChangeKind.ATTACHED: _DETACH,
    ChangeKind.UPDATED: _DETACH,
    ChangeKind.DETACHED: "attach-policy --policy-id {policy_id} --target-id {target_id}",
    ChangeKind.TYPE_DISABLED: "enable-policy-type --root-id {target_id} --policy-type {policy_type}",
    ChangeKind.ACCOUNT_MOVED: _MOVE,
}


def what(story: Story, *, with_id: bool = False) -> str:
    """Return what happened in a few words, such as `SCP "Quarantine" attached to Root`."""
    drift, place = story.drift, story.place
    if story.incident.result is Result.REFUSED:
        return f"{drift.kind.value} on {place}"
    on = f" on {place}" if story.incident.target_id else ""
    anonymous = "an OU" if drift.kind is ChangeKind.UNIT_DELETED else "an account"
    came, went = f" from {drift.source_id}", f" to {drift.destination_id}"
    return _HAPPENED.get(drift.kind, f"{drift.kind.value} called{{on}}").format(
        policy=story.named(with_id=with_id),
        types=types_label(drift.policy_type),
        place=place,
        on=on,
        it=place if on else anonymous,
        from_to=(came if drift.source_id else "") + (went if drift.destination_id else ""),
        service=f" of {clean(drift.service)}" if drift.service else "",
    )


def how_undone(story: Story) -> str:
    """Return what the guard did about it, as a sentence."""
    policy, place, done = story.named(), story.place, story.incident.done
    restored = [action.policy for action in done if isinstance(action, Restore)]
    off = [action.policy_id for action in done if isinstance(action, Detach)]
    match story.kind:
        case ChangeKind.ATTACHED:
            first = "attached full access, then " if any(isinstance(a, Attach) for a in done) else ""
            return f"Rootguard {first}detached the {policy} from {place}."
        case ChangeKind.DETACHED:
            first = "gave it its accepted content back, then " if restored else ""
            room = f" To make room, it detached what nothing approves of there: {', '.join(off)}."
            return f"Rootguard {first}attached the {policy} to {place} again.{room if off else ''}"
        case ChangeKind.UPDATED if off:
            return f"Rootguard detached the {policy} from {place}: its accepted content is not known."
        case ChangeKind.UPDATED if any(accepted.name is None for accepted in restored):
            taken = "its name is not known, or another policy has taken it"
            return f"Rootguard gave the {policy} on {place} its content back; {taken}."
        case ChangeKind.UPDATED:
            return f"Rootguard gave the {policy} on {place} its name, description and content back."
        case ChangeKind.TYPE_DISABLED:
            return f"Rootguard enabled {types_label(story.drift.policy_type)} again."
        case ChangeKind.ACCOUNT_MOVED:
            to = (action.destination_id for action in done if isinstance(action, Move))
            return f"Rootguard moved {place} back to {next(to, story.drift.source_id) or 'its OU'}."
    return f"Rootguard undid {story.kind.value}."


def by_hand(story: Story) -> str | None:
    """Return the command that undoes it by hand, if one can work. A lockout is detached first."""
    drift, target_id = story.drift, story.incident.target_id
    is_unplaced = drift.kind is ChangeKind.ACCOUNT_MOVED and not (drift.source_id and drift.destination_id)
    if not target_id or story.is_policy_gone or is_unplaced or drift.kind not in _BY_HAND:
        return None
    if drift.kind is ChangeKind.UPDATED and not story.is_lockout:
        return give_back(story)
    return "aws organizations " + _BY_HAND[drift.kind].format(
        policy_id=drift.policy_id,
        target_id=target_id,
        policy_type=clean(drift.policy_type),
        home=drift.source_id,
        to=drift.destination_id,
    )


def give_back(story: Story) -> str:
    """Return the command that gives an edited policy its content back."""
    file = "--content file://AS-IT-WAS.json"
    return f"aws organizations update-policy --policy-id {story.drift.policy_id} {file}"
