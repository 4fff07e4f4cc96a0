"""Can the functions run, and did they?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cli.doctor.check import Check, Section
from cli.doctor.facts import functions as facts
from cli.doctor.facts.functions import Function
from cli.doctor.facts.room import Concurrency, concurrency, throttles
from cli.doctor.finding import REVERT_DRIFT, Finding, broken, ok, warning
from rootguard.notify.phrases import time_label

NEEDED: Final = 10
"""What Rootguard can use at once: the guard for a sweep and an event, and two each of the notifier, the
restore and both channels."""
_QUOTA: Final = (
    "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
    "--desired-value 1000"
)


def can_run(functions: Sequence[Function]) -> Iterator[Finding]:
    """Judge whether each function can run, and how it failed lately."""
    for function in functions:
        if function.state is None:
            yield broken(
                f"{function.name} is gone",
                "Nothing does its work.",
                REVERT_DRIFT,
            )
        elif function.reserved == 0:
            yield broken(
                f"{function.name} is switched off: its reserved concurrency is 0",
                "Lambda never starts it.",
                f"aws lambda delete-function-concurrency --function-name {function.name}",
            )
        elif function.state == "Failed":
            yield broken(
                f"{function.name} is in the state Failed",
                "Lambda cannot start it.",
                f"aws lambda get-function-configuration --function-name {function.name}",
            )
        if function.errors:
            last = time_label(function.last_error_at) if function.last_error_at else "lately"
            times = "once" if function.errors == 1 else f"{function.errors} times"
            yield warning(
                f"{function.name} failed {times} in 24 hours, last at about {last}",
                "An event or message that failed is tried again, and is a dead letter in the end. After a "
                "failed isolation or rehearsal, run the command again.",
                f"aws logs filter-log-events --log-group-name {function.log} --filter-pattern ERROR",
            )
    if not any(each.errors or each.reserved == 0 or each.state in (None, "Failed") for each in functions):
        yield ok(f"{len(functions)} functions can run, and none failed in 24 hours")


def are_empty(waiting: Mapping[str, int | None]) -> Iterator[Finding]:
    """Judge whether dead letters wait."""
    for queue, count in waiting.items():
        if count is None:
            yield broken(
                f"the queue of dead letters of {queue} is gone",
                "An event, a notice or a page that is given up is lost.",
                REVERT_DRIFT,
            )
        elif count:
            letters = "1 dead letter waits" if count == 1 else f"{count} dead letters wait"
            yield broken(
                f"{letters} in the queue of {queue}",
                "Each is an event, a notice or a page that nobody handled. It is kept for 14 days.",
                f"rootguard redrive --queue {queue}",
            )
    if not any(count or count is None for count in waiting.values()):
        yield ok(f"none in {len(waiting)} queues")


def is_free(found: Concurrency) -> Iterator[Finding]:
    """Judge whether there is concurrency for the functions."""
    free = found.limit - found.most_used
    used = f"{found.most_used} of {found.limit} were used at once in 24 hours"
    why = f"Rootguard can use {NEEDED} at once. A function that is throttled waits, and so does an undo."
    if free <= 0:
        yield broken(f"none is free: {used}", why, _QUOTA)
    elif free < NEEDED:
        yield warning(f"{free} free: {used}", why, _QUOTA)
    else:
        yield ok(f"{free} free: {used}")


def were_not_throttled(times: Mapping[str, int]) -> Iterator[Finding]:
    """Judge whether a function had to wait."""
    throttled = {name: count for name, count in times.items() if count}
    for name, count in throttled.items():
        yield warning(
            f"{name} was throttled {'once' if count == 1 else f'{count} times'} in 24 hours",
            "It waited for concurrency that other functions of the account used.",
            _QUOTA,
        )
    if not throttled:
        yield ok("none in 24 hours")


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check(
        "functions",
        Section.FUNCTIONS,
        ("cloudwatch:GetMetricData", "lambda:GetFunction"),
        facts.functions,
        can_run,
        needs_stack=True,
    ),
    Check(
        "dead-letters",
        Section.FUNCTIONS,
        ("sqs:GetQueueAttributes",),
        facts.dead_letters,
        are_empty,
        needs_stack=True,
    ),
    Check(
        "concurrency",
        Section.FUNCTIONS,
        ("cloudwatch:GetMetricData", "lambda:GetAccountSettings"),
        concurrency,
        is_free,
    ),
    Check(
        "throttling",
        Section.FUNCTIONS,
        ("cloudwatch:GetMetricData",),
        throttles,
        were_not_throttled,
        needs_stack=True,
    ),
)
