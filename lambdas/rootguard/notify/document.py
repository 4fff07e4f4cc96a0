"""The JSON form: everything that is known, for machines and for builders on the topic."""

from __future__ import annotations

from typing import Any

from rootguard.domain.lockouts import is_lockout
from rootguard.domain.remedy import as_json
from rootguard.incidents.notice import Stage
from rootguard.notify.story import Story


def document(story: Story) -> dict[str, Any]:
    """Return the incident as JSON data. Times are ISO 8601 in UTC, durations in seconds.

    `actor` and `event` are null for what a sweep found, until its event comes.
    """
    if story.closed_at is not None:
        return _closed(story)
    drift, verdict, incident = story.drift, story.verdict, story.incident
    return {
        "incident_id": incident.id,
        "stage": story.stage.value,
        "times": incident.times,
        "result": incident.result.value,
        "safe": incident.is_safe,
        **verdict.as_json(),
        "obstacle": verdict.obstacle.value if verdict.obstacle else None,
        "kind": drift.kind.value,
        "policy": _policy(story),
        "target": {"id": story.target_id or None, "name": story.around.target_name},
        "moved": {"from": drift.source_id, "to": drift.destination_id} if drift.destination_id else None,
        "policy_type": drift.policy_type or None,
        "service": drift.service or None,
        "actor": _actor(story),
        "actions": [as_json(action) for action in incident.done],
        "restoring": _restoring(story),
        "occurred_at": drift.at.isoformat(),
        "undone_at": incident.undone_at.isoformat() if incident.undone_at else None,
        "exposure_seconds": incident.exposure.total_seconds() if incident.exposure is not None else None,
        "accounts_reached": story.around.reach.accounts,
        "accounts_reached_complete": story.around.reach.complete,
        "ledger_answered": incident.remembered,
        "error": incident.error,
        "event": _event(story),
    }


def _closed(story: Story) -> dict[str, Any]:
    result = "put-back" if story.stage is Stage.PUT_BACK else "clean"
    closed_at = story.closed_at.isoformat() if story.closed_at else None
    return {
        "incident_id": story.incident.id,
        "stage": story.stage.value,
        "result": result,
        "closed_at": closed_at,
    }


def _restoring(story: Story) -> dict[str, Any] | None:
    restoring = story.incident.restoring
    if restoring is None:
        return None
    return {
        "attachments": restoring.attachments,
        "seconds_at_least": restoring.takes.total_seconds(),
        "seen_at": restoring.seen_at.isoformat(),
    }


def _policy(story: Story) -> dict[str, Any] | None:
    if not story.drift.policy_id:
        return None
    policy = story.policy
    return {
        "id": story.drift.policy_id,
        "name": policy.name if policy else None,
        "type": policy.type or None if policy else None,
        "content": policy.content if policy else None,
        "organization_id": policy.organization_id if policy else None,
        "lockout": story.is_lockout or is_lockout(policy),
    }


def _event(story: Story) -> dict[str, Any] | None:
    change = story.drift.change
    if change is None:
        return None
    return {"id": change.event_id, "name": change.kind.value, "account": change.management_account_id}


def _actor(story: Story) -> dict[str, Any] | None:
    actor = story.actor
    if actor is None:
        return None
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
