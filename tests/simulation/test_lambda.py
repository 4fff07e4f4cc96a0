"""Lambda as the simulator has it: attempts, dead letters, environments, time and queues."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from simulation.history import Redrive
from simulation.oracle.changes import changes_of, event_of
from simulation.run import run
from simulation.trace import AwsCall, Began, DeadLetter, Ended
from tests.simulation.stories import attached, of, told
from tests.simulation.toys import deployment, fed


def test_a_failed_event_is_tried_again_after_one_and_two_minutes_and_is_then_a_dead_letter() -> None:
    outcome = run(attached(), deployment=deployment("fails"))
    began = [record for record in of(outcome, Began) if record.why == "event"]
    assert [(record.at, record.attempt) for record in began] == [(115, 1), (175, 2), (295, 3)]
    assert [record.error for record in of(outcome, Ended)] == ["ValueError: on purpose"] * 3
    (letter,) = of(outcome, DeadLetter)
    body = json.loads(letter.body)
    assert letter.at == 295
    assert body["requestContext"]["condition"] == "RetriesExhausted"
    assert body["requestContext"]["approximateInvokeCount"] == 3
    assert body["requestPayload"]["detail"]["eventName"] == "AttachPolicy"
    assert body["responsePayload"] == {
        "errorMessage": "on purpose",
        "errorType": "ValueError",
        "stackTrace": [],
    }


def test_dead_letters_are_delivered_again_as_lambda_wrapped_them() -> None:
    redriven = attached("{at: 400, redrive: true}")
    outcome = run(redriven, deployment=deployment("fails"))
    assert isinstance(redriven.steps[0], Redrive)
    began = [record for record in of(outcome, Began) if record.why == "redrive"]
    assert [record.at for record in began] == [400, 460, 580]
    (first, second) = of(outcome, DeadLetter)
    assert [record.payload for record in began] == [json.loads(first.body)] * 3
    # It failed once more, so it is wrapped once more; it is the same event all the same.
    twice = json.loads(second.body)
    assert twice["requestPayload"] == json.loads(first.body)
    (change,) = changes_of(outcome.trace)
    assert event_of(twice) == event_of(began[0].payload) == change.event_id


def test_a_killed_invocation_does_nothing_more_and_is_tried_again() -> None:
    killed = attached("{at: 50, kill: after DetachPolicy}")
    outcome = run(killed, deployment=deployment("does more at the end"))
    calls = [(call.at, call.call, call.error) for call in of(outcome, AwsCall)]
    assert calls == [
        (115, "DetachPolicy", None),
        (175, "DetachPolicy", "PolicyNotAttachedException"),
        (175, "Publish", None),
        (295, "DetachPolicy", "PolicyNotAttachedException"),
        (295, "Publish", None),
    ]
    assert of(outcome, Ended)[0].how == "killed"


def test_a_kill_before_a_call_leaves_the_call_undone() -> None:
    outcome = run(attached("{at: 50, kill: before DetachPolicy}"), deployment=deployment("undoes"))
    assert [(call.at, call.call) for call in of(outcome, AwsCall)] == [
        (175, "DetachPolicy"),
        (175, "Publish"),
    ]


def test_a_kill_can_wait_for_one_function() -> None:
    spared = attached("{at: 50, kill: before DetachPolicy, function: restore}")
    assert told(run(spared, deployment=deployment("undoes")))[0][0] == 115


def test_an_invocation_that_takes_too_long_times_out() -> None:
    outcome = run(attached(), deployment=deployment("sleeps"))
    ended = [(record.at, record.how) for record in of(outcome, Ended)]
    assert ended == [(175, "timed out"), (295, "timed out"), (475, "timed out")]


def test_others_run_while_one_sleeps() -> None:
    other = "{at: 105, by: ann, call: AttachPolicy, policy: B, target: root, event: 15}"
    outcome = run(attached(other), deployment=deployment("sleeps"))
    began = [record.at for record in of(outcome, Began)][:2]
    assert began == [115, 120]


def test_an_environment_is_kept_until_one_of_its_invocations_is_killed() -> None:
    again = "{at: %d, by: diego, call: AttachPolicy, policy: A, target: root, event: 15}"
    steps = (again % 10, "{at: 99, kill: after Publish}", again % 300)
    # The toy takes nothing off, so later attachments fail; Redeliver brings the first event again.
    history = attached(
        *steps[:2], "{at: 200, again: 0}", "{at: 300, again: 0}", "{at: 400, again: 0}", event="[]"
    )
    said = [text for _, text in told(run(history, deployment=deployment("is warm")))]
    assert said == [
        "call 1 of this environment",
        "call 2 of this environment",
        "call 1 of this environment",
        "call 2 of this environment",
        "call 3 of this environment",
    ]


def test_a_queue_feeds_its_function_and_only_what_failed_comes_again() -> None:
    outcome = run(attached(), deployment=fed("sends on"))
    assert told(outcome) == [
        (115, "took good, bad"),
        (115, "took fine"),
        (145, "took bad"),
        (175, "took bad"),
    ]
    (letter,) = of(outcome, DeadLetter)
    assert (letter.at, letter.queue, letter.body) == (205, "Toy-FeedDeadLetters", "bad")


def test_without_a_report_a_batch_is_done_when_the_function_ends_well() -> None:
    outcome = run(attached(), deployment=fed("sends on", reports_failures=False))
    assert told(outcome) == [(115, "took good, bad"), (115, "took fine")]


@pytest.mark.parametrize("seed", range(12))
def test_interleaved_invocations_are_the_same_each_time(seed: int) -> None:
    history = attached(event=f"[15, 15], interleave: {seed}")
    first, second = (run(history, deployment=deployment("counts")) for _ in range(2))
    assert first.trace == second.trace


def test_some_interleaving_finds_the_lost_update_and_without_one_there_is_none() -> None:
    def counts(event: str) -> list[str]:
        outcome = run(attached(event=event), deployment=deployment("counts"))
        return [text.split(" after")[0] for _, text in told(outcome)]

    assert counts("[15, 15]") == ["count 1", "count 2"]
    assert ["count 1", "count 1"] in [counts(f"[15, 15], interleave: {seed}") for seed in range(12)]


def test_a_function_can_invoke_another_one() -> None:
    outcome = run(attached(), deployment=deployment("invokes"))
    assert told(outcome) == [(115, "invoked again")]
    assert [record.why for record in of(outcome, Began)] == ["event", "invoke"]


def test_a_rule_can_hear_of_reads() -> None:
    toy = deployment("hears of reads")
    assert told(run(attached(), deployment=toy)) == []
    hearing = replace(toy, rules=tuple(replace(rule, reads=frozenset({"ListRoots"})) for rule in toy.rules))
    assert told(run(attached(), deployment=hearing)) == [(130, "read by Rootguard-GuardRole")]


def test_threads_of_a_function_are_served_in_their_order() -> None:
    outcome = run(attached(), deployment=deployment("asks aside"))
    calls = [call.call for call in of(outcome, AwsCall)]
    assert calls == ["GetItem", "GetItem", "GetItem", "ListRoots"]


def test_a_kill_in_a_thread_ends_the_whole_invocation() -> None:
    outcome = run(attached("{at: 50, kill: after GetItem}"), deployment=deployment("asks aside"))
    assert [(ended.at, ended.how) for ended in of(outcome, Ended)] == [(115, "killed"), (175, "well")]
    assert [call.call for call in of(outcome, AwsCall) if call.at == 115] == ["GetItem"]
