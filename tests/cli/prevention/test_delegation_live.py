"""`rootguard prevention delegation` on a local AWS: what it prints where, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drill.local_aws import ACCOUNT, LocalAws
from tests.cli.conftest import Rootguard
from tests.cli.deployed import As, allowed, sign_in, started

__all__ = ["sign_in", "started"]

READER = allowed(
    "reader",
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:DescribeOrganizationalUnit",
    "organizations:DescribeResourcePolicy",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListParents",
    "organizations:ListRoots",
)
"""All that docs/prevention-delegation.md says it takes."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An account for the work on policies, and an OU with another in it."""

    account: str
    outer: str
    inner: str
    root: str


@pytest.fixture
def placed(started: LocalAws, sign_in: As) -> Placed:
    started.begin_anew()
    organizations = started.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    made = organizations.create_account(Email="a@example.com", AccountName="policies")
    outer = _unit(organizations, root, "Workloads")
    sign_in(READER)
    return Placed(made["CreateAccountStatus"]["AccountId"], outer, _unit(organizations, outer, "Prod"), root)


@pytest.fixture
def aws(started: LocalAws) -> LocalAws:
    return started


def _unit(organizations: Any, parent: str, name: str) -> str:
    made = organizations.create_organizational_unit(ParentId=parent, Name=name)
    return str(made["OrganizationalUnit"]["Id"])


def protecting(folder: Path, *targets: str) -> None:
    config = folder / "guardrail.yaml"
    shipped = config.read_text("utf-8")
    config.write_text(
        shipped.replace("      - root\n", "".join(f"      - {each}\n" for each in targets)), "utf-8"
    )


def attach_resources(text: str) -> list[str]:
    (statement,) = [each for each in json.loads(text)["Statement"] if "Attach" in each["Sid"]]
    return [resource.rpartition(":")[2].split("/", 2)[-1] for resource in statement["Resource"][:-1]]


def test_the_policy_goes_to_stdout_and_the_explanation_to_stderr(
    placed: Placed, rootguard: Rootguard
) -> None:
    result = rootguard("prevention", "delegation", "--account", placed.account)
    assert result.exit_code == 0, result.stderr
    assert attach_resources(result.stdout) == ["*", "*"]
    for said in (
        "every OU and account",
        "Root",
        "UpdatePolicy",
        "whole resource policy",
        "put-resource-policy",
    ):
        assert said in " ".join(result.stderr.split())
    plain = rootguard("prevention", "delegation", "--account", placed.account, "--json")
    assert plain.stdout == result.stdout
    assert "put-resource-policy" not in plain.stderr


def test_it_can_be_written_to_a_file(placed: Placed, rootguard: Rootguard, folder: Path) -> None:
    printed = rootguard("prevention", "delegation", "--account", placed.account, "--json").stdout
    result = rootguard("prevention", "delegation", "--account", placed.account, "--out", "policy.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (folder / "policy.json").read_text("utf-8") == printed
    assert "--content file://policy.json" in result.stderr
    unwritable = rootguard("prevention", "delegation", "--account", placed.account, "--out", "nowhere/x.json")
    assert unwritable.exit_code == 2


def test_once_applied_it_reaches_no_root_and_is_printed_again_as_it_is(
    aws: LocalAws, placed: Placed, rootguard: Rootguard
) -> None:
    first = rootguard("prevention", "delegation", "--account", placed.account, "--json").stdout
    aws.client("organizations").put_resource_policy(Content=first)
    again = rootguard("prevention", "delegation", "--account", placed.account)
    assert (again.exit_code, again.stdout) == (0, first)
    other = {
        "Sid": "All",
        "Effect": "Allow",
        "Principal": {"AWS": placed.account},
        "Action": "*",
        "Resource": "*",
    }
    aws.client("organizations").put_resource_policy(Content=json.dumps({"Statement": [other]}))
    reaching = rootguard("prevention", "delegation", "--account", placed.account)
    assert reaching.exit_code == 1
    assert json.loads(reaching.stdout)["Statement"][0] == other
    assert 'Statement "All", which was there before' in " ".join(reaching.stderr.split())


def test_what_is_protected_is_left_out(placed: Placed, rootguard: Rootguard, folder: Path) -> None:
    protecting(folder, "root", placed.inner)
    result = rootguard("prevention", "delegation", "--account", placed.account)
    assert result.exit_code == 0, result.stderr
    # The outer OU is above it, and there is no other.
    assert attach_resources(result.stdout) == ["*"]
    assert all(each in result.stderr for each in (placed.outer, placed.inner))


def test_it_can_be_limited_to_places(placed: Placed, rootguard: Rootguard) -> None:
    wanted = ("--target", placed.inner, "--target", placed.account, "--policies", "both")
    result = rootguard("prevention", "delegation", "--account", placed.account, *wanted)
    assert result.exit_code == 0, result.stderr
    assert attach_resources(result.stdout)[:2] == [placed.inner, placed.account]
    assert " ".join(wanted) in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--target", "root"], "leaves out"),
        (["--target", "{root}"], "leaves out"),
        (["--target", "nonsense"], "is no target"),
        (["--target", "{inner}"], 'is protected by "root"'),
        (["--target", "{outer}"], "is below {outer}"),
        (["--target", "ou-exam-12345678"], "has no ou-exam-12345678"),
        (["--account", "12"], "write its 12 digits"),
        (["--account", ACCOUNT], "is the management account"),
        (["--account", "999988887777"], "has no account 999988887777"),
    ],
)
def test_what_cannot_be_delegated_is_refused(
    placed: Placed, rootguard: Rootguard, folder: Path, options: list[str], said: str
) -> None:
    protecting(folder, "root", placed.inner)
    names = {"root": placed.root, "inner": placed.inner, "outer": placed.outer}
    given = [option.format(**names) for option in options]
    result = rootguard("prevention", "delegation", "--account", placed.account, *given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said.format(**names) in result.stderr


def test_nothing_is_left_if_all_is_protected(placed: Placed, rootguard: Rootguard, folder: Path) -> None:
    config = folder / "guardrail.yaml"
    text = config.read_text("utf-8").replace("include_descendants: false", "include_descendants: true")
    config.write_text(text, "utf-8")
    result = rootguard("prevention", "delegation", "--account", placed.account)
    assert result.exit_code == 2
    assert "nothing is left to delegate" in result.stderr


def test_an_organization_that_cannot_be_read_to_the_end_is_no_base(
    aws: LocalAws, placed: Placed, sign_in: As, rootguard: Rootguard, folder: Path
) -> None:
    protecting(folder, "root", placed.inner)
    actions = json.loads(READER.policy)["Statement"][0]["Action"]
    sign_in(allowed("half", *(each for each in actions if "ListAccountsForParent" not in each)))
    result = rootguard("prevention", "delegation", "--account", placed.account)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "could not be listed" in result.stderr
