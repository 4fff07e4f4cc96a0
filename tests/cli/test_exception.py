"""`rootguard exception grant` on a local AWS: with IAM, the ledger's table, and the stack that names it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.exception.run import length_of
from cli.exits import TroubleError
from drill.local_aws import LocalAws
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.domain.policy import digest_of
from stacks.names import EXCEPTIONS_OUTPUT, STACK, TABLE_OUTPUT
from tests.cli.conftest import Rootguard
from tests.cli.deployed import (
    DIEGO,
    GRANTER,
    LEDGER,
    SARA,
    As,
    allowed,
    aws,
    create,
    granted,
    policy,
    root,
    sara,
    sign_in,
    stack,
    started,
)
from tests.given import DENY_ALL, DENY_EC2

__all__ = ["aws", "granted", "policy", "root", "sara", "sign_in", "started"]

READER = allowed("reader", "cloudformation:*", "organizations:*")


def wish(policy: str, target: str = "root", *more: str) -> tuple[str, ...]:
    return ("exception", "grant", "--policy", policy, "--target", target, "--reason", "ticket 4711", *more)


def listed(rootguard: Rootguard, *more: str) -> list[dict[str, Any]]:
    result = rootguard("exception", "list", "--json", *more)
    assert result.exit_code == 0
    found: list[dict[str, Any]] = json.loads(result.stdout)["exceptions"]
    return found


def test_an_exception_is_bound_to_policy_content_target_and_granter(
    rootguard: Rootguard, granted: DynamoExceptions, sara: str, root: str, policy: str
) -> None:
    result = rootguard(*wish(policy), "--for", "1h30m", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert document["granted"] is True
    assert document["target"] == {"id": root, "name": None}
    assert document["policy"]["denies"] == "denies everything to everyone"
    # What the guard will read is what was told.
    (permit,) = granted.permits(policy, root)
    told = document["exception"]
    assert (permit.granted_by, permit.reason) == (sara, "ticket 4711")
    assert permit.content_sha256 == told["content_sha256"] == digest_of(DENY_ALL)
    assert permit.expires_at == datetime.fromisoformat(told["expires_at"])
    granted_at = datetime.fromisoformat(told["granted_at"])
    assert permit.expires_at - granted_at == timedelta(hours=1, minutes=30)
    assert abs(datetime.now(UTC) - granted_at) < timedelta(minutes=5)


def test_two_hours_is_the_usual_time(rootguard: Rootguard, sara: str, policy: str) -> None:
    told = json.loads(rootguard(*wish(policy), "--json").stdout)["exception"]
    lasts = datetime.fromisoformat(told["expires_at"]) - datetime.fromisoformat(told["granted_at"])
    assert lasts == timedelta(hours=2)


def test_people_see_what_exactly_was_granted_and_who_may_not_use_it(
    rootguard: Rootguard, sara: str, root: str, policy: str
) -> None:
    result = rootguard(*wish(policy))
    shown = result.stdout
    assert result.exit_code == 0
    assert "\x1b" not in shown
    long = [line for line in shown.splitlines() if len(line) > 80]
    assert all(line.lstrip().startswith("aws organizations") for line in long)
    for part in (
        'GRANTED  one change of SCP "Quarantine" on Root',
        "denies everything to everyone: a lockout",
        f"Quarantine ({policy})",
        f"content SHA-256 {digest_of(DENY_ALL)[:12]}",
        f"Root ({root}): every member account",
        "2 h 0 min from now",
        "ticket 4711",
        "Anyone but you",
        sara,
        f"aws organizations attach-policy --policy-id {policy} --target-id {root}",
        f"rootguard exception revoke --policy {policy} --target {root}",
    ):
        assert part in shown


def test_a_policy_that_locks_nobody_out_is_not_called_a_lockout(
    rootguard: Rootguard, aws: LocalAws, sara: str
) -> None:
    assert "lockout" not in rootguard(*wish(create(aws, DENY_EC2))).stdout


def test_an_ou_and_an_account_are_shown_by_name(
    rootguard: Rootguard, aws: LocalAws, sara: str, root: str, policy: str
) -> None:
    organizations = aws.client("organizations")
    unit = organizations.create_organizational_unit(ParentId=root, Name="Sandbox")["OrganizationalUnit"]["Id"]
    made = organizations.create_account(Email="lab@example.com", AccountName="lab")
    account = made["CreateAccountStatus"]["AccountId"]
    assert f'OU "Sandbox" ({unit}): every account in it' in rootguard(*wish(policy, unit)).stdout
    assert f'account "lab" ({account}): this account alone' in rootguard(*wish(policy, account)).stdout


def test_what_one_granted_before_is_not_granted_again(
    rootguard: Rootguard, sara: str, root: str, policy: str
) -> None:
    first = json.loads(rootguard(*wish(policy), "--json").stdout)["exception"]
    result = rootguard(*wish(policy, root), "--for", "4h", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["granted"]) == (1, False)
    assert document["exception"]["expires_at"] == first["expires_at"]
    assert len(listed(rootguard)) == 1
    assert "GRANTED BEFORE" in rootguard(*wish(policy)).stdout


def test_what_someone_else_granted_does_not_count_as_ones_own(
    rootguard: Rootguard, sign_in: As, policy: str
) -> None:
    granters = set()
    for person in (SARA, DIEGO):
        granters.add(sign_in(person))
        assert rootguard(*wish(policy)).exit_code == 0
    assert {entry["granted_by"] for entry in listed(rootguard)} == granters


def test_an_edited_policy_takes_an_exception_of_its_own(
    rootguard: Rootguard, aws: LocalAws, sara: str, policy: str
) -> None:
    rootguard(*wish(policy))
    aws.client("organizations").update_policy(PolicyId=policy, Content=DENY_EC2)
    assert rootguard(*wish(policy)).exit_code == 0
    assert {entry["content_sha256"] for entry in listed(rootguard)} == {
        digest_of(DENY_ALL),
        digest_of(DENY_EC2),
    }


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--policy", "Quarantine", "write it like p-12345678"),
        ("--target", "Sandbox", "write root, an OU's id"),
        ("--target", "r-", "write root"),
        ("--for", "3d", "must be between 1m and 24h, like 30m, 2h or 1h30m"),
        ("--for", "24h1m", "must be between 1m and 24h, not 24h1m"),
        ("--for", "0m", "must be between 1m and 24h, not 0m"),
        ("--reason", " ", "what it is for"),
        ("--reason", "a\nb", "in one line"),
        ("--reason", "x" * 501, "500 characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_aws_is_asked(
    rootguard: Rootguard, option: str, value: str, said: str
) -> None:
    options = {"--policy": "p-12345678", "--target": "root", "--reason": "x", "--for": "2h", option: value}
    result = rootguard("exception", "grant", *(part for pair in options.items() for part in pair))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{option}: ")
    assert said in result.stderr


@pytest.mark.parametrize(
    ("length", "minutes"), [("30m", 30), ("2h", 120), ("1h30m", 90), ("90m", 90), ("24h", 1440), ("1m", 1)]
)
def test_lengths_of_time(length: str, minutes: int) -> None:
    assert length_of(length) == timedelta(minutes=minutes)


@pytest.mark.parametrize("length", ["", "h", "2", "2h30", "-1h", "1.5h", "30m2h", "2 h", "99999h", "٢h2"])
def test_what_is_no_length_of_time(length: str) -> None:
    with pytest.raises(TroubleError):
        length_of(length)


@pytest.mark.parametrize("target", ["r-zzzz", "ou-zzzz-12345678", "999999999999"])
def test_a_target_that_is_not_there_is_refused(
    rootguard: Rootguard, sara: str, policy: str, target: str
) -> None:
    result = rootguard(*wish(policy, target))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("--target: ")
    assert target in result.stderr
    assert listed(rootguard) == []


def test_a_policy_that_is_not_there_or_not_guarded_is_refused(
    rootguard: Rootguard, aws: LocalAws, sara: str, root: str
) -> None:
    result = rootguard(*wish("p-notthere1"))
    assert (result.exit_code, result.stderr.startswith("--policy: there is no")) == (2, True)
    aws.client("organizations").enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
    result = rootguard(*wish(create(aws, '{"tags":{}}', kind="TAG_POLICY")))
    assert result.exit_code == 2
    assert "is a tag policy" in result.stderr


def test_without_the_granters_policy_people_are_told_to_attach_it(
    rootguard: Rootguard, sign_in: As, policy: str
) -> None:
    sign_in(READER)
    for arguments in (wish(policy), ("exception", "list")):
        result = rootguard(*arguments)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "failed with AccessDenied" in result.stderr
        assert f"Attach the managed policy {GRANTER} to your role or user." in result.stderr
        assert "--facts" not in result.stderr


def test_without_a_stack_people_are_told_where_it_should_be(
    rootguard: Rootguard, aws: LocalAws, sara: str, policy: str
) -> None:
    aws.client("cloudformation").delete_stack(StackName=STACK)
    result = rootguard(*wish(policy))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no stack Rootguard" in result.stderr
    stack(aws, {TABLE_OUTPUT: LEDGER})
    assert f"no output {EXCEPTIONS_OUTPUT}" in rootguard(*wish(policy)).stderr
