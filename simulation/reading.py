"""From a history's YAML to the history."""

from __future__ import annotations

from simulation.steps import History


class HistoryError(ValueError):
    """A history that cannot be used. The message says where, what is wrong and what would be right."""


def parse(text: str, file: str) -> History:
    """Return the history of a file's text. Raises HistoryError."""
    raise NotImplementedError
