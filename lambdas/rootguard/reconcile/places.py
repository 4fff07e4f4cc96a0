"""Where pinned accounts are. A sweep finds moves whose event was lost, and leaves a person's own fix."""

from __future__ import annotations

from typing import Final

from rootguard.domain.baseline import Placement
from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift
from rootguard.domain.guardrail import ROOT
from rootguard.domain.ids import is_account_id, is_root_id
from rootguard.domain.inventory import Round
from rootguard.ports import TargetGoneError
from rootguard.reconcile.observation import Observation

READ_A_SWEEP: Final = 20
PLACES: Final = "PLACES"


def observe(seen: Observation) -> None:
    """Compare where pinned accounts are with where they belong. Raises LedgerError."""
    organizations = seen.sources.organizations
    pins = frozenset[str]().union(*(p.pin_accounts for p in seen.sources.guardrail.protections))
    if not pins:
        return
    belongs = seen.sources.ledger.placements()
    inside: set[str] = set()
    listed: set[str] = set()
    for parent_id in sorted({seen.root.id if pin == ROOT else pin for pin in pins if not is_account_id(pin)}):
        with seen.part(f"could not list the accounts in {parent_id}"):
            accounts = organizations.accounts_in(parent_id)
            name = f"{PLACES}#{parent_id}"
            arrives = is_root_id(parent_id) or not seen.turns.get(name, Round()).complete
            for account_id in sorted(accounts):
                _compare(seen, account_id, parent_id, belongs.get(account_id), arrives=arrives)
            seen.rounds[name] = Round(complete=True)
            inside |= accounts
            listed.add(parent_id)
    missing = {
        account_id for account_id, place in belongs.items() if place.parent_id in listed or account_id in pins
    }
    apart = (missing | set(filter(is_account_id, pins))) - inside
    turn = seen.turns.get(PLACES, Round())
    alone = turn.order(apart)[:READ_A_SWEEP]
    for account_id in alone:
        with seen.part(f"could not look for account {account_id}"):
            try:
                parent_id = organizations.parent(account_id)
            except TargetGoneError:
                seen.placed.add(account_id)
                seen.left.append(account_id)
            else:
                _compare(seen, account_id, parent_id, belongs.get(account_id), arrives=True)
    if alone:
        seen.rounds[PLACES] = turn.passed(alone[-1], apart)


def _compare(
    seen: Observation, account_id: str, parent_id: str, place: Placement | None, *, arrives: bool
) -> None:
    """Compare one account's place. One that nobody knows is accepted where accounts may appear."""
    seen.placed.add(account_id)
    if place is None and arrives:
        seen.places.append((account_id, Placement(parent_id, seen.at)))
    elif place is None or place.parent_id != parent_id:
        home = place.parent_id if place else ""
        kind = ChangeKind.ACCOUNT_MOVED
        moved = Drift(kind, seen.at, target_id=account_id, source_id=home, destination_id=parent_id)
        seen.drifts.append(moved)
