"""From a CloudTrail record to a `Change`: what happened, to what, by whom.

The record arrives in an EventBridge envelope (`DETAIL_TYPES`) or bare. Nothing in it is trusted: whatever is
missing, null or of the wrong type leads to `NotOurs` with its reason, and so to no write. Shapes: "CloudTrail
record contents" and "CloudTrail userIdentity element", AWS CloudTrail User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rootguard.cloudtrail.record import (
    MalformedError,
    Record,
    object_in,
    read_actor,
    read_time,
    text_in,
)
from rootguard.domain.change import DENIALS, Change, ChangeKind, NotOurs, Why
from rootguard.domain.ids import (
    is_account_id,
    is_policy_id,
    is_policy_type,
    is_root_id,
    is_target_id,
    organization_in,
)
from rootguard.domain.policy import Policy

DETAIL_TYPES = ("AWS API Call via CloudTrail", "AWS Service Event via CloudTrail")
"""What EventBridge calls a record of a call, and one of what the service itself did."""

_EVENT_SOURCE = "organizations.amazonaws.com"
# The third way is LEFT; whatever else there may be is told rather than kept quiet.
_TOLD_DEPARTURES = frozenset({"REMOVED", "CLEANED"})
# How IAM names a target in "not authorized to perform … on resource: ARN".
_TARGET_IN_MESSAGE = re.compile(r":organizations::\d{12}:(?:root|ou|account)/o-[a-z0-9]{10,32}/([a-z0-9-]+)")


def read_change(event: object) -> Change | NotOurs:
    """Read an EventBridge envelope or a bare record. Never raises, whatever `event` is."""
    record = event
    if isinstance(event, Mapping) and "detail" in event:
        if event.get("detail-type") not in DETAIL_TYPES:
            return NotOurs(Why.OTHER_EVENT, f"detail-type is {text_in(event, 'detail-type')!r}")
        record = event["detail"]
    if not isinstance(record, Mapping):
        return NotOurs(Why.MALFORMED, "the record is not a JSON object")
    name = text_in(record, "eventName")
    if record.get("eventSource") != _EVENT_SOURCE or name is None:
        return NotOurs(Why.OTHER_EVENT, "the record is not of an Organizations call")
    error_code = record.get("errorCode")
    if error_code is not None and not (isinstance(error_code, str) and error_code):
        return NotOurs(Why.MALFORMED, "errorCode is not text")
    if name not in set(ChangeKind):
        if error_code is not None:
            return NotOurs(Why.FAILED, f"{name} failed with {error_code}")
        return NotOurs(Why.OTHER_EVENT, f"{name} changes nothing that is guarded")
    if name == ChangeKind.ACCOUNT_DEPARTED and _told_before(record):
        return NotOurs(Why.OTHER_EVENT, f"{name} follows a call that was told")
    try:
        return _change(record, ChangeKind(name), error_code)
    except MalformedError as malformed:
        if error_code is not None:
            return NotOurs(Why.FAILED, f"{name} failed with {error_code}; {malformed}")
        return NotOurs(Why.MALFORMED, str(malformed))


def event_id_of(event: object) -> str | None:
    """Return the CloudTrail event's id, wherever it stands, or None."""
    record = event.get("detail", event) if isinstance(event, Mapping) else None
    return text_in(record, "eventID") if isinstance(record, Mapping) else None


def _change(record: Record, kind: ChangeKind, error_code: str | None) -> Change:
    event_id = text_in(record, "eventID")
    if event_id is None:
        raise MalformedError("eventID is missing")
    account = record.get("recipientAccountId")
    return Change(
        kind=kind,
        actor=read_actor(record),
        at=read_time(record.get("eventTime")),
        event_id=event_id,
        management_account_id=account if isinstance(account, str) and is_account_id(account) else None,
        error_code=error_code,
        **_subject(record, kind, error_code),
    )


def _subject(record: Record, kind: ChangeKind, error_code: str | None) -> dict[str, Any]:
    """Return the fields that say what the call was about."""
    if error_code in DENIALS and not isinstance(record.get("requestParameters"), Mapping):
        # IAM may refuse before the request is read; then only the message says on what.
        named = _TARGET_IN_MESSAGE.search(text_in(record, "errorMessage") or "")
        target = named.group(1) if named else None
        return {"target_id": target} if is_target_id(target) else {}
    read = _SUBJECTS.get(kind)
    return read(record) if read else {}


def _attachment(record: Record) -> dict[str, Any]:
    return {
        "policy_id": _parameter(record, "policyId", is_policy_id, "a policy's id"),
        "target_id": _parameter(record, "targetId", is_target_id, "the id of a root, an OU or an account"),
    }


def _policy(record: Record) -> dict[str, Any]:
    """Read the policy from the answer, which carries all of it.

    A failed call has no answer, and a record can lack one: then the request says which policy it was, and
    what it says now is read from Organizations.
    """
    answer = object_in(object_in(record, "responseElements"), "policy")
    summary = object_in(answer, "policySummary")
    policy_id, content = text_in(summary, "id"), text_in(answer, "content")
    policy_type = text_in(summary, "type")
    if not is_policy_id(policy_id) or content is None or policy_type is None:
        asked = object_in(record, "requestParameters").get("policyId")
        if is_policy_id(asked):
            return {"policy_id": asked}
        if record.get("errorCode") is not None or record.get("eventName") == ChangeKind.CREATED:
            return {}
        raise MalformedError("neither responseElements.policy nor requestParameters.policyId is a policy")
    return {
        "policy_id": policy_id,
        "policy": Policy(
            id=str(policy_id),
            type=policy_type,
            name=text_in(summary, "name"),
            aws_managed=summary.get("awsManaged") is True,
            content=content,
            description=text_in(summary, "description"),
            organization_id=organization_in(text_in(summary, "arn")),
        ),
    }


def _policy_type(record: Record) -> dict[str, Any]:
    return {
        "target_id": _parameter(record, "rootId", is_root_id, "a root's id"),
        "policy_type": _parameter(record, "policyType", is_policy_type, "a policy type"),
    }


def _move(record: Record) -> dict[str, Any]:
    return {
        "target_id": _parameter(record, "accountId", is_account_id, "an account's id"),
        "source_id": _parameter(record, "sourceParentId", is_target_id, "a parent's id"),
        "destination_id": _parameter(record, "destinationParentId", is_target_id, "a parent's id"),
    }


def _told_before(record: Record) -> bool:
    """Tell whether an account departed as RemoveAccountFromOrganization or CloseAccount asked for."""
    method = text_in(object_in(record, "serviceEventDetails"), "departureMethod") or ""
    return method.upper() in _TOLD_DEPARTURES


def _departed(record: Record) -> dict[str, Any]:
    """Read which account departed, wherever the service's details say so: their shape is not documented."""
    found = list(_account_ids(object_in(record, "serviceEventDetails")))
    return {"target_id": found[0]} if len(set(found)) == 1 else {}


def _account_ids(details: Record) -> Iterator[str]:
    # A forged record may be nested deeper than Python recurses.
    rest = [details]
    while rest:
        for key, value in rest.pop().items():
            if isinstance(value, Mapping):
                rest.append(value)
            elif key == "accountId" and isinstance(value, str) and is_account_id(value):
                yield value


def _account(record: Record) -> dict[str, Any]:
    account = object_in(record, "requestParameters").get("accountId")
    return {"target_id": account} if is_account_id(account) else {}


def _administrator(record: Record) -> dict[str, Any]:
    service = text_in(object_in(record, "requestParameters"), "servicePrincipal")
    return _account(record) | ({"service": service} if service else {})


def _unit(record: Record) -> dict[str, Any]:
    unit = object_in(record, "requestParameters").get("organizationalUnitId")
    return {"target_id": unit} if is_target_id(unit) else {}


_SUBJECTS: Mapping[ChangeKind, Callable[[Record], dict[str, Any]]] = {
    ChangeKind.ATTACHED: _attachment,
    ChangeKind.DETACHED: _attachment,
    ChangeKind.CREATED: _policy,
    ChangeKind.UPDATED: _policy,
    ChangeKind.DELETED: lambda record: {
        "policy_id": _parameter(record, "policyId", is_policy_id, "a policy's id")
    },
    ChangeKind.TYPE_ENABLED: _policy_type,
    ChangeKind.TYPE_DISABLED: _policy_type,
    ChangeKind.ACCOUNT_MOVED: _move,
    ChangeKind.ACCOUNT_CLOSED: _account,
    ChangeKind.ACCOUNT_REMOVED: _account,
    ChangeKind.ACCOUNT_DEPARTED: _departed,
    ChangeKind.ADMINISTRATOR_REGISTERED: _administrator,
    ChangeKind.ADMINISTRATOR_DEREGISTERED: _administrator,
    ChangeKind.UNIT_DELETED: _unit,
}


def _parameter(record: Record, name: str, is_right: Callable[[object], bool], what: str) -> object:
    parameters = record.get("requestParameters")
    if not isinstance(parameters, Mapping):
        raise MalformedError("requestParameters is not an object")
    value = parameters.get(name)
    if not is_right(value):
        raise MalformedError(f"requestParameters.{name} is not {what}")
    return value
