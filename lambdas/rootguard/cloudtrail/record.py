"""What every CloudTrail record holds: who called, and when; and reading it where nothing is trusted.

Shapes: "CloudTrail record contents" and "CloudTrail userIdentity element", AWS CloudTrail User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from rootguard.domain.change import Actor

Record = Mapping[str, object]


class MalformedError(ValueError):
    """A field that is needed is missing or of the wrong shape."""


UNKNOWN = "Unknown"
"""The kind of an actor whom the record does not name. Nobody trusts them."""


def read_actor(record: Record) -> Actor:
    """Return who made the call.

    An identity that cannot be read is an unknown actor: what happened is plain all the same.
    """
    identity = object_in(record, "userIdentity")
    kind = text_in(identity, "type")
    session = text_in(identity, "arn")
    context = object_in(identity, "sessionContext")
    if kind is None:
        # Service events carry no type, only who called on the account's behalf.
        kind = "AWSService" if text_in(identity, "invokedBy") else UNKNOWN
    # Of a session only the issuer is proven by IAM: the session's name is chosen by the caller.
    arn = text_in(object_in(context, "sessionIssuer"), "arn") if kind == "AssumedRole" else session
    mfa = text_in(object_in(context, "attributes"), "mfaAuthenticated")
    return Actor(
        kind=kind,
        arn=arn if kind != UNKNOWN else None,
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
