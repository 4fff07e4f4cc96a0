"""The row of the parts that have to run: the stack, its functions, what wakes them, and what they gave up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cli.doctor.checks.deployment import is_stable
from cli.doctor.checks.events import are_armed, run_on_time, take_messages
from cli.doctor.checks.functions import are_empty, can_run
from cli.doctor.facts import functions, waking
from cli.doctor.facts.functions import Function
from cli.doctor.facts.waking import Rule, Waker
from cli.doctor.finding import Finding, Level, ok
from cli.doctor.probe import Probe, Stack

ASKS: Final = (
    "cloudwatch:GetMetricData",
    "events:DescribeRule",
    "events:ListTargetsByRule",
    "lambda:GetEventSourceMapping",
    "lambda:GetFunction",
    "lambda:GetPolicy",
    "scheduler:GetSchedule",
    "sqs:GetQueueAttributes",
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What has to run, and how many dead letters each queue holds."""

    stack: Stack | None
    functions: Sequence[Function]
    rules: Sequence[Rule]
    schedules: Sequence[Waker]
    queues: Sequence[Waker]
    letters: Mapping[str, int | None]


def read(probe: Probe) -> Parts:
    """Read the state of each part."""
    return Parts(
        probe.stack,
        functions.functions(probe),
        waking.rules(probe),
        waking.schedules(probe),
        waking.mappings(probe),
        functions.dead_letters(probe),
    )


def judge(parts: Parts) -> Iterator[Finding]:
    """Judge as doctor does, but leave out what is over: a function that failed today may be well by now."""
    stable = list(is_stable(parts.stack))
    found = [
        *(finding for finding in stable if finding.level is not Level.OK),
        *(
            finding
            for findings in (
                can_run(parts.functions),
                are_armed(parts.rules),
                run_on_time(parts.schedules),
                take_messages(parts.queues),
                are_empty(parts.letters),
            )
            for finding in findings
            if finding.level is Level.BROKEN
        ),
    ]
    yield from found
    if not found:
        counted = f"{len(parts.functions)} functions, {len(parts.rules)} rules"
        yield ok(f"{counted} and {len(parts.schedules)} schedules work; no dead letters")
