"""Who the principals are: whom a role trusts, what is expected of it, and the order, worst first."""

from __future__ import annotations

from typing import Any

import pytest

from cli.prevention.audit.answer import Audit, Expected
from tests.cli.prevention.accounts import (
    ACCOUNT,
    EVERYTHING,
    ORGANIZATION,
    Json,
    audited,
    document,
    page,
    role,
    trust,
    user,
    when,
)

BY_LAMBDA = {"AssumeRolePolicyDocument": trust(Service="lambda.amazonaws.com")}
MFA = when("Bool", "aws:MultiFactorAuthPresent", "true", EVERYTHING)
SSO = "/aws-reserved/sso.amazonaws.com/eu-central-1/"


def arn(name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{ACCOUNT}:role{path}{name}"


def test_people_who_can_come_first_then_who_perhaps_can_then_services_then_who_is_meant_to() -> None:
    linked = {"path": "/aws-service-role/x.amazonaws.com/", **BY_LAMBDA}
    found = audited(
        page(
            role(EVERYTHING, name="guard", **BY_LAMBDA),
            role(EVERYTHING, name="pipeline"),
            role(EVERYTHING, name="AWSServiceRoleForX", **linked),
            role(MFA, name="job", **BY_LAMBDA),
            role(EVERYTHING, name="function", **BY_LAMBDA),
            role(MFA, name="break-glass"),
            role(EVERYTHING, name="admin"),
            user(EVERYTHING),
            role(name="powerless"),
        ),
        trusted=(arn("pipeline"),),
        own=(arn("guard"),),
    )
    assert [finding.principal.name for finding in found] == [
        "diego",
        "admin",
        "break-glass",
        "function",
        "job",
        "AWSServiceRoleForX",
        "pipeline",
        "guard",
    ]
    assert [finding.expected for finding in found[-3:]] == [None, Expected.TRUSTED, Expected.OWN]


def test_a_trusted_role_counts_by_its_exact_arn() -> None:
    (found,) = audited(page(role(EVERYTHING, path="/other/")), trusted=(arn("ops"),))
    assert found.expected is None


@pytest.mark.parametrize(
    ("name", "path", "permission_set"),
    [
        ("AWSReservedSSO_AdministratorAccess_0123456789abcdef", SSO, "AdministratorAccess"),
        ("AWSReservedSSO_Ops_Team_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/", "Ops_Team"),
        ("AWSReservedSSO_AdministratorAccess_0123456789abcdef", "/", None),
        ("AdministratorAccess", SSO, None),
    ],
)
def test_a_role_of_identity_center_names_its_permission_set(
    name: str, path: str, permission_set: str | None
) -> None:
    (found,) = audited(page(role(EVERYTHING, name=name, path=path)))
    assert found.principal.permission_set == permission_set


@pytest.mark.parametrize(
    ("policy", "principals", "only_services"),
    [
        (trust(AWS=["arn:aws:iam::111122223333:root", "*"]), ("arn:aws:iam::111122223333:root", "*"), False),
        (trust(Service=["lambda.amazonaws.com"]), ("lambda.amazonaws.com",), True),
        (
            trust(Service="ec2.amazonaws.com", AWS="444455556666"),
            ("ec2.amazonaws.com", "444455556666"),
            False,
        ),
        (trust("sts:AssumeRoleWithSAML", Federated="arn:x"), ("arn:x",), False),
        (document({"Effect": "Allow", "Principal": "*", "Action": "sts:*"}), ("*",), False),
        (document({"Effect": "Deny", "Principal": "*", "Action": "sts:*"}), (), False),
        (trust("sts:TagSession", AWS="444455556666"), (), False),
        ({"Statement": "nonsense"}, (), False),
    ],
)
def test_the_trust_policy_says_who_may_assume_a_role(
    policy: Json, principals: tuple[str, ...], only_services: bool
) -> None:
    (found,) = audited(page(role(EVERYTHING, AssumeRolePolicyDocument=policy)))
    assert found.principal.trust.principals == principals
    assert found.principal.is_of_a_service is only_services


def audit(*entries: Json, **more: Any) -> Audit:
    return Audit(ORGANIZATION, audited(page(*entries), **more), (), users=1, roles=len(entries) - 1)


def test_the_json_has_all_that_a_machine_needs() -> None:
    document_of = audit(user(MFA), role(EVERYTHING, name="pipeline"), trusted=(arn("pipeline"),)).as_json()
    diego, pipeline = document_of.pop("principals")
    assert document_of == {
        "organization": {
            "id": "o-exampleorgid",
            "root_id": "r-exam",
            "management_account_id": ACCOUNT,
        },
        "judged": {"users": 1, "roles": 1},
        "delegates": [],
        "rootguard_roles_unknown": None,
    }
    ground = {
        "part": "allow",
        "policy": "own (inline)",
        "statement": "statement 1",
        "depends_on": ["aws:MultiFactorAuthPresent"],
    }
    assert diego == {
        "arn": f"arn:aws:iam::{ACCOUNT}:user/diego",
        "kind": "user",
        "permission_set": None,
        "expected": None,
        "assumed_by": [],
        "only_services": False,
        "can": "uncertain",
        "policy_types": ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"],
        "only_policies": None,
        "grants": [ground],
        "doubts": [ground],
        "grants_itself": None,
    }
    assert (pipeline["can"], pipeline["expected"]) == ("yes", "trusted")
    assert pipeline["assumed_by"] == [f"arn:aws:iam::{ACCOUNT}:root"]
