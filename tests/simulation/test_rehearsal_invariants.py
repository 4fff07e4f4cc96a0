"""Each invariant of rehearsals is broken by a function that does just that wrong, and by no right one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulation.deployment import DEPLOYMENT
from simulation.history import parse
from simulation.invariants import broken_in

GIVEN = """
why: The schedule begins a rehearsal.
guardrail: {rehearsal: {within_seconds: 60}}
organization: {units: {Prod: root}, policies: {New: {says: deny ec2}}}
steps:
"""
ONCE = f"{GIVEN}- {{at: 100, rehearse: due}}\n"
OFTEN = GIVEN + "".join(f"- {{at: {at}, by: sara, rehearse: anyway}}\n" for at in range(100, 450, 50))
BLOCKED = ONCE.replace("60}", '60, blocked_windows: ["Mon:09:00-Mon:10:00"]}')
OBSERVED = ONCE.replace("rehearsal: {", "mode: observe, rehearsal: {")
ATTACHED = "call: AttachPolicy, policy: Rootguard-Rehearsal, target: Rehearsal, event: 15"
BY_MALLORY = f"{ONCE}- {{at: 300, by: mallory, {ATTACHED}}}\n"
ON_PROD = BY_MALLORY.replace("target: Rehearsal", "target: root")
ANOTHER = BY_MALLORY.replace("policy: Rootguard-Rehearsal", "policy: New")
CUT_OFF = (
    f"{GIVEN}- {{at: 90, kill: after AttachPolicy, function: rehearsal}}\n"
    "- {at: 100, by: sara, rehearse: now, event: []}\n"
)


def broken(text: str, **stubs: str) -> set[str]:
    """What breaks if the functions that are named are not the real ones."""
    functions = [
        replace(each, handler=f"tests.simulation.{stubs[each.name]}") if each.name in stubs else each
        for each in DEPLOYMENT.functions
    ]
    wrong = replace(DEPLOYMENT, functions=tuple(functions))
    return {found.invariant.name for found in broken_in(parse(text, "a test"), wrong).findings}


@pytest.mark.parametrize(
    ("invariant", "text", "stub"),
    [
        ("rehearsal-leaves-nothing", ONCE, "leaving"),
        ("rehearsal-leaves-nothing", ONCE, "accepting"),
        ("rehearsal-only-its-own", ONCE, "attaching_to_root"),
        ("rehearsal-only-its-own", BLOCKED, "right"),
        ("rehearsal-only-its-own", OBSERVED, "right"),
        ("rehearsal-wakes-nobody", ONCE, "failing_falsely"),
        ("rehearsal-no-fight", OFTEN, "right"),
    ],
)
def test_a_wrong_function_breaks_it(invariant: str, text: str, stub: str) -> None:
    assert invariant in broken(text, rehearsal=f"rehearsal_stubs.{stub}")


@pytest.mark.parametrize(
    ("invariant", "text", "stub"),
    [
        ("rehearsal-leaves-nothing", CUT_OFF, "stubs.idle"),
        ("rehearsal-wakes-nobody", ONCE, "rehearsal_stubs.paging_all"),
        ("every-violation-paged", BY_MALLORY, "rehearsal_stubs.marking_all"),
        ("every-violation-paged", ON_PROD, "rehearsal_stubs.marking_all"),
    ],
)
def test_a_wrong_guard_breaks_it(invariant: str, text: str, stub: str) -> None:
    assert invariant in broken(text, guard=stub, rehearsal="rehearsal_stubs.right")


def test_a_function_that_does_it_right_breaks_nothing() -> None:
    assert broken(ONCE, rehearsal="rehearsal_stubs.right") == set()


@pytest.mark.parametrize("text", [ONCE, OFTEN, BLOCKED, OBSERVED, BY_MALLORY, ON_PROD, ANOTHER, CUT_OFF])
def test_the_real_functions_break_nothing(text: str) -> None:
    assert broken(text) == set()
