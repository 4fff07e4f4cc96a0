"""How one rehearsal went, in the words of the practice runs of AWS's zonal autoshift.

Source: "PracticeRunOutcome", ARC Zonal Shift API Reference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from rootguard.domain.json_data import JsonData
from rootguard.incidents.notice import About, Notice, Stage

_LONGEST: Final = timedelta(minutes=20)
"""No invocation runs for so long, with its retries."""


class Outcome(StrEnum):
    """How a rehearsal ended."""

    PENDING = "PENDING"  # it goes on, or its function was cut off
    SUCCEEDED = "SUCCEEDED"  # the guard detached the SCP in time, and the event arrived
    FAILED = "FAILED"  # the guard did not, or not in time, or only a sweep did
    INTERRUPTED = "INTERRUPTED"  # something else ended it, so nobody knows whether the guard would have


@dataclass(frozen=True, slots=True)
class Record(JsonData):
    """One rehearsal. Times are UTC."""

    request: str  # the id of the invocation that began it; a retry by Lambda has the same one
    started: datetime  # when the SCP was about to be attached
    before: datetime | None = None  # when the guard had detached it last before that; None if it never had
    success: datetime | None = None  # when the last one that succeeded began; None if none did
    outcome: Outcome = Outcome.PENDING
    ended: datetime | None = None
    took: int | None = None  # milliseconds from the start until the guard had detached the SCP
    why: str = ""  # what went wrong, as a sentence; empty if nothing did

    def goes_on(self, now: datetime) -> bool:
        """Tell whether it may still be going on: one without an end that began long ago was cut off."""
        return self.outcome is Outcome.PENDING and now - self.started < _LONGEST

    @property
    def last_success(self) -> datetime | None:
        """When the last one that succeeded began, this one included."""
        return self.started if self.outcome is Outcome.SUCCEEDED else self.success

    @property
    def seconds(self) -> float | None:
        """How long it took until the guard had detached the SCP; None if it did not."""
        return None if self.took is None else self.took / 1000

    def undone(self, at: datetime) -> Self:
        """Return the record of a rehearsal whose SCP the guard has detached."""
        return replace(self, took=max(at - self.started, timedelta(0)) // timedelta(milliseconds=1))

    def ended_by(self, outcome: Outcome, why: str, now: datetime) -> Self:
        """Return the record of a rehearsal that has ended, and why it did not succeed."""
        return replace(self, outcome=outcome, ended=now, why=why)


def notice(record: Record) -> Notice | None:
    """Return the notice of a rehearsal; None for one that succeeded, which the guard itself tells of.

    If the guard failed, people are woken. If nobody knows, it is for the record.
    """
    if record.outcome in (Outcome.PENDING, Outcome.SUCCEEDED):
        return None
    stage = Stage.FOUND if record.outcome is Outcome.FAILED else Stage.REHEARSED
    key = f"rehearsal/{record.started.isoformat()}/{record.outcome.value}"
    return Notice(key, About.REHEARSAL, stage, record.as_json())
