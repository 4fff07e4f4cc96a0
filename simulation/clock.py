"""Virtual time: nothing waits, and every clock that the functions may read shows the time of the run.

time-machine answers for the wall clock. `time.monotonic` and `time.sleep` are replaced here. There is one
run at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import time_machine

DEPLOYED_AT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC).timestamp()
"""When Rootguard was deployed: second 0 of every history."""


class Clock:
    """The time of one run, in seconds since the deployment.

    Attributes:
        now: AWS's own time.
        skew: how many seconds the functions' clock is ahead of it.
    """

    def __init__(self) -> None:
        """Start a day before the deployment."""
        self.now: float = -86_400.0
        self.skew: float = 0.0
        self._calls = 0
        self._shown: Any = None

    @property
    def epoch(self) -> float:
        """AWS's own time, in seconds since 1970."""
        return DEPLOYED_AT + self.now

    def advance(self, to: float) -> None:
        """Go on to a time; a time that is over changes nothing."""
        if to > self.now:
            self.now, self._calls = to, 0
        self._show()

    def tick(self) -> None:
        """Let the functions see a microsecond pass: of two of their calls, one is the later one.

        In the run no time passes, so that a history says when everything is.
        """
        self._calls += 1
        self._show()

    def _show(self) -> None:
        if self._shown is not None:
            self._shown.move_to(DEPLOYED_AT + self.now + self.skew + self._calls / 1_000_000)

    @contextmanager
    def right(self, but: float = 0.0) -> Iterator[None]:
        """Show AWS's own time until the block ends: a person's machine is none of the functions'.

        `but` is how many seconds ahead of it that machine is.
        """
        skew, self.skew = self.skew, but
        self.advance(self.now)
        try:
            yield
        finally:
            self.skew = skew
            self.advance(self.now)

    @contextmanager
    def shown(self, sleep: Callable[[float], None]) -> Iterator[None]:
        """Show this time to all code in the process until the block ends; `sleep` is what sleeping does.

        Threads that were there before are no part of the run: they sleep as long as they ask for.
        """
        real_sleep, real_monotonic = time.sleep, time.monotonic
        others = set(threading.enumerate()) - {threading.current_thread()}

        def asleep(seconds: float) -> None:
            (real_sleep if threading.current_thread() in others else sleep)(seconds)

        with time_machine.travel(DEPLOYED_AT + self.now, tick=False) as shown:
            self._shown = shown
            time.sleep, time.monotonic = asleep, lambda: self.now + 100_000.0  # type: ignore[assignment]
            try:
                yield
            finally:
                time.sleep, time.monotonic = real_sleep, real_monotonic
                self._shown = None
