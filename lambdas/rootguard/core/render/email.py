"""The e-mail: the whole story in plain text, in the order in which a woken person asks."""

from __future__ import annotations

from rootguard.core.changes import Actor, ChangeKind
from rootguard.core.differences import UNSEEN
from rootguard.core.incident import Incident, Result
from rootguard.core.plan import Restore
from rootguard.core.render.deeds import by_hand, how_undone, what
from rootguard.core.render.phrases import (
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
    types_label,
)

_PLACING = (ChangeKind.ATTACHED, ChangeKind.UPDATED)
_SUBJECT_LIMIT = 99
"""SNS takes a subject of less than 100 printable ASCII characters ("Publish", Amazon SNS API Reference)."""


def subject(incident: Incident) -> str:
    """Return the subject line: at most 99 printable ASCII characters."""
    line = f"Rootguard {HEADLINES[incident.result]}: {what(incident)}"
    printable = line.encode("ascii", "replace").decode()
    return printable if len(printable) <= _SUBJECT_LIMIT else printable[: _SUBJECT_LIMIT - 3] + "..."


def body(incident: Incident) -> str:
    """Return the text."""
    lines = [
        f"{HEADLINES[incident.result]}. {_first_sentence(incident)}",
        _is_it_safe(incident),
        "",
        *_policy(incident),
        *_where(incident),
        *_who(incident.change.actor),
        *_when(incident),
        "",
        "What to do next",
        *(f"{number}. {step}" for number, step in enumerate(_next_steps(incident), start=1)),
        "",
        *_origin(incident),
    ]
    return "\n".join(lines) + "\n"


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
        case Result.WATCHED:
            said = f"{happened}. Rootguard left it so, because {incident.verdict.hindrance}."
        case Result.REFUSED:
            return f"Someone called {incident.change.kind.value} on {target_label(incident)}; IAM refused it."
    denies = denies_label(incident.policy) if incident.change.kind in _PLACING else None
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
        case Result.WATCHED:
            return "It is in force until someone undoes it."


def _coming_back(incident: Incident) -> str:
    """Return what comes back of a policy type that was disabled, in words that complete "and …"."""
    restoring = incident.restoring
    if restoring is None:
        return "only full access is back"
    count = "1 attachment" if restoring.attachments == 1 else f"all {restoring.attachments} attachments"
    return f"putting {count} back takes {duration_label(restoring.takes)} at least"


def _policy(incident: Incident) -> list[str]:
    if not incident.change.policy_id:
        return []
    policy = incident.policy
    name = clean(policy.name) if policy and policy.name else "name unknown"
    accepted = (action.policy.name for action in incident.done if isinstance(action, Restore))
    was = (f'called "{clean(old)}" again' for old in accepted if old and policy and old != policy.name)
    return [
        f"Policy    {name} ({incident.change.policy_id})",
        *_indented(_about_the_policy(incident)),
        *_indented(next(was, None)),
    ]


def _about_the_policy(incident: Incident) -> str | None:
    if incident.policy is None:
        return None
    kind, denies = type_label(incident.policy.type), denies_label(incident.policy)
    return f"{kind}; {denies}: a lockout" if denies else kind


def _where(incident: Incident) -> list[str]:
    change, label, target_id = incident.change, target_label(incident), incident.target_id
    moved = f"moved from {change.source_id} to {change.destination_id}" if change.source_id else None
    return [
        f"Where     {label}" + ("" if target_id in label else f" ({target_id})"),
        *_indented(moved),
    ]


def _who(actor: Actor) -> list[str]:
    if actor == UNSEEN:
        return [f"By        {actor_label(actor)}"]
    return [
        f"By        {actor_label(actor)}",
        *_indented(clean(actor.session) if actor.session else None),
        *_indented(how_label(actor)),
    ]


def _when(incident: Incident) -> list[str]:
    found = "found at " if incident.change.actor == UNSEEN else ""
    lines = [f"When      {found}{time_label(incident.change.at)}", f"Stood     {_how_long(incident)}"]
    if incident.result is Result.REFUSED:
        return [*lines, "Reached   none"]
    return [*lines, f"Reached   {reach_label(incident.reach)}"] if incident.target_id else lines


def _how_long(incident: Incident) -> str:
    if incident.result is Result.REFUSED:
        return "not at all"
    if incident.exposure is None:
        return "since then, and still does"
    if incident.change.actor == UNSEEN:
        return f"longer than {duration_label(incident.exposure)}: no event told since when"
    at_most = "at most " if incident.result is Result.ALREADY_UNDONE else ""
    return at_most + duration_label(incident.exposure)


def _next_steps(incident: Incident) -> tuple[str, ...]:
    who = actor_label(incident.change.actor)
    ask = f"Ask {who}: a mistake, or a stolen credential? If nobody knows, treat it as stolen."
    if incident.change.actor == UNSEEN:
        ask = "Find out who did it, in CloudTrail's event history: no event of it came here."
    command = by_hand(incident)
    match incident.result:
        case Result.UNDONE | Result.ALREADY_UNDONE:
            check = "Check what failed meanwhile in the accounts that it reached."
            if not incident.is_safe:
                return (_bring_back(incident), ask, check, _approve(incident))
            return (ask, check, _approve(incident))
        case Result.NOT_UNDONE:
            now = f": {command}" if command else "."
            return (
                f"Undo it now, from the management account{now}",
                "If that is refused too, sign in as the management account's root user: no SCP binds it.",
                "Then read the function's log for why Rootguard could not.",
                ask,
            )
        case Result.WATCHED:
            return (f"If it is not meant: {command}", ask) if command else (ask,)
        case Result.REFUSED:
            return (ask,)


def _bring_back(incident: Incident) -> str:
    if incident.restoring is None:
        return f"Attach your {types_label(incident.change.policy_type)} again, Root's first."
    return (
        "See in the function's log how many are restored. The policies are those of "
        f"{time_label(incident.restoring.listed_at)}, their targets of the hour before: attach by hand what "
        "is newer."
    )


def _approve(incident: Incident) -> str:
    change = incident.change
    way = "add the role to `trusted_principals`"
    if change.kind in _PLACING:
        way = f"add {change.policy_id} to `allow`, or the role to `trusted_principals`,"
    elif change.kind is ChangeKind.ACCOUNT_MOVED:
        way = "take the pin out of `pin_accounts`, or add the role to `trusted_principals`,"
    return f"If it was meant: {way} in guardrail.yaml, deploy, and do it again."


def _protection(incident: Incident) -> str:
    name = incident.verdict.protection
    return "No protection" if name is None else f'Protection "{name}"'


def _origin(incident: Incident) -> list[str]:
    reason, event = incident.verdict.reason, clean(incident.id)
    found = f"Found by the {event}" if incident.change.actor == UNSEEN else f"CloudTrail event {event}"
    lines = [
        f"{found} ({incident.change.kind.value})",
        f"{_protection(incident)}, rule {reason.rule} ({reason.code})",
    ]
    if not incident.remembered:
        lines.append("The ledger did not answer: nobody looked at what was accepted, nor at exceptions.")
    return lines


def _indented(line: str | None) -> list[str]:
    return [] if line is None else [f"          {line}"]
