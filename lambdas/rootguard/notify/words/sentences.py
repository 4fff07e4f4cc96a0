"""What happened and whether it is safe now, each in a sentence or two."""

from __future__ import annotations

from rootguard.domain.change import PLACINGS, ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Stage
from rootguard.notify.phrases import actor_label, capital, clean, denies_label, duration_label
from rootguard.notify.story import Story
from rootguard.notify.words.actions import LASTING, how_undone, what

_SAFE = {
    Result.UNDONE: "It is safe now: the change is undone.",
    Result.ALREADY_UNDONE: "It is safe now: the change is undone.",
    Result.REFUSED: "It is safe: nothing changed.",
    Result.NOT_UNDONE: "It is NOT safe: the change is in force. Rootguard tries again; do not wait for it.",
}
_UNDECIDED = "It may NOT be safe: the change may be in force. Rootguard tries again; do not wait for it."
_APPROVED = "It is safe: somebody whom guardrail.yaml trusts, or an exception, approved of it afterwards."

_BY_ANOTHER = "Someone else, or an earlier attempt of Rootguard, undid it first."


def first_sentence(story: Story) -> str:
    """Return what is new at this stage, what happened, what was done about it, and how bad it is."""
    return clean(" ".join(filter(None, (_since(story), _outcome(story), _how_bad(story)))))


def is_it_safe(story: Story) -> str:
    """Return whether it is safe now."""
    incident = story.incident
    if story.is_undecided:
        return _UNDECIDED
    if story.is_undone and not incident.is_safe:
        return f"It is NOT safe yet: disabling detached them everywhere, and {_coming_back(story)}."
    if incident.result in _SAFE:
        return _SAFE[incident.result]
    if incident.ends_lockout:
        return "It is safe now: nobody is locked out by it any more."
    if incident.verdict.obstacle is Obstacle.APPROVED_SINCE:
        return _APPROVED
    if story.kind is ChangeKind.DETACHED and story.is_policy_gone:
        return "It is in force until someone creates the policy anew and attaches it."
    return LASTING.get(story.kind, "It is in force until someone undoes it.")


def _since(story: Story) -> str:
    who, times = actor_label(story.drift.actor), story.incident.times
    often = f": it has happened {times} times by now" if times > 1 else ""
    return {
        Stage.ATTRIBUTED: f"It is known now who did it: {who}.",
        Stage.AGAIN: f"{capital(who)} did it again{often}.",
        Stage.UNDONE: "It is undone after all.",
    }.get(story.stage, "")


def _outcome(story: Story) -> str:
    result, happened = story.incident.result, capital(what(story))
    answer = clean(story.incident.error or "").rstrip(". ") or "no answer"
    if story.is_undecided:
        return f"Rootguard could not decide about {what(story)}: {answer}; treat it as not undone."
    if result is Result.UNDONE or (result is Result.ALREADY_UNDONE and story.incident.done):
        return how_undone(story)
    this_time = "this time " if story.stage is Stage.NOT_UNDONE else ""
    return {
        Result.ALREADY_UNDONE: f"{happened}. {_BY_ANOTHER}",
        Result.NOT_UNDONE: f"{happened}, and {this_time}Rootguard could not undo it: {answer}.",
        Result.REFUSED: f"Someone called {story.kind.value} on {story.place}; IAM refused it.",
    }.get(result) or f"{happened}. {_why_left(story)}"


def _why_left(story: Story) -> str:
    """Return why the guard left it as it is."""
    obstacle = story.incident.verdict.obstacle
    if story.incident.ends_lockout:
        stays = "it is not given back" if story.kind is ChangeKind.UPDATED else "it stays detached"
        return f"What was accepted there denied everything to everyone: {stays}."
    if obstacle is Obstacle.FIGHT:
        return f"Rootguard stopped undoing it: {obstacle}."
    before = ""
    if story.kind is ChangeKind.UNIT_DELETED:
        before = "guardrail.yaml protects this OU, and it does not exist any more. "
    elif story.kind is ChangeKind.DETACHED and story.is_policy_gone:
        before = "The policy does not exist any more. "
    return f"{before}Rootguard left it so{f', because {obstacle}' if obstacle else ''}."


def _how_bad(story: Story) -> str:
    """Return that a lockout is in force by it, or was."""
    if story.incident.result is Result.REFUSED or story.incident.ends_lockout:
        return ""
    denies = denies_label(story.policy) if story.kind in PLACINGS else None
    if denies:
        return f"{'As edited, it' if story.kind is ChangeKind.UPDATED else 'It'} {denies}."
    if not story.incident.lockout:
        return ""
    if story.kind is ChangeKind.DETACHED:
        return "Without it, everything is denied to everyone."
    is_read = story.policy is not None and story.policy.content is not None
    together = "Together with the other policies there, it" if is_read else "It"
    return f"{together} denies everything to everyone."


def _coming_back(story: Story) -> str:
    """Return what comes back of a policy type that was disabled, in words that complete "and …"."""
    restoring = story.incident.restoring
    if restoring is None:
        return "only full access is back"
    count = "1 attachment" if restoring.attachments == 1 else f"all {restoring.attachments} attachments"
    return f"putting {count} back takes {duration_label(restoring.takes)} at least"
