"""The page of an incident: the whole story, in the order in which a woken person asks."""

from __future__ import annotations

from dataclasses import replace

from rootguard.domain.change import ChangeKind
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import WAKING, Stage
from rootguard.lockout.classification import evidence
from rootguard.notify.page import Kind, Page, Severity, field
from rootguard.notify.phrases import IN_FORCE, capital, clean, time_label
from rootguard.notify.story import Story
from rootguard.notify.words import facts
from rootguard.notify.words.actions import what
from rootguard.notify.words.sentences import first_sentence, is_it_safe
from rootguard.notify.words.steps import next_steps

_OUTCOMES = {
    Result.UNDONE: (Kind.UNDONE, Severity.ERROR, "UNDONE"),
    Result.ALREADY_UNDONE: (Kind.ALREADY_UNDONE, Severity.ERROR, "ALREADY UNDONE"),
    Result.NOT_UNDONE: (Kind.NOT_UNDONE, Severity.CRITICAL, "NOT UNDONE"),
    Result.WATCHED: (Kind.WATCHED, Severity.WARNING, "NOT TOUCHED"),
    Result.REFUSED: (Kind.REFUSED, Severity.WARNING, "REFUSED"),
}
_HALF_UNDONE = "ENABLED AGAIN, NOT SAFE YET"
HEADLINES = (*(headline for _, _, headline in _OUTCOMES.values()), _HALF_UNDONE)
"""The outcomes in capitals."""
_ADDED = {Stage.ATTRIBUTED: ", ACTOR KNOWN", Stage.AGAIN: ", ONCE MORE"}
"""What a headline adds at some stages."""


def page(story: Story) -> Page:
    """Return the page of an incident at its stage."""
    kind, severity, headline = _OUTCOMES[story.incident.result]
    if story.is_undecided:
        kind, severity, headline = Kind.NOT_UNDONE, Severity.CRITICAL, "UNDECIDED"
    elif story.is_undone and not story.incident.is_safe:
        # Only a policy type comes back in part; whoever reads no more than this must not go back to sleep.
        headline = _HALF_UNDONE
    if story.stage is Stage.ATTRIBUTED and story.is_undone:
        severity = Severity.INFO  # People were woken when it was found. Who did it can wait for the morning.
    told = Page(
        kind=kind,
        severity=severity,
        about=clean(story.incident.id),
        at=story.drift.at,
        headline=f"{headline}{_ADDED.get(story.stage, '')}",
        title=what(story),
        sentences=(first_sentence(story), is_it_safe(story)),
        aside=f"{facts.after(story)}. {facts.by(story)}",
        safe=story.incident.is_safe,
        fields=(
            *facts.what_and_where(story),
            facts.who(story),
            *facts.when(story),
            *facts.reached(story),
        ),
        statements=_statements(story),
        steps=next_steps(story),
        origin=facts.origin(story),
    )
    if story.stage in WAKING:
        return told
    at = story.closed_at or story.drift.at
    told = replace(told, severity=Severity.INFO, at=at, safe=True, statements=())
    return _put_back(story, told) if story.stage is Stage.PUT_BACK else _over(story, told)


def _over(story: Story, told: Page) -> Page:
    """Return the page of an incident that a sweep found over."""
    lasted = facts.until_closed(story)
    return replace(
        told,
        kind=Kind.CLEAN,
        headline="CLEAN",
        sentences=(f"It is over: {told.title}.", "It is safe now, and the incident is closed."),
        aside=f", in force {lasted}",
        fields=(
            *facts.what_and_where(story),
            facts.who(story),
            field("When", time_label(story.drift.at)),
            field(IN_FORCE, lasted),
            field("Clean", time_label(told.at)),
        ),
        steps=("Nothing. `rootguard incident report` drafts the post-mortem.",),
    )


def _put_back(story: Story, told: Page) -> Page:
    """Return the page of what was approved after all: its event came late."""
    said = [
        f"{capital(told.title)}.",
        "The event came late, and shows that it was approved.",
        "It stays as it is.",
    ]
    if story.is_undone:
        said[1:] = ["A sweep undid it before its event came.", said[1], _again(story)]
    return replace(
        told,
        kind=Kind.PUT_BACK,
        headline="PUT BACK",
        sentences=(" ".join(said), "It is safe now, and the incident is closed: nobody did anything wrong."),
        aside=". It was approved",
        fields=(
            *facts.what_and_where(story),
            field("When", f"found at {time_label(story.drift.at)}"),
            field("Put back", time_label(told.at)),
        ),
        steps=("Nothing. If it happens often, find out why CloudTrail's events come late.",),
        origin=told.origin[1:],
    )


def _again(story: Story) -> str:
    """Return how the guard reversed its own undo."""
    return {
        ChangeKind.ATTACHED: f"Rootguard attached the {story.named()} to {story.place} again.",
        ChangeKind.DETACHED: f"Rootguard detached the {story.named()} from {story.place} again.",
    }.get(story.kind, "Rootguard put it back.")


def _statements(story: Story) -> tuple[str, ...]:
    """Return the statements that decide how much is denied; all of them if none does."""
    policy = story.policy
    found = evidence(policy.content, policy.type, policy.organization_id) if policy else ()
    deciding = tuple(statement.text for statement in found if statement.decides)
    return deciding or tuple(statement.text for statement in found)
