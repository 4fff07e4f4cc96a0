"""The last page of an incident: a sweep found it over, or it was approved after all and put back."""

from __future__ import annotations

from rootguard.domain.change import ChangeKind
from rootguard.incidents.notice import Stage
from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.story import Story
from rootguard.notify.words import facts
from rootguard.notify.words.actions import what
from rootguard.notify.words.phrases import (
    IN_FORCE,
    PUT_BACK,
    capital,
    clean,
    place_of,
    policy_label,
    time_label,
)


def page(story: Story) -> Page:
    """Return the page of an incident that is over since `story.closed_at`."""
    return _put_back(story) if story.stage is Stage.PUT_BACK else _over(story)


def _over(story: Story) -> Page:
    title, lasted, over_at = what(story), facts.until_closed(story), story.closed_at or story.drift.at
    return Page(
        kind=Kind.CLEAN,
        severity=Severity.INFO,
        about=clean(story.incident.id),
        at=over_at,
        headline="CLEAN",
        title=title,
        sentences=(
            f"It is over: {title}.",
            "It is safe now, and the incident is closed.",
        ),
        aside=f", in force {lasted}",
        safe=True,
        fields=(
            *facts.policy(story),
            facts.where(story),
            *facts.service(story),
            facts.who(story),
            Field("When", (time_label(story.drift.at),)),
            Field(IN_FORCE, (lasted,)),
            Field("Clean", (time_label(over_at),)),
        ),
        steps=("Nothing. `rootguard incident report` drafts the post-mortem.",),
        origin=facts.origin(story),
    )


def _put_back(story: Story) -> Page:
    back_at = story.closed_at or story.drift.at
    undone = "A sweep undid it before its event came. " if story.is_undone else ""
    again = _again(story) if story.is_undone else "It stays as it is."
    return Page(
        kind=Kind.PUT_BACK,
        severity=Severity.INFO,
        about=clean(story.incident.id),
        at=back_at,
        headline=PUT_BACK,
        title=what(story),
        sentences=(
            f"{capital(what(story))}. {undone}The event came late, and shows that it was approved. {again}",
            "It is safe now, and the incident is closed: nobody did anything wrong.",
        ),
        aside=". It was approved",
        safe=True,
        fields=(
            *facts.policy(story),
            facts.where(story),
            Field("When", (f"found at {time_label(story.drift.at)}",)),
            Field("Put back", (time_label(back_at),)),
        ),
        steps=("Nothing. If it happens often, find out why CloudTrail's events come late.",),
        origin=facts.origin(story)[1:],
    )


def _again(story: Story) -> str:
    """Return how the guard reversed its own undo."""
    policy, place = policy_label(story), place_of(story)
    match story.kind:
        case ChangeKind.ATTACHED:
            return f"Rootguard attached the {policy} to {place} again."
        case ChangeKind.DETACHED:
            return f"Rootguard detached the {policy} from {place} again."
    return "Rootguard put it back."
