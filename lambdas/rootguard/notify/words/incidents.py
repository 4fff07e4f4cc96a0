"""The page of an incident: the whole story, in the order in which a woken person asks."""

from __future__ import annotations

from typing import Any

from rootguard.domain.change import ChangeKind
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import WAKING, Stage
from rootguard.lockout.evidence import evidence
from rootguard.notify.page import Kind, Page, Severity, field
from rootguard.notify.story import Story
from rootguard.notify.words import facts
from rootguard.notify.words.actions import what
from rootguard.notify.words.phrases import (
    HALF_UNDONE,
    HEADLINES,
    IN_FORCE,
    PUT_BACK,
    UNDECIDED,
    capital,
    clean,
    place_of,
    policy_label,
    time_label,
)
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
    named: dict[str, Any] = {
        "about": clean(story.incident.id),
        "title": what(story),
        "origin": facts.origin(story),
    }
    if story.stage is Stage.PUT_BACK:
        return _put_back(story, named)
    return _told(story, named) if story.stage in WAKING else _over(story, named)


def _told(story: Story, named: dict[str, Any]) -> Page:
    result, headline = story.incident.result, HEADLINES[story.incident.result]
    kind, severity = _KINDS[result]
    if story.is_undecided:
        kind, severity, headline = Kind.NOT_UNDONE, Severity.CRITICAL, UNDECIDED
    elif story.is_undone and not story.incident.is_safe:
        # Only a policy type comes back in part; whoever reads no more than this must not go back to sleep.
        headline = HALF_UNDONE
    if story.stage is Stage.ATTRIBUTED and story.is_undone:
        severity = Severity.INFO  # People were woken when it was found. Who did it can wait for the morning.
    return Page(
        kind=kind,
        severity=severity,
        at=story.drift.at,
        headline=f"{headline}{_ADDED.get(story.stage, '')}",
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
        **named,
    )


def _over(story: Story, named: dict[str, Any]) -> Page:
    """Return the page of an incident that a sweep found over."""
    lasted, over_at = facts.until_closed(story), story.closed_at or story.drift.at
    return Page(
        kind=Kind.CLEAN,
        severity=Severity.INFO,
        at=over_at,
        headline="CLEAN",
        sentences=(f"It is over: {what(story)}.", "It is safe now, and the incident is closed."),
        aside=f", in force {lasted}",
        safe=True,
        fields=(
            *facts.what_and_where(story),
            facts.who(story),
            field("When", time_label(story.drift.at)),
            field(IN_FORCE, lasted),
            field("Clean", time_label(over_at)),
        ),
        steps=("Nothing. `rootguard incident report` drafts the post-mortem.",),
        **named,
    )


def _put_back(story: Story, named: dict[str, Any]) -> Page:
    """Return the page of what was approved after all: its event came late."""
    back_at, late = story.closed_at or story.drift.at, "The event came late, and shows that it was approved."
    did = f"A sweep undid it before its event came. {late} {_again(story)}"
    happened = f"{capital(what(story))}. {did if story.is_undone else f'{late} It stays as it is.'}"
    return Page(
        kind=Kind.PUT_BACK,
        severity=Severity.INFO,
        at=back_at,
        headline=PUT_BACK,
        sentences=(happened, "It is safe now, and the incident is closed: nobody did anything wrong."),
        aside=". It was approved",
        safe=True,
        fields=(
            *facts.what_and_where(story),
            field("When", f"found at {time_label(story.drift.at)}"),
            field("Put back", time_label(back_at)),
        ),
        steps=("Nothing. If it happens often, find out why CloudTrail's events come late.",),
        **named | {"origin": facts.origin(story)[1:]},
    )


def _again(story: Story) -> str:
    """Return how the guard reversed its own undo."""
    policy, place = policy_label(story), place_of(story)
    return {
        ChangeKind.ATTACHED: f"Rootguard attached the {policy} to {place} again.",
        ChangeKind.DETACHED: f"Rootguard detached the {policy} from {place} again.",
    }.get(story.kind, "Rootguard put it back.")


def _statements(story: Story) -> tuple[str, ...]:
    """Return the statements that decide how much is denied; all of them if none does."""
    policy = story.policy
    found = evidence(policy.content, policy.type, policy.organization_id) if policy else ()
    deciding = tuple(statement.text for statement in found if statement.decides)
    return deciding or tuple(statement.text for statement in found)
