"""The steps of something slow, shown while it works: what runs, what is done and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status
from rich.text import Text


@contextmanager
def steps(console: Console) -> Iterator[Callable[[str], None]]:
    """Lend a function to call as each step begins. The last step ends here, well or not.

    A terminal shows a spinner beside the running step; a log gets one plain line as each step ends.
    """
    running = _Steps(console)
    succeeded = False
    try:
        yield running.begin
        succeeded = True
    finally:
        running.end(succeeded=succeeded)


class _Steps:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._step: str | None = None
        self._began = 0.0
        self._status: Status | None = None

    def begin(self, step: str) -> None:
        self.end(succeeded=True)
        self._step, self._began = step, time.monotonic()
        if self._console.is_terminal:
            self._status = self._console.status(Text(step))
            self._status.start()

    def end(self, *, succeeded: bool) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
        if self._step is not None:
            mark = ("✓ ", "green") if succeeded else ("✗ ", "red")
            took = (f"  {time.monotonic() - self._began:.1f} s", "dim")
            self._console.print(Text.assemble(mark, self._step, took), soft_wrap=True)
            self._step = None
