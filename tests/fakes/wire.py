"""A real boto3 client whose wire ends in the strict model of AWS Organizations, within this process.

So the code under test meets the SDK's own parsing, errors and retries, and AWS's own rules, without a
network. Faults are answered first, in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import HTTPClientError

from drill.api_error import ApiError
from drill.organization import Organization
from rootguard.domain.policy import SERVICE_CONTROL_POLICY as SCP

DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'


@dataclass
class Wire:
    """What is at the end of the wire: the organization, faults still to come, calls that arrived."""

    organization: Organization
    faults: list[tuple[str, ApiError | HTTPClientError]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def plug(self, client: Any) -> None:
        """Answer every request of this client."""
        client.meta.events.register("before-send.organizations", self._answer)

    def fail(self, operation: str, fault: ApiError | HTTPClientError, times: int = 1) -> None:
        """Answer the next calls of an operation with a fault."""
        self.faults += [(operation, fault)] * times

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.calls.append(operation)
        try:
            self._trip(operation)
            return _response(request.url, 200, self.organization.call(operation, json.loads(request.body)))
        except ApiError as error:
            body = {"__type": error.code, "Message": error.message, "Reason": error.reason}
            return _response(request.url, 400, body)

    def _trip(self, operation: str) -> None:
        for number, (name, fault) in enumerate(self.faults):
            if name == operation:
                del self.faults[number]
                raise fault


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._content


def _response(url: str, status: int, body: dict[str, Any]) -> AWSResponse:
    content = json.dumps({key: value for key, value in body.items() if value is not None}).encode()
    return AWSResponse(url, status, {"content-type": "application/x-amz-json-1.1"}, _Body(content))


def new_wire() -> Wire:
    """An organization of account 111122223333 with SCPs enabled, and nothing else in it."""
    model = Organization("111122223333")
    model.call("CreateOrganization", {"FeatureSet": "ALL"})
    if SCP not in {enabled["Type"] for enabled in model.call("ListRoots", {})["Roots"][0]["PolicyTypes"]}:
        model.call("EnablePolicyType", {"RootId": model.tree.root_id, "PolicyType": SCP})
    return Wire(model)


def create(wire: Wire, name: str = "Quarantine", kind: str = SCP, content: str = DENY_ALL) -> str:
    """Create a policy and return its id."""
    made = wire.organization.call(
        "CreatePolicy", {"Name": name, "Description": "-", "Type": kind, "Content": content}
    )
    return str(made["Policy"]["PolicySummary"]["Id"])


def attached(wire: Wire, target: str, kind: str = SCP) -> list[str]:
    """Return the ids of the policies on a target."""
    answer = wire.organization.call("ListPoliciesForTarget", {"TargetId": target, "Filter": kind})
    return [policy["Id"] for policy in answer["Policies"]]


def unit(wire: Wire, parent: str, name: str) -> str:
    """Create an OU and return its id."""
    made = wire.organization.call("CreateOrganizationalUnit", {"ParentId": parent, "Name": name})
    return str(made["OrganizationalUnit"]["Id"])


def account(wire: Wire, name: str, parent: str) -> str:
    """Create an account below a parent and return its id."""
    made = wire.organization.call("CreateAccount", {"Email": f"{name}@example.com", "AccountName": name})
    account_id = str(made["CreateAccountStatus"]["AccountId"])
    root = wire.organization.tree.root_id
    if parent != root:
        move = {"AccountId": account_id, "SourceParentId": root, "DestinationParentId": parent}
        wire.organization.call("MoveAccount", move)
    return account_id
