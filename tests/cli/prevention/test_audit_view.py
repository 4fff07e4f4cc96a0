"""The audit as people read it: who, whether, by what, and what it does not say."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from cli.prevention.audit.answer import Audit
from cli.prevention.audit.delegated import delegates
from cli.prevention.audit.look import show
from tests.cli.prevention.accounts import (
    ACCOUNT,
    ALLOW,
    DENY,
    EVERYTHING,
    ORGANIZATION,
    OWN_SCPS,
    ROOT,
    Json,
    attached,
    audited,
    document,
    page,
    role,
    trust,
    user,
    when,
)

IAM: Json = {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Sid": "Iam"}


def shown(*entries: Json, **more: Any) -> str:
    """What is printed of these users and roles."""
    return shown_of(page(*entries), **more)


def shown_of(account: Json, delegated: Json | None = None, width: int = 100, **more: Any) -> str:
    """What is printed of a whole account."""
    audit = Audit(
        ORGANIZATION,
        audited(account, **more),
        delegates(json.dumps(delegated), ORGANIZATION) if delegated else (),
        users=len(account["UserDetailList"]),
        roles=len(account["RoleDetailList"]),
        own_unknown="" if more else "There is no stack Rootguard in this account.",
    )
    file = io.StringIO()
    show(audit, Console(file=file, width=width, markup=False, highlight=False))
    return file.getvalue()


@pytest.mark.parametrize(
    ("entries", "first"),
    [
        (
            [user()],
            "✓ Nobody but who is meant to can attach a policy to Root. 1 user and 0 roles were judged.",
        ),
        ([user(EVERYTHING), role()], "✗ 1 can attach a policy to Root. 1 user and 1 role were judged."),
        (
            [user(EVERYTHING), role(when("Bool", "aws:MultiFactorAuthPresent", "true"))],
            "✗ 1 can attach a policy to Root, 1 perhaps can.",
        ),
        (
            [role(when("Bool", "aws:MultiFactorAuthPresent", "true"))],
            "✗ Nobody for sure can attach a policy to Root, 1 perhaps can.",
        ),
        (
            [user(IAM), role(EVERYTHING)],
            "✗ 1 can attach a policy to Root, 1 can let themselves do it. 1 user and 1 role were judged.",
        ),
    ],
)
def test_the_first_line_says_how_many(entries: list[Json], first: str) -> None:
    assert shown(*entries).startswith(first)


def test_a_row_says_who_and_by_which_policy_and_statement() -> None:
    out = shown(role(ALLOW | {"Sid": "AttachAnywhere"}), user(EVERYTHING))
    assert "✗  user/diego" in out
    assert "own (inline), AttachAnywhere" in out
    assert "assumed by principals of this account" in out


def test_what_makes_it_uncertain_is_named() -> None:
    office = when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", DENY | {"Sid": "Office"})
    out = shown(role(EVERYTHING, office), role(name="b", AttachedManagedPolicies=attached("Gone")), width=160)
    assert "Deny depends on aws:SourceIp: own (inline), Office" in out
    assert out.count("Gone") == 1
    assert "Gone could not be read" in out
    assert "depends on aws:CurrentTime\n" in shown(
        role(when("DateLessThan", "aws:CurrentTime", "2030-01-01"))
    )


def test_who_can_change_its_own_policies_is_said_to() -> None:
    out = shown(role(IAM), width=160)
    assert "indirectly" in out
    assert "can change its own policies:" in out
    assert "own (inline), Iam" in out


def test_limits_of_a_permission_are_said() -> None:
    out = shown(role(ALLOW | {"Resource": [ROOT, OWN_SCPS.replace("*", "p-12345678")]}))
    assert "only p-12345678" in out
    assert "only SCPs" in out


def test_who_is_meant_to_is_said_to_be() -> None:
    arns = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("pipeline", "guard")]
    by_lambda = trust(Service="lambda.amazonaws.com")
    out = shown(
        role(EVERYTHING, name="pipeline"),
        role(EVERYTHING, name="guard", AssumeRolePolicyDocument=by_lambda),
        trusted=(arns[0],),
        own=(arns[1],),
    )
    assert "✓ Nobody but who is meant to" in out
    assert "trusted in guardrail.yaml" in out
    assert "Rootguard's own" in out
    assert "assumed by lambda.amazonaws.com" in out


def test_delegates_are_listed_also_those_who_do_not_reach_root() -> None:
    statement = {"Effect": "Allow", "Action": "organizations:*", "Resource": "*", "Sid": "All"}
    reading = statement | {"Action": "organizations:List*", "Principal": {"AWS": "777788889999"}}
    out = shown(delegated=document(statement | {"Principal": {"AWS": "444455556666"}}, reading))
    assert "✗  account 444455556666" in out
    assert "resource policy, All" in out
    assert "✓  account 777788889999" in out
    assert "not on Root" in out
    assert "No resource policy delegates anything" in shown()


def test_what_is_not_judged_is_always_said() -> None:
    out = shown()
    assert "root user can always do it" in out
    assert "Not judged" in out
    assert "Rootguard's own roles are not marked. There is no stack Rootguard" in out


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    name = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
    path = "/aws-reserved/sso.amazonaws.com/eu-central-1/"
    out = shown(role(EVERYTHING, name=name, path=path), user(EVERYTHING), width=width)
    assert "permission set AdministratorAccess" in out
    assert max(len(line.rstrip()) for line in out.splitlines()) <= width


def test_a_name_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in shown(role(ALLOW | {"Sid": "\x1b[2J"}))
