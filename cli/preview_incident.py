"""An incident read back from its JSON: what the topic carries, the ledger keeps, or `incident show` prints.

`core.render.document` wrote it; here it becomes an incident again, so that all of its pages can be worded,
those of other outcomes included. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from rootguard.core.changes import Actor, Change, ChangeKind
from rootguard.core.facts import BaselinePolicy, Policy
from rootguard.core.incident import Incident, Reach, Restoring, Result
from rootguard.core.plan import Action, Attach, Detach, EnableType, Move, Restore
from rootguard.core.verdict import Hindrance, Outcome, Reason, Verdict

_UNDONE_AFTER: Final = timedelta(seconds=17)
"""For the outcomes in which it is undone, of an incident that was not: one of the delays seen on AWS."""
_REASONS: Final = {reason.code: reason for reason in Reason}


def incident_of(data: Any) -> Incident:
    """Return the incident. Raises KeyError, TypeError, ValueError for what is not one's JSON."""
    document = _document(data)
    change = _change(document)
    target = document["target"]
    verdict = Verdict(
        outcome=Outcome(document["verdict"]),
        reason=_REASONS[document["reason"]],
        change=change,
        protection=document["protection"],
        target_id=target["id"] or "",
        hindrance=Hindrance(document["hindrance"]) if document["hindrance"] else None,
    )
    undone_at = document["undone_at"]
    return Incident(
        result=Result(document["result"]),
        verdict=verdict,
        change=change,
        policy=_policy(document["policy"]),
        done=tuple(_action(action, document) for action in document["actions"]),
        undone_at=datetime.fromisoformat(undone_at) if undone_at else None,
        error=document["error"],
        target_name=target["name"],
        reach=Reach(document["accounts_reached"], complete=document["accounts_reached_complete"]),
        remembered=document["ledger_answered"],
        restoring=_restoring(document["restoring"]),
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


def _document(data: Any) -> Mapping[str, Any]:
    """Return the document itself: what `incident show --json` prints holds it, the last of several counts."""
    document = data["incidents"][-1]["record"] if "incidents" in data else data
    if not isinstance(document, Mapping):
        raise TypeError("it is no JSON object")
    return document


def _change(document: Mapping[str, Any]) -> Change:
    event, actor, moved = document["event"], document["actor"], document["moved"] or {}
    return Change(
        kind=ChangeKind(event["name"]),
        actor=Actor(
            kind=actor["type"],
            arn=actor["arn"],
            session=actor["session"],
            principal_id=actor["principal_id"],
            source_ip=actor["source_ip"],
            user_agent=actor["user_agent"],
            from_console=actor["console"],
            mfa=actor["mfa"],
        ),
        at=datetime.fromisoformat(document["occurred_at"]),
        event_id=event["id"],
        policy_id=(document["policy"] or {}).get("id") or "",
        target_id=document["target"]["id"] or "",
        policy_type=document["policy_type"] or "",
        source_id=moved.get("from", ""),
        destination_id=moved.get("to", ""),
        management_account_id=event["account"],
    )


def _policy(policy: Mapping[str, Any] | None) -> Policy | None:
    # A policy that could not be read is known by its id alone.
    if policy is None or policy["type"] is None:
        return None
    return Policy(
        policy["id"],
        policy["type"],
        policy["name"],
        content=policy["content"],
        organization_id=policy.get("organization_id"),
    )


def _action(action: Mapping[str, Any], document: Mapping[str, Any]) -> Action:
    policy_id, target_id, moved = action["policy_id"], action["target_id"], document["moved"] or {}
    kinds: dict[str, Action] = {
        "detach": Detach(policy_id, target_id),
        "attach": Attach(policy_id, target_id),
        "restore": Restore(policy_id, target_id, BaselinePolicy(None, None)),
        "enable-type": EnableType(document["policy_type"] or "", target_id),
        "move": Move(target_id, moved.get("to", ""), moved.get("from", "")),
    }
    return kinds[action["action"]]


def _restoring(restoring: Mapping[str, Any] | None) -> Restoring | None:
    if restoring is None:
        return None
    return Restoring(restoring["attachments"], datetime.fromisoformat(restoring["listed_at"]))
