"""What every CloudTrail record holds: who called, and when; and reading it where nothing is trusted.

Shapes: "CloudTrail record contents" and "CloudTrail userIdentity element", AWS CloudTrail User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Record = Mapping[str, object]


class MalformedError(ValueError):
    """A field that is needed is missing or of the wrong shape."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who made the call, as the record's `userIdentity` tells it.

    Attributes:
        kind: `userIdentity.type` (Root, IAMUser, AssumedRole, AWSService, …).
        arn: the role or user that acted: for a session its issuer's ARN, never the session's own,
            since the session name is chosen by the caller. None for a service.
        session: the ARN of the session or user as recorded, for people to read.
        principal_id: what IAM calls `aws:userid`.
        mfa: whether the session was made with MFA; None where the record does not say.
    """

    kind: str
    arn: str | None = None
    session: str | None = None
    principal_id: str | None = None
    source_ip: str | None = None
    user_agent: str | None = None
    from_console: bool = False
    mfa: bool | None = None


def read_actor(record: Mapping[str, object]) -> Actor:
    """Return who made the call that a record tells of. Raises ValueError where it does not tell."""
    identity = record.get("userIdentity")
    if not isinstance(identity, Mapping):
        raise MalformedError("userIdentity is not an object")
    kind = text_in(identity, "type")
    session = text_in(identity, "arn")
    context = object_in(identity, "sessionContext")
    if kind == "AssumedRole":
        # Only the issuer is proven by IAM. A session without one has no identity to trust.
        arn = text_in(object_in(context, "sessionIssuer"), "arn")
        if arn is None:
            raise MalformedError("userIdentity.sessionContext.sessionIssuer.arn is missing")
    else:
        arn = session
    if kind is None:
        # Service events carry no type, only who called on the account's behalf.
        if text_in(identity, "invokedBy") is None:
            raise MalformedError("userIdentity.type is missing")
        kind = "AWSService"
    mfa = text_in(object_in(context, "attributes"), "mfaAuthenticated")
    return Actor(
        kind=kind,
        arn=arn,
        session=session,
        principal_id=text_in(identity, "principalId"),
        source_ip=text_in(record, "sourceIPAddress"),
        user_agent=text_in(record, "userAgent"),
        from_console=record.get("sessionCredentialFromConsole") in ("true", True),
        mfa=None if mfa is None else mfa == "true",
    )


def text_in(mapping: Record, key: str) -> str | None:
    """Return the text under a key; None where there is none."""
    value = mapping.get(key)
    return value if isinstance(value, str) and value else None


def object_in(mapping: Record, key: str) -> Record:
    """Return the object under a key; an empty one where there is none."""
    value = mapping.get(key)
    return value if isinstance(value, Mapping) else {}


def read_time(value: object) -> datetime:
    """Return a record's time, UTC. Raises ValueError for what is none."""
    if not isinstance(value, str):
        raise MalformedError("eventTime is missing")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise MalformedError("eventTime is not an ISO 8601 time") from None
    if at.utcoffset() != timedelta(0):
        raise MalformedError("eventTime is not in UTC")
    return at.astimezone(UTC)
