"""Who asks, proven by IAM: the operator signs a call of STS, and the function makes that very call.

The command signs `sts:GetCallerIdentity` with the operator's credentials, and sends the headers along. STS
checks the signature, and answers with the caller's `aws:userid` and ARN. The call needs no permission
("GetCallerIdentity", AWS STS API Reference). So prove who they are HashiCorp Vault's AWS auth method and
aws-iam-authenticator, too. A signed header names the request's digest, so that a proof is good for one
request alone; it is good for some minutes, as STS takes no older signature.

What is checked here, before STS is asked: only these headers, each signed, for STS in this Region. Nothing in
them says where the call goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

BODY: Final = "Action=GetCallerIdentity&Version=2011-06-15"
CONTENT_TYPE: Final = "application/x-www-form-urlencoded; charset=utf-8"
REQUEST_HEADER: Final = "X-Rootguard-Request"
HEADERS: Final = (
    "authorization",
    "content-type",
    "x-amz-date",
    "x-amz-security-token",
    REQUEST_HEADER.lower(),
)
"""All headers that a proof may have, in lower case. Temporary credentials have a security token."""
NEWER_THAN: Final = timedelta(minutes=5)
"""How far the signature's time may be from the function's ("Signature Version 4", AWS IAM User Guide)."""

_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=\w{16,128}/(?P<day>\d{8})/(?P<region>[a-z0-9-]{1,32})/(?P<service>[a-z]+)"
    r"/aws4_request, ?SignedHeaders=(?P<signed>[a-z0-9;-]+), ?Signature=[0-9a-f]{64}",
    re.ASCII,
)
_DATE: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_LONGEST: Final = 8_192
_TRY_AGAIN: Final = "Run the command again."


class IdentityError(Exception):
    """Nobody knows who asks. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as STS says it."""

    user_id: str  # `aws:userid`; of a role's session, with the name of the session
    arn: str

    @property
    def account(self) -> str:
        """The account that they are signed in to."""
        return [*self.arn.split(":"), *[""] * 5][4]


def checked(identity: object, digest: str, region: str, now: datetime) -> dict[str, str]:
    """Return the headers to send to STS, by their names in lower case. Raises IdentityError.

    Args:
        identity: the headers that came with a request.
        digest: of that request, as `request.digest_of` has it.
        region: the Region of the function's STS.
        now: the time, UTC.
    """
    headers = _read(identity)
    said = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if said is None:
        raise IdentityError("The request is not signed as AWS signs (Signature Version 4).")
    if (said["region"], said["service"]) != (region, "sts"):
        where = f"{said['service']} in {said['region']}"
        raise IdentityError(f"The signature is for {where}, and must be for sts in {region}.")
    if (
        unsigned := {*headers, "host", REQUEST_HEADER.lower()}
        - {"authorization"}
        - {*said["signed"].split(";")}
    ):
        raise IdentityError(f"The signature leaves out the header {min(unsigned)}.")
    if headers.get(REQUEST_HEADER.lower()) != digest:
        raise IdentityError(f"The signature belongs to another request. {_TRY_AGAIN}")
    if not _DATE.fullmatch(headers.get("x-amz-date", "")):
        raise IdentityError("The signature's time, x-amz-date, is missing or cannot be read.")
    age = abs(now - _time(headers["x-amz-date"]))
    if age > NEWER_THAN:
        minutes = age // timedelta(minutes=1)
        raise IdentityError(
            f"The signature is {minutes} minutes from now. Check this machine's clock. {_TRY_AGAIN}"
        )
    return headers


def _read(identity: object) -> dict[str, str]:
    if not isinstance(identity, Mapping):
        raise IdentityError("The request says nothing of who asks: use `rootguard isolate`.")
    headers: dict[str, str] = {}
    for name, value in identity.items():
        known = str(name).lower()
        if known not in HEADERS:
            raise IdentityError(f"The proof of who asks has a header that it must not have: {known!r:.99}.")
        if known in headers or not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
            raise IdentityError(f"The header {known} is there twice, empty, too long, or no text.")
        if not (value.isascii() and value.isprintable()):
            raise IdentityError(f"The header {known} has characters that no header has.")
        headers[known] = value
    return headers


def _time(date: str) -> datetime:
    try:
        return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise IdentityError(f"The signature's time is none: {date}.") from error
