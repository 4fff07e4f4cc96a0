"""An organization's tree with a lockout in it, and who was locked out: all that is drawn comes from here.

SCPs and RCPs bind every account at or below the target, but never the management account ("Service control
policies" and "Resource control policies", AWS Organizations User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it was with an account, in the words of the picture."""

    LOCKED_OUT = "locked out"
    REACHABLE = "still reachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `name` is any text; None where it could not be read."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """The root or an OU, with what is directly in it. `name` is any text; None where it is not known.

    `is_read` is False where its units and accounts could not be listed to the end: there may be more of them.
    """

    id: str
    name: str | None = None
    units: tuple[Unit, ...] = ()
    accounts: tuple[Account, ...] = ()
    is_read: bool = True

    def walk(self) -> Iterator[Unit]:
        """Yield this unit and every unit below it, parents first."""
        yield self
        for unit in self.units:
            yield from unit.walk()


@dataclass(frozen=True, slots=True)
class Lockout:
    """A lockout and the organization it happened in. Ids are unique in the tree.

    Attributes:
        root: the tree as it was read.
        target_id: the root, OU or account whose policies did it. What it reached is unknown where the tree
            does not hold it: it was closed or deleted since, or is where nothing could be read.
        mark: what happened at the target, in two or three words.
    """

    root: Unit
    management_account_id: str
    target_id: str
    mark: str = "attached here"

    def units(self) -> Iterator[tuple[Unit, State]]:
        """Yield every unit, parents first, with the state that accounts directly in it have as a rule."""
        yield from self._units(self.root, State.REACHABLE if self.is_reach_known() else State.UNKNOWN)

    def state_of(self, account: Account, around: State) -> State:
        """Return an account's state, given that of the unit that it is in."""
        if account.id == self.management_account_id:
            return State.REACHABLE
        return State.LOCKED_OUT if account.id == self.target_id else around

    def is_reach_known(self) -> bool:
        """Say whether the target is in the tree, or is the account that no policy binds."""
        return self.target_id == self.management_account_id or any(
            unit.id == self.target_id or any(account.id == self.target_id for account in unit.accounts)
            for unit in self.root.walk()
        )

    def _units(self, unit: Unit, around: State) -> Iterator[tuple[Unit, State]]:
        state = State.LOCKED_OUT if unit.id == self.target_id else around
        yield unit, state
        for child in unit.units:
            yield from self._units(child, state)
