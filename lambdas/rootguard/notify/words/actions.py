"""Each kind of change in words: what happened, how it is undone, and how a person undoes it by hand."""

from __future__ import annotations

from rootguard.domain.change import ChangeKind
from rootguard.domain.remedy import Attach, Detach, Move, Restore
from rootguard.incidents.incident import Result
from rootguard.notify.story import Story
from rootguard.notify.words.phrases import clean, place_of, policy_label, types_label

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


def what(story: Story, *, with_id: bool = False) -> str:
    """Return what happened in a few words, such as `SCP "Quarantine" attached to Root`."""
    policy, place, drift = policy_label(story, with_id=with_id), place_of(story), story.drift
    if story.result is Result.REFUSED:
        return f"{drift.kind.value} on {place}"
    match drift.kind:
        case ChangeKind.ATTACHED:
            return f"{policy} attached to {place}"
        case ChangeKind.DETACHED:
            return f"{policy} detached from {place}"
        case ChangeKind.UPDATED:
            return f"{policy} on {place} edited" if story.target_id else f"{policy} edited"
        case ChangeKind.DELETED:
            return f"{policy} deleted"
        case ChangeKind.TYPE_DISABLED:
            return f"{types_label(drift.policy_type)} disabled in the organization"
        case ChangeKind.TYPE_ENABLED:
            return f"{types_label(drift.policy_type)} enabled in the organization"
    return _in_the_organization(story)


def _in_the_organization(story: Story) -> str:
    place = place_of(story) if story.target_id else ""
    match story.kind:
        case ChangeKind.UNIT_DELETED:
            return f"{place or 'an OU'} deleted"
        case ChangeKind.ACCOUNT_MOVED:
            return f"{place or 'an account'} moved{_from_and_to(story)}"
        case ChangeKind.ACCOUNT_DEPARTED:
            return f"{place or 'an account'} left the organization"
        case ChangeKind.ADMINISTRATOR_REGISTERED:
            return f"{place or 'an account'} registered as delegated administrator{_service(story)}"
        case ChangeKind.ADMINISTRATOR_DEREGISTERED:
            return f"{place or 'an account'} deregistered as delegated administrator{_service(story)}"
        case kind:
            return f"{kind.value} called" + (f" on {place}" if place else "")


def how_undone(story: Story) -> str:
    """Return what the guard did about it, as a sentence."""
    policy, place, done = policy_label(story), place_of(story), story.incident.done
    restored = [action.policy for action in done if isinstance(action, Restore)]
    match story.kind:
        case ChangeKind.ATTACHED:
            first = "attached full access, then " if _full_access_first(story) else ""
            return f"Rootguard {first}detached the {policy} from {place}."
        case ChangeKind.DETACHED:
            first = "gave it its accepted content back, then " if restored else ""
            return f"Rootguard {first}attached the {policy} to {place} again.{_room_made(story)}"
        case ChangeKind.UPDATED:
            if any(isinstance(action, Detach) for action in done):
                return f"Rootguard detached the {policy} from {place}: its accepted content is not known."
            if any(accepted.name is None for accepted in restored):
                taken = "its name is not known, or another policy has taken it"
                return f"Rootguard gave the {policy} on {place} its content back; {taken}."
            return f"Rootguard gave the {policy} on {place} its name, description and content back."
        case ChangeKind.TYPE_DISABLED:
            return f"Rootguard enabled {types_label(story.drift.policy_type)} again."
        case ChangeKind.ACCOUNT_MOVED:
            to = (action.destination_id for action in done if isinstance(action, Move))
            return f"Rootguard moved {place} back to {next(to, story.drift.source_id) or 'its OU'}."
        case kind:
            return f"Rootguard undid {kind.value}."


def by_hand(story: Story) -> str | None:
    """Return the command that undoes it by hand, if one can work. A lockout is detached first."""
    drift, target_id = story.drift, story.target_id
    if not target_id or story.is_policy_gone:
        return None
    match drift.kind:
        case ChangeKind.UPDATED if not story.is_lockout:
            return give_back(story)
        case ChangeKind.ATTACHED | ChangeKind.UPDATED:
            command = f"detach-policy --policy-id {drift.policy_id} --target-id {target_id}"
        case ChangeKind.DETACHED:
            command = f"attach-policy --policy-id {drift.policy_id} --target-id {target_id}"
        case ChangeKind.TYPE_DISABLED:
            command = f"enable-policy-type --root-id {target_id} --policy-type {clean(drift.policy_type)}"
        case ChangeKind.ACCOUNT_MOVED if drift.source_id and drift.destination_id:
            parents = f"--source-parent-id {drift.destination_id} --destination-parent-id {drift.source_id}"
            command = f"move-account --account-id {target_id} {parents}"
        case _:
            return None
    return f"aws organizations {command}"


def give_back(story: Story) -> str:
    """Return the command that gives an edited policy its content back."""
    file = "--content file://AS-IT-WAS.json"
    return f"aws organizations update-policy --policy-id {story.drift.policy_id} {file}"


def _full_access_first(story: Story) -> bool:
    return any(isinstance(action, Attach) for action in story.incident.done)


def _room_made(story: Story) -> str:
    off = [action.policy_id for action in story.incident.done if isinstance(action, Detach)]
    if not off:
        return ""
    return f" To make room, it detached what nothing approves of there: {', '.join(off)}."


def _from_and_to(story: Story) -> str:
    source_id, destination_id = story.drift.source_id, story.drift.destination_id
    return (f" from {source_id}" if source_id else "") + (f" to {destination_id}" if destination_id else "")


def _service(story: Story) -> str:
    return f" of {clean(story.drift.service)}" if story.drift.service else ""
