"""The quarantine of a history: the OU, its SCP and its RCP, which the stack makes before anything happens.

A history has one if its guardrail has the key `quarantine`. `rootguard isolate` moves accounts there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from simulation.identities import MANAGEMENT_ACCOUNT
from simulation.steps import ROOT, OrganizationBefore, PolicyBefore
from stacks.quarantine_policies import rcp, scp

OU_NAME: Final = "Quarantine"
"""What the OU is called, unless the guardrail says otherwise."""
SCP_NAME: Final = "Rootguard-Quarantine-Scp"
RCP_NAME: Final = "Rootguard-Quarantine-Rcp"
ISOLATION: Final = "isolation"
"""The function that moves accounts."""
ISOLATION_ROLE: Final = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/Rootguard-IsolationRole"


def unit_of(guardrail: Mapping[str, Any]) -> str | None:
    """Return the name of the quarantine OU; None if there is no quarantine."""
    given = guardrail.get("quarantine")
    if not isinstance(given, Mapping):
        return None
    return str(given.get("ou_name", OU_NAME))


def founded_by(before: OrganizationBefore, guardrail: Mapping[str, Any]) -> OrganizationBefore:
    """Return an organization with the quarantine that a guardrail asks for."""
    unit = unit_of(guardrail)
    if unit is None:
        return before
    roles = guardrail["quarantine"].get("forensic_roles", [])
    # What is no list is told when the guardrail is checked.
    roles = roles if isinstance(roles, list) else []
    policies = {
        SCP_NAME: PolicyBefore(scp(roles), (unit,)),
        RCP_NAME: PolicyBefore(rcp(roles, "aws"), (unit,), "RESOURCE_CONTROL_POLICY"),
    }
    return replace(before, units={unit: ROOT, **before.units}, policies={**before.policies, **policies})
