"""The page of an incident: the whole story, in the order in which a woken person asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rootguard.domain.drift import ChangeKind
from rootguard.domain.remedy import Restore
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import WAKING, Stage
from rootguard.lockout.classification import evidence
from rootguard.notify import phrases
from rootguard.notify.page import Field, Kind, Page, Severity, field
from rootguard.notify.phrases import IN_FORCE, NO_EVENT_YET, capital, clean, duration_label, time_label
from rootguard.notify.story import LASTING, Story, first_sentence, is_it_safe, what
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
    incident, drift = story.incident, story.drift
    kind, severity, headline = _OUTCOMES[incident.result]
    if story.is_undecided:
        kind, severity, headline = Kind.NOT_UNDONE, Severity.CRITICAL, "UNDECIDED"
    elif story.is_undone and not incident.is_safe:
        # Only a policy type comes back in part; whoever reads no more than this must not go back to sleep.
        headline = _HALF_UNDONE
    if story.stage is Stage.ATTRIBUTED and story.is_undone:
        severity = Severity.INFO  # People were woken when it was found. Who did it can wait for the morning.
    by = f"By {phrases.actor_label(drift.actor)}" if drift.actor else capital(NO_EVENT_YET)
    lasted = _exposure(story)
    # ", after 19 s", but ", in force at most 19 s".
    after = f", {'after' if lasted[0].isdigit() else 'in force'} {lasted}" if lasted else ""
    page = Page(
        kind=kind,
        severity=severity,
        about=clean(incident.id),
        at=drift.at,
        headline=f"{headline}{_ADDED.get(story.stage, '')}",
        title=what(story),
        sentences=(first_sentence(story), is_it_safe(story)),
        aside=f"{after}. {by}",
        safe=incident.is_safe,
        fields=(*_what_and_where(story), _who(story), *_when(story), *_reached(story)),
        statements=_statements(story),
        steps=next_steps(story),
        origin=_origin(story),
    )
    if story.stage in WAKING:
        return page
    at = story.closed_at or drift.at
    page = replace(page, severity=Severity.INFO, at=at, safe=True, statements=())
    return _put_back(story, page) if story.stage is Stage.PUT_BACK else _over(story, page)


def _over(story: Story, page: Page) -> Page:
    """Return the page of an incident that a sweep found over.

    Rootguard knows when it undid something. What others undid was undone at some time before the sweep.
    """
    lasted = _not_in_force(story) or _exposure(story) or f"at most {duration_label(page.at - story.drift.at)}"
    return replace(
        page,
        kind=Kind.CLEAN,
        headline="CLEAN",
        sentences=(f"It is over: {page.title}.", "It is safe now, and the incident is closed."),
        aside=f", in force {lasted}",
        fields=(
            *_what_and_where(story),
            _who(story),
            field("When", time_label(story.drift.at)),
            field(IN_FORCE, lasted),
            field("Clean", time_label(page.at)),
        ),
        steps=("Nothing. `rootguard incident report` drafts the post-mortem.",),
    )


def _put_back(story: Story, page: Page) -> Page:
    """Return the page of what was approved after all: its event came late."""
    late, then = "The event came late, and shows that it was approved.", "It stays as it is."
    if story.is_undone:
        again = {
            ChangeKind.ATTACHED: f"Rootguard attached the {story.named()} to {story.place} again.",
            ChangeKind.DETACHED: f"Rootguard detached the {story.named()} from {story.place} again.",
        }
        late = f"A sweep undid it before its event came. {late}"
        then = again.get(story.kind, "Rootguard put it back.")
    return replace(
        page,
        kind=Kind.PUT_BACK,
        headline="PUT BACK",
        sentences=(
            f"{capital(page.title)}. {late} {then}",
            "It is safe now, and the incident is closed: nobody did anything wrong.",
        ),
        aside=". It was approved",
        fields=(
            *_what_and_where(story),
            field("When", f"found at {time_label(story.drift.at)}"),
            field("Put back", time_label(page.at)),
        ),
        steps=("Nothing. If it happens often, find out why CloudTrail's events come late.",),
        origin=page.origin[1:],
    )


def _what_and_where(story: Story) -> Iterator[Field]:
    """Yield the policy, the target and the service, as far as the change names them."""
    drift, place, target_id, found = story.drift, story.place, story.incident.target_id, story.policy
    if drift.policy_id:
        name = clean(found.name) if found and found.name else "name unknown"
        kind, denies = phrases.type_label(found.type) if found else "", phrases.denies_label(found)
        accepted = (action.policy.name for action in story.incident.done if isinstance(action, Restore))
        was = (f'called "{clean(old)}" again' for old in accepted if old and found and old != found.name)
        lockout = f"; {denies}: a lockout" if kind and denies else ""
        yield field("Policy", f"{name} ({drift.policy_id})", kind + lockout, *was)
    moved = f"moved from {drift.source_id} to {drift.destination_id}" if drift.source_id else ""
    yield field("Where", place + ("" if target_id in place else f" ({target_id})"), moved)
    if drift.service:
        yield field("Service", clean(drift.service))


def _who(story: Story) -> Field:
    actor = story.drift.actor
    if actor is None:
        return field("By", f"not known: {NO_EVENT_YET}")
    came = (clean(actor.session or ""), phrases.how_label(actor)) if actor.arn is not None else ()
    return field("By", phrases.actor_label(actor), *came)


def _when(story: Story) -> Iterator[Field]:
    is_seen, times, lasted = story.drift.actor is None, story.incident.times, _exposure(story)
    yield field("When", f"{'found at ' if is_seen else ''}{time_label(story.drift.at)}")
    if times > 1:
        yield field("How often", f"{times} times")
    if lasted:
        lasted += ": no event has said since when" if is_seen else ""
    else:
        lasted = "since then" if story.kind in LASTING else "since then, and still is"
    yield field(IN_FORCE, _not_in_force(story) or lasted)


def _reached(story: Story) -> Iterator[Field]:
    """Yield how many accounts it reached; nothing if it happened to no target."""
    reach = story.around.reach
    count = "1 account" if reach.accounts == 1 else f"{reach.accounts} accounts"
    if reach.accounts is None:
        count = "an unknown number of accounts (they could not be counted)"
    elif not reach.complete:
        count = f"more than {reach.accounts} accounts (counting was cut short)"
    if story.incident.result is Result.REFUSED:
        yield field("Reached", "none")
    elif story.incident.target_id:
        yield field("Reached", count)


def _not_in_force(story: Story) -> str:
    if story.incident.result is Result.REFUSED:
        return "not at all"
    if story.incident.ends_lockout:
        return "not at all: it ended a lockout"
    approved = story.incident.verdict.obstacle is Obstacle.APPROVED_SINCE
    return "until it was approved of" if approved else ""


def _exposure(story: Story) -> str:
    """Return how long it was in force, begun with a word if that is only a bound; empty while it is."""
    exposure = story.incident.exposure
    bound = "at most " if story.incident.result is Result.ALREADY_UNDONE else ""
    if story.drift.actor is None:
        bound = "longer than "
    return f"{bound}{duration_label(exposure)}" if exposure is not None else ""


def _origin(story: Story) -> tuple[str, ...]:
    verdict, event_id = story.incident.verdict, clean(story.drift.event_id)
    found = f"CloudTrail event {event_id}" if event_id else capital(NO_EVENT_YET)
    held = "No protection" if verdict.protection is None else f'Protection "{clean(verdict.protection)}"'
    blind = "The ledger did not answer: nobody looked at what was accepted, nor at exceptions."
    return (
        f"{found} ({story.kind.value})",
        f"{held}, rule {verdict.reason.rule} ({verdict.reason.value})",
        *([] if story.incident.remembered else [blind]),
    )


def _statements(story: Story) -> tuple[str, ...]:
    """Return the statements that decide how much is denied; all of them if none does."""
    policy = story.policy
    found = evidence(policy.content, policy.type, policy.organization_id) if policy else ()
    deciding = tuple(statement.text for statement in found if statement.decides)
    return deciding or tuple(statement.text for statement in found)
