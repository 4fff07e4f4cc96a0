"""What tests start from: the real records, changed in the one thing a test is about, and a guardrail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rootguard.domain.guardrail import Guardrail, Mode, OnViolation, Protection
from rootguard.domain.policy import Policy

EVENTS = Path(__file__).parent / "events"
ROOT, OU, CHILD_OU, ACCOUNT = "r-exam", "ou-exam-workload", "ou-exam-teamteam", "444455556666"
POLICY = "p-bvdv3rx3"
OWN_ROLE = "arn:aws:iam::111122223333:role/rootguard-guard"
PIPELINE = "arn:aws:iam::111122223333:role/pipeline/scp-deployer"
NOW = datetime(2023, 4, 25, 0, 33, 44, tzinfo=UTC)
DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
DENY_EC2 = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}'
DENY_ALL_OF_ANOTHER = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",'
    '"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-anotherorgid"}}}]}'
)
"""Everything denied to everyone of any other organization: a lockout, if this one is known."""
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


def real(name: str) -> dict[str, Any]:
    """One of the real records of tests/events."""
    record: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return record


def attach(target: str = ROOT, policy: str = POLICY, **changed: Any) -> dict[str, Any]:
    """The real AttachPolicy record, on another target or by another identity."""
    record = real("attach-policy-to-account-by-root-user")
    record["requestParameters"] = {"targetId": target, "policyId": policy}
    return record | changed


def by_role(arn: str = PIPELINE, session: str = "build-7") -> dict[str, Any]:
    """The userIdentity of a role's session, as the real MoveAccount record shows it."""
    identity: dict[str, Any] = real("eventbridge-move-account-by-assumed-role")["detail"]["userIdentity"]
    name = arn.rpartition("/")[2]
    identity["arn"] = f"arn:aws:sts::111122223333:assumed-role/{name}/{session}"
    identity["principalId"] = f"AROAIOSFODNN7EXAMPLE:{session}"
    identity["sessionContext"]["sessionIssuer"] |= {"arn": arn, "userName": name}
    return identity


def envelope(record: dict[str, Any]) -> dict[str, Any]:
    """A record as EventBridge delivers it."""
    return real("eventbridge-move-account-by-assumed-role") | {"detail": record}


def protection(**changed: Any) -> Protection:
    """A protection of Root as guardrail.yaml ships it."""
    fields: dict[str, Any] = {
        "name": "root",
        "targets": frozenset({"root"}),
        "include_descendants": False,
        "policy_types": frozenset({SCP, RCP}),
        "allow": frozenset(),
        "trusted_principals": frozenset(),
        "on_violation": OnViolation.REVERT,
    }
    return Protection(**fields | changed)


def guardrail(*protections: Protection, mode: Mode = Mode.ENFORCE) -> Guardrail:
    """A guardrail of these protections, or of Root alone."""
    return Guardrail(mode, protections or (protection(),))


def policy(content: str = DENY_ALL, **changed: Any) -> Policy:
    """An SCP as DescribePolicy returns it."""
    fields: dict[str, Any] = {"id": POLICY, "type": SCP, "name": "Quarantine", "content": content}
    return Policy(**fields | changed)
