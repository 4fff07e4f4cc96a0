"""The strict model's rules for delegation, for what is deleted, and for copies of what was."""

from __future__ import annotations

from typing import Any

import pytest

from drill.api_error import ApiError
from drill.organization import Organization
from drill.organization_policies import SCP

ACCOUNT = "000000000000"
SERVICE = "config.amazonaws.com"


@pytest.fixture
def organization() -> Organization:
    made = Organization(ACCOUNT)
    made.call("CreateOrganization", {})
    made.call("EnablePolicyType", {"RootId": made.tree.root_id, "PolicyType": SCP})
    return made


def _account(organization: Organization) -> str:
    asked = {"Email": "shop@example.com", "AccountName": "shop"}
    return str(organization.call("CreateAccount", asked)["CreateAccountStatus"]["AccountId"])


def _unit(organization: Organization) -> str:
    asked = {"ParentId": organization.tree.root_id, "Name": "Prod"}
    return str(organization.call("CreateOrganizationalUnit", asked)["OrganizationalUnit"]["Id"])


def _refused(organization: Organization, operation: str, **parameters: Any) -> tuple[str, str | None]:
    with pytest.raises(ApiError) as error:
        organization.call(operation, parameters)
    return error.value.code, error.value.reason


def test_an_account_is_the_administrator_of_each_service_once(organization: Organization) -> None:
    account = _account(organization)
    asked = {"AccountId": account, "ServicePrincipal": SERVICE}
    organization.call("RegisterDelegatedAdministrator", asked)
    organization.call("RegisterDelegatedAdministrator", {**asked, "ServicePrincipal": "sso.amazonaws.com"})
    assert (
        _refused(organization, "RegisterDelegatedAdministrator", **asked)[0]
        == "AccountAlreadyRegisteredException"
    )
    listed = organization.call("ListDelegatedServicesForAccount", {"AccountId": account})["DelegatedServices"]
    assert [entry["ServicePrincipal"] for entry in listed] == [SERVICE, "sso.amazonaws.com"]
    found = organization.call("ListDelegatedAdministrators", {"ServicePrincipal": SERVICE})
    assert [entry["Id"] for entry in found["DelegatedAdministrators"]] == [account]
    organization.call("DeregisterDelegatedAdministrator", asked)
    assert (
        _refused(organization, "DeregisterDelegatedAdministrator", **asked)[0]
        == "AccountNotRegisteredException"
    )


def test_the_management_account_is_no_delegated_administrator(organization: Organization) -> None:
    asked = {"AccountId": ACCOUNT, "ServicePrincipal": SERVICE}
    _, reason = _refused(organization, "RegisterDelegatedAdministrator", **asked)
    assert reason == "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"


def test_an_administrator_cannot_leave_and_others_can(organization: Organization) -> None:
    account = _account(organization)
    asked = {"AccountId": account, "ServicePrincipal": SERVICE}
    organization.call("RegisterDelegatedAdministrator", asked)
    _, reason = _refused(organization, "RemoveAccountFromOrganization", AccountId=account)
    assert reason == "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG"
    organization.call("DeregisterDelegatedAdministrator", asked)
    organization.call("RemoveAccountFromOrganization", {"AccountId": account})
    assert _refused(organization, "DescribeAccount", AccountId=account)[0] == "AccountNotFoundException"
    code, _ = _refused(organization, "RemoveAccountFromOrganization", AccountId=ACCOUNT)
    assert code == "MasterCannotLeaveOrganizationException"


def test_only_an_empty_unit_is_deleted_and_its_attachments_go_with_it(organization: Organization) -> None:
    unit, account = _unit(organization), _account(organization)
    root = organization.tree.root_id
    move = {"AccountId": account, "SourceParentId": root, "DestinationParentId": unit}
    organization.call("MoveAccount", move)
    code, _ = _refused(organization, "DeleteOrganizationalUnit", OrganizationalUnitId=unit)
    assert code == "OrganizationalUnitNotEmptyException"
    organization.call("MoveAccount", {**move, "SourceParentId": unit, "DestinationParentId": root})
    organization.call("DeleteOrganizationalUnit", {"OrganizationalUnitId": unit})
    code, _ = _refused(organization, "ListPoliciesForTarget", TargetId=unit, Filter=SCP)
    assert code == "TargetNotFoundException"
    assert unit not in organization.policies.targets_of("p-FullAWSAccess")


def test_the_resource_policy(organization: Organization) -> None:
    assert _refused(organization, "DescribeResourcePolicy")[0] == "ResourcePolicyNotFoundException"
    first = organization.call("PutResourcePolicy", {"Content": "{}"})["ResourcePolicy"]
    second = organization.call("PutResourcePolicy", {"Content": '{"Version": "2012-10-17"}'})[
        "ResourcePolicy"
    ]
    assert first["ResourcePolicySummary"] == second["ResourcePolicySummary"]
    assert _refused(organization, "PutResourcePolicy", Content="no JSON")[1] == "INVALID_SYNTAX_POLICY"
    organization.call("DeleteResourcePolicy", {})
    assert _refused(organization, "DeleteResourcePolicy")[0] == "ResourcePolicyNotFoundException"


def test_services_are_trusted_until_they_are_not(organization: Organization) -> None:
    organization.call("EnableAWSServiceAccess", {"ServicePrincipal": SERVICE})
    organization.call("EnableAWSServiceAccess", {"ServicePrincipal": SERVICE})
    listed = organization.call("ListAWSServiceAccessForOrganization", {})["EnabledServicePrincipals"]
    assert [entry["ServicePrincipal"] for entry in listed] == [SERVICE]
    organization.call("DisableAWSServiceAccess", {"ServicePrincipal": SERVICE})
    assert organization.call("ListAWSServiceAccessForOrganization", {})["EnabledServicePrincipals"] == []


def test_a_copy_stays_as_it_was(organization: Organization) -> None:
    unit, account, root = _unit(organization), _account(organization), organization.tree.root_id
    then = organization.as_it_is()
    organization.call(
        "MoveAccount", {"AccountId": account, "SourceParentId": root, "DestinationParentId": unit}
    )
    organization.call("DisablePolicyType", {"RootId": root, "PolicyType": SCP})
    organization.call("RegisterDelegatedAdministrator", {"AccountId": account, "ServicePrincipal": SERVICE})
    assert then.tree.parent_of(account) == root
    assert then.policies.enabled_types == [SCP]
    assert [policy.id for policy in then.policies.attached(unit, SCP)] == ["p-FullAWSAccess"]
    assert then.delegation.administrators(None) == []
