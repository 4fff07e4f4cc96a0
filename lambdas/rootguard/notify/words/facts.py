"""The facts of an incident's page, field by field: which policy, where, by whom, when, how long, how many."""

from __future__ import annotations

from datetime import timedelta

from rootguard.domain.remedy import Restore
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify.page import Field
from rootguard.notify.story import Story
from rootguard.notify.words.actions import LASTING
from rootguard.notify.words.phrases import (
    IN_FORCE,
    NO_EVENT_YET,
    actor_label,
    capital,
    clean,
    denies_label,
    duration_label,
    how_label,
    place_of,
    reach_label,
    time_label,
    type_label,
)


def policy(story: Story) -> tuple[Field, ...]:
    """Return the policy, its type, and how much it denies; nothing if the change names none."""
    if not story.drift.policy_id:
        return ()
    found = story.policy
    name = clean(found.name) if found and found.name else "name unknown"
    accepted = (action.policy.name for action in story.incident.done if isinstance(action, Restore))
    was = (f'called "{clean(old)}" again' for old in accepted if old and found and old != found.name)
    about = _about_the_policy(story)
    return (Field("Policy", (f"{name} ({story.drift.policy_id})", *([about] if about else []), *was)),)


def where(story: Story) -> Field:
    """Return the target, and between which parents an account moved."""
    drift, label, target_id = story.drift, place_of(story), story.target_id
    moved = (f"moved from {drift.source_id} to {drift.destination_id}",) if drift.source_id else ()
    return Field("Where", (label + ("" if target_id in label else f" ({target_id})"), *moved))


def service(story: Story) -> tuple[Field, ...]:
    """Return the service that an account administers; nothing for any other change."""
    return (Field("Service", (clean(story.drift.service),)),) if story.drift.service else ()


def who(story: Story) -> Field:
    """Return who did it, and how they came."""
    actor = story.actor
    if actor is None:
        return Field("By", (f"not known: {NO_EVENT_YET}",))
    if actor.arn is None:
        return Field("By", (actor_label(actor),))
    session = (clean(actor.session),) if actor.session else ()
    return Field("By", (actor_label(actor), *session, how_label(actor)))


def by(story: Story) -> str:
    """Return who did it, as the end of a single line."""
    return capital(NO_EVENT_YET) if story.actor is None else f"By {actor_label(story.actor)}"


def when(story: Story) -> tuple[Field, ...]:
    """Return when it happened, how often, and how long it was in force."""
    found = "found at " if story.actor is None else ""
    times = story.incident.times
    return (
        Field("When", (f"{found}{time_label(story.drift.at)}",)),
        *([Field("How often", (f"{times} times",))] if times > 1 else []),
        Field(IN_FORCE, (_how_long(story),)),
    )


def reached(story: Story) -> tuple[Field, ...]:
    """Return how many accounts it reached; nothing if it happened to no target."""
    if story.result is Result.REFUSED:
        return (Field("Reached", ("none",)),)
    return (Field("Reached", (reach_label(story.around.reach),)),) if story.target_id else ()


def after(story: Story) -> str:
    """Return how long it was in force, as an aside; nothing while it is."""
    exposure = story.incident.exposure
    if exposure is None:
        return ""
    bound = _bound(story)
    return f", {f'in force {bound}' if bound else 'after '}{duration_label(exposure)}"


def until_closed(story: Story) -> str:
    """Return how long it was in force once a sweep found it over, as well as that is known.

    Rootguard knows when it undid something. What others undid was undone at some time before the sweep.
    """
    over, exposure = story.closed_at, story.incident.exposure
    if _ended_at_once(story):
        return _how_long(story)
    if exposure is not None:
        return f"{_bound(story)}{duration_label(exposure)}"
    return f"at most {duration_label(over - story.drift.at if over else timedelta(0))}"


def origin(story: Story) -> tuple[str, ...]:
    """Return where it was learnt, and which rule decided."""
    reason, event_id = story.verdict.reason, clean(story.drift.event_id)
    found = f"CloudTrail event {event_id}" if event_id else capital(NO_EVENT_YET)
    blind = "The ledger did not answer: nobody looked at what was accepted, nor at exceptions."
    return (
        f"{found} ({story.kind.value})",
        f"{_protection(story)}, rule {reason.rule} ({reason.code})",
        *([] if story.incident.remembered else [blind]),
    )


def _about_the_policy(story: Story) -> str | None:
    found = story.policy
    if found is None or not found.type:
        return None
    kind, denies = type_label(found.type), denies_label(found)
    return f"{kind}; {denies}: a lockout" if denies else kind


def _ended_at_once(story: Story) -> bool:
    is_approved = story.verdict.obstacle is Obstacle.APPROVED_SINCE
    return story.result is Result.REFUSED or story.incident.ends_lockout or is_approved


def _how_long(story: Story) -> str:
    if story.result is Result.REFUSED:
        return "not at all"
    if story.incident.ends_lockout:
        return "not at all: it ended a lockout"
    if story.verdict.obstacle is Obstacle.APPROVED_SINCE:
        return "until it was approved of"
    exposure = story.incident.exposure
    if exposure is None:
        return "since then" if story.kind in LASTING else "since then, and still is"
    unknown = ": no event has said since when" if story.actor is None else ""
    return f"{_bound(story)}{duration_label(exposure)}{unknown}"


def _bound(story: Story) -> str:
    """Return what the exposure is a bound of, in words before it; empty if it is known."""
    if story.actor is None:
        return "longer than "
    return "at most " if story.result is Result.ALREADY_UNDONE else ""


def _protection(story: Story) -> str:
    name = story.verdict.protection
    return "No protection" if name is None else f'Protection "{clean(name)}"'
