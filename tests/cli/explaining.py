"""What tests of explain start from: facts that leave nothing open, a guardrail, an exception."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from tests.cli.conftest import Written
from tests.given import DENY_ALL, OWN_ROLE, POLICY

EVERYTHING: dict[str, Any] = {
    "organization": {
        "id": "o-exampleorgid",
        "root_id": "r-exam",
        "management_account_id": "111122223333",
    },
    "own_role_arn": OWN_ROLE,
    "now": "2023-04-25T00:33:44Z",
    "policies": {
        POLICY: {
            "name": "Quarantine",
            "type": "SERVICE_CONTROL_POLICY",
            "content": DENY_ALL,
        }
    },
    "parents": {"444455556666": "ou-exam-workload", "ou-exam-workload": "r-exam"},
    "attachments": {"r-exam": ["p-FullAWSAccess", POLICY]},
    "baseline": {},
    "exceptions": [],
}
SCP = {"name": "Quarantine", "type": "SERVICE_CONTROL_POLICY", "content": DENY_ALL}


def guarding(written: Written, **changed: Any) -> str:
    entry = {"name": "root", "targets": ["root"], **changed}
    return written("other.yaml", {"protections": [entry]})


def exception(**changed: Any) -> dict[str, Any]:
    return {
        "policy_id": POLICY,
        "target_id": "r-exam",
        "content_sha256": sha256(DENY_ALL.encode()).hexdigest().upper(),
        "granted_by": "AIDAIOSFODNN7EXAMPLE",
        "expires_at": "2023-04-25T02:00:00+02:00",
        "reason": "forensics",
        **changed,
    }
