"""What happened and whether it is safe now, each in a sentence or two."""

from __future__ import annotations

from rootguard.domain.change import PLACINGS, ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Stage
from rootguard.notify.story import Story
from rootguard.notify.words.actions import LASTING, how_undone, what
from rootguard.notify.words.phrases import (
    actor_label,
    capital,
    clean,
    denies_label,
    duration_label,
    place_of,
)


def first_sentence(story: Story) -> str:
    """Return what happened, what was done about it, and how bad it is."""
    said = " ".join(filter(None, (_since(story), _outcome(story), _how_bad(story))))
    return clean(said)


def is_it_safe(story: Story) -> str:
    """Return whether it is safe now."""
    if story.is_undecided:
        return "It may NOT be safe: the change may be in force. Rootguard tries again; do not wait for it."
    match story.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            if not story.incident.is_safe:
                return f"It is NOT safe yet: disabling detached them everywhere, and {_coming_back(story)}."
            return "It is safe now: the change is undone."
        case Result.REFUSED:
            return "It is safe: nothing changed."
        case Result.NOT_UNDONE:
            return "It is NOT safe: the change is in force. Rootguard tries again; do not wait for it."
    if story.incident.ends_lockout:
        return "It is safe now: nobody is locked out by it any more."
    if story.verdict.obstacle is Obstacle.APPROVED_SINCE:
        return "It is safe: somebody whom guardrail.yaml trusts, or an exception, approved of it afterwards."
    if story.kind is ChangeKind.DETACHED and story.is_policy_gone:
        return "It is in force until someone creates the policy anew and attaches it."
    return LASTING.get(story.kind, "It is in force until someone undoes it.")


def _since(story: Story) -> str:
    """Return what is new at this stage."""
    who, times = capital(actor_label(story.actor)), story.incident.times
    match story.stage:
        case Stage.ATTRIBUTED:
            return f"It is known now who did it: {actor_label(story.actor)}."
        case Stage.AGAIN if times > 1:
            return f"{who} did it again: it has happened {times} times by now."
        case Stage.AGAIN:
            return f"{who} did it again."
        case Stage.UNDONE:
            return "It is undone after all."
    return ""


def _outcome(story: Story) -> str:
    happened = capital(what(story))
    answer = clean(story.incident.error or "no answer").rstrip(". ") or "no answer"
    if story.is_undecided:
        return f"Rootguard could not decide about {what(story)}: {answer}; treat it as not undone."
    match story.result:
        case Result.UNDONE:
            return how_undone(story)
        case Result.ALREADY_UNDONE if story.incident.done:
            return how_undone(story)
        case Result.ALREADY_UNDONE:
            return f"{happened}. Someone else, or an earlier attempt of Rootguard, undid it first."
        case Result.NOT_UNDONE if story.stage is Stage.NOT_UNDONE:
            return f"{happened}, and this time Rootguard could not undo it: {answer}."
        case Result.NOT_UNDONE:
            return f"{happened}, and Rootguard could not undo it: {answer}."
        case Result.REFUSED:
            return f"Someone called {story.kind.value} on {place_of(story)}; IAM refused it."
    return f"{happened}. {_why_left(story)}"


def _why_left(story: Story) -> str:
    """Return why the guard left it so."""
    if story.incident.ends_lockout:
        edited = story.kind is ChangeKind.UPDATED
        stays = "it is not given back" if edited else "it stays detached"
        return f"What was accepted there denied everything to everyone: {stays}."
    if story.verdict.obstacle is Obstacle.FIGHT:
        return f"Rootguard stopped undoing it: {Obstacle.FIGHT}."
    gone = story.kind is ChangeKind.DETACHED and story.is_policy_gone
    deleted = "The policy does not exist any more. " if gone else ""
    missing = "guardrail.yaml protects this OU, and it does not exist any more. "
    before = missing if story.kind is ChangeKind.UNIT_DELETED else deleted
    if story.verdict.obstacle is None:
        return f"{before}Rootguard left it so."
    return f"{before}Rootguard left it so, because {story.verdict.obstacle}."


def _how_bad(story: Story) -> str:
    """Return that a lockout is in force by it, or was."""
    if story.result is Result.REFUSED or story.incident.ends_lockout:
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
