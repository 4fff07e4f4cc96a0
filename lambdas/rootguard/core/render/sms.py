"""The SMS: what was undone, where, how long it stood, by whom. One message."""

from __future__ import annotations

from rootguard.core.incident import Incident
from rootguard.core.render.deeds import what
from rootguard.core.render.phrases import HEADLINES, actor_label, duration_label

LIMIT = 140
"""Characters. An SMS holds 140 bytes ("Publishing SMS messages", Amazon SNS Developer Guide); the text is
ASCII, so that no character costs more than one."""
_WHAT_LIMIT = 72


def text(incident: Incident) -> str:
    """Return at most 140 ASCII characters; what matters most comes first, names are cut."""
    stood = f", after {duration_label(incident.exposure)}" if incident.exposure is not None else ""
    who = actor_label(incident.change.actor)
    happened = _cut(what(incident), _WHAT_LIMIT)
    return _cut(f"Rootguard {HEADLINES[incident.result]}: {happened}{stood}. By {who}", LIMIT)


def _cut(value: str, limit: int) -> str:
    ascii_only = value.encode("ascii", "replace").decode()
    return ascii_only if len(ascii_only) <= limit else ascii_only[: limit - 2] + ".."
