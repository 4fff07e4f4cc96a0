"""What asks for a rehearsal: {"scheduled": BOOL, "anyway": BOOL}, of which "anyway" may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rootguard.rehearsal.rehearsal import RefusedError


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    scheduled: bool  # whether the schedule asks, and no person
    anyway: bool = False  # begin although guardrail.yaml blocks this moment


def read_request(payload: object) -> Request:
    """Return what a payload asks for. Raises RefusedError for any other payload."""
    said = dict(payload) if isinstance(payload, Mapping) else {}
    is_known = said.keys() <= {"scheduled", "anyway"} and "scheduled" in said
    if not is_known or not all(isinstance(value, bool) for value in said.values()):
        raise RefusedError("This is no request for a rehearsal: use `rootguard rehearse`.")
    return Request(**said)
