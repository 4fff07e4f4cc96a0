"""One Organizations call → the CloudTrail record AWS would write → the event EventBridge would get.

Pure. Shapes follow the records in tests/events, captured in live organizations: parameters in
camelCase, `responseElements` null where the API answers nothing, no parameters and the code
`AccessDenied` where IAM refused, and a service error under its exception's own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from drill.api_error import ApiError
from drill.caller import Caller

Record = dict[str, Any]

# What CloudTrail marks as `readOnly`; EventBridge gets the others only.
READ_PREFIXES = ("Describe", "List")


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call: what was asked, by whom, when (seconds since the epoch), and the answer."""

    operation: str
    params: dict[str, Any]
    caller: Caller
    at: float
    request_id: str
    event_id: str
    region: str = "us-east-1"
    answer: dict[str, Any] | None = None
    error: ApiError | None = None
    shows_refused: bool = False
    """Whether the record has the parameters although IAM refused the call. Both kinds have been seen."""


def read_only(operation: str) -> bool:
    """Tell whether CloudTrail calls the operation a read."""
    return operation.startswith(READ_PREFIXES)


def record(call: Call) -> Record:
    """Return the CloudTrail record of a call."""
    denied = call.error is not None and call.error.code == "AccessDeniedException"
    written: Record = {
        "eventVersion": "1.08",
        "userIdentity": _user_identity(call.caller),
        "eventTime": _instant(call.at),
        "eventSource": "organizations.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": call.caller.source_ip,
        "userAgent": call.caller.user_agent,
    }
    if call.error is not None:
        written["errorCode"] = "AccessDenied" if denied else call.error.code
        written["errorMessage"] = call.error.message
    written |= {
        "requestParameters": None if denied and not call.shows_refused else _camel(call.params) or None,
        "responseElements": _camel(call.answer) or None if call.answer else None,
        "requestID": call.request_id,
        "eventID": call.event_id,
        "readOnly": read_only(call.operation),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.caller.account,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"organizations.{call.region}.amazonaws.com",
        },
    }
    if call.caller.console:
        written["sessionCredentialFromConsole"] = "true"
    return written


def envelope(written: Record, event_id: str) -> Record:
    """Return the EventBridge event that carries a record."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{written['eventSource'].partition('.')[0]}",
        "account": written["recipientAccountId"],
        "time": written["eventTime"],
        "region": written["awsRegion"],
        "resources": [],
        "detail": written,
    }


def _user_identity(caller: Caller) -> Record:
    identity: Record = {
        "type": caller.type,
        "principalId": caller.principal_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.access_key,
    }
    if caller.user_name:
        identity["userName"] = caller.user_name
    if caller.session_start is not None:
        issuer = {
            "type": "Role",
            "principalId": caller.role_id,
            "arn": caller.role_arn,
            "accountId": caller.account,
            "userName": caller.role_arn.rpartition("/")[2],
        }
        identity["sessionContext"] = {
            "sessionIssuer": issuer if caller.role_arn else {},
            "webIdFederationData": {},
            "attributes": {
                "creationDate": _instant(caller.session_start),
                "mfaAuthenticated": "true" if caller.mfa else "false",
            },
        }
    return identity


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {k[:1].lower() + k[1:]: _camel(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_camel(v) for v in value]
    return value


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
