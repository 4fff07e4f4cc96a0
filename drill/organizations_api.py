"""AWS Organizations on the wire of the local AWS: request → IAM → strict model → answer.

It takes the place of the emulator's own Organizations. Each call is authorized by the caller's IAM
policies on the exact ARNs, carried out by `organization.Organization`, written into the journal,
and handed to CloudTrail, refused calls too.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from drill.api_error import ApiError
from drill.authorization import context, resources
from drill.caller import Caller
from drill.organization import Organization
from drill.records import Call
from drill.service_control import Levels, levels_over

Response = tuple[int, dict[str, str], bytes]


class Gate(Protocol):
    """What IAM is asked here; the emulator answers it."""

    def denial(self, action: str, resource: str, keys: dict[str, str]) -> str | None:
        """Return why the current caller may not, or None where it may."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it came in, by whom, with its own gate to IAM."""

    operation: str
    params: dict[str, Any]
    caller: Caller
    gate: Gate
    region: str


class OrganizationsApi:
    """Serves calls one at a time and remembers them."""

    def __init__(self, organization: Organization, finished: Callable[[Call], None]) -> None:
        """Serve `organization`; `finished` gets every call after its answer is decided."""
        self._organization = organization
        self._finished = finished
        self._lock = threading.RLock()  # a call that is served asks which SCPs bind its caller
        self._calls: list[Call] = []

    def serve(self, request: Request) -> Response:
        """Answer one request as AWS does: JSON 1.1, and 400 for every error."""
        answer, error = self._carried_out(request)
        if error is not None:
            return _response(400, _error_body(error))
        return _response(200, answer or {})

    def from_a_stack(
        self, operation: str, params: dict[str, Any], account: str, region: str
    ) -> dict[str, Any]:
        """Carry out one call that CloudFormation makes for a deployment. Raises ApiError."""
        request = Request(operation, params, _deployment(account, region), _Open(), region)
        answer, error = self._carried_out(request)
        if error is not None:
            raise error
        return answer or {}

    def _carried_out(self, request: Request) -> tuple[dict[str, Any] | None, ApiError | None]:
        answer: dict[str, Any] | None = None
        error: ApiError | None = None
        with self._lock:
            try:
                self._authorize(request)
                answer = self._organization.call(request.operation, request.params)
            except ApiError as refusal:
                error = refusal
            call = Call(
                operation=request.operation,
                params=request.params,
                caller=request.caller,
                at=time.time(),
                request_id=str(uuid.uuid4()),
                event_id=str(uuid.uuid4()),
                region=request.region,
                answer=answer,
                error=error,
            )
            self._calls.append(call)
            self._finished(call)
        return answer, error

    def journal(self) -> list[dict[str, Any]]:
        """Return every call so far, in order; `LocalAws.journal` has the shape."""
        with self._lock:
            return [
                {
                    "at": call.at,
                    "principal_arn": call.caller.arn,
                    "role_arn": call.caller.role_arn,
                    "operation": call.operation,
                    "params": call.params,
                    "error": call.error.code if call.error else None,
                }
                for call in self._calls
            ]

    def levels_over(self, account: str) -> Levels:
        """Return the SCPs that bind an account at this moment, level by level."""
        with self._lock:
            return levels_over(self._organization, account)

    def _authorize(self, request: Request) -> None:
        action = f"organizations:{request.operation}"
        keys = context(self._organization, request.params)
        for resource in resources(self._organization, request.params):
            denial = request.gate.denial(action, resource, keys)
            if denial:
                raise ApiError("AccessDeniedException", denial)


class _Open:
    """The gate for a deployment: the CDK gives its role every permission."""

    def denial(self, action: str, resource: str, keys: dict[str, str]) -> str | None:  # noqa: ARG002
        """Let it pass."""
        return None


def _deployment(account: str, region: str) -> Caller:
    """The role that `cdk bootstrap` makes for CloudFormation, as CloudTrail shows what is asked for it."""
    name = f"cdk-hnb659fds-cfn-exec-role-{account}-{region}"
    return Caller(
        type="AssumedRole",
        arn=f"arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation",
        principal_id="AROADEPLOYMENTEXAMPLE:AWSCloudFormation",
        account=account,
        access_key="ASIADEPLOYMENTEXAMPL",
        role_arn=f"arn:aws:iam::{account}:role/{name}",
        role_id="AROADEPLOYMENTEXAMPLE",
        session_start=time.time(),
        source_ip="cloudformation.amazonaws.com",
        user_agent="cloudformation.amazonaws.com",
    )


def _error_body(error: ApiError) -> dict[str, Any]:
    body = {"__type": error.code, "Message": error.message}
    return body | {"Reason": error.reason} if error.reason else body


def _response(status: int, body: dict[str, Any]) -> Response:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()
