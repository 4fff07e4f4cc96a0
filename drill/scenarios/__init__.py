"""The scenarios that can be rehearsed, by name."""

from __future__ import annotations

from drill.scenarios import (
    approved,
    delegated,
    doctor,
    exceptions,
    incident,
    isolation,
    prevention,
    rehearsal,
    restore,
    state,
    trail,
    watch,
)
from drill.scenarios.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        incident.ON_ROOT,
        incident.DOUBLED,
        incident.OBSERVED,
        prevention.PREVENTED,
        approved.PIPELINE_ATTACHES,
        approved.PIPELINE_LOCKS_OUT,
        approved.OPERATOR_ISOLATES,
        approved.LOCKOUT_ELSEWHERE,
        *state.SCENARIOS,
        *exceptions.SCENARIOS,
        delegated.FORWARDED,
        restore.TYPE_RESTORED,
        trail.STOPPED,
        watch.LOST,
        doctor.DOCTOR_FINDS,
        *isolation.SCENARIOS,
        *rehearsal.SCENARIOS,
    )
}

__all__ = ["SCENARIOS", "Scenario"]
