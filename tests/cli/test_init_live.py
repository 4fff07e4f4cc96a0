"""`rootguard init` on a local AWS: it reads the organization, and writes a file that `validate` takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drill.local_aws import LocalAws
from stacks.config import load
from tests.cli.conftest import REPOSITORY, Rootguard
from tests.cli.deployed import As, allowed, create, root, sign_in, started
from tests.given import DENY_ALL, DENY_EC2, SCP

__all__ = ["root", "sign_in", "started"]

NEEDED = (
    "sts:GetCallerIdentity",
    "organizations:DescribeOrganization",
    "organizations:ListRoots",
    "organizations:ListPoliciesForTarget",
    "organizations:DescribePolicy",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListAccountsForParent",
    "iam:ListRoles",
)
"""What it may do, and nothing else; the first needs no permission."""
READER = allowed("reader", *NEEDED)
NOBODY = json.dumps({"Version": "2012-10-17", "Statement": []})
WRITES = {"Attach", "Detach", "Create", "Update", "Delete", "Enable", "Disable", "Move", "Put"}

Written = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def aws(started: LocalAws) -> Iterator[LocalAws]:
    """An organization with an OU, an account in it, and a role of Control Tower."""
    started.begin_anew()
    organizations, iam = started.client("organizations"), started.client("iam")
    organizations.create_organization(FeatureSet="ALL")
    top = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=top, PolicyType=SCP)
    unit = organizations.create_organizational_unit(ParentId=top, Name="Workloads: prod # 1")
    made = organizations.create_account(AccountName="shop", Email="shop@example.com")
    organizations.move_account(
        AccountId=made["CreateAccountStatus"]["AccountId"],
        SourceParentId=top,
        DestinationParentId=unit["OrganizationalUnit"]["Id"],
    )
    iam.create_role(RoleName="AWSControlTowerAdmin", Path="/service-role/", AssumeRolePolicyDocument=NOBODY)
    yield started
    iam.delete_role(RoleName="AWSControlTowerAdmin")


@pytest.fixture
def inited(aws: LocalAws, sign_in: As, rootguard: Rootguard) -> Written:
    """Write the file as someone who may read what is needed, and nothing else."""
    sign_in(READER)

    def init(*options: str) -> tuple[int, dict[str, Any]]:
        result = rootguard("init", "--force", "--json", *options)
        assert "List the OUs and accounts" in result.stderr
        return result.exit_code, json.loads(result.stdout)

    return init


def test_it_writes_what_is_there_and_validate_takes_it(
    inited: Written, rootguard: Rootguard, sign_in: As, root: str
) -> None:
    code, document = inited()
    assert (code, document["written"], document["root"]) == (0, "guardrail.yaml", root)
    (unit,) = document["units"]
    assert (unit["name"], unit["accounts"], unit["parent"]) == ("Workloads: prod # 1", 1, root)
    (role,) = document["suggested_principals"]
    text = Path("guardrail.yaml").read_text("utf-8")
    assert f"  # {role['arn']},\n" in text
    assert f"# - {unit['id']}  # Workloads: prod # 1 (1 account)\n" in text
    assert document["organization"] in text
    assert load(Path("guardrail.yaml")) == load(REPOSITORY / "guardrail.yaml")
    assert rootguard("validate").exit_code == 0
    # Who removes the "# " trusts a role that IAM has.
    Path("guardrail.yaml").write_text(text.replace(f"# {role['arn']}", role["arn"]), "utf-8")
    sign_in(allowed("visitor", "iam:GetRole"))
    looked_up = json.loads(rootguard("validate", "--live", "--json").stdout)["lookups"]
    assert looked_up == [{"arn": role["arn"], "trouble": None, "remark": None}]


def test_a_second_time_it_writes_the_same(inited: Written) -> None:
    inited()
    first = Path("guardrail.yaml").read_bytes()
    inited()
    assert Path("guardrail.yaml").read_bytes() == first


def test_nothing_is_written_in_aws(inited: Written, aws: LocalAws) -> None:
    before = len(aws.journal())
    inited()
    calls = aws.journal()[before:]
    assert {call["operation"] for call in calls} == {
        need.partition(":")[2] for need in NEEDED if need.startswith("organizations:")
    } - {"DescribePolicy"}
    assert not [call for call in calls if call["operation"].startswith(tuple(WRITES)) or call["error"]]


def test_what_is_on_root_is_no_finding_unless_it_locks_out(inited: Written, aws: LocalAws, root: str) -> None:
    policy = create(aws, DENY_EC2, name="NoMachines")
    aws.client("organizations").attach_policy(PolicyId=policy, TargetId=root)
    code, document = inited()
    assert code == 0
    (scps, rcps) = document["on_root"]
    assert [each["id"] for each in scps["policies"]] == ["p-FullAWSAccess", policy]
    assert (scps["is_lockout"], rcps["policies"]) == (False, [])


def test_a_lockout_on_root_is_a_finding_and_said_first(
    inited: Written, rootguard: Rootguard, aws: LocalAws, root: str
) -> None:
    policy = create(aws, DENY_ALL)
    aws.client("organizations").attach_policy(PolicyId=policy, TargetId=root)
    code, document = inited()
    assert (code, document["on_root"][0]["is_lockout"]) == (1, True)
    shown = rootguard("init", "--force")
    assert shown.exit_code == 1
    assert shown.stdout.index("LOCKOUT") < shown.stdout.index("Organization")
    assert f"aws organizations detach-policy --policy-id {policy} --target-id {root}\n" in shown.stdout
    assert "LOCKOUT" in Path("guardrail.yaml").read_text("utf-8")


def test_with_a_dash_the_file_goes_to_stdout_and_the_rest_to_stderr(
    inited: Written, rootguard: Rootguard
) -> None:
    inited("--output", "other.yaml")
    before = Path("guardrail.yaml").read_bytes()
    result = rootguard("init", "--output", "-")
    assert result.exit_code == 0
    assert result.stdout == Path("other.yaml").read_text("utf-8")
    assert "Could trust" in result.stderr
    assert Path("guardrail.yaml").read_bytes() == before


def test_people_are_told_what_to_do_next(inited: Written, rootguard: Rootguard) -> None:
    result = rootguard("init", "--output", "mine.yaml")
    assert result.exit_code == 0
    assert "mine.yaml is written" in result.stdout
    assert "rootguard validate --live -c mine.yaml" in result.stdout
    assert 'make deploy ARGS="-c config=mine.yaml"' in result.stdout


def test_the_docs_name_each_permission() -> None:
    docs = (REPOSITORY / "docs" / "configuration.md").read_text("utf-8")
    section = docs.split("## Starting from what is there")[1].split("\n## ")[0]
    assert set(re.findall(r"`((?:organizations|iam):\w+)`", section)) == set(NEEDED[1:])


@pytest.mark.parametrize("missing", NEEDED[1:])
def test_each_permission_is_needed(
    missing: str, aws: LocalAws, sign_in: As, rootguard: Rootguard, root: str
) -> None:
    policy = create(aws, DENY_EC2)
    aws.client("organizations").attach_policy(PolicyId=policy, TargetId=root)
    operation = missing.partition(":")[2]
    sign_in(allowed(f"without-{operation}", *(set(NEEDED) - {missing})))
    result = rootguard("init", "--output", "new.yaml")
    if operation.endswith("ForParent"):
        # Without a part of the tree there is less to suggest, and the file says so.
        assert result.exit_code == 0
        assert "not all of them could be listed" in result.stdout
    else:
        assert result.exit_code == 3
        assert f"may call {operation}." in result.stderr
        assert not Path("new.yaml").exists()


def test_a_member_account_is_refused(
    inited: Written, rootguard: Rootguard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.aws.Aws.account", lambda _: "444455556666")
    result = rootguard("init", "--output", "new.yaml")
    assert result.exit_code == 3
    assert "You are signed in to account 444455556666, a member of the organization o-" in result.stderr
    assert "Sign in to its management account, 111122223333" in result.stderr
    assert not Path("new.yaml").exists()
