"""The JSON form: everything that is known, for machines and for builders on the topic."""

from __future__ import annotations

from typing import Any

from rootguard.domain.lockouts import is_lockout
from rootguard.domain.remedy import as_json
from rootguard.incidents.notice import Stage
from rootguard.notify.story import Story


def document(story: Story) -> dict[str, Any]:
    """Return the incident as JSON data. Times are ISO 8601 in UTC, durations in seconds.

    `actor` and `event` are null until the event of what a sweep found comes.
    """
    incident, drift, verdict = story.incident, story.drift, story.incident.verdict
    known = {"incident_id": incident.id, "stage": story.stage.value}
    if story.closed_at is not None:
        result = "put-back" if story.stage is Stage.PUT_BACK else "clean"
        return known | {"result": result, "closed_at": story.closed_at.isoformat()}
    reach, change, restoring = story.around.reach, drift.change, incident.restoring
    return known | {
        "times": incident.times,
        "result": incident.result.value,
        "safe": incident.is_safe,
        **verdict.as_json(),
        "obstacle": verdict.obstacle.value if verdict.obstacle else None,
        "kind": drift.kind.value,
        "policy": _policy(story),
        "target": {"id": incident.target_id or None, "name": story.around.target_name},
        "moved": {"from": drift.source_id, "to": drift.destination_id} if drift.destination_id else None,
        "policy_type": drift.policy_type or None,
        "service": drift.service or None,
        "actor": _actor(story),
        "actions": [as_json(action) for action in incident.done],
        "restoring": {
            "attachments": restoring.attachments,
            "seconds_at_least": restoring.takes.total_seconds(),
            "seen_at": restoring.seen_at.isoformat(),
        }
        if restoring
        else None,
        "occurred_at": drift.at.isoformat(),
        "undone_at": incident.undone_at.isoformat() if incident.undone_at else None,
        "exposure_seconds": incident.exposure.total_seconds() if incident.exposure is not None else None,
        "accounts_reached": reach.accounts,
        "accounts_reached_complete": reach.complete,
        "ledger_answered": incident.remembered,
        "error": incident.error,
        "event": {"id": change.event_id, "name": change.kind.value, "account": change.management_account_id}
        if change
        else None,
    }


def _policy(story: Story) -> dict[str, Any] | None:
    if not story.drift.policy_id:
        return None
    policy = story.policy
    known = {name: getattr(policy, name, None) or None for name in ("name", "type", "organization_id")}
    content = policy.content if policy else None
    lockout = story.is_lockout or is_lockout(policy)
    return {"id": story.drift.policy_id, **known, "content": content, "lockout": lockout}


def _actor(story: Story) -> dict[str, Any] | None:
    if story.drift.actor is None:
        return None
    data = story.drift.actor.as_json()
    return {"type": data.pop("kind"), "console": data.pop("from_console"), **data}
