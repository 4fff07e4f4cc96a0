"""When no rehearsal begins: windows of the week and dates, as guardrail.yaml names them. All in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rootguard.domain.json_data import JsonData
from rootguard.rehearsal.record import Outcome, Record

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK: Final = timedelta(days=7)
_EARLY: Final = timedelta(hours=1)
"""The schedule is not exact to the second, so a week counts as over a little before its end."""


@dataclass(frozen=True, slots=True)
class Calendar(JsonData):
    """When rehearsals may not begin.

    Attributes:
        blocked_windows: such as Mon:08:30-Mon:18:00, each within one day; the end is not blocked any more.
        blocked_dates: such as 2026-12-24.
    """

    blocked_windows: tuple[str, ...] = ()
    blocked_dates: tuple[str, ...] = ()

    def blocks(self, now: datetime) -> str:
        """Return the window or the date that blocks this moment; empty if none does."""
        if (date := now.date().isoformat()) in self.blocked_dates:
            return date
        moment = f"{DAYS[now.weekday()]}:{now:%H:%M}"
        return next((each for each in self.blocked_windows if _holds(each, moment)), "")


def is_due(last: Record | None, now: datetime) -> bool:
    """Tell whether the schedule should begin one: a week after one that succeeded, else the next day."""
    return last is None or last.outcome is not Outcome.SUCCEEDED or now - last.started >= _WEEK - _EARLY


def in_order(window: str) -> bool:
    """Tell whether a window ends on the day on which it begins, and after that."""
    start, end = window.split("-")
    return start[:3] == end[:3] and start < end


def _holds(window: str, moment: str) -> bool:
    start, end = window.split("-")
    return start <= moment < end
