"""When to stop undoing: other automation makes the same change again each time it is undone.

Landing Zone Accelerator's reverter does so with the policies that it manages, for example. A round is five
undos of a subject within ten minutes. Then the guard waits, and undoes again. After the next round it waits
twice as long, up to a day. The fight ends when the subject was quiet for as long as the last wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

LIMIT: Final = 5
WINDOW: Final = timedelta(minutes=10)
FIRST_WAIT: Final = timedelta(minutes=10)
LONGEST_WAIT: Final = timedelta(hours=24)
_DOUBLINGS: Final = 8  # 10 minutes, doubled so often, is longer than a day


@dataclass(frozen=True, slots=True)
class Fight:
    """How often one subject was undone lately. Times are UTC."""

    reverts: tuple[datetime, ...] = ()  # when it was undone in the present round, in order
    round: int = 0  # how often the guard has stopped so far; 0 if this is no fight
    stopped_at: datetime | None = None  # when it stopped last

    @property
    def wait(self) -> timedelta:
        """How long the guard waits after the last round."""
        doublings = min(max(self.round - 1, 0), _DOUBLINGS)
        return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)

    @property
    def last(self) -> datetime | None:
        """When it was undone last; None if it never was."""
        return self.reverts[-1] if self.reverts else self.stopped_at

    def holds_back(self, now: datetime) -> bool:
        """Tell whether the guard must wait before it undoes this again."""
        return self.stopped_at is not None and now < self.stopped_at + self.wait

    def is_on(self, now: datetime) -> bool:
        """Tell whether the fight may still go on, so that its incident is not over."""
        if self.stopped_at is None:
            return False
        return now < max((self.stopped_at + self.wait, *self.reverts)) + self.wait

    def undone(self, at: datetime) -> Self:
        """Return this after one more undo."""
        if self.round and not self.is_on(at):
            return type(self)((at,))
        reverts = (*(earlier for earlier in self.reverts if at - earlier < WINDOW), at)
        if len(reverts) < LIMIT:
            return type(self)(reverts, self.round, self.stopped_at)
        return type(self)((), self.round + 1, at)
