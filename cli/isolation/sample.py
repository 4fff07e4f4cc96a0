"""A sample of an isolation, to see its report without an AWS account.

It is what should have happened on 2023-12-05: the customer's accounts go into quarantine, Root is left alone,
and they come back. All of it is made up.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

SAMPLE: Final = "sample"
"""What can be given for an account, to see it."""
WRITTEN_AT: Final = datetime(2023, 12, 6, 1, 0, tzinfo=UTC)
"""When the sample's report counts as written."""
_ISOLATED_AT: Final = datetime(2023, 12, 5, 8, 15, 2, tzinfo=UTC)
_RELEASED_AT: Final = _ISOLATED_AT + timedelta(hours=9, minutes=25)
_MANAGEMENT: Final = "111122223333"
_ACCOUNTS: Final = {"444455550006": "shop", "444455550007": "shop-payments", "444455550011": "shop-staging"}
_UNITS: Final = {"Production": "ou-exam-00000003", "Staging": "ou-exam-00000004"}
_QUARANTINE: Final = {"id": "ou-exam-00000007", "name": "Isolated"}


def answer() -> dict[str, Any]:
    """Return what the function answers when it is asked for these accounts."""
    return {
        "verb": "list",
        "quarantine": _QUARANTINE,
        "accounts": [_account(id_, name) for id_, name in _ACCOUNTS.items()],
    }


def _account(id_: str, name: str) -> dict[str, Any]:
    unit = "Staging" if name.endswith("-staging") else "Production"
    home = {"id": _UNITS[unit], "name": unit}
    return {
        "id": id_,
        "name": name,
        "email": f"{name}@example.com",
        "state": "ACTIVE",
        "parent": home,
        "outcome": "released",
        "origin": home,
        "since": _ISOLATED_AT.isoformat(),
        "by": "AROAEXAMPLEROLEID0002:sara",
        "arn": f"arn:aws:sts::{_MANAGEMENT}:assumed-role/isolator/sara",
        "reason": "forensics, ticket 4711",
        "request": "3f7c2a90-6d1e-4b58-9c05-e17ab4d2f680",
        "released": _RELEASED_AT.isoformat(),
        "released_by": "AROAEXAMPLEROLEID0002:diego",
        "released_arn": f"arn:aws:sts::{_MANAGEMENT}:assumed-role/isolator/diego",
        "released_reason": "forensics are done, keys are replaced",
    }
