"""What happens when: everything that is due, by its time, and by the order in which it was planned."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from simulation.clock import Clock


@dataclass(order=True, slots=True)
class _Due:
    at: float
    order: int
    action: Callable[[], None] = field(compare=False)


class Schedule:
    """The things to come, and the clock that they move."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing planned."""
        self.clock = clock
        self._due: list[_Due] = []
        self._planned = 0

    def at(self, time: float, action: Callable[[], None]) -> None:
        """Plan an action for a time, in seconds since the deployment; a time that is over is now."""
        heapq.heappush(self._due, _Due(max(time, self.clock.now), self._planned, action))
        self._planned += 1

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Plan an action for so many seconds from now."""
        self.at(self.clock.now + seconds, action)

    def is_free_until(self, time: float) -> bool:
        """Tell whether nothing is due until a time, that time included."""
        return not self._due or self._due[0].at > time

    def step(self, end: float) -> bool:
        """Carry out the next action that is due until `end`; tell whether there was one."""
        if not self._due or self._due[0].at > end:
            self.clock.advance(end)
            return False
        due = heapq.heappop(self._due)
        self.clock.advance(due.at)
        due.action()
        return True
