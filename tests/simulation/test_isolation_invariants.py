"""Each invariant of isolation is broken by a function that does just that wrong, and by no right one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulation.deployment import DEPLOYMENT, Deployment
from simulation.history import parse
from simulation.invariants import broken_in
from simulation.quarantine import ISOLATION

GIVEN = """
why: Sara isolates an account of Root, and releases it.
guardrail: {quarantine: {}}
organization: {units: {Prod: root}, accounts: {shop: root, lab: root}}
steps:
"""
ISOLATED = f"{GIVEN}- {{at: 100, by: sara, isolate: [shop]}}\n"
RELEASED = f"{ISOLATED}- {{at: 700, by: sara, release: [shop]}}\n"
FORGED = ISOLATED.replace("]}", "], proof: forged}")
LOOKED = ISOLATED.replace("]}", "], dry_run: true}")
DELEGATED = f"""{GIVEN}- {{at: 20, by: ann, call: EnableAWSServiceAccess, service: a.com}}
- {{at: 30, by: ann, call: RegisterDelegatedAdministrator, account: shop, service: a.com}}
- {{at: 100, by: sara, isolate: [shop]}}
"""
PINNED = ISOLATED.replace(
    "{quarantine: {}}", "{quarantine: {}, protections: [{name: a, targets: [root], pin_accounts: [shop]}]}"
)


def broken(text: str, stub: str | None) -> set[str]:
    return {found.invariant.name for found in broken_in(parse(text, "a test"), deployment(stub)).findings}


def deployment(stub: str | None) -> Deployment:
    if stub is None:
        return DEPLOYMENT
    return replace(
        DEPLOYMENT,
        functions=tuple(
            replace(function, handler=f"tests.simulation.isolation_stubs.{stub}")
            if function.name == ISOLATION
            else function
            for function in DEPLOYMENT.functions
        ),
    )


@pytest.mark.parametrize(
    ("invariant", "text", "stub"),
    [
        ("only-asked-for", ISOLATED, "moving_all"),
        ("only-asked-for", FORGED, "right"),
        ("only-asked-for", LOOKED, "right"),
        ("twice-is-meant", DELEGATED, "right"),
        ("twice-is-meant", PINNED, "right"),
        ("origin-on-record", ISOLATED, "recording_nothing"),
        ("isolation-resumes", ISOLATED, "doing_nothing"),
        ("release-brings-home", RELEASED, "keeping_tags"),
        ("isolation-paged", ISOLATED, "telling_nobody"),
        ("isolation-paged-once", ISOLATED, "telling_twice"),
    ],
)
def test_a_wrong_function_breaks_it(invariant: str, text: str, stub: str) -> None:
    assert invariant in broken(text, stub)


def test_a_function_that_brings_it_elsewhere_breaks_it() -> None:
    elsewhere = RELEASED.replace("release: [shop]", "release: [shop], to: Prod")
    assert "release-brings-home" in broken(elsewhere, "right")


def test_a_guard_that_undoes_what_isolation_did_breaks_it() -> None:
    guard, *others = DEPLOYMENT.functions
    wrong = replace(
        DEPLOYMENT, functions=(replace(guard, handler="tests.simulation.stubs.moving_back"), *others)
    )
    found = {finding.invariant.name for finding in broken_in(parse(ISOLATED, "a test"), wrong).findings}
    assert "isolation-stays" in found


@pytest.mark.parametrize("text", [ISOLATED, RELEASED])
def test_a_function_that_does_it_right_breaks_nothing(text: str) -> None:
    assert broken(text, "right") == set()


@pytest.mark.parametrize("text", [ISOLATED, RELEASED, FORGED, LOOKED, DELEGATED, PINNED])
def test_the_real_function_breaks_nothing(text: str) -> None:
    assert broken(text, None) == set()
