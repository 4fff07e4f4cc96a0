"""What the audit says of a user is what the local AWS, which enforces IAM, lets that user do on Root."""

from __future__ import annotations

import json

import pytest

from cli.aws import Aws
from cli.prevention.audit.answer import Can, findings
from cli.prevention.audit.details import principals_of
from cli.prevention.organization import Organization
from cli.prevention.signed_in import organization_of
from drill.local_aws import LocalAws
from drill.principals import Principal
from tests.cli.deployed import create, started
from tests.cli.prevention.accounts import ALLOW, DENY, EVERYTHING, Json, document, when
from tests.given import DENY_EC2

__all__ = ["started"]

TYPE = "organizations:PolicyType"


@pytest.fixture
def organization(started: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Organization:
    started.begin_anew()
    client = started.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root_id = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root_id, PolicyType="SERVICE_CONTROL_POLICY")
    for name, value in started.settings().items():
        monkeypatch.setenv(name, value)
    return organization_of(Aws())


def statements(organization: Organization) -> dict[str, list[Json]]:
    """Policies by what they are about."""
    root, policies = organization.root_arn, organization.policy_arn("SERVICE_CONTROL_POLICY", "*")
    return {
        "everything": [EVERYTHING],
        "both resources": [ALLOW | {"Resource": [root, policies]}],
        "Root alone": [ALLOW | {"Resource": root}],
        "policies alone": [ALLOW | {"Resource": policies}],
        "another action": [ALLOW | {"Action": "organizations:DetachPolicy"}],
        "all but Organizations": [{"Effect": "Allow", "NotAction": "organizations:*", "Resource": "*"}],
        "all but Root": [{"Effect": "Allow", "Action": "organizations:*", "NotResource": root}],
        "a Deny on Root": [EVERYTHING, DENY | {"Resource": root}],
        "a Deny elsewhere": [EVERYTHING, DENY | {"Resource": organization.target_arn("ou", "*")}],
        "SCPs": [when("StringEquals", TYPE, "SERVICE_CONTROL_POLICY")],
        "other types": [when("StringEquals", TYPE, "TAG_POLICY")],
        "this account": [when("StringEquals", "aws:PrincipalAccount", organization.management_account_id)],
        "another account": [when("StringEquals", "aws:PrincipalAccount", "999988887777")],
    }


ABOUT = list(statements(Organization("o-exampleorgid", "r-exam", "111122223333")))


@pytest.mark.parametrize("about", ABOUT)
def test_the_audit_and_iam_agree(started: LocalAws, organization: Organization, about: str) -> None:
    policy = json.dumps(document(*statements(organization)[about]))
    name = f"diego-{ABOUT.index(about)}"
    diego = started.client("organizations", as_=Principal(user=name, policy=policy))
    scp = create(started, DENY_EC2)
    try:
        diego.attach_policy(PolicyId=scp, TargetId=organization.root_id)
        can = True
    except diego.exceptions.AccessDeniedException:
        can = False
    principals = principals_of(Aws().authorization_details())
    found = findings(principals, organization, frozenset(), frozenset())
    assert any(each.can is Can.YES for each in found if each.principal.name == name) is can
