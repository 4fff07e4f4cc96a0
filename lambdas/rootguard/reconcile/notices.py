"""The notices that are no incident's: first contact, and the life of an exception."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from rootguard.domain.drift import Drift
from rootguard.domain.exceptions import Permit, State
from rootguard.incidents.notice import About, Notice, Stage


def adoption_notice(targets: Sequence[dict[str, Any]], at: datetime) -> Notice:
    """Return the notice of what was accepted at first contact; the same for the same targets and policies."""
    text = repr([(told["target_id"], [policy["id"] for policy in told["policies"]]) for told in targets])
    key = f"adoption/{sha256(text.encode()).hexdigest()[:12]}"
    return Notice(key, About.ADOPTION, Stage.FOUND, {"at": at.isoformat(), "targets": list(targets)})


def use_notice(permit: Permit, drift: Drift, now: datetime) -> Notice:
    """Return the notice that a change used an exception."""
    used = replace(permit, used_at=drift.at, used_by=drift.event_id)
    return _notice(used, State.USED, drift.as_json(), now)


def exception_notice(permit: Permit, now: datetime) -> Notice:
    """Return the notice of where an exception is in its life."""
    return _notice(permit, permit.state(now), None, now)


def exception_key(permit: Permit, state: State) -> str:
    """Return what an exception's notice is known by; also the name under which it is marked as sent."""
    return f"exception/{sha256(permit.key.encode()).hexdigest()[:16]}/{state.value}"


def _notice(permit: Permit, state: State, drift: dict[str, Any] | None, now: datetime) -> Notice:
    data = {"at": now.isoformat(), "permit": permit.as_json(), "drift": drift}
    return Notice(exception_key(permit, state), About.EXCEPTION, Stage.FOUND, data)
