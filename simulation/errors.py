"""How the simulator itself fails: not the guard, and nothing that the guard may catch."""

from __future__ import annotations


class SimulationError(Exception):
    """The run cannot go on. The message says what the simulator does not know, or what went wrong in it."""


class NotSimulatedError(BaseException):
    """A function called something that the simulator does not know. No `except Exception` may hide it."""
