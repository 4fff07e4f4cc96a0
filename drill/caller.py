"""Who made a call, as CloudTrail writes it into `userIdentity`, and from where.

The wire fills it in from the signing credentials; `records.py` prints it; the journal keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal and its session. `role_*` are set for an assumed role only."""

    type: str
    """Root, IAMUser or AssumedRole."""
    arn: str
    principal_id: str
    account: str
    access_key: str
    user_name: str = ""
    role_arn: str = ""
    role_id: str = ""
    session_start: float | None = None
    """Seconds since the epoch; set where credentials are temporary."""
    source_ip: str = "127.0.0.1"
    user_agent: str = ""
    console: bool = False
    mfa: bool = False
