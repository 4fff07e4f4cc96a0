"""Malformed input never causes a write, and never fails the guard."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from drill import records
from simulation import engine
from simulation.history import parse
from simulation.oracle.film import writes
from simulation.run import Outcome, run
from simulation.trace import AwsCall, Ended

HISTORY = parse(
    """
why: A lockout is attached to Root, and its event reaches the guard as no event should.
sweep: {every: 3600, first: 3600}
end: 900
steps:
- {at: 100, by: mallory, call: CreatePolicy, policy: New, says: deny all}
- {at: 130, by: mallory, call: AttachPolicy, policy: New, target: root, event: 15}
- {at: 200, by: mallory, call: DetachPolicy, policy: p-FullAWSAccess, target: root, event: 15}
""",
    "a test",
)
Record = dict[str, Any]


def delivered(spoil: Callable[[Record], Any]) -> Outcome:
    """Run the history with each event spoilt on its way."""

    def spoilt(record: Record, event_id: str) -> Record:
        event: Record = records.envelope(copy.deepcopy(record), event_id)
        event["detail"] = spoil(event["detail"])
        return event

    with mock.patch.object(engine, "envelope", spoilt):
        return run(HISTORY)


def written(outcome: Outcome) -> list[str]:
    return [record.call for record in outcome.trace if isinstance(record, AwsCall) and writes(record)]


def without(name: str) -> Callable[[Record], Record]:
    return lambda record: {key: value for key, value in record.items() if key != name}


def with_(**changed: Any) -> Callable[[Record], Record]:
    return lambda record: record | changed


def parameters(**changed: Any) -> Callable[[Record], Record]:
    return lambda record: record | {"requestParameters": record["requestParameters"] | changed}


def test_what_is_well_formed_causes_a_write() -> None:
    assert written(delivered(lambda record: record))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: None,
        lambda _: [],
        lambda _: "AttachPolicy",
        without("eventName"),
        without("eventSource"),
        without("eventID"),
        without("eventTime"),
        without("requestParameters"),
        with_(eventName=["AttachPolicy"]),
        with_(eventSource="iam.amazonaws.com"),
        with_(eventTime="yesterday"),
        with_(requestParameters=None),
        with_(requestParameters=[]),
        with_(errorCode=7),
        parameters(policyId=None),
        parameters(policyId=["p-12345678"]),
        parameters(policyId="p-1234' or 1"),
        parameters(targetId=7),
        parameters(targetId="root"),
        parameters(targetId="r-sim0\n"),
    ],
)
def test_what_is_malformed_causes_none(spoil: Callable[[Record], Any]) -> None:
    outcome = delivered(spoil)
    assert written(outcome) == []
    assert {record.how for record in outcome.trace if isinstance(record, Ended)} == {"well"}
