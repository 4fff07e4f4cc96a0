"""Where pinned accounts are. A sweep finds moves whose event was lost, and leaves a person's own fix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rootguard.domain.baseline import Placement
from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift
from rootguard.domain.guardrail import ROOT
from rootguard.domain.ids import is_account_id, is_root_id
from rootguard.domain.inventory import Round
from rootguard.ports import TargetGoneError
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.observer import Observer

READ_A_SWEEP: Final = 20
PLACES: Final = "PLACES"


def observe(observer: Observer, seen: Observation, rounds: Mapping[str, Round]) -> None:
    """Compare where pinned accounts are with where they belong. Raises LedgerError."""
    pins = frozenset[str]().union(*(p.pin_accounts for p in observer.sources.guardrail.protections))
    if not pins:
        return
    belongs = observer.sources.ledger.placements()
    parents = {seen.root.id if pin == ROOT else pin for pin in pins if not is_account_id(pin)}
    found = _accounts_in(parents, observer, seen)
    for parent_id, accounts in found.items():
        name = f"{PLACES}#{parent_id}"
        is_first = not rounds.get(name, Round()).complete
        for account_id in sorted(accounts):
            _compare(account_id, parent_id, belongs, seen, arrives=is_first or is_root_id(parent_id))
        seen.rounds[name] = Round(complete=True)
    inside = {account_id for accounts in found.values() for account_id in accounts}
    missing = {
        account_id
        for account_id, place in belongs.items()
        if account_id not in inside and (place.parent_id in found or account_id in pins)
    }
    pinned = {pin for pin in pins if is_account_id(pin)} - inside
    turn = rounds.get(PLACES, Round())
    alone = turn.order(missing | pinned)[:READ_A_SWEEP]
    for account_id in alone:
        with seen.part(f"could not look for account {account_id}"):
            try:
                parent_id = observer.sources.organizations.parent(account_id)
            except TargetGoneError:
                seen.placed.add(account_id)
                seen.left.append(account_id)
                continue
            _compare(account_id, parent_id, belongs, seen, arrives=True)
    if alone:
        seen.rounds[PLACES] = turn.passed(alone[-1], missing | pinned)


def _accounts_in(parents: set[str], observer: Observer, seen: Observation) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for parent_id in sorted(parents):
        with seen.part(f"could not list the accounts in {parent_id}"):
            found[parent_id] = observer.sources.organizations.accounts_in(parent_id)
    return found


def _compare(
    account_id: str,
    parent_id: str,
    belongs: Mapping[str, Placement],
    seen: Observation,
    *,
    arrives: bool,
) -> None:
    """Compare one account's place. One that nobody knows is accepted where accounts may appear."""
    seen.placed.add(account_id)
    place = belongs.get(account_id)
    if place is None and arrives:
        seen.places.append((account_id, Placement(parent_id, seen.at)))
    elif place is None or place.parent_id != parent_id:
        home = place.parent_id if place else ""
        seen.drifts.append(
            Drift(
                ChangeKind.ACCOUNT_MOVED,
                seen.at,
                target_id=account_id,
                source_id=home,
                destination_id=parent_id,
            )
        )
