"""The page of an incident: the whole story, in the order in which a woken person asks."""

from __future__ import annotations

from rootguard.cloudtrail.read import PLACINGS, ChangeKind
from rootguard.cloudtrail.record import Actor
from rootguard.domain.drift import UNSEEN
from rootguard.domain.remedy import Restore
from rootguard.domain.verdict import Hindrance
from rootguard.incidents.incident import Incident, Result
from rootguard.lockout.evidence import evidence
from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.words.deeds import LASTING, how_undone, what
from rootguard.notify.words.phrases import (
    HALF_UNDONE,
    HEADLINES,
    actor_label,
    capital,
    clean,
    denies_label,
    duration_label,
    how_label,
    reach_label,
    target_label,
    time_label,
    type_label,
)
from rootguard.notify.words.steps import next_steps

_KINDS = {
    Result.UNDONE: (Kind.UNDONE, Severity.ERROR),
    Result.ALREADY_UNDONE: (Kind.ALREADY_UNDONE, Severity.ERROR),
    Result.NOT_UNDONE: (Kind.NOT_UNDONE, Severity.CRITICAL),
    Result.WATCHED: (Kind.WATCHED, Severity.WARNING),
    Result.REFUSED: (Kind.REFUSED, Severity.WARNING),
}


def page(incident: Incident) -> Page:
    """Return the page."""
    kind, severity = _KINDS[incident.result]
    return Page(
        kind=kind,
        severity=severity,
        about=clean(incident.id),
        at=incident.change.at,
        headline=_headline(incident),
        title=what(incident),
        sentences=(_first_sentence(incident), _is_it_safe(incident)),
        aside=f"{_after(incident)}. By {actor_label(incident.change.actor)}",
        safe=incident.is_safe,
        fields=(
            *_policy(incident),
            _where(incident),
            _who(incident.change.actor),
            *_when(incident),
        ),
        statements=_statements(incident),
        steps=next_steps(incident),
        origin=_origin(incident),
    )


def _headline(incident: Incident) -> str:
    undone = incident.result in (Result.UNDONE, Result.ALREADY_UNDONE)
    # Only a policy type comes back in part; whoever reads no more than this line must not go back to sleep.
    return HALF_UNDONE if undone and not incident.is_safe else HEADLINES[incident.result]


def _first_sentence(incident: Incident) -> str:
    happened = capital(what(incident))
    match incident.result:
        case Result.UNDONE:
            said = how_undone(incident)
        case Result.ALREADY_UNDONE:
            said = f"{happened}. Someone else, or an earlier attempt of Rootguard, undid it first."
        case Result.NOT_UNDONE:
            answer = clean(incident.error or "no answer").rstrip(".")
            said = f"{happened}, and Rootguard could not undo it: {answer}."
        case Result.WATCHED if incident.ends_lockout:
            edited = incident.change.kind is ChangeKind.UPDATED
            stays = "it is not given back" if edited else "it stays off"
            said = f"{happened}. What was accepted there denied everything to everyone: {stays}."
        case Result.WATCHED if incident.verdict.hindrance is Hindrance.FIGHT:
            who = actor_label(incident.change.actor)
            said = f"{happened}. Rootguard is fighting with {who} and left it so: {Hindrance.FIGHT}."
        case Result.WATCHED:
            said = f"{happened}. Rootguard left it so, because {incident.verdict.hindrance}."
        case Result.REFUSED:
            return f"Someone called {incident.change.kind.value} on {target_label(incident)}; IAM refused it."
    denies = denies_label(incident.policy) if incident.change.kind in PLACINGS else None
    it = "As edited, it" if incident.change.kind is ChangeKind.UPDATED else "It"
    return f"{said} {it} {denies}." if denies else said


def _is_it_safe(incident: Incident) -> str:
    match incident.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            if not incident.is_safe:
                return (
                    f"It is NOT safe yet: disabling took them off everywhere, and {_coming_back(incident)}."
                )
            return "It is safe now: the change is undone."
        case Result.REFUSED:
            return "It is safe: nothing changed."
        case Result.NOT_UNDONE:
            return "It is NOT safe: the change is in force. Rootguard tries again; do not wait for it."
        case Result.WATCHED if incident.ends_lockout:
            return "It is safe now: nobody is locked out by it any more."
        case Result.WATCHED:
            return LASTING.get(incident.change.kind, "It is in force until someone undoes it.")


def _coming_back(incident: Incident) -> str:
    """Return what comes back of a policy type that was disabled, in words that complete "and …"."""
    restoring = incident.restoring
    if restoring is None:
        return "only full access is back"
    count = "1 attachment" if restoring.attachments == 1 else f"all {restoring.attachments} attachments"
    return f"putting {count} back takes {duration_label(restoring.takes)} at least"


def _policy(incident: Incident) -> list[Field]:
    if not incident.change.policy_id:
        return []
    policy = incident.policy
    name = clean(policy.name) if policy and policy.name else "name unknown"
    accepted = (action.policy.name for action in incident.done if isinstance(action, Restore))
    was = (f'called "{clean(old)}" again' for old in accepted if old and policy and old != policy.name)
    about = _about_the_policy(incident)
    return [Field("Policy", (f"{name} ({incident.change.policy_id})", *([about] if about else []), *was))]


def _about_the_policy(incident: Incident) -> str | None:
    if incident.policy is None:
        return None
    kind, denies = type_label(incident.policy.type), denies_label(incident.policy)
    return f"{kind}; {denies}: a lockout" if denies else kind


def _statements(incident: Incident) -> tuple[str, ...]:
    """Return the statements that decide how much is denied; all of them where none does."""
    policy = incident.policy
    if policy is None:
        return ()
    statements = evidence(policy.content, policy.type, policy.organization_id)
    deciding = tuple(statement.text for statement in statements if statement.decides)
    return deciding or tuple(statement.text for statement in statements)


def _where(incident: Incident) -> Field:
    change, label, target_id = incident.change, target_label(incident), incident.target_id
    moved = (f"moved from {change.source_id} to {change.destination_id}",) if change.source_id else ()
    return Field("Where", (label + ("" if target_id in label else f" ({target_id})"), *moved))


def _who(actor: Actor) -> Field:
    if actor == UNSEEN or actor.arn is None:
        return Field("By", (actor_label(actor),))
    session = (clean(actor.session),) if actor.session else ()
    return Field("By", (actor_label(actor), *session, how_label(actor)))


def _when(incident: Incident) -> list[Field]:
    found = "found at " if incident.change.actor == UNSEEN else ""
    fields = [
        Field("When", (f"{found}{time_label(incident.change.at)}",)),
        Field("Stood", (_how_long(incident),)),
    ]
    if incident.result is Result.REFUSED:
        return [*fields, Field("Reached", ("none",))]
    return [*fields, Field("Reached", (reach_label(incident.reach),))] if incident.target_id else fields


def _how_long(incident: Incident) -> str:
    if incident.result is Result.REFUSED:
        return "not at all"
    if incident.ends_lockout:
        return "not at all: it ended a lockout"
    if incident.exposure is None:
        return "since then" if incident.change.kind in LASTING else "since then, and still does"
    unknown = ": no event told since when" if incident.change.actor == UNSEEN else ""
    return f"{_bound(incident)}{duration_label(incident.exposure)}{unknown}"


def _after(incident: Incident) -> str:
    """Return how long it stood, as an aside; nothing while it stands."""
    if incident.exposure is None:
        return ""
    bound = _bound(incident)
    return f", {f'stood {bound}' if bound else 'after '}{duration_label(incident.exposure)}"


def _bound(incident: Incident) -> str:
    """Return what the exposure is a bound of, in words before it; empty where it is known."""
    if incident.change.actor == UNSEEN:
        return "longer than "
    return "at most " if incident.result is Result.ALREADY_UNDONE else ""


def _protection(incident: Incident) -> str:
    name = incident.verdict.protection
    return "No protection" if name is None else f'Protection "{name}"'


def _origin(incident: Incident) -> tuple[str, ...]:
    reason, event = incident.verdict.reason, clean(incident.change.event_id)
    found = f"Found by the {event}" if incident.change.actor == UNSEEN else f"CloudTrail event {event}"
    blind = "The ledger did not answer: nobody looked at what was accepted, nor at exceptions."
    return (
        f"{found} ({incident.change.kind.value})",
        f"{_protection(incident)}, rule {reason.rule} ({reason.code})",
        *([] if incident.remembered else [blind]),
    )
