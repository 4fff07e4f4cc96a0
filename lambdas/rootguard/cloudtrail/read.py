"""From a CloudTrail record to a drift with the change that made it: what happened, to what, by whom.

The record arrives in an EventBridge envelope (`DETAIL_TYPES`) or bare. Nothing in it is trusted: whatever is
missing, null or of the wrong type leads to `NotOurs` with its reason, and so to no write. Shapes: "CloudTrail
record contents" and "CloudTrail userIdentity element", AWS CloudTrail User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from rootguard.domain.drift import BY_THE_SERVICE, DENIALS, Actor, Change, ChangeKind, Drift
from rootguard.domain.policy import (
    Policy,
    is_account_id,
    is_policy_id,
    is_policy_type,
    is_root_id,
    is_target_id,
    organization_in,
)
from rootguard.domain.verdict import Reason

DETAIL_TYPES = ("AWS API Call via CloudTrail", "AWS Service Event via CloudTrail")
"""What EventBridge calls a record of a call, and one of what the service itself did."""
UNKNOWN = "Unknown"
"""The kind of an actor whom the record does not name. Nobody trusts them."""

_EVENT_SOURCE = "organizations.amazonaws.com"
# RemoveAccountFromOrganization and CloseAccount asked for these, and were reported. The third way is LEFT;
# whatever else there may be is reported rather than kept quiet.
_REPORTED_DEPARTURES = frozenset({"REMOVED", "CLEANED"})
# How IAM names a target in "not authorized to perform … on resource: ARN".
_TARGET_IN_MESSAGE = re.compile(r":organizations::\d{12}:(?:root|ou|account)/o-[a-z0-9]{10,32}/([a-z0-9-]+)")

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A record that leads to nothing."""

    reason: Reason
    detail: str  # why, in words that name the field
    at: datetime | None = None  # when it was called, UTC, if it is a record of an Organizations call


class MalformedError(ValueError):
    """A field that is needed is missing or of the wrong shape."""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


_PARAMETERS: Mapping[str, tuple[str, Callable[[object], bool], str]] = {
    "policyId": ("policy_id", is_policy_id, "a policy's id"),
    "targetId": ("target_id", is_target_id, "the id of a root, an OU or an account"),
    "rootId": ("target_id", is_root_id, "a root's id"),
    "accountId": ("target_id", is_account_id, "an account's id"),
    "organizationalUnitId": ("target_id", is_target_id, "an OU's id"),
    "policyType": ("policy_type", is_policy_type, "a policy type"),
    "sourceParentId": ("source_id", is_target_id, "a parent's id"),
    "destinationParentId": ("destination_id", is_target_id, "a parent's id"),
    "servicePrincipal": ("service", _is_text, "a service"),
}
"""What a call's parameter says: the field of the drift, what tells whether it is right, and that in words."""
_NEEDED: Mapping[ChangeKind, tuple[str, ...]] = {
    ChangeKind.ATTACHED: ("policyId", "targetId"),
    ChangeKind.DETACHED: ("policyId", "targetId"),
    ChangeKind.DELETED: ("policyId",),
    ChangeKind.TYPE_ENABLED: ("rootId", "policyType"),
    ChangeKind.TYPE_DISABLED: ("rootId", "policyType"),
    ChangeKind.ACCOUNT_MOVED: ("accountId", "sourceParentId", "destinationParentId"),
}
_READ_IF_RIGHT: Mapping[ChangeKind, tuple[str, ...]] = {
    ChangeKind.ACCOUNT_CLOSED: ("accountId",),
    ChangeKind.ACCOUNT_REMOVED: ("accountId",),
    ChangeKind.ADMINISTRATOR_REGISTERED: ("accountId", "servicePrincipal"),
    ChangeKind.ADMINISTRATOR_DEREGISTERED: ("accountId", "servicePrincipal"),
    ChangeKind.UNIT_DELETED: ("organizationalUnitId",),
}
"""These are only paged, so a record without them is no reason to stay quiet."""


def read_change(event: object) -> Drift | NotOurs:
    """Read an EventBridge envelope or a bare record. Never raises, whatever `event` is."""
    record = event
    if isinstance(event, Mapping) and "detail" in event:
        if event.get("detail-type") not in DETAIL_TYPES:
            return NotOurs(Reason.NOT_A_POLICY_CHANGE, f"detail-type is {_text(event, 'detail-type')!r}")
        record = event["detail"]
    if not isinstance(record, Mapping):
        return NotOurs(Reason.MALFORMED_RECORD, "the record is not a JSON object")
    name = _text(record, "eventName")
    if record.get("eventSource") != _EVENT_SOURCE or name is None:
        return NotOurs(Reason.NOT_A_POLICY_CHANGE, "the record is not of an Organizations call")
    error_code = record.get("errorCode")
    if error_code is not None and not _is_text(error_code):
        return NotOurs(Reason.MALFORMED_RECORD, "errorCode is not text")
    failure = f"{name} failed with {error_code}" if error_code is not None else ""
    if name not in set(ChangeKind):
        reason = Reason.CALL_FAILED if failure else Reason.NOT_A_POLICY_CHANGE
        return NotOurs(reason, failure or f"{name} changes nothing that is guarded", _time(record))
    departure = _text(_object(record, "serviceEventDetails"), "departureMethod") or ""
    if name == ChangeKind.ACCOUNT_DEPARTED and departure.upper() in _REPORTED_DEPARTURES:
        return NotOurs(Reason.NOT_A_POLICY_CHANGE, f"{name} follows a call that was reported")
    try:
        return _drift(record, ChangeKind(name))
    except MalformedError as malformed:
        if failure:
            return NotOurs(Reason.CALL_FAILED, f"{failure}; {malformed}")
        return NotOurs(Reason.MALFORMED_RECORD, str(malformed))


def unwrapped(event: object) -> object:
    """Return the event in a dead letter: Lambda wraps it anew each time that it is sent again and fails."""
    while isinstance(event, Mapping) and "requestPayload" in event:
        event = event["requestPayload"]
    return event


def event_id_of(event: object) -> str | None:
    """Return the CloudTrail event's id, wherever it stands, or None."""
    record = event.get("detail", event) if isinstance(event, Mapping) else None
    return _text(record, "eventID") if isinstance(record, Mapping) else None


def read_time(value: object) -> datetime:
    """Return a record's time, UTC. Raises MalformedError for what is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.utcoffset() != timedelta(0):
        raise MalformedError("eventTime is no ISO 8601 time in UTC")
    return at.astimezone(UTC)


def _time(record: Record) -> datetime | None:
    try:
        return read_time(record.get("eventTime"))
    except MalformedError:
        return None


def _text(mapping: Record, key: str) -> str | None:
    """Return the text under a key; None if there is none."""
    value = mapping.get(key)
    return value if isinstance(value, str) and value else None


def _object(mapping: Record, key: str) -> Record:
    """Return the object under a key; an empty one if there is none."""
    value = mapping.get(key)
    return value if isinstance(value, Mapping) else {}


def _drift(record: Record, kind: ChangeKind) -> Drift:
    event_id = _text(record, "eventID")
    if event_id is None:
        raise MalformedError("eventID is missing")
    account, error = _text(record, "recipientAccountId"), _text(record, "errorCode")
    change = Change(event_id, account if is_account_id(account) else None, error, _actor(record))
    return Drift(kind, read_time(record.get("eventTime")), change=change, **_subject(record, kind, error))


def _actor(record: Record) -> Actor:
    """Return who made the call.

    An identity that cannot be read is an unknown actor: what happened is plain all the same.
    """
    identity = _object(record, "userIdentity")
    kind, session = _text(identity, "type"), _text(identity, "arn")
    context = _object(identity, "sessionContext")
    if kind is None:
        # Service events carry no type, only who called on the account's behalf.
        kind = "AWSService" if _text(identity, "invokedBy") else UNKNOWN
    # Of a session only the issuer is proven by IAM: the session's name is chosen by the caller.
    arn = _text(_object(context, "sessionIssuer"), "arn") if kind == "AssumedRole" else session
    mfa = _text(_object(context, "attributes"), "mfaAuthenticated")
    return Actor(
        kind=kind,
        arn=arn if kind != UNKNOWN else None,
        session=session,
        principal_id=_text(identity, "principalId"),
        source_ip=_text(record, "sourceIPAddress"),
        user_agent=_text(record, "userAgent"),
        from_console=record.get("sessionCredentialFromConsole") in ("true", True),
        mfa=None if mfa is None else mfa == "true",
    )


def _subject(record: Record, kind: ChangeKind, error_code: str | None) -> dict[str, Any]:
    """Return the fields that say what the call was about."""
    if error_code in DENIALS and not isinstance(record.get("requestParameters"), Mapping):
        # IAM may refuse before the request is read; then only the message says on what.
        found = _TARGET_IN_MESSAGE.search(_text(record, "errorMessage") or "")
        return {"target_id": found[1]} if found and is_target_id(found[1]) else {}
    if kind in (ChangeKind.CREATED, ChangeKind.UPDATED):
        return _policy(record, kind, error_code)
    if kind in BY_THE_SERVICE:
        # Wherever the service's details say which account it was: their shape is not documented.
        named = set(_account_ids(_object(record, "serviceEventDetails")))
        return {"target_id": named.pop()} if len(named) == 1 else {}
    return dict(_asked(record, kind))


def _asked(record: Record, kind: ChangeKind) -> Iterator[tuple[str, object]]:
    """Yield the fields that a call's parameters give. Raises MalformedError for a wrong one."""
    given = _object(record, "requestParameters")
    for name in _NEEDED.get(kind, ()) or _READ_IF_RIGHT.get(kind, ()):
        field, is_right, what = _PARAMETERS[name]
        if is_right(given.get(name)):
            yield field, given[name]
        elif kind in _NEEDED:
            raise MalformedError(f"requestParameters.{name} is not {what}")


def _policy(record: Record, kind: ChangeKind, error_code: str | None) -> dict[str, Any]:
    """Read the policy from the answer, which carries all of it.

    A failed call has no answer, and a record can lack one: then the request says which policy it was, and
    what it says now is read from Organizations.
    """
    answer = _object(_object(record, "responseElements"), "policy")
    summary = _object(answer, "policySummary")
    policy_id, content = _text(summary, "id"), _text(answer, "content")
    policy_type = _text(summary, "type")
    if policy_id is None or not is_policy_id(policy_id) or content is None or policy_type is None:
        asked = _object(record, "requestParameters").get("policyId")
        if is_policy_id(asked):
            return {"policy_id": asked}
        if error_code is not None or kind is ChangeKind.CREATED:
            return {}
        raise MalformedError("neither responseElements.policy nor requestParameters.policyId is a policy")
    policy = Policy(
        id=policy_id,
        type=policy_type,
        name=_text(summary, "name"),
        content=content,
        description=_text(summary, "description"),
        organization_id=organization_in(_text(summary, "arn")),
    )
    return {"policy_id": policy_id, "policy": policy}


def _account_ids(details: Record) -> Iterator[object]:
    # A forged record may be nested deeper than Python recurses.
    rest = [details]
    while rest:
        for key, value in rest.pop().items():
            if isinstance(value, Mapping):
                rest.append(value)
            elif key == "accountId" and is_account_id(value):
                yield value
