"""The picture in a sentence: how many were locked out, how many stayed reachable, and what is not known."""

from __future__ import annotations

from cli.drawing.organization import Lockout, State, Unit
from cli.drawing.words import counted
from rootguard.domain.policy import is_root_id
from rootguard.notify.phrases import clean


def summary(lockout: Lockout) -> str:
    """Return a line such as "locked out: 12 accounts in 4 OUs; still reachable: the management account"."""
    return "; ".join(f"{state.value}: {phrase}" for state, phrase in findings(lockout))


def findings(lockout: Lockout) -> tuple[tuple[State, str], ...]:
    """Return what is said of each state, in order; of the unknown only where something is."""
    locked_out, reachable, unknown = (_places(lockout, state) for state in State)
    management = "the management account"
    if not lockout.is_reach_known():
        locked_out = f"unknown, since {clean(lockout.target_id)} was not found in the organization"
    found = (
        (State.LOCKED_OUT, locked_out or "no account"),
        (State.REACHABLE, f"{management} and {reachable}" if reachable else management),
    )
    return (*found, (State.UNKNOWN, unknown)) if unknown else found


def _places(lockout: Lockout, state: State) -> str | None:
    """Say how many accounts are in a state, and where; the management account is not among them."""
    accounts = 0
    homes: list[Unit] = []
    unread: list[Unit] = []
    for unit, around in lockout.units():
        here = sum(
            account.id != lockout.management_account_id and lockout.state_of(account, around) is state
            for account in unit.accounts
        )
        accounts += here
        homes += [unit] if here else []
        unread += [unit] if not unit.is_read and around is state else []
    found = f"{counted(accounts, 'account')} in {' and in '.join(_counted(homes))}" if accounts else None
    if not unread:
        return found
    known = f"at least {found}" if found else "an unknown number of accounts"
    return f"{known} ({' and '.join(_counted(unread))} could not be read)"


def _counted(units: list[Unit]) -> list[str]:
    """Return how many OUs they are, and Root apart from them."""
    ous = sum(not is_root_id(unit.id) for unit in units)
    return ([counted(ous, "OU")] if ous else []) + (["Root"] if ous < len(units) else [])
