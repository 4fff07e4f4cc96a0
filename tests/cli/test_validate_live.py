"""`rootguard validate --live` on a local AWS: each trusted principal is looked up in its IAM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from drill.local_aws import LocalAws
from tests.cli.conftest import Rootguard, Written
from tests.cli.deployed import As, allowed, sign_in, started

__all__ = ["sign_in", "started"]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@pytest.fixture
def aws(started: LocalAws) -> Iterator[LocalAws]:
    """An account with a role in a path, and a user."""
    started.begin_anew()
    iam = started.client("iam")
    iam.create_role(RoleName="pipeline", Path="/delivery/", AssumeRolePolicyDocument=TRUST)
    iam.create_user(UserName="diego")
    yield started
    iam.delete_role(RoleName="pipeline")
    iam.delete_user(UserName="diego")


@pytest.fixture
def looked_up(
    aws: LocalAws, sign_in: As, rootguard: Rootguard, written: Written
) -> Any:  # exit code and lookups, by what was said
    sign_in(allowed("visitor", "iam:GetRole", "iam:GetUser"))
    account = aws.client("sts").get_caller_identity()["Account"]

    def look_up(*who: str) -> tuple[int, dict[str, Any]]:
        arns = [
            f"arn:aws:iam::{each}" if each[0].isdigit() else f"arn:aws:iam::{account}:{each}" for each in who
        ]
        config = {"trusted_principals": arns, "protections": [{"name": "root", "targets": ["root"]}]}
        result = rootguard("validate", "-c", written("mine.yaml", config), "--live", "--json")
        lookups = json.loads(result.stdout)["lookups"]
        assert [lookup.pop("arn") for lookup in lookups] == arns
        return result.exit_code, dict(zip(who, lookups, strict=True))

    return look_up


def test_who_is_there_is_found(looked_up: Any) -> None:
    code, found = looked_up("role/delivery/pipeline", "user/diego")
    assert code == 0
    assert all(lookup == {"trouble": None, "remark": None} for lookup in found.values())


def test_a_role_without_its_path_is_shown_with_it(looked_up: Any) -> None:
    code, found = looked_up("role/pipeline", "user/diego")
    assert code == 1
    assert ":role/delivery/pipeline" in found["role/pipeline"]["trouble"]
    assert found["user/diego"]["trouble"] is None


@pytest.mark.parametrize("who", ["role/nobody", "user/nobody"])
def test_who_is_not_there_is_said(looked_up: Any, who: str) -> None:
    code, found = looked_up(who)
    assert code == 1
    assert "IAM has no such" in found[who]["trouble"]


def test_another_accounts_principal_is_left_to_people(looked_up: Any) -> None:
    code, found = looked_up("999988887777:role/pipeline")
    assert code == 0
    assert "aws iam get-role --role-name pipeline" in found["999988887777:role/pipeline"]["remark"]


def test_nobody_is_asked_about_nobody(looked_up: Any) -> None:
    assert looked_up() == (0, {})


def test_it_is_shown_to_people(aws: LocalAws, sign_in: As, rootguard: Rootguard, written: Written) -> None:
    sign_in(allowed("visitor", "iam:GetRole"))
    account = aws.client("sts").get_caller_identity()["Account"]
    arns = [f"arn:aws:iam::{account}:role/{name}" for name in ("delivery/pipeline", "pipeline")]
    config = {"trusted_principals": arns, "protections": [{"name": "root", "targets": ["root"]}]}
    result = rootguard("validate", "-c", written("mine.yaml", config), "--live")
    assert result.exit_code == 1
    shown = result.stdout[result.stdout.index("Trusted principals") :]
    assert (shown.count("✓"), shown.count("✗")) == (1, 1)


def test_what_iam_refuses_says_which_permission_is_missing(
    aws: LocalAws, sign_in: As, rootguard: Rootguard, written: Written
) -> None:
    sign_in(allowed("stranger", "sts:GetCallerIdentity"))
    account = aws.client("sts").get_caller_identity()["Account"]
    config = {
        "trusted_principals": [f"arn:aws:iam::{account}:role/delivery/pipeline"],
        "protections": [{"name": "root", "targets": ["root"]}],
    }
    result = rootguard("validate", "-c", written("mine.yaml", config), "--live")
    assert result.exit_code == 3
    assert "GetRole" in result.stderr
