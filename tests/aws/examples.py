"""What the tests of the ledger write into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval
from rootguard.domain.drift import Actor, Change, ChangeKind, Drift
from rootguard.domain.exceptions import Permit
from rootguard.domain.policy import Policy
from rootguard.domain.remedy import Detach, Restore
from rootguard.domain.verdict import Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Life, Record, key_of

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
ROOT, OU = "r-exam", "ou-exam-12345678"
POLICY, OTHER, LONGER = "p-examplepolicy1", "p-examplepolicy2", "p-examplepolicy11"
ACCOUNT = "444455556666"
DIEGO, SARA = "AROAEXAMPLEROLEID0001:diego", "AROAEXAMPLEROLEID0001:sara"
DENY_ALL = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
LONGEST = "\U0001f600" * 10_240


def at(second: float) -> datetime:
    return datetime(2023, 12, 5, 8, 15, tzinfo=UTC) + timedelta(seconds=second)


def policy(content: str | None = DENY_ALL, **different: Any) -> Policy:
    return replace(Policy(POLICY, SCP, "Quarantine", content=content, description="forensics"), **different)


def present(second: float = 0, policy_type: str = SCP, by: Approval = Approval.TRUSTED) -> Acceptance:
    return Acceptance(True, policy_type, at(second), by)


def gone(second: float = 0, by: Approval = Approval.TRUSTED) -> Acceptance:
    return Acceptance(False, SCP, at(second), by)


def document(second: float = 0, content: str = DENY_ALL, by: Approval = Approval.TRUSTED) -> AcceptedDocument:
    return AcceptedDocument(policy(content), at(second), by)


def permit(**different: Any) -> Permit:
    usual = Permit(POLICY, ROOT, "ab" * 32, SARA, at(7200), reason="forensics, ticket 4711", granted_at=at(0))
    return replace(usual, **different)


def drift(second: float = 0, event_id: str = "", content: str = DENY_ALL) -> Drift:
    found = Drift(ChangeKind.ATTACHED, at(second), POLICY, ROOT, policy=policy(content))
    if not event_id:
        return found
    actor = Actor("AssumedRole", "arn:aws:iam::111122223333:role/ops", "diego", source_ip="192.0.2.7")
    return replace(found, change=Change(event_id, None, None, actor))


def incident(second: float = 0, event_id: str = "event", content: str = DENY_ALL) -> Incident:
    return Incident(
        drift(second, event_id, content),
        Verdict(Outcome.REVERT, Reason.VIOLATION, "root", ROOT),
        Result.UNDONE,
        id="i-0123456789ab",
        done=(Detach(POLICY, ROOT), Restore(POLICY, ROOT, policy(content))),
        undone_at=at(second + 17),
        lockout=True,
    )


def record(life: Life = Life.OPEN, second: float = 0, **different: Any) -> Record:
    usual = Record(
        key_of(drift()),
        life,
        at(second),
        drift(second),
        incident=None if life is Life.SUSPECTED else incident(second),
        actors=("diego",),
        events={"event": "i-0123456789ab/found", "another": ""},
        closed_at=at(second + 300) if life is Life.CLEAN else None,
    )
    return replace(usual, **different)
