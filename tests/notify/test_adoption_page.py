"""The page of first contact: what was found, and that a lockout among it wakes people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.notify.words.adoption import AdoptedTarget, Adoption, Found
from tests.given import NOW, OU, POLICY, ROOT, SCP
from tests.notify import laid_out

FULL = Found("p-FullAWSAccess", "FullAWSAccess", SCP, lockout=False)
GUARDRAILS = Found("p-guard12345", "Guardrails", SCP, lockout=False)
QUARANTINE = Found(POLICY, "Quarantine", SCP, lockout=True)
WORK = AdoptedTarget(OU, "work", (FULL,))
CALM = Adoption(NOW, (AdoptedTarget(ROOT, "root", (FULL, GUARDRAILS)), WORK))
CRITICAL = Adoption(NOW, (AdoptedTarget(ROOT, "root", (FULL, QUARANTINE)), WORK))


def test_the_summary_lists_what_is_attached_where_and_says_that_nothing_was_changed() -> None:
    assert (
        laid_out.subject(CALM)
        == "Rootguard NOW PROTECTING 2 TARGETS: existing policies accepted as the baseline"
    )
    assert (
        laid_out.body(CALM)
        == """\
NOW PROTECTING 2 TARGETS. What is attached to the protected targets now is accepted as it is, and protected \
from now on.
Nothing was changed.

Found on  Root (r-exam), protection "root"
            FullAWSAccess (p-FullAWSAccess), service control policy
            Guardrails (p-guard12345), service control policy
Found on  ou-exam-workload, protection "work"
            FullAWSAccess (p-FullAWSAccess), service control policy

What to do next
1. Read the list. If a policy does not belong there, have someone else grant an exception for it \
(`rootguard exception grant`), then detach it. Or add your role to `trusted_principals`, deploy, and detach \
it as that role. Rootguard attaches it again if anyone else detaches it.
"""
    )


def test_a_lockout_found_is_critical_and_named() -> None:
    body = laid_out.body(CRITICAL)
    assert laid_out.subject(CRITICAL) == "Rootguard CRITICAL: a lockout is attached to a protected target"
    assert body.startswith("CRITICAL. A policy that locks everyone out is attached to a protected")
    assert f"Quarantine ({POLICY}), service control policy: denies everything to everyone, a LOCKOUT" in body
    assert "1. Unless that lockout is intended, detach the policy now." in body


def test_a_place_below_a_protected_target_has_no_protection_of_its_own() -> None:
    below = AdoptedTarget("ou-exam-workload", "", (QUARANTINE,))
    assert "Found on  ou-exam-workload\n" in laid_out.body(Adoption(NOW, (below,)))


def test_one_target_is_one_target() -> None:
    assert "NOW PROTECTING 1 TARGET: " in laid_out.subject(Adoption(NOW, (WORK,)))


def test_it_comes_from_the_data_of_a_notice() -> None:
    found = {"id": POLICY, "name": "Quarantine", "type": SCP, "lockout": True}
    data = {
        "at": NOW.isoformat(),
        "targets": [{"target_id": ROOT, "protection": "root", "policies": [found]}],
    }
    assert Adoption.from_json(data) == Adoption(NOW, (AdoptedTarget(ROOT, "root", (QUARANTINE,)),))


@pytest.mark.parametrize("data", [{}, {"at": NOW.isoformat()}, {"at": NOW.isoformat(), "targets": [{}]}])
def test_what_is_no_adoption_is_refused(data: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Adoption.from_json(data)


@given(st.text(max_size=60), st.integers(1, 40))
def test_limits_hold_and_no_name_adds_a_line(name: str, targets: int) -> None:
    one = AdoptedTarget(OU, "work", (Found(POLICY, name, SCP, lockout=True),))
    found = Adoption(NOW, (one,) * targets)
    assert len(laid_out.body(found).splitlines()) == 7 + 2 * targets
    for text, limit in ((laid_out.subject(found), 99), (laid_out.sms(found), 140)):
        assert len(text) <= limit
        assert text.isascii()
        assert text.isprintable()
