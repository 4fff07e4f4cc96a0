"""The faults of a history: which are there now, and what a call meets because of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from simulation.clock import Clock
from simulation.steps import Fault, Kill
from simulation.wire import Request

TIMEOUT: Final = "timeout"
ANSWER_LOST: Final = "answer lost"
DOWN: Final = "down"


@dataclass(slots=True)
class _Active:
    fault: Fault
    chance: random.Random


class Faults:
    """What is broken now. A fault's `share` is drawn from a sequence of its own, the same on every run.

    Args:
        clock: the run's.
        services: what ledger, notices and topic stand for: tells whether a call goes there.
    """

    def __init__(self, clock: Clock, services: Callable[[str, Request], bool]) -> None:
        self._clock, self._services = clock, services
        self._active: list[_Active] = []
        self._lags = random.Random("reads")  # noqa: S311 - a simulation
        self._began = 0
        self.kills: list[Kill] = []

    def begin(self, fault: Fault) -> None:
        """Let a fault begin."""
        self._began += 1
        self._active.append(_Active(fault, random.Random(f"fault {self._began}")))  # noqa: S311 - a simulation
        self._set_clock()

    def end(self, fault: Fault) -> None:
        """Let a fault end."""
        for active in self._active:
            if active.fault is fault:
                self._active.remove(active)
                break
        self._set_clock()

    def of(self, request: Request) -> str:
        """Return what a call meets: an error's code, "timeout", "answer lost", "down", or "" for nothing."""
        for active in self._active:
            fault = active.fault
            if fault.kind == "call":
                meets = fault.call == request.call
            else:
                meets = fault.kind in ("ledger", "notices", "topic") and self._services(fault.kind, request)
            if meets and (fault.share >= 1 or active.chance.random() < fault.share):
                return fault.error if fault.kind == "call" else DOWN
        return ""

    def read_lag(self) -> float:
        """Return how many seconds ago it was what Organizations shows to the next read."""
        most = max((a.fault.seconds for a in self._active if a.fault.kind == "reads"), default=0)
        return self._lags.uniform(0, most) if most else 0.0

    def index_shows_at(self) -> float:
        """Return when the ledger's indexes show what is written now, in seconds since the deployment."""
        now = self._clock.now
        times = [
            now + fault.seconds if fault.seconds else (now + 1e12 if fault.until is None else fault.until)
            for active in self._active
            for fault in (active.fault,)
            if fault.kind == "index"
        ]
        return max(times, default=now)

    def kills_at(self, moment: str, call: str, function: str) -> bool:
        """Tell whether an invocation is killed here, and count the kill as done."""
        for kill in self.kills:
            if (kill.moment, kill.call) == (moment, call) and kill.function in (None, function):
                self.kills.remove(kill)
                return True
        return False

    def _set_clock(self) -> None:
        skews: Sequence[float] = [a.fault.seconds for a in self._active if a.fault.kind == "clock"]
        self._clock.skew = skews[-1] if skews else 0.0
        self._clock.advance(self._clock.now)
