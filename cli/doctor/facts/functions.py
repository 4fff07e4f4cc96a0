"""The functions of the stack: whether each can run, how it failed lately, and what it gave up on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cli.doctor.facts.measured import Metric, measured
from cli.doctor.facts.room import LATELY
from cli.doctor.probe import Probe, RefusedError
from stacks.names import DEAD_LETTERS_OUTPUT

_MINUTES: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Attributes:
        name: its name; it begins with the stack's and the construct's.
        state: Lambda's word, such as Active; None if there is no such function.
        reserved: the concurrency that is reserved for it; 0 switches it off, None is the usual.
        log: the name of its log group.
        errors: how often it failed in the last 24 hours.
        last_error_at: when it last did, in UTC, to five minutes.
    """

    name: str
    state: str | None = None
    reserved: int | None = None
    log: str = ""
    errors: int = 0
    last_error_at: datetime | None = None


def functions(probe: Probe) -> tuple[Function, ...]:
    """Read the state of each function, and its errors."""
    names = [part.id for part in probe.parts("AWS::Lambda::Function")]
    metrics = [Metric("AWS/Lambda", "Errors", "Sum", {"FunctionName": name}) for name in names]
    counted = measured(probe, metrics, since=LATELY, period=_MINUTES)
    found = []
    for name, points in zip(names, counted, strict=True):
        failed = [point for point in points if point.value]
        errors, last = int(sum(point.value for point in failed)), failed[-1].at if failed else None
        try:
            answer = probe.ask("lambda", "GetFunction", FunctionName=name)
        except RefusedError as refused:
            if refused.code != "ResourceNotFoundException":
                raise
            found.append(Function(name))
            continue
        configuration = answer["Configuration"]
        reserved = answer.get("Concurrency", {}).get("ReservedConcurrentExecutions")
        log = configuration.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")
        found.append(Function(name, configuration.get("State", "Active"), reserved, log, errors, last))
    return tuple(found)


def dead_letters(probe: Probe) -> Mapping[str, int | None]:
    """Read how many dead letters wait, by the queue's name for `rootguard redrive`; None without a queue."""
    found: dict[str, int | None] = {}
    for output, url in probe.outputs.items():
        if not output.endswith(DEAD_LETTERS_OUTPUT):
            continue
        name = output.removesuffix(DEAD_LETTERS_OUTPUT).lower() or "guard"
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        try:
            answer = probe.ask("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=wanted)
        except RefusedError as refused:
            if "NonExistentQueue" not in refused.code and "QueueDoesNotExist" not in refused.code:
                raise
            found[name] = None
        else:
            found[name] = sum(int(answer["Attributes"][each]) for each in wanted)
    return found
