"""What is protected, by which protection, at each moment: accounts move in and out of protected units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from simulation import quarantine, rehearsal
from simulation.history import ROOT, History
from simulation.oracle.changes import SCP
from simulation.oracle.film import Film

SHIPPED: Final = ({"name": "root", "targets": [ROOT]},)
"""The protections of the guardrail.yaml that ships."""
_TYPES: Final = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


@dataclass(frozen=True, slots=True)
class Protected:
    """One protection, with ids for names. Its words are those of guardrail.yaml."""

    targets: frozenset[str]
    include_descendants: bool
    policy_types: frozenset[str]
    allow: frozenset[str]
    trusted: frozenset[str]
    reverts: bool
    restores: bool
    pins: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """All protections, the root's id, and how the tree was at each moment."""

    root_id: str
    protections: Sequence[Protected]
    film: Film
    quarantine: str = ""
    """The id of the quarantine OU; empty if there is none."""
    rehearsal: str = ""
    """The id of the rehearsal OU; empty if there is none."""

    def protection(self, target_id: str, at: float) -> Protected | None:
        """Return the protection that holds for a target: its own, or that of the nearest unit above it."""
        own = next((p for p in self.protections if target_id in p.targets), None)
        if own is not None:
            return own
        above = self.film.value(("place", target_id), at)
        while isinstance(above, str):
            found = next((p for p in self.protections if above in p.targets and p.include_descendants), None)
            if found is not None:
                return found
            above = self.film.value(("place", above), at)
        return None

    def is_named(self, target_id: str) -> bool:
        """Tell whether guardrail.yaml names a target itself."""
        return any(target_id in protection.targets for protection in self.protections)

    def covers(self, policy_id: str, target_id: str, at: float) -> Protected | None:
        """Return the protection of a target, if it covers a policy's type and the type is enabled."""
        is_enabled = self.film.value(("type", self.film.types.get(policy_id, SCP)), at) is True
        return self.covers_type(policy_id, target_id, at) if is_enabled else None

    def covers_type(self, policy_id: str, target_id: str, at: float) -> Protected | None:
        """Return the protection of a target, if it covers a policy's type, be it enabled or not."""
        protection = self.protection(target_id, at)
        policy_type = self.film.types.get(policy_id, SCP)
        return protection if protection is not None and policy_type in protection.policy_types else None

    def pinning(self, *named: str) -> list[Protected]:
        """Return the protections that pin an account, or one of the places that it is moved between."""
        return [protection for protection in self.protections if protection.pins & {*named}]

    @property
    def has_pinned_places(self) -> bool:
        """Whether there are places that no account may leave or enter."""
        return any(pin in self.film.places for each in self.protections for pin in each.pins)

    def of_type(self, policy_type: str) -> Protected | None:
        """Return the protection that counts if a type is disabled: one that restores it, then the root's."""
        covering = [p for p in self.protections if policy_type in p.policy_types]
        restoring = [p for p in covering if p.restores and p.reverts] or covering
        return next((p for p in restoring if self.root_id in p.targets), restoring[0]) if restoring else None

    def trusts(self, by: str, protection: Protected) -> bool:
        """Tell whether a person's changes are trusted."""
        return by in protection.trusted


def scope_of(history: History, id_of: Callable[[str], str], film: Film) -> Scope:
    """Return what a history protects."""
    observes = history.guardrail.get("mode") == "observe"
    everywhere = frozenset(history.guardrail.get("trusted_principals", ()))
    protections = [
        _protected(entry, id_of, everywhere, observes=observes)
        for entry in history.guardrail.get("protections", SHIPPED)
    ]
    rehearsing = rehearsal.unit_of(history.guardrail)
    if rehearsing is not None:
        protections.append(_protected({"targets": [rehearsing]}, id_of, frozenset(), observes=observes))
    unit = quarantine.unit_of(history.guardrail)
    if unit is not None:
        own = {"targets": [unit], "pin_accounts": [unit]}
        protections.append(_protected(own, id_of, frozenset(), observes=observes))
        protections = [
            replace(each, trusted=each.trusted | {quarantine.ISOLATION}) if each.pins else each
            for each in protections
        ]
    return Scope(
        id_of(ROOT), protections, film, *(id_of(each) if each else "" for each in (unit, rehearsing))
    )


def _protected(
    entry: Mapping[str, Any], id_of: Callable[[str], str], trusted: frozenset[str], *, observes: bool
) -> Protected:
    return Protected(
        targets=frozenset(id_of(name) for name in entry["targets"]),
        include_descendants=bool(entry.get("include_descendants")),
        policy_types=frozenset(entry.get("policy_types", _TYPES)),
        allow=frozenset(id_of(name) for name in entry.get("allow", ())),
        trusted=trusted | frozenset(entry.get("trusted_principals", ())),
        reverts=not observes and entry.get("on_violation", "revert") == "revert",
        restores=bool(entry.get("restore_policy_type")),
        pins=frozenset(id_of(name) for name in entry.get("pin_accounts", ())),
    )
