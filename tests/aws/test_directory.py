"""Names and counts for the page, from the strict model through the real SDK."""

from __future__ import annotations

import pytest
from botocore.exceptions import ReadTimeoutError

from drill.api_error import ApiError
from rootguard.aws.calls import connect
from rootguard.aws.directory import Directory
from rootguard.notify.story import Reach
from rootguard.ports import OrganizationsError
from tests.fakes.wire import Wire, account, create

MANAGEMENT = "111122223333"


@pytest.fixture
def aws(wire: Wire) -> Directory:
    client = connect()
    wire.plug(client)
    return Directory(client, MANAGEMENT)


@pytest.mark.parametrize(
    "fault",
    [ApiError("TooManyRequestsException", "busy"), ReadTimeoutError(endpoint_url="https://organizations")],
)
def test_a_busy_or_silent_organization_is_not_waited_for(
    aws: Directory, wire: Wire, root: str, fault: ApiError | ReadTimeoutError
) -> None:
    wire.fail("ListAccounts", fault)
    with pytest.raises(OrganizationsError):
        aws.reach(root)
    assert wire.calls == ["ListAccounts"]


def test_names(aws: Directory, tree: dict[str, str]) -> None:
    assert aws.target_name(tree["team"]) == "Team"
    assert aws.target_name(tree["lab"]) == "lab"


def test_reach_counts_member_accounts_at_or_below(aws: Directory, root: str, tree: dict[str, str]) -> None:
    assert aws.reach(root) == Reach(4)
    assert aws.reach(tree["workload"]) == Reach(3)
    assert aws.reach(tree["team"]) == Reach(1)
    assert aws.reach(tree["lab"]) == Reach(1)
    assert aws.reach(MANAGEMENT) == Reach(0)


def test_reach_counts_over_pages(aws: Directory, wire: Wire, root: str) -> None:
    for number in range(45):
        account(wire, f"member-{number}", root)
    assert aws.reach(root) == Reach(45)
    assert wire.calls == ["ListAccounts"] * 3


def test_counting_that_takes_too_long_says_at_least(
    aws: Directory, wire: Wire, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(45):
        account(wire, f"member-{number}", root)
    ticks = iter([0.0, 4.0, 5.1])
    monkeypatch.setattr("rootguard.aws.organizations.time.monotonic", lambda: next(ticks))
    assert aws.reach(root) == Reach(39, complete=False)


def test_a_policy_is_read_if_it_exists(aws: Directory, wire: Wire) -> None:
    policy = aws.policy(create(wire))
    assert policy is not None
    assert policy.name == "Quarantine"
    assert aws.policy("p-notthere1") is None


def test_the_resource_policy_is_read_as_it_is_now(aws: Directory, wire: Wire) -> None:
    assert aws.resource_policy() == ""
    wire.organization.call("PutResourcePolicy", {"Content": '{"Version": "2012-10-17"}'})
    assert aws.resource_policy() == '{"Version": "2012-10-17"}'
