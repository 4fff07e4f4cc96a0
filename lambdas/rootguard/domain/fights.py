"""When to stop undoing: other automation makes the same change again each time it is undone.

Landing Zone Accelerator's reverter does so with the policies that it manages, for example. The guard undoes a
subject five times within ten minutes and then waits. After the wait it undoes once more; if that is changed
again, the next wait is twice as long, up to a day. The fight ends when the subject was quiet for as long as
the last wait.
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
    """What was undone of one subject of late.

    Attributes:
        reverts: when it was undone, in order; the last five at most. UTC.
        round: how often the guard has stopped so far; 0 if this is no fight.
    """

    reverts: tuple[datetime, ...] = ()
    round: int = 0

    @property
    def wait(self) -> timedelta:
        """How long the guard waits in this round."""
        doublings = min(max(self.round - 1, 0), _DOUBLINGS)
        return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)

    def holds_back(self, now: datetime) -> bool:
        """Tell whether the guard must wait before it undoes this again."""
        return self.round > 0 and now < self.reverts[-1] + self.wait

    def is_on(self, now: datetime) -> bool:
        """Tell whether the fight may still go on, so that its incident is not over."""
        return self.round > 0 and now < self.reverts[-1] + 2 * self.wait

    def undone(self, at: datetime) -> Self:
        """Return this after one more undo."""
        if self.round and not self.is_on(at):
            return type(self)((at,))
        reverts = (*self.reverts, at)[-LIMIT:]
        if self.round:
            return type(self)(reverts, self.round + 1)
        stops = len(reverts) == LIMIT and reverts[-1] - reverts[0] < WINDOW
        return type(self)(reverts, 1 if stops else 0)
