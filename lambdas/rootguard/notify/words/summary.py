"""A verdict in one or two sentences: what the guard does with a change, and why."""

from __future__ import annotations

from rootguard.cloudtrail.read import PLACINGS, Change, ChangeKind, NotOurs
from rootguard.domain.facts import Facts
from rootguard.domain.remedy import plan
from rootguard.domain.verdict import Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result, incident_of
from rootguard.notify.words.deeds import what
from rootguard.notify.words.phrases import (
    actor_label,
    capital,
    clean,
    denies_label,
    policy_label,
    target_label,
    types_label,
)


def summary(verdict: Verdict, change: Change | NotOurs, facts: Facts) -> str:
    """Return the sentences."""
    if isinstance(change, NotOurs):
        return f"Nothing to decide: {clean(change.detail)}."
    incident = incident_of(Result.WATCHED, verdict, change, facts)
    if verdict.reason in (Reason.VIOLATION, Reason.LOCKOUT_ON_ROOT):
        return f"{capital(_violation(incident))} {_response(verdict, facts)}"
    return capital(_because(incident))


def _because(incident: Incident) -> str:
    policy, target = policy_label(incident, with_id=True), target_label(incident)
    change = incident.change
    who = actor_label(change.actor)
    subject = f"{types_label(change.policy_type)} are" if change.policy_type else f"{policy} is"
    pinned = f"No protection pins {target}, {change.source_id} or {change.destination_id}."
    return {
        Reason.CALL_FAILED: f"The call failed with {clean(change.error_code or '')}: nothing changed.",
        Reason.DENIED_ATTEMPT: (
            f"IAM refused {who} to call {change.kind.value} on {target}: nothing changed, on-call is told."
        ),
        Reason.OWN_CHANGE: "Rootguard made this change itself.",
        Reason.TARGET_NOT_PROTECTED: pinned if change.source_id else f"No protection holds for {target}.",
        Reason.LOCKOUT_ELSEWHERE: (
            f"no protection holds for {target}, but {policy} locks many accounts out there: on-call is told."
        ),
        Reason.STANDS_NOWHERE_PROTECTED: f"{policy} stands on no protected target.",
        Reason.POLICY_TYPE_NOT_COVERED: f"{subject} of no type that a protection covers here.",
        Reason.POLICY_GONE: f"{policy} does not exist, so it stands nowhere.",
        Reason.FULL_ACCESS_POLICY: f"{policy} is AWS's own full access: always allowed.",
        Reason.ALLOW_LISTED: f"{policy} is on the protection's `allow` list.",
        Reason.IN_BASELINE: f"{policy} is in the baseline of {target}, just so.",
        Reason.NOT_IN_BASELINE: f"{policy} is not in the baseline of {target}: it may go.",
        Reason.TRUSTED_PRINCIPAL: f"{who} is one of the protection's trusted principals.",
        Reason.EXCEPTION: f"an exception that someone else granted permits {policy} on {target}.",
    }[incident.verdict.reason]


def _violation(incident: Incident) -> str:
    who = actor_label(incident.change.actor)
    denies = denies_label(incident.policy) if incident.change.kind in PLACINGS else None
    total = f" The policy {denies}." if denies else ""
    if incident.verdict.reason is Reason.LOCKOUT_ON_ROOT:
        did = what(incident, with_id=True)
        return f"{who} is a trusted principal, but even those may not do this: {did}.{total}"
    return f"{what(incident, with_id=True)} by {who}, and nothing approves of it.{total}"


def _response(verdict: Verdict, facts: Facts) -> str:
    if verdict.outcome is Outcome.REVERT:
        does = "undoes it" if plan(verdict, facts) else "has nothing left to undo,"
        if verdict.change and verdict.change.kind is ChangeKind.TYPE_DISABLED:
            does = "enables them again, puts back what the last snapshot saw attached,"
        return f"Rootguard {does} and pages on-call."
    return f"Rootguard pages on-call and leaves it so, because {verdict.hindrance}."
