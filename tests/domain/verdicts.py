"""Judging in one call, and an organization whose ledger knows what stands on its root."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from rootguard.cloudtrail.read import read_change
from rootguard.domain.decide import decide
from rootguard.domain.facts import BaselinePolicy, Facts, Permit
from rootguard.domain.guardrail import Guardrail
from rootguard.domain.verdict import Verdict
from tests.given import (
    DENY_ALL,
    DENY_EC2,
    NOW,
    PIPELINE,
    POLICY,
    ROOT,
    SCP,
    facts,
    guardrail,
    policy,
    protection,
)

ACCEPTED = BaselinePolicy("Guardrails", DENY_EC2, SCP, "Closes EC2")
"""How the policy was accepted: under another name, denying less than the Deny * of `policy()`."""
FULL = BaselinePolicy("FullAWSAccess", None, SCP)
TRUSTING = guardrail(protection(trusted_principals=frozenset({PIPELINE})))


def judge(event: object, given: Facts | None = None, policy_of: Guardrail | None = None) -> Verdict:
    """The verdict on an event; these facts are all that it takes."""
    answer = decide(read_change(event), given or facts(), policy_of or guardrail())
    assert isinstance(answer, Verdict), answer
    return answer


def told(verdict: Verdict) -> tuple[str, str, int, str | None]:
    return verdict.outcome.value, verdict.reason.code, verdict.reason.rule, verdict.protection


def known(**changed: Any) -> Facts:
    """Facts where the policy and full access are in the root's baseline, and stand nowhere else."""
    fields: dict[str, Any] = {
        "baseline": {ROOT: {POLICY: ACCEPTED, "p-FullAWSAccess": FULL}},
        "targets": {POLICY: frozenset({ROOT})},
    }
    return facts(policy(), **fields | changed)


def permit(**changed: Any) -> Permit:
    fields: dict[str, Any] = {
        "policy_id": POLICY,
        "target_id": ROOT,
        "content_sha256": sha256(DENY_ALL.encode()).hexdigest(),
        "granted_by": "AROAIOSFODNN7EXAMPLE:bob",
        "expires_at": NOW + timedelta(hours=2),
        "reason": "isolation for forensics",
    }
    return Permit(**fields | changed)
