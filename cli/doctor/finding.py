"""What a check says: how bad it is, what was found, why that matters, and what fixes it. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

REVERT_DRIFT: Final = "make deploy ARGS=--revert-drift"
"""Brings back what was changed or deleted past CloudFormation, which a usual deployment does not look at
("Using drift-aware change sets", AWS CloudFormation User Guide)."""


class Level(StrEnum):
    """How bad it is, the worst last."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        level: how bad it is.
        what: what was found, in a line without a full stop.
        why: why that matters, in whole sentences; empty if all is well.
        fix: the command that fixes it, or several with " && " between them, or what to do if there is none;
            empty if all is well.
    """

    level: Level
    what: str
    why: str = ""
    fix: str = ""


def ok(what: str) -> Finding:
    """Return that all is well."""
    return Finding(Level.OK, what)


def warning(what: str, why: str, fix: str) -> Finding:
    """Return what should be looked at: Rootguard works, but not as well as it should."""
    return Finding(Level.WARNING, what, why, fix)


def broken(what: str, why: str, fix: str) -> Finding:
    """Return what has to be fixed: something that Rootguard is for does not work."""
    return Finding(Level.BROKEN, what, why, fix)
