"""What the handlers take from Lambda's context object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Context(Protocol):
    """The one thing of it."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still run."""


def seconds_left(context: Context) -> Callable[[], float]:
    """Return what tells how long the invocation may still run."""
    return lambda: context.get_remaining_time_in_millis() / 1000
