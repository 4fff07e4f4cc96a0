"""The page of first contact: what was found, and that a lockout among it wakes people."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.facts import Policy
from rootguard.incidents.adoption import Adoption
from rootguard.notify.words import adoption
from tests.given import DENY_EC2, NOW, OU, POLICY, ROOT, SCP, policy
from tests.notify import words

FULL = Policy("p-FullAWSAccess", SCP, "FullAWSAccess", aws_managed=True)
GUARDRAILS = policy(DENY_EC2, id="p-guard12345", name="Guardrails")
CALM = (Adoption(ROOT, "root", (FULL, GUARDRAILS), NOW), Adoption(OU, "work", (FULL,), NOW))
CRITICAL = (Adoption(ROOT, "root", (FULL, policy()), NOW), Adoption(OU, "work", (FULL,), NOW))


def test_the_summary_lists_what_stands_where_and_says_that_nothing_was_changed() -> None:
    assert words.subject(CALM) == "Rootguard WATCHES: 2 targets adopted as found"
    assert (
        words.body(CALM)
        == """\
WATCHES. What stood on the protected targets is accepted as it is, and guarded from now on.
Nothing was changed.

Found on  Root (r-exam), protection "root"
            FullAWSAccess (p-FullAWSAccess), service control policy
            Guardrails (p-guard12345), service control policy
Found on  ou-exam-workload, protection "work"
            FullAWSAccess (p-FullAWSAccess), service control policy

What to do next
1. Read the list. What does not belong there, detach once someone else has granted an exception for it \
(`rootguard exception grant`), or as a role or user that you first add to `trusted_principals` and deploy: \
what anyone else detaches is put back.
"""
    )


def test_a_lockout_found_is_critical_and_named() -> None:
    body = words.body(CRITICAL)
    assert words.subject(CRITICAL) == "Rootguard CRITICAL: a lockout stands on a protected target"
    assert body.startswith("CRITICAL. A policy that locks everyone out stands on a protected")
    assert f"Quarantine ({POLICY}), service control policy: denies everything to everyone, a LOCKOUT" in body
    assert "1. Is that lockout meant? If not, detach the policy now" in body


def test_one_target_is_one_target() -> None:
    assert "1 target adopted" in words.subject(CALM[:1])


def test_the_document_says_the_same() -> None:
    told = json.loads(json.dumps(adoption.document(CRITICAL)))
    assert (told["result"], told["critical"]) == ("adopted", True)
    assert [target["target_id"] for target in told["targets"]] == [ROOT, OU]
    assert told["targets"][0]["policies"][1] == {
        "id": POLICY,
        "name": "Quarantine",
        "type": SCP,
        "lockout": True,
    }
    assert adoption.document(CALM)["critical"] is False


def test_lockouts_are_told_apart() -> None:
    assert CRITICAL[0].lockouts == (policy(),)
    assert CALM[0].lockouts == ()


@given(st.text(max_size=60), st.integers(1, 40))
def test_limits_hold_and_no_name_adds_a_line(name: str, targets: int) -> None:
    found = tuple(Adoption(OU, "work", (policy(name=name),), NOW) for _ in range(targets))
    assert len(words.body(found).splitlines()) == 7 + 2 * targets
    for text, limit in ((words.subject(found), 99), (words.sms(found), 140)):
        assert len(text) <= limit
        assert text.isascii()
        assert text.isprintable()
