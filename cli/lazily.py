"""Something that is made when it is first used. A verb asks AWS for nothing that its answer does not need."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any


class Lazily:
    """Stands for what `make` returns, and makes it at the first use."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> object:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        """Return what it has by that name."""
        return getattr(self._made, name)
