"""Judging in one call, and an organization whose ledger knows what is attached to its root."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rootguard.cloudtrail.read import NotOurs, read_change
from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval
from rootguard.domain.exceptions import Permit
from rootguard.domain.guardrail import Guardrail
from rootguard.domain.policy import digest_of
from rootguard.domain.remedy import Action, remedy_of
from rootguard.domain.rules import decide
from rootguard.domain.verdict import Outcome, Verdict
from tests.fakes.reader import FakeReader
from tests.given import DENY_ALL, DENY_EC2, NOW, PIPELINE, POLICY, ROOT, SCP, guardrail, policy, protection

FULL = "p-FullAWSAccess"
LONG_AGO = NOW - timedelta(days=30)
ACCEPTED = policy(DENY_EC2, name="Guardrails", description="Closes EC2")
"""How the policy was accepted: under another name, denying less than the Deny * of `policy()`."""
TRUSTING = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
VIOLATION = ("revert", "violation", 8, "root")
ALERT = ("alert", "violation", 8, "root")


def at_root(outcome: str, code: str, rule: int) -> tuple[str, str, int, str]:
    return outcome, code, rule, "root"


def accepted(policy_type: str = SCP, **changed: Any) -> Acceptance:
    fields: dict[str, Any] = {"present": True, "at": LONG_AGO, "by": Approval.ADOPTED}
    return Acceptance(policy_type=policy_type, **fields | changed)


def document(of: Any = ACCEPTED, **changed: Any) -> AcceptedDocument:
    fields: dict[str, Any] = {"at": LONG_AGO, "by": Approval.ADOPTED}
    return AcceptedDocument(of, **fields | changed)


def fresh(**changed: Any) -> FakeReader:
    """Root was adopted with full access alone; a policy that denies everything exists, attached nowhere."""
    fields: dict[str, Any] = {
        "words": {(FULL, ROOT): accepted()},
        "policies": {POLICY: policy()},
        "attachments": {ROOT: frozenset({FULL})},
    }
    return FakeReader(**fields | changed)


def known(**changed: Any) -> FakeReader:
    """The policy and full access are attached to the root and accepted there; it was edited since."""
    fields: dict[str, Any] = {
        "words": {(POLICY, ROOT): accepted(), (FULL, ROOT): accepted()},
        "documents": {POLICY: document()},
        "attachments": {ROOT: frozenset({POLICY, FULL})},
    }
    return fresh(**fields | changed)


def on(target_id: str, **changed: Any) -> FakeReader:
    """The policy is attached to one target and accepted there, and nowhere else."""
    fields: dict[str, Any] = {
        "words": {(POLICY, target_id): accepted(), (FULL, target_id): accepted()},
        "attachments": {target_id: frozenset({POLICY, FULL})},
        "adopted": {target_id: frozenset({SCP})},
    }
    return known(**fields | changed)


def judge(event: object, reader: FakeReader | None = None, policy_of: Guardrail | None = None) -> Verdict:
    """Return the verdict on an event."""
    found = read_change(event)
    if isinstance(found, NotOurs):
        return Verdict(Outcome.IGNORE, found.reason)
    return decide(found, reader or fresh(), policy_of or guardrail())


def writes(
    event: object, reader: FakeReader | None = None, policy_of: Guardrail | None = None
) -> tuple[Action, ...]:
    """Return the writes that an event comes to, by verdict and remedy."""
    reader, found = reader or known(), read_change(event)
    verdict = judge(event, reader, policy_of)
    return () if isinstance(found, NotOurs) else remedy_of(found, verdict, reader)


def reported(verdict: Verdict) -> tuple[str, str, int, str | None]:
    return verdict.outcome.value, verdict.reason.value, verdict.reason.rule, verdict.protection


def permit(**changed: Any) -> Permit:
    """An exception for the Deny * policy on the root, granted by bob an hour ago for three."""
    fields: dict[str, Any] = {
        "policy_id": POLICY,
        "target_id": ROOT,
        "content_sha256": digest_of(DENY_ALL),
        "granted_by": "AROAIOSFODNN7EXAMPLE:bob",
        "granted_at": NOW - timedelta(hours=1),
        "expires_at": NOW + timedelta(hours=2),
        "reason": "isolation for forensics",
    }
    return Permit(**fields | changed)
