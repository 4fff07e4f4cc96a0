"""The page of an incident: the whole story, in the order in which a woken person asks."""

from __future__ import annotations

from rootguard.incidents.incident import Result
from rootguard.incidents.notice import WAKING, Stage
from rootguard.lockout.evidence import evidence
from rootguard.notify.page import Kind, Page, Severity
from rootguard.notify.story import Story
from rootguard.notify.words import closings, facts
from rootguard.notify.words.actions import what
from rootguard.notify.words.phrases import HALF_UNDONE, HEADLINES, UNDECIDED, clean
from rootguard.notify.words.sentences import first_sentence, is_it_safe
from rootguard.notify.words.steps import next_steps

_KINDS = {
    Result.UNDONE: (Kind.UNDONE, Severity.ERROR),
    Result.ALREADY_UNDONE: (Kind.ALREADY_UNDONE, Severity.ERROR),
    Result.NOT_UNDONE: (Kind.NOT_UNDONE, Severity.CRITICAL),
    Result.WATCHED: (Kind.WATCHED, Severity.WARNING),
    Result.REFUSED: (Kind.REFUSED, Severity.WARNING),
}
_ADDED = {Stage.ATTRIBUTED: ", ACTOR KNOWN", Stage.AGAIN: ", ONCE MORE"}
"""What a headline adds at some stages."""


def page(story: Story) -> Page:
    """Return the page of an incident at its stage."""
    if story.stage not in WAKING:
        return closings.page(story)
    kind, severity = (Kind.NOT_UNDONE, Severity.CRITICAL) if story.is_undecided else _KINDS[story.result]
    if story.stage is Stage.ATTRIBUTED and story.is_undone:
        severity = Severity.INFO  # People were woken when it was found. Who did it can wait for the morning.
    return Page(
        kind=kind,
        severity=severity,
        about=clean(story.incident.id),
        at=story.drift.at,
        headline=f"{_headline(story)}{_ADDED.get(story.stage, '')}",
        title=what(story),
        sentences=(first_sentence(story), is_it_safe(story)),
        aside=f"{facts.after(story)}. {facts.by(story)}",
        safe=story.incident.is_safe,
        fields=(
            *facts.policy(story),
            facts.where(story),
            *facts.service(story),
            facts.who(story),
            *facts.when(story),
            *facts.reached(story),
        ),
        statements=_statements(story),
        steps=next_steps(story),
        origin=facts.origin(story),
    )


def _headline(story: Story) -> str:
    if story.is_undecided:
        return UNDECIDED
    # Only a policy type comes back in part; whoever reads no more than this line must not go back to sleep.
    return HALF_UNDONE if story.is_undone and not story.incident.is_safe else HEADLINES[story.result]


def _statements(story: Story) -> tuple[str, ...]:
    """Return the statements that decide how much is denied; all of them if none does."""
    policy = story.policy
    if policy is None:
        return ()
    statements = evidence(policy.content, policy.type, policy.organization_id)
    deciding = tuple(statement.text for statement in statements if statement.decides)
    return deciding or tuple(statement.text for statement in statements)
