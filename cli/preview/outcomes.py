"""An incident read back from its JSON, so that all of its pages can be worded, those of other outcomes too.

Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from cli.incident.file import ActionPart, IncidentFile, parse
from rootguard.cloudtrail.read import Change
from rootguard.cloudtrail.record import Actor
from rootguard.domain.facts import BaselinePolicy, Policy
from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore
from rootguard.domain.verdict import Hindrance, Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Reach, Restoring, Result

_UNDONE_AFTER: Final = timedelta(seconds=17)
"""For the outcomes in which it is undone, of an incident that was not: one of the delays seen on AWS."""


def incident_of(data: object, source: str) -> Incident:
    """Return the incident. Raises TroubleError, which names the source, for what is not one's JSON."""
    file = parse(data, source)
    change, target, restoring = _change(file), file.target, file.restoring
    verdict = Verdict(
        outcome=file.verdict,
        reason=file.reason,
        change=change,
        protection=file.protection,
        target_id=target.id or "",
        hindrance=file.hindrance,
    )
    return Incident(
        result=file.result,
        verdict=verdict,
        change=change,
        policy=_policy(file),
        done=tuple(_action(action, file) for action in file.actions),
        undone_at=file.undone_at,
        error=file.error,
        target_name=target.name,
        reach=Reach(file.accounts_reached, complete=file.accounts_reached_complete),
        remembered=file.ledger_answered,
        restoring=Restoring(restoring.attachments, restoring.listed_at) if restoring else None,
    )


def with_result(incident: Incident, result: Result) -> Incident:
    """Return an incident as it would have been with another outcome."""
    if result is incident.result:
        return incident
    verdict, change = incident.verdict, replace(incident.change, error_code=None)
    undone = result in (Result.UNDONE, Result.ALREADY_UNDONE)
    if result is Result.WATCHED:
        hindrance = verdict.hindrance or Hindrance.OBSERVED
        verdict = replace(verdict, outcome=Outcome.ALERT, hindrance=hindrance)
    elif result is Result.REFUSED:
        change = replace(change, error_code="AccessDenied")
        verdict = replace(verdict, outcome=Outcome.ALERT, reason=Reason.DENIED_ATTEMPT, hindrance=None)
    return replace(
        incident,
        result=result,
        verdict=replace(verdict, change=change),
        change=change,
        done=incident.done if result is Result.UNDONE else (),
        undone_at=(incident.undone_at or change.at + _UNDONE_AFTER) if undone else None,
        error=(incident.error or "AWS answered AccessDeniedException")
        if result is Result.NOT_UNDONE
        else None,
        restoring=incident.restoring if result is Result.UNDONE else None,
    )


def _change(file: IncidentFile) -> Change:
    event, actor, moved = file.event, file.actor, file.moved
    return Change(
        kind=event.name,
        actor=Actor(
            kind=actor.type,
            arn=actor.arn,
            session=actor.session,
            principal_id=actor.principal_id,
            source_ip=actor.source_ip,
            user_agent=actor.user_agent,
            from_console=actor.console,
            mfa=actor.mfa,
        ),
        at=file.occurred_at,
        event_id=event.id,
        policy_id=file.policy.id if file.policy else "",
        target_id=file.target.id or "",
        policy_type=file.policy_type or "",
        source_id=moved.source if moved else "",
        destination_id=moved.destination if moved else "",
        management_account_id=event.account,
    )


def _policy(file: IncidentFile) -> Policy | None:
    # A policy that could not be read is known by its id alone.
    policy = file.policy
    if policy is None or policy.type is None:
        return None
    return Policy(
        policy.id,
        policy.type,
        policy.name,
        content=policy.content,
        organization_id=policy.organization_id,
    )


def _action(action: ActionPart, file: IncidentFile) -> Action:
    policy_id, target_id, moved = action.policy_id or "", action.target_id, file.moved
    kinds: dict[str, Action] = {
        "detach": Detach(policy_id, target_id),
        "attach": Attach(policy_id, target_id),
        "restore": Restore(policy_id, target_id, BaselinePolicy(None, None)),
        "enable-type": EnableType(file.policy_type or "", target_id),
        "move": Move(target_id, moved.destination if moved else "", moved.source if moved else ""),
    }
    return kinds[action.action]
