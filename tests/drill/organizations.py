"""The two ways to the same rules: the model itself, and the local AWS over the wire."""

import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from drill.api_error import ApiError

DENY_ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
)
RCP_DENY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"}],
    }
)


class Organizations(Protocol):
    """AWS Organizations as the contract test uses it."""

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Carry out one operation, or raise `ApiError`."""


class OverTheWire:
    """A boto3 client, in the shape of the model."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = getattr(self._client, xform_name(operation))(**params)
        except ClientError as error:
            told: dict[str, Any] = dict(error.response)
            code, message = told["Error"]["Code"], told["Error"]["Message"]
            raise ApiError(code, message, told.get("Reason")) from error
        answer.pop("ResponseMetadata")
        return dict(answer)


class Given:
    """Words to say what a test needs, over either way."""

    def __init__(self, organizations: Organizations) -> None:
        self.organizations = organizations
        organizations.call("CreateOrganization", {})
        self.root = self.call("ListRoots")["Roots"][0]["Id"]

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.organizations.call(operation, params)

    def enable(self, *types: str) -> None:
        for policy_type in types:
            self.call("EnablePolicyType", RootId=self.root, PolicyType=policy_type)

    def unit(self, name: str = "Sandbox", parent: str | None = None) -> str:
        unit = self.call("CreateOrganizationalUnit", ParentId=parent or self.root, Name=name)
        return str(unit["OrganizationalUnit"]["Id"])

    def account(self, name: str = "member") -> str:
        made = self.call("CreateAccount", AccountName=name, Email=f"{name}@example.com")
        return str(made["CreateAccountStatus"]["AccountId"])

    def policy(
        self, name: str = "deny", type_: str = "SERVICE_CONTROL_POLICY", content: str = DENY_ALL
    ) -> str:
        made = self.call("CreatePolicy", Name=name, Description="", Type=type_, Content=content)
        return str(made["Policy"]["PolicySummary"]["Id"])

    def attach(self, policy: str, target: str) -> None:
        self.call("AttachPolicy", PolicyId=policy, TargetId=target)

    def detach(self, policy: str, target: str) -> None:
        self.call("DetachPolicy", PolicyId=policy, TargetId=target)

    def attached(self, target: str, type_: str = "SERVICE_CONTROL_POLICY") -> list[str]:
        found = self.call("ListPoliciesForTarget", TargetId=target, Filter=type_)
        return [p["Id"] for p in found["Policies"]]


def refused(call: Callable[[], object]) -> tuple[str, str | None]:
    """Return the code and the reason that a call is refused with."""
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value.code, caught.value.reason
