"""Which sweeps could see something, and when a fault was in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulation.history import Fault, History
from simulation.trace import Began, Ended, Record, Swept

BESIDE: Final = frozenset({"DescribePolicy", "DescribeAccount", "DescribeOrganizationalUnit", "ListAccounts"})
"""Calls that only make a page better. A sweep sees without them what is attached to a named target."""
_NEEDED_BY: Final = {
    **dict.fromkeys(("PutItem", "GetItem", "Query"), "ledger"),
    "SendMessage": "notices",
    "Publish": "topic",
}
"""Calls whose faults are as bad as those of what they go to."""
_FOREVER: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep, from its beginning to its end."""

    began: float
    ended: float
    invocation: int


@dataclass(frozen=True, slots=True)
class Weather:
    """The faults of a history, and the sweeps of its run that were completed."""

    faults: Sequence[Fault]
    kills: Sequence[float]
    sweeps: Sequence[Sweep]

    def is_fair(self, began: float, ended: float, beside: frozenset[str] = frozenset()) -> bool:
        """Tell whether no fault was in the way in a time. Faults of the calls in `beside` do not count."""
        return not any(
            fault.at <= ended
            and began <= _until(fault)
            and not (fault.kind == "call" and fault.call in beside)
            for fault in self.faults
        )

    def is_down(self, kinds: Sequence[str], began: float, ended: float) -> bool:
        """Tell whether a fault of one of these kinds was there in a time, or one of a call to the same."""
        return any(
            (fault.kind in kinds or _NEEDED_BY.get(fault.call) in kinds)
            and fault.at <= ended
            and began <= _until(fault)
            for fault in self.faults
        )

    def seeing(self, began: float, ended: float, beside: frozenset[str] = frozenset()) -> list[Sweep]:
        """Return the completed sweeps that lie within a time and met no fault."""
        return [
            sweep
            for sweep in self.sweeps
            if began < sweep.began and sweep.ended < ended and self.is_fair(sweep.began, sweep.ended, beside)
        ]


def weather_of(history: History, trace: Sequence[Record]) -> Weather:
    """Return the faults, and the sweeps that were completed."""
    begins = {record.invocation: record.at for record in trace if isinstance(record, Began)}
    ends = {record.invocation: record.at for record in trace if isinstance(record, Ended)}
    sweeps = [
        Sweep(
            begins[record.invocation],
            max(record.at, ends.get(record.invocation, record.at)),
            record.invocation,
        )
        for record in trace
        if isinstance(record, Swept)
    ]
    return Weather(
        faults=[step for step in history.steps if isinstance(step, Fault)],
        kills=[record.at for record in trace if isinstance(record, Ended) and record.how == "killed"],
        sweeps=sweeps,
    )


def _until(fault: Fault) -> float:
    return _FOREVER if fault.until is None else fault.until
