"""What wakes the functions: the rules with their targets, the schedules, and the mappings of queues."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.doctor.probe import Probe, RefusedError
from stacks.names import FUNCTION_OUTPUT, TOPIC_OUTPUT

_GUARDS = "Detection"
"""The construct whose rules wake the guard. All others page on-call."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of EventBridge.

    Attributes:
        name: its name.
        state: its state; None if it is gone.
        targets: the ARNs of its targets.
        wanted: the one that it must have.
        may: whether the target lets this rule in. Of a topic that is not looked at.
    """

    name: str
    state: str | None
    targets: tuple[str, ...]
    wanted: str
    may: bool = True


@dataclass(frozen=True, slots=True)
class Waker:
    """A schedule, or the mapping of a queue to a function: its name or id, and its state; None if gone."""

    name: str
    state: str | None
    id: str


def rules(probe: Probe) -> tuple[Rule, ...]:
    """Read each rule of the stack, with its targets."""
    function, topic = probe.outputs.get(FUNCTION_OUTPUT, ""), probe.outputs.get(TOPIC_OUTPUT, "")
    guard = probe.arn("lambda", f"function:{function}")
    let_in = _let_in(probe, function)
    found = []
    for part in probe.parts("AWS::Events::Rule"):
        name, wakes_guard = part.id.rpartition("|")[2], part.name.startswith(_GUARDS)
        may = not wakes_guard or probe.arn("events", f"rule/{name}") in let_in
        found.append(_rule(probe, name, guard if wakes_guard else topic, may=may))
    return tuple(found)


def _rule(probe: Probe, name: str, wanted: str, *, may: bool) -> Rule:
    rule = _if_there(probe, "events", "DescribeRule", Name=name)
    if rule is None:
        return Rule(name, None, (), wanted, may)
    targets = probe.list("events", "ListTargetsByRule", "Targets", Rule=name)
    return Rule(name, str(rule["State"]), tuple(each["Arn"] for each in targets), wanted, may)


def _let_in(probe: Probe, function: str) -> frozenset[str]:
    """Return the ARNs of the rules that the function's own policy lets in, as the CDK writes them."""
    answer = _if_there(probe, "lambda", "GetPolicy", FunctionName=function)
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    sources = (
        statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn", "") for statement in statements
    )
    return frozenset(map(str, sources))


def schedules(probe: Probe) -> tuple[Waker, ...]:
    """Read each schedule of the stack."""
    found = []
    for part in probe.parts("AWS::Scheduler::Schedule"):
        name = part.id.rpartition("/")[2].rpartition("|")[2]
        answer = _if_there(probe, "scheduler", "GetSchedule", Name=name)
        found.append(Waker(name, None if answer is None else str(answer["State"]), name))
    return tuple(found)


def mappings(probe: Probe) -> tuple[Waker, ...]:
    """Read each mapping of a queue to a function of the stack."""
    found = []
    for part in probe.parts("AWS::Lambda::EventSourceMapping"):
        answer = _if_there(probe, "lambda", "GetEventSourceMapping", UUID=part.id)
        if answer is None:
            found.append(Waker(part.name, None, part.id))
        else:
            queue = str(answer["EventSourceArn"]).rpartition(":")[2]
            found.append(Waker(queue, str(answer["State"]), part.id))
    return tuple(found)


def _if_there(probe: Probe, service: str, operation: str, **parameters: str) -> Mapping[str, Any] | None:
    try:
        answer: Mapping[str, Any] = probe.ask(service, operation, **parameters)
    except RefusedError as refused:
        if refused.code == "ResourceNotFoundException":
            return None
        raise
    return answer
