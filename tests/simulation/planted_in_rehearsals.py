"""Bugs that are planted in rehearsals: in the function's calls, and in what the guard knows of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest import mock

from botocore.client import BaseClient

from drill import records
from simulation import engine
from simulation.deployment import DEPLOYMENT, Deployment
from simulation.environments import GUARD_ROLE
from simulation.history import Call, History, Rehearse
from simulation.identities import policy_id, role_caller, unit_id
from simulation.oracle.changes import GUARD
from simulation.rehearsal import OU_NAME, REHEARSAL, REHEARSAL_ROLE, SCP_NAME, within
from stacks.rehearsal_rules import ROLE_VARIABLE
from tests.simulation.planted import Plant

_call: Final = BaseClient._make_api_call  # noqa: SLF001 - every call of the SDK passes here


@contextmanager
def _forgets_to_clean_up() -> Iterator[Deployment]:
    """It detaches nothing when its time is over."""

    def changed(client: Any, operation: str, parameters: Any) -> Any:
        is_its_own = os.environ.get("AWS_LAMBDA_FUNCTION_NAME") == REHEARSAL
        return {} if is_its_own and operation == "DetachPolicy" else _call(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", changed):
        yield DEPLOYMENT


@contextmanager
def _marks_whoever() -> Iterator[Deployment]:
    """The guard takes whoever attaches the SCP to the OU for a rehearsal."""
    call = records.Call("AttachPolicy", {}, role_caller(REHEARSAL_ROLE, REHEARSAL, 0), 0, "-", "-")
    its_own = records.record(call)["userIdentity"]

    def changed(record: dict[str, Any], event_id: str) -> Any:
        asked = record.get("requestParameters") or {}
        ids = (asked.get("policyId"), asked.get("targetId"))
        if ids == (policy_id(SCP_NAME), unit_id(OU_NAME)) and record["eventName"] == "AttachPolicy":
            record = {**record, "userIdentity": its_own}
        return records.envelope(record, event_id)

    with mock.patch.object(engine, "envelope", changed):
        yield DEPLOYMENT


@contextmanager
def _guard_does_not_know_it() -> Iterator[Deployment]:
    """The guard takes another role for that of the function."""

    def environment(config: Any) -> Any:
        given = DEPLOYMENT.functions[0].environment(config)
        return {**given, **({ROLE_VARIABLE: GUARD_ROLE} if ROLE_VARIABLE in given else {})}

    functions = [
        replace(each, environment=environment) if each.name == GUARD else each
        for each in DEPLOYMENT.functions
    ]
    yield replace(DEPLOYMENT, functions=tuple(functions))


def _begins(history: History) -> list[Rehearse]:
    begun = [step for step in history.steps if isinstance(step, Rehearse) and not step.refused]
    return begun if history.guardrail.get("mode") != "observe" else []


def _is_late(history: History) -> bool:
    longest = within(history.guardrail)
    return any(min(step.event, default=longest) >= longest for step in _begins(history))


def _is_heard(history: History) -> bool:
    return any(step.event for step in _begins(history))


def _is_attached_by_hand(history: History) -> bool:
    given = {"policy": SCP_NAME, "target": OU_NAME}
    return any(
        isinstance(step, Call) and step.call == "AttachPolicy" and step.parameters == given and step.event
        for step in history.steps
    )


PLANTS: Final = (
    Plant("forgets-to-clean-up", _forgets_to_clean_up, _is_late, 5, frozenset({"rehearsal-leaves-nothing"})),
    Plant("marks-whoever", _marks_whoever, _is_attached_by_hand, 5, frozenset({"every-violation-paged"})),
    Plant(
        "guard-does-not-know-rehearsals",
        _guard_does_not_know_it,
        _is_heard,
        5,
        frozenset({"rehearsal-wakes-nobody"}),
    ),
)
