"""A record of each kind of change, made from the real ones: by the root user, when the real attach was."""

from __future__ import annotations

from typing import Any

from rootguard.domain.drift import ChangeKind
from tests.given import ACCOUNT, CHILD_OU, DENY_ALL, OU, POLICY, ROOT, SCP, attach, real

ORGANIZATION_WIDE: dict[ChangeKind, dict[str, str] | None] = {
    ChangeKind.RESOURCE_POLICY_PUT: {"content": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    ChangeKind.RESOURCE_POLICY_DELETED: None,
    ChangeKind.ADMINISTRATOR_REGISTERED: {
        "accountId": ACCOUNT,
        "servicePrincipal": "config.amazonaws.com",
    },
    ChangeKind.ADMINISTRATOR_DEREGISTERED: {
        "accountId": ACCOUNT,
        "servicePrincipal": "config.amazonaws.com",
    },
    ChangeKind.ACCOUNT_LEFT: None,
    ChangeKind.ACCOUNT_REMOVED: {"accountId": ACCOUNT},
    ChangeKind.ACCOUNT_CLOSED: {"accountId": ACCOUNT},
    ChangeKind.ORGANIZATION_DELETED: None,
    ChangeKind.TRANSFER_OFFERED: {"type": "BILLING", "sourceName": "Example Corp"},
    ChangeKind.TRANSFER_UPDATED: {"id": "rt-12345678", "name": "Billing"},
    ChangeKind.TRANSFER_ENDED: {"id": "rt-12345678"},
}
"""The calls that touch the organization as a whole, with their parameters."""


def call(kind: ChangeKind, parameters: dict[str, str] | None, **changed: Any) -> dict[str, Any]:
    """The record of any call."""
    return attach(eventName=kind.value, requestParameters=parameters) | changed


def departed(method: str = "LEFT", **details: Any) -> dict[str, Any]:
    """The record of an account that departed, in the shape of the service's other event of an account.

    No public one was found; that it has a `departureMethod` is in the API reference.
    """
    service_event = real("close-account-result-service-event") | {"eventName": "AccountDepartedOrganization"}
    departure = {"accountId": ACCOUNT, "departureMethod": method, "departureTime": "2026-06-01T08:00:00Z"}
    return service_event | {"serviceEventDetails": departure | details}


def joined(**details: Any) -> dict[str, Any]:
    """The record of an account that was created, or accepted an invitation; of the same shape."""
    service_event = real("close-account-result-service-event") | {"eventName": "AccountJoinedOrganization"}
    return service_event | {
        "serviceEventDetails": {"accountId": ACCOUNT, "joinedMethod": "INVITED"} | details
    }


def detach(target: str = ROOT, policy: str = POLICY, **changed: Any) -> dict[str, Any]:
    """The record of a DetachPolicy: an AttachPolicy's, but for its name."""
    return attach(target, policy, eventName="DetachPolicy") | changed


def create(**changed: Any) -> dict[str, Any]:
    """The real CreatePolicy record."""
    return real("create-scp-by-root-user") | changed


def update(
    content: str = DENY_ALL,
    policy: str = POLICY,
    name: str = "Quarantine",
    policy_type: str = SCP,
    description: str = "Closes EC2",
    **changed: Any,
) -> dict[str, Any]:
    """The real UpdatePolicy record's parameters and answer, with another policy in them."""
    edited = real("update-scp-by-root-user")
    request, answer = edited["requestParameters"], edited["responseElements"]
    request.update(policyId=policy, content=content, name=name)
    answer["policy"]["content"] = content
    answer["policy"]["policySummary"].update(id=policy, name=name, type=policy_type, description=description)
    return attach(eventName="UpdatePolicy", requestParameters=request, responseElements=answer) | changed


def delete(policy: str = POLICY, **changed: Any) -> dict[str, Any]:
    """The record of a DeletePolicy."""
    return call(ChangeKind.DELETED, {"policyId": policy}, **changed)


def disable(policy_type: str = SCP, **changed: Any) -> dict[str, Any]:
    """The record of a DisablePolicyType."""
    return call(ChangeKind.TYPE_DISABLED, {"rootId": ROOT, "policyType": policy_type}, **changed)


def enable(policy_type: str = SCP, **changed: Any) -> dict[str, Any]:
    """The record of an EnablePolicyType."""
    return call(ChangeKind.TYPE_ENABLED, {"rootId": ROOT, "policyType": policy_type}, **changed)


def move(source: str = OU, destination: str = CHILD_OU, account: str = ACCOUNT, **changed: Any) -> Any:
    """The record of a MoveAccount."""
    parameters = {"accountId": account, "sourceParentId": source, "destinationParentId": destination}
    return call(ChangeKind.ACCOUNT_MOVED, parameters, **changed)


EVERY_KIND: dict[ChangeKind, dict[str, Any]] = {
    ChangeKind.ATTACHED: attach(),
    ChangeKind.DETACHED: detach(),
    ChangeKind.CREATED: create(),
    ChangeKind.UPDATED: update(),
    ChangeKind.DELETED: delete(),
    ChangeKind.TYPE_ENABLED: enable(),
    ChangeKind.TYPE_DISABLED: disable(),
    ChangeKind.ACCOUNT_MOVED: move(),
    ChangeKind.ACCOUNT_DEPARTED: departed(),
    ChangeKind.ACCOUNT_JOINED: joined(),
    ChangeKind.UNIT_DELETED: call(ChangeKind.UNIT_DELETED, {"organizationalUnitId": OU}),
    **{kind: call(kind, parameters) for kind, parameters in ORGANIZATION_WIDE.items()},
}
