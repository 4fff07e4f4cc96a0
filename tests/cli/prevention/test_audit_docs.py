"""docs/prevention-audit.md shows what the verb prints, and names every key that is known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.prevention.audit.known import keys_of
from cli.prevention.audit.principals import Kind, Principal
from tests.cli.conftest import REPOSITORY
from tests.cli.prevention.accounts import (
    ACCOUNT,
    ALLOW,
    DENY,
    EVERYTHING,
    ORGANIZATION,
    Json,
    attached,
    document,
    inline,
    managed,
    page,
    role,
    trust,
    user,
    when,
)
from tests.cli.prevention.test_audit_live import AUDITOR
from tests.cli.prevention.test_audit_view import IAM, shown_of
from tests.cli.prevention.test_delegation_live import READER

DOCS = REPOSITORY / "docs"
ADMINISTRATOR = {"AttachedManagedPolicies": attached("AdministratorAccess")}
SSO = "/aws-reserved/sso.amazonaws.com/eu-central-1/"
MFA = when("Bool", "aws:MultiFactorAuthPresent", "true", EVERYTHING)
OFFICE = when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", DENY | {"Sid": "OnlyFromTheOffice"})


def delegate(account: str, sid: str, on: str) -> Json:
    arns = [f"arn:aws:organizations::{ACCOUNT}:{each}/*" for each in (on, "policy")]
    return ALLOW | {"Sid": sid, "Principal": {"AWS": account}, "Resource": arns}


def account() -> Json:
    return page(
        user(UserPolicyList=inline(ALLOW | {"Sid": "Isolate"}, name="isolation")),
        role(
            name="AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            path=SSO,
            AssumeRolePolicyDocument=trust(Federated="arn:aws:iam::111122223333:saml-provider/AWSSSO"),
            **ADMINISTRATOR,
        ),
        role(name="break-glass", RolePolicyList=inline(MFA, name="all-with-mfa")),
        role(name="office", RolePolicyList=inline(EVERYTHING, OFFICE, name="all-from-the-office")),
        role(
            name=f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-us-east-1",
            AssumeRolePolicyDocument=trust(Service="cloudformation.amazonaws.com"),
            **ADMINISTRATOR,
        ),
        role(name="organization-pipeline", RolePolicyList=inline(ALLOW | {"Sid": "Attach"}, name="deploy")),
        role(name="iam-admin", AttachedManagedPolicies=attached("IAMFullAccess")),
        policies=(
            managed("AdministratorAccess", EVERYTHING),
            managed("IAMFullAccess", IAM | {"Sid": "IAMFullAccess"}),
        ),
    )


def test_the_output_it_shows_is_what_is_printed() -> None:
    out = shown_of(
        account(),
        delegated=document(
            delegate("444455556666", "Everything", "root"), delegate("777788889999", "OusOnly", "ou")
        ),
        trusted=(f"arn:aws:iam::{ACCOUNT}:role/organization-pipeline",),
    )
    block = (DOCS / "prevention-audit.md").read_text("utf-8").split("```")[1].strip("\n")
    lines = [line.rstrip() for line in out.splitlines()]
    assert "\n".join(lines[: len(block.splitlines())]) == block


@pytest.mark.parametrize(
    ("page_of", "reads"), [("prevention-audit.md", AUDITOR), ("prevention-delegation.md", READER)]
)
def test_it_names_the_permissions_that_were_enough(page_of: str, reads: object) -> None:
    table = (DOCS / page_of).read_text("utf-8").split("## What it needs")[1].split("## What it")[0]
    named = set(re.findall(r"`((?:iam|organizations|cloudformation):\w+)`", table))
    assert named == set(re.findall(r'"(\w+:\w+)"', getattr(reads, "policy", "")))


def test_it_names_every_key_that_is_known() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/diego"
    known = keys_of(Principal(Kind.USER, arn, "AIDA", ()), ORGANIZATION, "SERVICE_CONTROL_POLICY")
    told = (DOCS / "prevention-audit.md").read_text("utf-8").lower()
    candidates = re.findall(
        r'"((?:aws|organizations):\w+)"', Path(keys_of.__code__.co_filename).read_text("utf-8")
    )
    assert len(candidates) > 8
    for key in candidates:
        assert known.of(key) is not None
        assert f"`{key}`" in told
