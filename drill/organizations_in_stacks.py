"""CloudFormation's types of Organizations on the local AWS: an OU and a policy, on the strict model.

The emulator's CloudFormation calls these handlers as it does its own. Each makes the calls that AWS's own
makes, so they are in the journal and in CloudTrail. What Organizations refuses fails the deployment.
Properties, and what they replace: "AWS::Organizations::OrganizationalUnit" and
"AWS::Organizations::Policy", AWS CloudFormation Template Reference. Tags are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from drill.api_error import ApiError

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]
"""A resource's id in its stack, and its attributes."""
Call = Callable[[str, dict[str, Any]], dict[str, Any]]
"""One operation of Organizations. Raises ApiError."""

UNIT: Final = "AWS::Organizations::OrganizationalUnit"
POLICY: Final = "AWS::Organizations::Policy"
REPLACING: Final[dict[str, tuple[str, ...]]] = {UNIT: ("ParentId",), POLICY: ("Type",)}
"""By type, the properties whose change makes another resource."""


class OrganizationsInStacks:
    """Makes, changes and removes the resources, by `call`."""

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def handlers(self) -> dict[str, dict[str, Callable[..., Any]]]:
        """What the emulator calls, by type."""
        return {
            UNIT: {"create": self._make_unit, "update": self._change_unit, "delete": self._remove_unit},
            POLICY: {
                "create": self._make_policy,
                "update": self._change_policy,
                "delete": self._remove_policy,
            },
        }

    def _make_unit(self, _logical_id: str, wanted: Properties, _stack: str) -> Made:
        answer = self._call(
            "CreateOrganizationalUnit", {"ParentId": wanted["ParentId"], "Name": wanted["Name"]}
        )
        return _unit(answer)

    def _change_unit(self, unit_id: str, _was: Properties, wanted: Properties, _stack: str) -> Made:
        changed = {"OrganizationalUnitId": unit_id, "Name": wanted["Name"]}
        return _unit(self._call("UpdateOrganizationalUnit", changed))

    def _remove_unit(self, unit_id: str, _was: Properties) -> None:
        self._call("DeleteOrganizationalUnit", {"OrganizationalUnitId": unit_id})

    def _make_policy(self, _logical_id: str, wanted: Properties, _stack: str) -> Made:
        policy_id, attributes = _policy(self._call("CreatePolicy", _said(wanted) | {"Type": wanted["Type"]}))
        try:
            for target_id in wanted.get("TargetIds", []):
                self._call("AttachPolicy", {"PolicyId": policy_id, "TargetId": target_id})
        except ApiError:
            # CloudFormation rolls back what it began.
            self._remove_policy(policy_id, wanted)
            raise
        return policy_id, attributes

    def _change_policy(self, policy_id: str, was: Properties, wanted: Properties, _stack: str) -> Made:
        answer = self._call("UpdatePolicy", {"PolicyId": policy_id} | _said(wanted))
        before, after = set(was.get("TargetIds", [])), set(wanted.get("TargetIds", []))
        for target_id in sorted(after - before):
            self._call("AttachPolicy", {"PolicyId": policy_id, "TargetId": target_id})
        for target_id in sorted(before - after):
            self._call("DetachPolicy", {"PolicyId": policy_id, "TargetId": target_id})
        return _policy(answer)

    def _remove_policy(self, policy_id: str, _was: Properties) -> None:
        for target_id in self._targets(policy_id):
            self._call("DetachPolicy", {"PolicyId": policy_id, "TargetId": target_id})
        self._call("DeletePolicy", {"PolicyId": policy_id})

    def _targets(self, policy_id: str) -> list[str]:
        found = self._call("ListTargetsForPolicy", {"PolicyId": policy_id})
        return [target["TargetId"] for target in found["Targets"]]


def _said(wanted: Properties) -> dict[str, Any]:
    """A policy's name, description and content, as the API takes them."""
    content = wanted["Content"]
    return {
        "Name": wanted["Name"],
        "Description": wanted.get("Description", ""),
        "Content": content if isinstance(content, str) else json.dumps(content, separators=(",", ":")),
    }


def _unit(answer: dict[str, Any]) -> Made:
    unit = answer["OrganizationalUnit"]
    return unit["Id"], {"Id": unit["Id"], "Arn": unit["Arn"]}


def _policy(answer: dict[str, Any]) -> Made:
    told = answer["Policy"]["PolicySummary"]
    return told["Id"], {"Id": told["Id"], "Arn": told["Arn"], "AwsManaged": told["AwsManaged"]}
