"""The facts of an incident's page, field by field: which policy, where, by whom, when, how long, how many."""

from __future__ import annotations

from rootguard.domain.remedy import Restore
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.notify.page import Field, field
from rootguard.notify.phrases import (
    IN_FORCE,
    NO_EVENT_YET,
    actor_label,
    capital,
    clean,
    denies_label,
    duration_label,
    how_label,
    time_label,
    type_label,
)
from rootguard.notify.story import Reach, Story
from rootguard.notify.words.actions import LASTING

Fields = tuple[Field, ...]


def what_and_where(story: Story) -> Fields:
    """Return the policy, the target and the service, as far as the change names them."""
    drift, place, target_id = story.drift, story.place, story.incident.target_id
    moved = f"moved from {drift.source_id} to {drift.destination_id}" if drift.source_id else ""
    return (
        *(_policy(story) if drift.policy_id else ()),
        field("Where", place + ("" if target_id in place else f" ({target_id})"), moved),
        *((field("Service", clean(drift.service)),) if drift.service else ()),
    )


def _policy(story: Story) -> Fields:
    found = story.policy
    name = clean(found.name) if found and found.name else "name unknown"
    kind, denies = type_label(found.type) if found else "", denies_label(found)
    accepted = (action.policy.name for action in story.incident.done if isinstance(action, Restore))
    was = (f'called "{clean(old)}" again' for old in accepted if old and found and old != found.name)
    lockout = f"; {denies}: a lockout" if kind and denies else ""
    return (field("Policy", f"{name} ({story.drift.policy_id})", kind + lockout, *was),)


def who(story: Story) -> Field:
    """Return who did it, and how they came."""
    actor = story.drift.actor
    if actor is None:
        return field("By", f"not known: {NO_EVENT_YET}")
    came = (clean(actor.session or ""), how_label(actor)) if actor.arn is not None else ()
    return field("By", actor_label(actor), *came)


def by(story: Story) -> str:
    """Return who did it, as the end of a single line."""
    actor = story.drift.actor
    return f"By {actor_label(actor)}" if actor else capital(NO_EVENT_YET)


def when(story: Story) -> Fields:
    """Return when it happened, how often, and how long it was in force."""
    found, times = "" if story.drift.actor else "found at ", story.incident.times
    often = (field("How often", f"{times} times"),) if times > 1 else ()
    return (field("When", f"{found}{time_label(story.drift.at)}"), *often, field(IN_FORCE, _how_long(story)))


def reached(story: Story) -> Fields:
    """Return how many accounts it reached; nothing if it happened to no target."""
    if story.incident.result is Result.REFUSED:
        return (field("Reached", "none"),)
    return (field("Reached", _count(story.around.reach)),) if story.incident.target_id else ()


def after(story: Story) -> str:
    """Return how long it was in force, as an aside; nothing while it is."""
    exposure, bound = story.incident.exposure, _bound(story)
    if exposure is None:
        return ""
    return f", {f'in force {bound}' if bound else 'after '}{duration_label(exposure)}"


def until_closed(story: Story) -> str:
    """Return how long it was in force once a sweep found it over, as well as that is known.

    Rootguard knows when it undid something. What others undid was undone at some time before the sweep.
    """
    exposure, over = story.incident.exposure, story.closed_at or story.drift.at
    known = f"{_bound(story)}{duration_label(exposure)}" if exposure is not None else ""
    return _not_in_force(story) or known or f"at most {duration_label(over - story.drift.at)}"


def origin(story: Story) -> tuple[str, ...]:
    """Return where it was learnt, and which rule decided."""
    verdict, event_id = story.incident.verdict, clean(story.drift.event_id)
    found = f"CloudTrail event {event_id}" if event_id else capital(NO_EVENT_YET)
    held = "No protection" if verdict.protection is None else f'Protection "{clean(verdict.protection)}"'
    blind = "The ledger did not answer: nobody looked at what was accepted, nor at exceptions."
    return (
        f"{found} ({story.kind.value})",
        f"{held}, rule {verdict.reason.rule} ({verdict.reason.code})",
        *([] if story.incident.remembered else [blind]),
    )


def _not_in_force(story: Story) -> str:
    if story.incident.result is Result.REFUSED:
        return "not at all"
    if story.incident.ends_lockout:
        return "not at all: it ended a lockout"
    approved = story.incident.verdict.obstacle is Obstacle.APPROVED_SINCE
    return "until it was approved of" if approved else ""


def _how_long(story: Story) -> str:
    exposure = story.incident.exposure
    lasts = "since then" if story.kind in LASTING else "since then, and still is"
    if exposure is not None:
        unknown = "" if story.drift.actor else ": no event has said since when"
        lasts = f"{_bound(story)}{duration_label(exposure)}{unknown}"
    return _not_in_force(story) or lasts


def _bound(story: Story) -> str:
    """Return what the exposure is a bound of, in words before it; empty if it is known."""
    if story.drift.actor is None:
        return "longer than "
    return "at most " if story.incident.result is Result.ALREADY_UNDONE else ""


def _count(reach: Reach) -> str:
    if reach.accounts is None:
        return "an unknown number of accounts (they could not be counted)"
    if not reach.complete:
        return f"more than {reach.accounts} accounts (counting was cut short)"
    return "1 account" if reach.accounts == 1 else f"{reach.accounts} accounts"
