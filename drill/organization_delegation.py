"""Whom an organization delegates to: trusted services, delegated administrators, and the resource policy.

The third part of the strict model behind `organization.py`. Rules and errors: the API reference of AWS
Organizations, "RegisterDelegatedAdministrator", "EnableAWSServiceAccess" and "PutResourcePolicy".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from drill.api_error import ApiError, constraint, invalid_input
from drill.organization_tree import Ids, Tree

_MAX_RESOURCE_POLICY = 40_000


class Delegation:
    """Delegated administrators by account, with the services of each and since when."""

    def __init__(self, tree: Tree, ids: Ids, now: Callable[[], float]) -> None:
        """Start with nobody."""
        self._tree = tree
        self._ids = ids
        self._now = now
        self._administrators: dict[str, dict[str, float]] = {}
        self._services: dict[str, float] = {}
        self._resource_policy: dict[str, Any] | None = None

    def register(self, account_id: str, service: str) -> None:
        """Make an account the delegated administrator of a service."""
        self._tree.account(account_id)
        if account_id == self._tree.management_account:
            raise constraint(
                "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
                "You can't register the management account as a delegated administrator.",
            )
        services = self._administrators.setdefault(account_id, {})
        if service in services:
            raise ApiError(
                "AccountAlreadyRegisteredException",
                "The specified account is already a delegated administrator for this AWS service.",
            )
        services[service] = self._now()

    def deregister(self, account_id: str, service: str) -> None:
        """Take a service from a delegated administrator."""
        self._tree.account(account_id)
        services = self._administrators.get(account_id, {})
        if service not in services:
            raise ApiError(
                "AccountNotRegisteredException",
                "The specified account is not a delegated administrator for this AWS service.",
            )
        del services[service]
        if not services:
            del self._administrators[account_id]

    def check_removable(self, account_id: str) -> None:
        """Raise ConstraintViolationException for an account that is a delegated administrator."""
        if account_id in self._administrators:
            raise constraint(
                "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
                "You can't remove an account that is a delegated administrator from the organization.",
            )

    def administrators(self, service: str | None) -> list[dict[str, Any]]:
        """Return the API's DelegatedAdministrator for each, or for those of one service."""
        return [
            {
                **self._tree.describe_account(self._tree.account(account)),
                "DelegationEnabledDate": min(since.values()),
            }
            for account, since in self._administrators.items()
            if service is None or service in since
        ]

    def services_of(self, account_id: str) -> list[dict[str, Any]]:
        """Return the API's DelegatedService for each service of an account."""
        self._tree.account(account_id)
        if account_id not in self._administrators:
            raise ApiError(
                "AccountNotRegisteredException", "The specified account is not a delegated administrator."
            )
        found = self._administrators[account_id].items()
        return [{"ServicePrincipal": service, "DelegationEnabledDate": since} for service, since in found]

    def enable(self, service: str) -> None:
        """Trust a service; once more changes nothing."""
        self._services.setdefault(service, self._now())

    def disable(self, service: str) -> None:
        """Trust a service no more."""
        self._services.pop(service, None)

    def services(self) -> list[dict[str, Any]]:
        """Return the API's EnabledServicePrincipal for each."""
        return [{"ServicePrincipal": name, "DateEnabled": since} for name, since in self._services.items()]

    def put_resource_policy(self, content: str) -> dict[str, Any]:
        """Set the policy that delegates the management of policies."""
        if len(content) > _MAX_RESOURCE_POLICY:
            raise constraint("POLICY_CONTENT_LIMIT_EXCEEDED", "The resource policy is too long.")
        try:
            json.loads(content)
        except ValueError as error:
            raise invalid_input("INVALID_SYNTAX_POLICY", "The resource policy is not valid JSON.") from error
        organization = self._tree.organization_id
        policy_id = self._resource_policy["ResourcePolicySummary"]["Id"] if self._resource_policy else None
        policy_id = policy_id or f"rp-{self._ids.text(8)}"
        arn = self._tree.arn(f"resourcepolicy/{organization}/{policy_id}")
        self._resource_policy = {"ResourcePolicySummary": {"Id": policy_id, "Arn": arn}, "Content": content}
        return self._resource_policy

    def resource_policy(self) -> dict[str, Any]:
        """Return the API's ResourcePolicy."""
        if self._resource_policy is None:
            raise ApiError(
                "ResourcePolicyNotFoundException", "We can't find a resource policy in this organization."
            )
        return self._resource_policy

    def delete_resource_policy(self) -> None:
        """Delete it."""
        self.resource_policy()
        self._resource_policy = None

    def as_it_is(self, tree: Tree) -> Delegation:
        """Return a copy over a copied tree, which later changes leave as it is now."""
        copy = Delegation(tree, self._ids, self._now)
        copy._administrators = {account: dict(since) for account, since in self._administrators.items()}
        copy._services = dict(self._services)
        copy._resource_policy = self._resource_policy
        return copy
