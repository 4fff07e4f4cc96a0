"""The JSON form: everything that is known, for machines, for builders on the topic, and for the ledger."""

from __future__ import annotations

from typing import Any

from rootguard.domain.remedy import as_json
from rootguard.incidents.incident import Incident
from rootguard.notify.words import incidents


def document(incident: Incident) -> dict[str, Any]:
    """Return the incident as JSON data. Times are ISO 8601 in UTC, durations in seconds."""
    change, verdict = incident.change, incident.verdict
    return {
        "incident_id": incident.id,
        "result": incident.result.value,
        "safe": incident.is_safe,
        **verdict.as_json(),
        "hindrance": verdict.hindrance.value if verdict.hindrance else None,
        "policy": _policy(incident),
        "target": {"id": incident.target_id or None, "name": incident.target_name},
        "moved": {"from": change.source_id, "to": change.destination_id} if change.source_id else None,
        "policy_type": change.policy_type or None,
        "actor": _actor(incident),
        "actions": [as_json(action) for action in incident.done],
        "restoring": _restoring(incident),
        "occurred_at": change.at.isoformat(),
        "undone_at": incident.undone_at.isoformat() if incident.undone_at else None,
        "exposure_seconds": incident.exposure.total_seconds() if incident.exposure is not None else None,
        "accounts_reached": incident.reach.accounts,
        "accounts_reached_complete": incident.reach.complete,
        "ledger_answered": incident.remembered,
        "error": incident.error,
        "event": {"id": change.event_id, "name": change.kind.value, "account": change.management_account_id},
    }


def record(incident: Incident) -> dict[str, Any]:
    """Return what the ledger keeps of an open incident: all of it, and by what a sweep knows it again."""
    return {
        **document(incident),
        "page": incidents.page(incident).as_json(),
        "event_id": incident.change.event_id,
        "kind": incident.change.kind.value,
        "policy_id": incident.change.policy_id,
        "policy_type": incident.change.policy_type,
        "target_id": incident.target_id,
    }


def _restoring(incident: Incident) -> dict[str, Any] | None:
    restoring = incident.restoring
    if restoring is None:
        return None
    return {
        "attachments": restoring.attachments,
        "seconds_at_least": restoring.takes.total_seconds(),
        "listed_at": restoring.listed_at.isoformat(),
    }


def _policy(incident: Incident) -> dict[str, Any] | None:
    if not incident.change.policy_id:
        return None
    policy = incident.policy
    return {
        "id": incident.change.policy_id,
        "name": policy.name if policy else None,
        "type": policy.type if policy else None,
        "content": policy.content if policy else None,
        "organization_id": policy.organization_id if policy else None,
        "lockout": incident.is_lockout,
    }


def _actor(incident: Incident) -> dict[str, Any]:
    actor = incident.change.actor
    return {
        "type": actor.kind,
        "arn": actor.arn,
        "session": actor.session,
        "principal_id": actor.principal_id,
        "source_ip": actor.source_ip,
        "user_agent": actor.user_agent,
        "console": actor.from_console,
        "mfa": actor.mfa,
    }
