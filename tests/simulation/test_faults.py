"""What is broken at AWS, as a function meets it."""

from __future__ import annotations

import pytest

from simulation.clock import DEPLOYED_AT
from simulation.errors import SimulationError
from simulation.run import run
from simulation.trace import AwsCall, Ended, Granted
from tests.simulation.stories import attached, of, told
from tests.simulation.toys import deployment


def test_a_call_fails_with_the_code_until_the_fault_is_over() -> None:
    fault = "{at: 50, fault: {call: DetachPolicy, error: AccessDeniedException, until: 200}}"
    outcome = run(attached(fault), deployment=deployment("undoes"))
    calls = [(call.at, call.error) for call in of(outcome, AwsCall) if call.call == "DetachPolicy"]
    assert calls == [(115, "AccessDeniedException"), (175, "AccessDeniedException"), (295, None)]


def test_the_sdk_s_own_retries_run() -> None:
    fault = "{at: 50, fault: {call: DetachPolicy, error: TooManyRequestsException, until: 116}}"
    outcome = run(attached(fault), deployment=deployment("undoes"))
    errors = [call.error for call in of(outcome, AwsCall) if call.call == "DetachPolicy"]
    assert errors[:2] == ["TooManyRequestsException"] * 2
    assert errors[-1] is None


def test_a_share_of_the_calls_fails() -> None:
    fault = "{at: 50, fault: {call: Publish, error: AccessDeniedException, share: 0.5}}"
    repeated = [f"{{at: {at}, again: 0}}" for at in range(200, 1000, 20)]
    history = attached(
        "{at: 40, by: ann, call: AttachPolicy, policy: A, target: root, event: 15}",
        fault,
        *repeated,
        event="[]",
    )
    errors = [call.error for call in of(run(history, deployment=deployment("pages each time")), AwsCall)]
    assert 0.3 < errors.count(None) / len(errors) < 0.7


def test_no_answer_costs_the_client_its_patience() -> None:
    fault = "{at: 50, fault: {call: DetachPolicy, error: timeout, until: 150}}"
    outcome = run(attached(fault), deployment=deployment("undoes"))
    calls = [(call.at, call.error) for call in of(outcome, AwsCall)]
    # Two attempts of two seconds each, with a short wait between them.
    assert calls[0] == (115, "timeout")
    assert 117 <= calls[1][0] <= 118
    assert told(outcome)[0][0] > 170


def test_an_answer_can_be_lost_although_the_call_was_carried_out() -> None:
    fault = "{at: 50, fault: {call: DetachPolicy, error: answer lost, until: 116}}"
    outcome = run(attached(fault), deployment=deployment("undoes"))
    assert [call.error for call in of(outcome, AwsCall)][:2] == ["answer lost", "PolicyNotAttachedException"]
    assert outcome.world.id_of("A") not in outcome.world.attached("root")


@pytest.mark.parametrize(
    ("kind", "toy", "call"), [("ledger", "counts", "GetItem"), ("topic", "pages each time", "Publish")]
)
def test_what_is_down_does_not_answer(kind: str, toy: str, call: str) -> None:
    outcome = run(attached(f"{{at: 50, fault: {{{kind}: down, until: 150}}}}"), deployment=deployment(toy))
    calls = [(made.at, made.error) for made in of(outcome, AwsCall) if made.call == call]
    assert calls[0] == (115, "down")
    assert calls[-1][1] is None
    assert of(outcome, Ended)[0].error.startswith("ConnectTimeoutError")


def test_reads_can_be_stale_and_are_fresh_after_that() -> None:
    stale = "{at: 50, fault: {reads: stale, seconds: 60, until: 200}}"
    again = [f"{{at: {at}, again: 1}}" for at in (120, 125, 130, 250)]
    call = "{at: 100, by: diego, call: AttachPolicy, policy: A, target: root, event: 1}"
    history = attached(stale, call, *again, event="[]")
    said = {at: "A" in text.split() for at, text in told(run(history, deployment=deployment("reads back")))}
    assert said[250]
    assert not all(said.values())


def test_an_index_can_be_behind_until_the_fault_is_over() -> None:
    behind = "{at: 50, fault: {index: behind, until: 200}}"
    again = [f"{{at: {at}, again: 1}}" for at in (150, 250)]
    call = "{at: 100, by: diego, call: AttachPolicy, policy: A, target: root, event: 1}"
    history = attached(behind, call, *again, event="[]")
    outcome = run(history, deployment=deployment("lists from an index"))
    assert told(outcome) == [(101, "listed 0"), (150, "listed 0"), (250, "listed 1")]


def test_an_index_can_be_behind_by_some_seconds() -> None:
    behind = "{at: 50, fault: {index: behind, seconds: 30}}"
    again = [f"{{at: {at}, again: 1}}" for at in (120, 140)]
    call = "{at: 100, by: diego, call: AttachPolicy, policy: A, target: root, event: 1}"
    history = attached(behind, call, *again, event="[]")
    outcome = run(history, deployment=deployment("lists from an index"))
    assert told(outcome) == [(101, "listed 0"), (120, "listed 0"), (140, "listed 1")]


@pytest.mark.parametrize("seconds", [-40, 25])
def test_the_functions_clock_can_be_wrong(seconds: int) -> None:
    fault = f"{{at: 50, fault: {{clock: skew, seconds: {seconds}}}}}"
    outcome = run(attached(fault), deployment=deployment("tells its clock"))
    assert told(outcome) == [(115, f"{DEPLOYED_AT + 115 + seconds:.0f}")]


def test_who_grants_meets_the_ledger_that_is_down_too() -> None:
    grant = "{at: 60, by: ann, grant: A, target: root, for: 1h}"
    down = "{at: 50, fault: {ledger: down, until: 70}}"
    refused, granted = (
        of(run(attached(*steps, event="[]"), deployment=deployment("undoes")), Granted)[0].error
        for steps in ((down, grant), (grant,))
    )
    assert granted is None
    assert refused is not None
    assert "on the ledger failed with ConnectTimeoutError" in refused


def test_a_call_that_the_simulator_does_not_know_ends_the_run() -> None:
    with pytest.raises(SimulationError, match="at 115 s the simulator does not know sqs PurgeQueue"):
        run(attached(), deployment=deployment("does what is not known"))
    missing = deployment("undoes", handler="tests.simulation.nowhere.handler")
    with pytest.raises(SimulationError, match="there is no handler tests"):
        run(attached(), deployment=missing)
