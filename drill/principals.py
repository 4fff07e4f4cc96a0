"""People and pipelines that call the local AWS: real IAM users and role sessions.

`LocalAws.client(…, as_=principal)` makes them on first use, so that the emulator enforces their
policies and the CloudTrail records carry a real `userIdentity`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from drill.emulator import CALLER_HEADER

ADMINISTRATOR = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)
_BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, or a role with the name of its session; `policy` is its IAM policy as JSON."""

    user: str = ""
    role: str = ""
    session: str = ""
    policy: str = ADMINISTRATOR
    console: bool = False
    mfa: bool = False
    source_ip: str = "203.0.113.7"

    def __post_init__(self) -> None:
        """Refuse what is neither a user nor a role session."""
        if bool(self.user) == bool(self.role) or bool(self.role) != bool(self.session):
            raise ValueError("a principal is a user, or a role with a session name")

    def headers(self) -> dict[str, str]:
        """Return what a request of this principal carries beside its signature."""
        claims = {"source_ip": self.source_ip, "console": self.console, "mfa": self.mfa}
        headers = {CALLER_HEADER: json.dumps(claims)}
        return headers | {"User-Agent": _BROWSER} if self.console else headers


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials; `token` comes with temporary ones."""

    id: str
    secret: str
    token: str | None = None


def credentials(principal: Principal, client: Callable[[str], Any]) -> Keys:
    """Make the principal in IAM and return its credentials.

    `client` makes clients of the account's root user. A user or role that is there stays as it is,
    but gets the policy.
    """
    iam = client("iam")
    if principal.user:
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_user(UserName=principal.user)
        iam.put_user_policy(UserName=principal.user, PolicyName="policy", PolicyDocument=principal.policy)
        made = iam.create_access_key(UserName=principal.user)["AccessKey"]
        return Keys(made["AccessKeyId"], made["SecretAccessKey"])
    account = client("sts").get_caller_identity()["Account"]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(
            RoleName=principal.role,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
    iam.put_role_policy(RoleName=principal.role, PolicyName="policy", PolicyDocument=principal.policy)
    made = client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{principal.role}",
        RoleSessionName=principal.session,
    )["Credentials"]
    return Keys(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
