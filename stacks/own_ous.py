"""The protection of an OU that the stack makes itself: what is attached there is the stack's to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rootguard.domain.policy import FULL_ACCESS


def protection(
    name: str, ou: str, *, trusted: Sequence[str] = (), pinned: Sequence[str] = ()
) -> dict[str, Any]:
    """Return it as guardrail.json has it.

    Args:
        name: what pages call it.
        ou: the OU.
        trusted: whoever may change what it protects.
        pinned: the accounts or OUs that nobody else moves an account in or out of.
    """
    return {
        "name": name,
        "targets": [ou],
        "include_descendants": False,
        # RCPs, too, even if only an SCP is there: the nearest protection counts alone, and one above may
        # cover both.
        "policy_types": list(FULL_ACCESS),
        "allow": [],
        "trusted_principals": [*trusted],
        "on_violation": "revert",
        "restore_policy_type": False,
        "pin_accounts": [*pinned],
    }
