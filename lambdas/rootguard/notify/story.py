"""A story: what happened, what was done about it, and whether it is safe now, in a sentence or two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rootguard.domain.drift import PLACINGS, ChangeKind, Drift
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import Policy
from rootguard.domain.remedy import Attach, Detach, Move, Restore
from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import Stage
from rootguard.notify import phrases
from rootguard.notify.phrases import actor_label, capital, clean, denies_label

_BY_INVITATION = "It is done: the account comes back only by an invitation that it accepts."
LASTING = {
    ChangeKind.DELETED: "It is done: the policy can only be created anew, with another id.",
    ChangeKind.UNIT_DELETED: "It is done: the OU can only be created anew, with another id.",
    ChangeKind.ACCOUNT_CLOSED: "It is done: AWS can reopen the account for 90 days, and not after that.",
    ChangeKind.ACCOUNT_REMOVED: _BY_INVITATION,
    ChangeKind.ACCOUNT_LEFT: _BY_INVITATION,
    ChangeKind.ACCOUNT_DEPARTED: _BY_INVITATION,
    ChangeKind.ACCOUNT_JOINED: "It is in Root now. Move it to its OU, or remove it from the organization.",
    ChangeKind.ORGANIZATION_DELETED: "It is done: the organization can only be created anew.",
}
"""What nobody can simply undo, and what is left to do about it ("Close an AWS account", AWS Account
Management Reference Guide; "Managing account invitations", AWS Organizations User Guide)."""

_HAPPENED = {
    ChangeKind.ATTACHED: "{policy} attached to {place}",
    ChangeKind.DETACHED: "{policy} detached from {place}",
    ChangeKind.CREATED: "{policy} created",
    ChangeKind.UPDATED: "{policy}{on} edited",
    ChangeKind.DELETED: "{policy} deleted",
    ChangeKind.TYPE_DISABLED: "{types} disabled in the organization",
    ChangeKind.TYPE_ENABLED: "{types} enabled in the organization",
    ChangeKind.UNIT_DELETED: "{it} deleted",
    ChangeKind.ACCOUNT_MOVED: "{it} moved{came} to {to}",
    ChangeKind.ACCOUNT_DEPARTED: "{it} left the organization",
    ChangeKind.ACCOUNT_JOINED: "{it} joined the organization",
    ChangeKind.ADMINISTRATOR_REGISTERED: "{it} registered as delegated administrator{service}",
    ChangeKind.ADMINISTRATOR_DEREGISTERED: "{it} deregistered as delegated administrator{service}",
    ChangeKind.TRANSFER_OFFERED: "another organization invited to take over the billing",
    ChangeKind.TRANSFER_UPDATED: "a transfer of the billing renamed",
    ChangeKind.TRANSFER_ENDED: "a transfer of the billing ended",
}
_UNDONE = "It is safe now: the change is undone."
_RETRYING = "Rootguard keeps retrying. Do not wait for it: undo it now."
_SAFE = {
    Result.UNDONE: _UNDONE,
    Result.ALREADY_UNDONE: _UNDONE,
    Result.REFUSED: "It is safe: nothing changed.",
    Result.NOT_UNDONE: f"It is NOT safe: the change is in force. {_RETRYING}",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How many member accounts are at or below a target: SCPs and RCPs bind no management account."""

    accounts: int | None = None  # None if they could not be counted
    complete: bool = True  # False if counting ended early, so that there are at least so many


@dataclass(frozen=True, slots=True)
class Around:
    """What is looked up for people. Each is left out if it cannot be read."""

    target_name: str | None = None
    policy: Policy | None = None  # as it is now
    policy_is_gone: bool = False  # whether it is known not to exist any more
    reach: Reach = Reach()
    resource_policy: str | None = None  # the organization's, as it is now; empty if there is none


@dataclass(frozen=True, slots=True)
class Story:
    """What one page says of an incident."""

    incident: Incident
    stage: Stage = Stage.FOUND
    around: Around = Around()
    closed_at: datetime | None = None  # when a sweep found it over; None before

    @property
    def drift(self) -> Drift:
        """What differs."""
        return self.incident.drift

    @property
    def kind(self) -> ChangeKind:
        """The call that leads to such a state."""
        return self.drift.kind

    @property
    def place(self) -> str:
        """Where it happened, as people name it."""
        return phrases.target_label(self.incident.target_id, self.around.target_name)

    def named(self, *, with_id: bool = False) -> str:
        """Return the policy as people name it: its type and its name, or its id if no more is known."""
        return phrases.label_of(self.policy, self.drift.policy_id or "unknown", with_id=with_id)

    @property
    def policy(self) -> Policy | None:
        """The policy as the drift left it, as far as that is known: it may read otherwise by now."""
        seen, now = self.drift.policy, self.around.policy
        if now is None or now.id != self.drift.policy_id:
            return seen
        if seen is None:
            return now if self.kind is ChangeKind.ATTACHED else replace(now, content=None, description=None)
        return replace(seen, name=seen.name or now.name, type=seen.type or now.type)

    @property
    def is_lockout(self) -> bool:
        """Whether it puts a policy in force that denies everything to everyone."""
        return self.incident.lockout or (self.kind in PLACINGS and is_lockout(self.policy, self.drift.at))

    @property
    def is_policy_gone(self) -> bool:
        """Whether the policy was deleted, so that no command on it can work."""
        if self.kind is ChangeKind.DETACHED and self.incident.verdict.obstacle is Obstacle.NO_WAY_BACK:
            return True
        not_found = "PolicyNotFoundException" in (self.incident.error or "")
        return self.around.policy_is_gone or self.kind is ChangeKind.DELETED or not_found

    @property
    def is_undone(self) -> bool:
        """Whether what was changed is changed back, if maybe not everything that hung on it."""
        return self.incident.result in (Result.UNDONE, Result.ALREADY_UNDONE)

    @property
    def is_in_force(self) -> bool:
        """Whether the change is still in force, or may be."""
        gone = self.kind in PLACINGS and self.is_policy_gone
        return not (self.is_undone or gone or self.incident.is_safe)

    @property
    def is_undecided(self) -> bool:
        """Whether the guard could not decide about it."""
        return self.incident.verdict.reason is Reason.UNDECIDED and not self.is_undone


def what(story: Story, *, with_id: bool = False) -> str:
    """Return what happened in a few words, such as `SCP "Quarantine" attached to Root`."""
    drift, place = story.drift, story.place
    if story.incident.result is Result.REFUSED:
        return f"{drift.kind.value} on {place}"
    on = f" on {place}" if story.incident.target_id else ""
    anonymous = "an OU" if drift.kind is ChangeKind.UNIT_DELETED else "an account"
    return _HAPPENED.get(drift.kind, f"{drift.kind.value} called{{on}}").format(
        policy=story.named(with_id=with_id),
        types=phrases.types_label(drift.policy_type),
        place=place,
        on=on,
        it=place if on else anonymous,
        came=f" from {drift.source_id}" if drift.source_id else "",  # a new account comes from nowhere
        to=drift.destination_id,
        service=f" of {clean(drift.service)}" if drift.service else "",
    )


def first_sentence(story: Story) -> str:
    """Return what is new at this stage, what happened, what was done about it, and how bad it is."""
    return clean(" ".join(filter(None, (_since(story), _outcome(story), _how_bad(story)))))


def is_it_safe(story: Story) -> str:
    """Return whether it is safe now."""
    incident, restoring = story.incident, story.incident.restoring
    if story.is_undecided:
        return f"It may NOT be safe: the change may be in force. {_RETRYING}"
    if story.is_undone and not incident.is_safe:
        coming = "only full access is back"
        if restoring:
            one = restoring.attachments == 1
            count = "1 attachment" if one else f"all {restoring.attachments} attachments"
            coming = f"putting {count} back takes {phrases.duration_label(restoring.takes)} at least"
        return f"It is NOT safe yet: disabling detached them everywhere, and {coming}."
    if incident.result in _SAFE:
        return _SAFE[incident.result]
    if incident.ends_lockout:
        return "It is safe now: nobody is locked out by it any more."
    if incident.verdict.obstacle is Obstacle.APPROVED_SINCE:
        return "It is safe: a trusted principal or an exception approved it afterwards."
    if story.kind is ChangeKind.DETACHED and story.is_policy_gone:
        return "It is in force until someone creates the policy anew and attaches it."
    return LASTING.get(story.kind, "It is in force until someone undoes it.")


def _since(story: Story) -> str:
    who, times = actor_label(story.drift.actor), story.incident.times
    often = f", {times} times by now" if times > 1 else ""
    return {
        Stage.ATTRIBUTED: f"It is known now who did it: {who}.",
        Stage.AGAIN: f"It was done again by {who}{often}.",
        Stage.UNDONE: "It is undone after all.",
    }.get(story.stage, "")


def _outcome(story: Story) -> str:
    result, happened = story.incident.result, capital(what(story))
    answer = clean(story.incident.error or "").rstrip(". ") or "no answer"
    if story.is_undecided:
        return f"Rootguard could not decide about {what(story)}: {answer}; treat it as not undone."
    if result is Result.UNDONE or (result is Result.ALREADY_UNDONE and story.incident.done):
        return _how_undone(story)
    this_time = "this time " if story.stage is Stage.NOT_UNDONE else ""
    by_another = "Someone else, or an earlier attempt of Rootguard, undid it first."
    return {
        Result.ALREADY_UNDONE: f"{happened}. {by_another}",
        Result.NOT_UNDONE: f"{happened}, and {this_time}Rootguard could not undo it: {answer}.",
        Result.REFUSED: f"Someone called {story.kind.value} on {story.place}; IAM refused it.",
    }.get(result) or f"{happened}. {_why_left(story)}"


def _how_undone(story: Story) -> str:
    policy, place, done = story.named(), story.place, story.incident.done
    restored = [action.policy for action in done if isinstance(action, Restore)]
    off = [action.policy_id for action in done if isinstance(action, Detach)]
    match story.kind:
        case ChangeKind.ATTACHED:
            first = "attached full access, then " if any(isinstance(a, Attach) for a in done) else ""
            return f"Rootguard {first}detached the {policy} from {place}."
        case ChangeKind.DETACHED:
            first = "gave it its accepted content back, then " if restored else ""
            room = f" To make room, it detached what is not approved there: {', '.join(off)}."
            return f"Rootguard {first}attached the {policy} to {place} again.{room if off else ''}"
        case ChangeKind.UPDATED if off:
            return f"Rootguard detached the {policy} from {place}: its accepted content is not known."
        case ChangeKind.UPDATED if any(accepted.name is None for accepted in restored):
            taken = "its name is not known, or another policy has taken it"
            return f"Rootguard gave the {policy} on {place} its content back; {taken}."
        case ChangeKind.UPDATED:
            return f"Rootguard gave the {policy} on {place} its name, description and content back."
        case ChangeKind.TYPE_DISABLED:
            return f"Rootguard enabled {phrases.types_label(story.drift.policy_type)} again."
        case ChangeKind.ACCOUNT_MOVED:
            to = (action.destination_id for action in done if isinstance(action, Move))
            return f"Rootguard moved {place} back to {next(to, story.drift.source_id) or 'its OU'}."
    return f"Rootguard undid {story.kind.value}."


def _why_left(story: Story) -> str:
    obstacle, before = story.incident.verdict.obstacle, ""
    if story.incident.ends_lockout:
        stays = "it is not given back" if story.kind is ChangeKind.UPDATED else "it stays detached"
        return f"What was accepted there denied everything to everyone: {stays}."
    if obstacle is Obstacle.FIGHT:
        return f"Rootguard stopped undoing it: {obstacle}."
    if story.kind is ChangeKind.UNIT_DELETED:
        before = "guardrail.yaml protects this OU, and it does not exist any more. "
    elif story.kind is ChangeKind.DETACHED and story.is_policy_gone:
        before = "The policy does not exist any more. "
    return f"{before}Rootguard left it so{f', because {obstacle}' if obstacle else ''}."


def _how_bad(story: Story) -> str:
    """Return that a lockout is in force by it, or was."""
    if story.incident.result is Result.REFUSED or story.incident.ends_lockout:
        return ""
    denies = denies_label(story.policy, story.drift.at) if story.kind in PLACINGS else None
    if denies:
        return f"{'As edited, it' if story.kind is ChangeKind.UPDATED else 'It'} {denies}."
    if not story.incident.lockout:
        return ""
    if story.kind is ChangeKind.DETACHED:
        return "Without it, everything is denied to everyone."
    is_read = story.policy is not None and story.policy.content is not None
    together = "Together with the other policies there, it" if is_read else "It"
    return f"{together} denies everything to everyone."
