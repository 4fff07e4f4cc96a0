"""The rehearsal of a history: the empty OU and the harmless SCP, which the stack makes at first.

A history has one if its guardrail has the key `rehearsal`. The function attaches the SCP to the OU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from simulation.identities import MANAGEMENT_ACCOUNT
from simulation.steps import ROOT, OrganizationBefore, PolicyBefore
from stacks.rehearsal_rules import HARMLESS

OU_NAME: Final = "Rehearsal"
"""What the OU is called, unless the guardrail says otherwise."""
SCP_NAME: Final = "Rootguard-Rehearsal"
REHEARSAL: Final = "rehearsal"
"""The function that attaches the SCP."""
REHEARSAL_ROLE: Final = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/Rootguard-RehearsalRole"
WITHIN: Final = 300
"""Seconds that the guard may take, unless the guardrail says otherwise."""


def unit_of(guardrail: Mapping[str, Any]) -> str | None:
    """Return the name of the rehearsal OU; None if there is no rehearsal."""
    given = guardrail.get("rehearsal")
    if not isinstance(given, Mapping):
        return None
    return str(given.get("ou_name", OU_NAME))


def within(guardrail: Mapping[str, Any]) -> float:
    """Return how many seconds the guard may take."""
    given = guardrail.get("rehearsal")
    return float(given.get("within_seconds", WITHIN)) if isinstance(given, Mapping) else 0.0


def founded_by(before: OrganizationBefore, guardrail: Mapping[str, Any]) -> OrganizationBefore:
    """Return an organization with the OU and the SCP that a guardrail asks for."""
    unit = unit_of(guardrail)
    if unit is None:
        return before
    policies = {**before.policies, SCP_NAME: PolicyBefore(HARMLESS)}
    return replace(before, units={unit: ROOT, **before.units}, policies=policies)
