"""Rehearsals in the simulator: the real function waits in virtual time, with faults around it."""

from __future__ import annotations

import pytest

from simulation.history import parse
from simulation.run import Outcome, run
from simulation.trace import Answered, AwsCall, Paged
from tests.simulation.stories import of

GIVEN = """
why: a test
guardrail: {rehearsal: {within_seconds: 100, blocked_windows: ["Mon:09:10-Mon:09:20"]}}
organization: {units: {Prod: root}, policies: {New: {says: deny ec2}}}
end: 2000
steps:
"""
EXPECT = "expect: [{at: 2000, target: Rehearsal, lacks: [Rootguard-Rehearsal]}]\n"
DUE = "{at: 100, rehearse: due}"
NOW = "{at: 100, by: sara, rehearse: now}"
LOST = "{at: 100, rehearse: due, event: []}"


def told(*steps: str) -> Outcome:
    outcome = run(parse(GIVEN + "".join(f"  - {step}\n" for step in steps) + EXPECT, "test.yaml"))
    assert outcome.unmet == ()
    return outcome


def ends(*steps: str) -> list[str]:
    """How each attempt ended: its outcome, or why there is none."""
    return [str((each.answer or {}).get("outcome") or each.error) for each in of(told(*steps), Answered)]


def waking(outcome: Outcome) -> list[str]:
    return [page.subject for page in of(outcome, Paged) if page.wakes]


@pytest.mark.parametrize("step", [DUE, NOW])
def test_the_guard_detaches_the_scp_while_the_function_waits(step: str) -> None:
    outcome = told(step)
    calls = [
        (call.function, call.at)
        for call in of(outcome, AwsCall)
        if call.call in ("AttachPolicy", "DetachPolicy")
    ]
    assert calls == [("rehearsal", 100), ("guard", 115)]
    (answer,) = of(outcome, Answered)
    assert (answer.at, (answer.answer or {})["outcome"]) == (116, "SUCCEEDED")
    assert waking(outcome) == []


def test_sweeps_run_while_it_waits() -> None:
    outcome = told(LOST)
    assert [call.at for call in of(outcome, AwsCall) if call.call == "DetachPolicy"] == [180]
    assert [subject[:26] for subject in waking(outcome)] == ["Rootguard REHEARSAL FAILED"]


def test_the_schedule_begins_none_that_is_not_due_and_people_none_in_a_blocked_window() -> None:
    steps = (DUE, "{at: 300, rehearse: due}", "{at: 700, by: sara, rehearse: now}")
    found = ends(*steps, "{at: 800, by: sara, rehearse: anyway}", "{at: 900, by: refused tom, rehearse: now}")
    assert found == [
        "SUCCEEDED",
        "The last rehearsal succeeded less than a week ago.",
        "guardrail.yaml blocks rehearsals now: Mon:09:10-Mon:09:20. To begin all the same, add --anyway.",
        "SUCCEEDED",
        "AccessDeniedException",
    ]


def test_none_begins_before_first_contact() -> None:
    assert ends("{at: 20, by: sara, rehearse: now}") == [
        "No sweep has seen the rehearsal OU yet: the first one accepts what is attached. Wait for it."
    ]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["GetItem", "Query", "PutItem", "AttachPolicy", "ListPoliciesForTarget"])
def test_one_that_is_killed_is_tried_again_if_the_schedule_began_it(moment: str, call: str) -> None:
    kill = f"{{at: 90, kill: {moment} {call}, function: rehearsal}}"
    assert ends(kill, DUE) == [f"{moment} {call}", "SUCCEEDED"]
    assert ends(kill, NOW) == [f"{moment} {call}"]


@pytest.mark.parametrize(
    ("fault", "ended"),
    [
        ("{ledger: down, until: 500}", ["LedgerError"] * 3),
        (
            "{call: AttachPolicy, error: AccessDeniedException, until: 120}",
            ["OrganizationsError", "SUCCEEDED"],
        ),
        ("{notices: down, until: 150}", ["SUCCEEDED"]),
    ],
)
def test_faults_hit_it(fault: str, ended: list[str]) -> None:
    assert [end.partition(":")[0] for end in ends(f"{{at: 90, fault: {fault}}}", DUE)] == ended


def test_only_one_goes_on_at_a_time() -> None:
    second = "{at: 105, by: sara, rehearse: now}"
    assert ends(DUE, second)[0].startswith("Another rehearsal began at 09:01:40")
    together = ends(
        "{at: 100, by: tom, rehearse: now, interleave: 3}", NOW.replace("now}", "now, interleave: 3}")
    )
    assert sorted(together)[1] == "SUCCEEDED"


def test_a_real_incident_meanwhile_interrupts_it_and_is_paged() -> None:
    real = "{at: 102, by: diego, call: AttachPolicy, policy: New, target: root, event: 5}"
    outcome = told(DUE.replace("due", "due, event: 60"), real)
    (answer,) = of(outcome, Answered)
    assert (answer.answer or {})["outcome"] == "INTERRUPTED"
    assert len(waking(outcome)) == 1
