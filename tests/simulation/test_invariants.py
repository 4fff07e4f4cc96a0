"""Each invariant is broken by a guard that does just that wrong, and by no guard that does it right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulation.deployment import DEPLOYMENT, Deployment
from simulation.history import History, parse
from simulation.invariants import INVARIANTS, broken_in
from simulation.oracle.limits import Limit

ATTACHED = """
why: Diego attaches a policy to Root.
steps:
- {at: 100, by: diego, call: CreatePolicy, policy: New, says: deny ec2}
- {at: 130, by: diego, call: AttachPolicy, policy: New, target: root, event: 15}
"""
LOCKED_OUT = ATTACHED.replace("deny ec2", "deny all")
ELSEWHERE = """
why: Diego attaches a policy where nothing is protected.
organization:
  units: {Sandbox: root}
steps:
- {at: 100, by: diego, call: CreatePolicy, policy: New, says: deny ec2}
- {at: 130, by: diego, call: AttachPolicy, policy: New, target: Sandbox, event: 15}
"""
TRUSTED = """
why: The pipeline attaches a policy to Root, and takes another one off.
guardrail:
  protections: [{name: root, targets: [root], trusted_principals: [pipeline]}]
organization:
  policies: {Base: {says: deny s3, on: [root]}}
steps:
- {at: 100, by: pipeline, call: CreatePolicy, policy: New, says: deny ec2}
- {at: 130, by: pipeline, call: AttachPolicy, policy: New, target: root, event: 15}
- {at: 250, by: pipeline, call: DetachPolicy, policy: Base, target: root, event: 15}
"""
EVERYWHERE = TRUSTED.replace(
    "protections: [{name: root, targets: [root], trusted_principals: [pipeline]}]",
    "{trusted_principals: [pipeline], protections: [{name: root, targets: [root]}]}",
)
FIGHT = ATTACHED + "\n".join(
    f"- {{at: {at}, by: bot, call: AttachPolicy, policy: New, target: root, event: 15}}"
    for at in range(170, 670, 40)
)
DEPARTED = """
why: An account leaves the organization with a policy on it.
guardrail:
  protections: [{name: prod, targets: [Prod], include_descendants: true}]
organization: {units: {Prod: root}, accounts: {shop: Prod}}
steps:
- {at: 100, by: mallory, call: CreatePolicy, policy: New, says: deny ec2}
- {at: 130, by: mallory, call: AttachPolicy, policy: New, target: shop, event: 15}
- {at: 900, by: mallory, call: RemoveAccountFromOrganization, account: shop, event: 15}
"""
OBSERVED = ATTACHED.replace("steps:", "guardrail: {mode: observe}\nsteps:")


def broken(text: str, stub: str | None) -> set[str]:
    """Run a history with one of the stubs as the guard, and return what it breaks."""
    return {finding.invariant.name for finding in broken_in(history(text), deployment(stub)).findings}


def history(text: str) -> History:
    return parse(text, "a test")


def deployment(stub: str | None) -> Deployment:
    if stub is None:
        return DEPLOYMENT
    guard, *others = DEPLOYMENT.functions
    return replace(DEPLOYMENT, functions=(replace(guard, handler=f"tests.simulation.stubs.{stub}"), *others))


@pytest.mark.parametrize(
    ("invariant", "text", "stub"),
    [
        ("unapproved-stays", ATTACHED, "idle"),
        ("event-undoes", ATTACHED, "idle"),
        ("quiet-is-clean", ATTACHED, "idle"),
        ("every-violation-paged", ATTACHED, "idle"),
        ("actor-named", ATTACHED, "idle"),
        ("root-lockout", LOCKED_OUT, "idle"),
        ("approved-stays", TRUSTED, "reverting"),
        ("approved-stays", EVERYWHERE, "reverting"),
        ("only-accepted-comes-back", TRUSTED, "putting_on"),
        ("only-protected", ELSEWHERE, "reverting"),
        ("observe-writes-nothing", OBSERVED, "reverting"),
        ("full-access-stays", ATTACHED, "taking_all_off"),
        ("undo-first", ATTACHED, "noting_first"),
        ("paged-once", ATTACHED, "paging_twice"),
        ("nothing-invented", ATTACHED, "blaming_itself"),
        ("fights-end", FIGHT, "reverting"),
        ("sweeps-go-on", ATTACHED, "failing"),
    ],
)
def test_a_wrong_guard_breaks_it(invariant: str, text: str, stub: str) -> None:
    assert invariant in broken(text, stub)


def test_a_guard_that_undoes_and_pages_what_it_hears_breaks_nothing_there() -> None:
    assert broken(ATTACHED, "reverting") == set()


@pytest.mark.parametrize("text", [ATTACHED, LOCKED_OUT, ELSEWHERE, TRUSTED, EVERYWHERE, DEPARTED, OBSERVED])
def test_the_guard_breaks_nothing_in_simple_histories(text: str) -> None:
    assert broken(text, None) <= {"undo-first"}


def test_each_invariant_says_what_it_is_in_a_sentence() -> None:
    assert all(invariant.sentence.endswith(".") and invariant.words for invariant in INVARIANTS)
    assert len({invariant.name for invariant in INVARIANTS}) == len(INVARIANTS)


def test_the_documentation_names_each_invariant_and_each_limit() -> None:
    text = (Path(__file__).parents[2] / "docs/simulation.md").read_text("utf-8")
    assert all(f"| {invariant.name} | {invariant.sentence} |" in text for invariant in INVARIANTS)
    assert all(f"| {limit.name} | {limit.value} |" in text for limit in Limit)
