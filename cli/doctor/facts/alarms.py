"""The stack's alarms, as CloudWatch has them."""

from __future__ import annotations

from dataclasses import dataclass

from cli.doctor.probe import Probe
from stacks.names import STACK


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm: its state, ALARM, OK or INSUFFICIENT_DATA, None if it is gone; and whether it pages."""

    name: str
    state: str | None
    pages: bool = True


def alarms(probe: Probe) -> tuple[Alarm, ...]:
    """Read each alarm of the stack."""
    listed = probe.list("cloudwatch", "DescribeAlarms", "MetricAlarms", AlarmNamePrefix=f"{STACK}-")
    known = {each["AlarmName"]: each for each in listed}
    return tuple(
        Alarm(part.id, known[part.id]["StateValue"], bool(known[part.id].get("ActionsEnabled", True)))
        if part.id in known
        else Alarm(part.id, None)
        for part in probe.parts("AWS::CloudWatch::Alarm")
    )
