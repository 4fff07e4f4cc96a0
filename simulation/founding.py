"""The organization with which a history begins: its own, and what the stack has made in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulation import quarantine, rehearsal
from simulation.identities import ROOT_ID
from simulation.steps import ROOT, History, OrganizationBefore


def founded(history: History) -> OrganizationBefore:
    """Return the organization with which a history begins."""
    return founded_by(history.organization, history.guardrail)


def founded_by(before: OrganizationBefore, guardrail: Mapping[str, Any]) -> OrganizationBefore:
    """Return an organization with the OUs and policies that a guardrail asks for."""
    return rehearsal.founded_by(quarantine.founded_by(before, guardrail), guardrail)


def units(guardrail: Mapping[str, Any]) -> Mapping[str, str | None]:
    """Return the names of the OUs that the stack makes, by their use; None for one that it does not make."""
    return {"quarantine": quarantine.unit_of(guardrail), "rehearsal": rehearsal.unit_of(guardrail)}


def with_root(given: object) -> object:
    """Return a guardrail's key with an id for the root, which a history need not name."""
    if not isinstance(given, Mapping):
        return given
    root = given.get("root_id", ROOT)
    return {**given, "root_id": ROOT_ID if root == ROOT else root}
