"""What is drawn one by one and what is folded into a count, so that an organization of any size is readable.

Folding never hides the point: the way to the target and to the management account, and those two themselves,
are always drawn; then what was locked out goes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cli.drawing.organization import Account, Lockout, State, Unit


@dataclass(frozen=True, slots=True)
class Folded:
    """How many are counted, not drawn; at least so many where not all of it `is_read`."""

    accounts: int = 0
    units: int = 0
    is_read: bool = True

    def __bool__(self) -> bool:
        """Say whether anything is folded."""
        return self.accounts + self.units > 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """An account that is drawn."""

    account: Account
    state: State
    is_target: bool
    is_management: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit that is drawn, with what is drawn in it.

    Attributes:
        state: of what is in the unit, and so of all that is folded here: see `Lockout.units`.
        folded: what is in it and below it and is not drawn.
        accounts: how many stand at or below it; at least so many where not all of it `is_read`.
    """

    unit: Unit
    state: State
    is_target: bool
    leaves: tuple[Leaf, ...]
    branches: tuple[Branch, ...]
    folded: Folded
    accounts: int
    is_read: bool

    @property
    def is_mixed(self) -> bool:
        """Whether some at or below it were locked out and some were not; the management account aside."""
        states = {branch.state for branch in self.walk()}
        states |= {leaf.state for branch in self.walk() for leaf in branch.leaves if not leaf.is_management}
        return len(states) > 1

    def walk(self) -> Iterator[Branch]:
        """Yield this branch and every branch below it, parents first."""
        yield self
        for branch in self.branches:
            yield from branch.walk()


def fold(lockout: Lockout, most_units: int, most_accounts: int) -> Branch:
    """Return what is drawn, from the root down: at most so many OUs and accounts, besides what always is."""
    states = {unit.id: state for unit, state in lockout.units()}
    units = _drawn_units(lockout, states, most_units)
    return _branch(
        lockout.root, lockout, states, units | _drawn_accounts(lockout, states, units, most_accounts)
    )


def total(branch: Branch) -> Folded:
    """Return all that is folded at or below a branch."""
    folded = [each.folded for each in branch.walk() if each.folded]
    return Folded(
        accounts=sum(each.accounts for each in folded),
        units=sum(each.units for each in folded),
        is_read=all(each.is_read for each in folded),
    )


def _drawn_units(lockout: Lockout, states: dict[str, State], most: int) -> frozenset[str]:
    """The two ways first, then what was locked out, then the rest; level by level, so parents come first."""
    named = {lockout.target_id, lockout.management_account_id}

    def ranked(unit: Unit, depth: int) -> Iterator[tuple[int, int, str]]:
        leads = any(
            each.id in named or any(account.id in named for account in each.accounts) for each in unit.walk()
        )
        rank = 0 if leads else 1 if states[unit.id] is State.LOCKED_OUT else 2
        yield rank, depth, unit.id
        for child in unit.units:
            yield from ranked(child, depth + 1)

    ranks = sorted(ranked(lockout.root, 0), key=lambda ranked: ranked[:2])
    # The root is drawn besides: it is no OU.
    return frozenset(unit_id for place, (rank, _, unit_id) in enumerate(ranks) if place <= most or rank == 0)


def _drawn_accounts(
    lockout: Lockout, states: dict[str, State], units: frozenset[str], most: int
) -> frozenset[str]:
    """All that were locked out or none of them, then all others or none: half a list would mislead."""
    named = {lockout.target_id, lockout.management_account_id}
    drawn: set[str] = set()
    tiers: dict[bool, list[str]] = {True: [], False: []}
    for unit in lockout.root.walk():
        if unit.id in units:
            for account in unit.accounts:
                if account.id in named:
                    drawn.add(account.id)
                else:
                    tiers[states[unit.id] is State.LOCKED_OUT].append(account.id)
    for tier in tiers.values():
        if len(tier) <= most:
            drawn.update(tier)
            most -= len(tier)
    return frozenset(drawn)


def _branch(unit: Unit, lockout: Lockout, states: dict[str, State], drawn: frozenset[str]) -> Branch:
    leaves = (
        Leaf(
            account=account,
            state=lockout.state_of(account, states[unit.id]),
            is_target=account.id == lockout.target_id,
            is_management=account.id == lockout.management_account_id,
        )
        for account in unit.accounts
        if account.id in drawn
    )
    hidden = [each for child in unit.units if child.id not in drawn for each in child.walk()]
    return Branch(
        unit=unit,
        state=states[unit.id],
        is_target=unit.id == lockout.target_id,
        leaves=tuple(sorted(leaves, key=lambda leaf: (not leaf.is_management, not leaf.is_target))),
        branches=tuple(_branch(child, lockout, states, drawn) for child in unit.units if child.id in drawn),
        folded=Folded(
            accounts=sum(account.id not in drawn for each in (unit, *hidden) for account in each.accounts),
            units=len(hidden),
            is_read=all(each.is_read for each in (unit, *hidden)),
        ),
        accounts=sum(len(each.accounts) for each in unit.walk()),
        is_read=all(each.is_read for each in unit.walk()),
    )
