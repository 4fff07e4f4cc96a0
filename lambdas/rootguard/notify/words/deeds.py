"""Each kind of change in words: what happened, how it is undone, and how a person undoes it by hand."""

from __future__ import annotations

from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.remedy import Attach, Detach, Move, Restore
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.words.phrases import clean, policy_label, target_label, types_label

_BY_INVITATION = "It is done: the account comes back only by an invitation that it accepts."
LASTING = {
    ChangeKind.DELETED: "It is done: the policy can only be made anew, with another id.",
    ChangeKind.ACCOUNT_CLOSED: "It is done: AWS can reopen the account for 90 days, and not after that.",
    ChangeKind.ACCOUNT_REMOVED: _BY_INVITATION,
    ChangeKind.ACCOUNT_LEFT: _BY_INVITATION,
    ChangeKind.ACCOUNT_DEPARTED: _BY_INVITATION,
    ChangeKind.ORGANIZATION_DELETED: "It is done: the organization can only be made anew.",
}
"""What nobody can simply undo, and what is left to do about it ("Close an AWS account", AWS Account
Management Reference Guide; "Managing account invitations", AWS Organizations User Guide)."""


def what(incident: Incident, *, with_id: bool = False) -> str:
    """Return what happened in a few words, such as `SCP "Quarantine" attached to Root`."""
    policy, target = policy_label(incident, with_id=with_id), target_label(incident)
    change = incident.change
    if incident.result is Result.REFUSED:
        return f"{change.kind.value} on {target}"
    match change.kind:
        case ChangeKind.ATTACHED:
            return f"{policy} attached to {target}"
        case ChangeKind.DETACHED:
            return f"{policy} detached from {target}"
        case ChangeKind.UPDATED:
            return f"{policy} on {target} edited"
        case ChangeKind.DELETED:
            return f"{policy} deleted"
        case ChangeKind.TYPE_DISABLED:
            return f"{types_label(change.policy_type)} disabled in the organization"
        case ChangeKind.TYPE_ENABLED:
            return f"{types_label(change.policy_type)} enabled in the organization"
        case ChangeKind.ACCOUNT_MOVED:
            return f"{target} moved from {change.source_id} to {change.destination_id}"
        case ChangeKind.ACCOUNT_DEPARTED:
            return f"{target if incident.target_id else 'an account'} left the organization"
        case kind:
            return f"{kind.value} called" + (f" on {target}" if incident.target_id else "")


def how_undone(incident: Incident) -> str:
    """Return what the guard did about it, as a sentence."""
    policy, target = policy_label(incident), target_label(incident)
    match incident.change.kind:
        case ChangeKind.ATTACHED:
            first = "attached full access, then " if _full_access_first(incident) else ""
            return f"Rootguard {first}detached the {policy} from {target}."
        case ChangeKind.DETACHED:
            restored = any(isinstance(action, Restore) for action in incident.done)
            first = "gave it back what it said, then " if restored else ""
            return f"Rootguard {first}attached the {policy} to {target} again."
        case ChangeKind.UPDATED:
            if any(isinstance(action, Restore) and action.policy.name is None for action in incident.done):
                taken = "its name is not known, or another policy has taken it"
                return f"Rootguard gave the {policy} on {target} its content back; {taken}."
            if any(isinstance(action, Detach) for action in incident.done):
                return f"Rootguard detached the {policy} from {target}: how it read before is not known."
            return f"Rootguard gave the {policy} on {target} its name, description and content back."
        case ChangeKind.TYPE_DISABLED:
            return f"Rootguard enabled {types_label(incident.change.policy_type)} again."
        case ChangeKind.ACCOUNT_MOVED:
            to = (action.destination_id for action in incident.done if isinstance(action, Move))
            return f"Rootguard moved {target} back to {next(to, incident.change.source_id)}."
        case kind:
            return f"Rootguard undid {kind.value}."


def by_hand(incident: Incident) -> str | None:
    """Return the command that undoes it by hand, where one does. What locks everyone out comes off first."""
    change, target_id = incident.change, incident.target_id
    match change.kind:
        case ChangeKind.UPDATED if not incident.is_lockout:
            return give_back(incident)
        case ChangeKind.ATTACHED | ChangeKind.UPDATED:
            told = f"detach-policy --policy-id {change.policy_id} --target-id {target_id}"
        case ChangeKind.DETACHED:
            told = f"attach-policy --policy-id {change.policy_id} --target-id {target_id}"
        case ChangeKind.TYPE_DISABLED:
            policy_type = clean(change.policy_type)
            told = f"enable-policy-type --root-id {target_id} --policy-type {policy_type}"
        case ChangeKind.ACCOUNT_MOVED:
            parents = f"--source-parent-id {change.destination_id} --destination-parent-id {change.source_id}"
            told = f"move-account --account-id {target_id} {parents}"
        case _:
            return None
    return f"aws organizations {told}"


def give_back(incident: Incident) -> str:
    """Return the command that gives an edited policy its content back."""
    file = "--content file://AS-IT-WAS.json"
    return f"aws organizations update-policy --policy-id {incident.change.policy_id} {file}"


def _full_access_first(incident: Incident) -> bool:
    return any(isinstance(action, Attach) for action in incident.done)
