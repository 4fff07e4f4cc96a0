"""What the guard reads of Organizations, against the strict model, through the real SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.aws.calls import connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.ports import OrganizationsError, Root, TargetGoneError
from tests.aws.examples import DENY_ALL, RCP, SCP
from tests.fakes.wire import Wire, account, create, unit

NO_OU = "ou-exam-notthere"
NO_ACCOUNT = "999999999999"


@pytest.fixture
def aws(wire: Wire) -> AwsOrganizations:
    client = connect()
    wire.plug(client)
    return AwsOrganizations(client, lambda: 60.0)


def test_a_policy_is_read_with_its_content(aws: AwsOrganizations, wire: Wire) -> None:
    policy = aws.policy(create(wire))
    assert policy is not None
    assert (policy.name, policy.type) == ("Quarantine", SCP)
    assert json.loads(policy.content or "")["Statement"][0]["Effect"] == "Deny"
    assert policy.organization_id
    assert wire.calls == ["DescribePolicy"]


def test_rcps_are_read_too(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    content = DENY_ALL.replace('"Effect"', '"Principal":"*","Effect"')
    policy = aws.policy(create(wire, kind=RCP, content=content))
    assert policy is not None
    assert policy.type == RCP


def test_what_does_not_exist_is_none_or_attached_nowhere(aws: AwsOrganizations) -> None:
    assert aws.policy("p-notthere1") is None
    assert aws.targets("p-notthere1") == frozenset()


def test_an_impatient_read_gives_up_after_one_attempt(aws: AwsOrganizations, wire: Wire) -> None:
    policy_id = create(wire)
    wire.fail("DescribePolicy", ApiError("TooManyRequestsException", "busy"))
    with pytest.raises(OrganizationsError, match="TooManyRequestsException"):
        aws.policy(policy_id, patient=False)
    assert wire.calls == ["DescribePolicy"]
    found = aws.policy(policy_id, patient=False)
    assert found is not None
    assert found.id == policy_id


def test_where_a_policy_is_attached(
    aws: AwsOrganizations, wire: Wire, root: str, tree: dict[str, str]
) -> None:
    policy_id = create(wire)
    for target in (root, tree["lab"]):
        aws.attach(policy_id, target)
    assert aws.targets(policy_id) == {root, tree["lab"]}
    assert aws.attached(root, SCP) == {policy_id: "Quarantine", "p-FullAWSAccess": "FullAWSAccess"}


def test_nothing_is_attached_of_a_type_that_is_not_enabled(
    aws: AwsOrganizations, wire: Wire, root: str
) -> None:
    wire.fail("ListPoliciesForTarget", ApiError("PolicyTypeNotEnabledException", "no"))
    assert aws.attached(root, SCP) == {}


@pytest.mark.parametrize(
    "read",
    [
        lambda aws: aws.attached(NO_OU, SCP),
        lambda aws: aws.attached(NO_ACCOUNT, SCP),
        lambda aws: aws.ancestors(NO_OU),
        lambda aws: aws.ancestors(NO_ACCOUNT),
        lambda aws: aws.parent(NO_ACCOUNT),
        lambda aws: aws.accounts_in(NO_OU),
    ],
)
def test_a_target_that_is_gone_is_named_so(
    aws: AwsOrganizations, read: Callable[[AwsOrganizations], Any]
) -> None:
    with pytest.raises(TargetGoneError):
        read(aws)


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "AWSOrganizationsNotInUseException", "InvalidInputException"]
)
@pytest.mark.parametrize(
    ("call", "read"),
    [
        ("DescribePolicy", lambda aws: aws.policy("p-notthere1")),
        ("ListTargetsForPolicy", lambda aws: aws.targets("p-notthere1")),
        ("ListPoliciesForTarget", lambda aws: aws.attached("r-exam", SCP)),
        ("ListPolicies", lambda aws: aws.policies(SCP)),
        ("ListRoots", lambda aws: aws.root()),
        ("ListParents", lambda aws: aws.parent(NO_ACCOUNT)),
        ("ListAccountsForParent", lambda aws: aws.accounts_in("r-exam")),
        ("ListAccounts", lambda aws: aws.count_accounts("r-exam")),
    ],
)
def test_a_read_that_is_refused_is_final(
    aws: AwsOrganizations, wire: Wire, call: str, read: Callable[[AwsOrganizations], Any], code: str
) -> None:
    wire.fail(call, ApiError(code, "no"))
    with pytest.raises(OrganizationsError, match=code) as failed:
        read(aws)
    assert type(failed.value) is OrganizationsError
    assert wire.calls == [call]


def test_ancestors_take_one_read(aws: AwsOrganizations, wire: Wire, root: str, tree: dict[str, str]) -> None:
    assert aws.ancestors(tree["team"]) == (tree["workload"], root)
    assert aws.ancestors(tree["lab"]) == (tree["team"], tree["workload"], root)
    assert aws.ancestors(tree["audit"]) == (root,)
    assert aws.ancestors(root) == ()
    assert wire.calls == ["DescribeOrganizationalUnit", "DescribeAccount", "DescribeAccount"]


def test_ancestors_are_walked_if_the_answer_has_no_path(
    aws: AwsOrganizations, wire: Wire, root: str, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = wire.organization.call

    def older(operation: str, params: dict[str, object]) -> dict[str, Any]:
        answer = call(operation, params)
        answer.get("Account", {}).pop("Paths", None)
        answer.get("OrganizationalUnit", {}).pop("Path", None)
        return answer

    monkeypatch.setattr(wire.organization, "call", older)
    assert aws.ancestors(tree["lab"]) == (tree["team"], tree["workload"], root)
    assert wire.calls == ["DescribeAccount", *["ListParents"] * 3]
    assert aws.ancestors(tree["team"]) == (tree["workload"], root)


def test_an_account_has_one_parent(aws: AwsOrganizations, root: str, tree: dict[str, str]) -> None:
    assert aws.parent(tree["lab"]) == tree["team"]
    assert aws.parent(tree["audit"]) == root


def test_accounts_right_below_are_read_over_pages(
    aws: AwsOrganizations, wire: Wire, tree: dict[str, str]
) -> None:
    more = {account(wire, f"member-{number}", tree["workload"]) for number in range(25)}
    assert aws.accounts_in(tree["workload"]) == {tree["prod"], tree["dev"], *more}
    assert aws.accounts_in(tree["team"]) == {tree["lab"]}


def test_accounts_are_counted_at_and_below(
    aws: AwsOrganizations, wire: Wire, root: str, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [aws.count_accounts(target) for target in (root, tree["workload"], tree["lab"])] == [5, 3, 1]
    assert aws.count_accounts(tree["workload"], tree["prod"], tree["audit"]) == 4, "each of them once"
    assert aws.count_accounts(NO_OU, tree["lab"]) == 1, "an OU is deleted only if it is empty"
    unit(wire, root, "Empty")
    for number in range(45):
        account(wire, f"member-{number}", root)
    ticks = iter([0.0, 4.0, 5.1])
    monkeypatch.setattr("rootguard.aws.organizations.time.monotonic", lambda: next(ticks))
    assert aws.count_accounts(root) is None, "not all of them in time"


def test_the_root_is_read_with_the_types_that_are_enabled_in_it(
    aws: AwsOrganizations, wire: Wire, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws.root() == Root(root, frozenset({SCP}))
    answer = wire.organization.call("ListRoots", {})
    answer["Roots"][0]["PolicyTypes"] = [
        {"Type": SCP, "Status": "PENDING_DISABLE"},
        {"Type": RCP, "Status": "PENDING_ENABLE"},
        {"Type": "TAG_POLICY", "Status": "ENABLED"},
    ]
    monkeypatch.setattr(wire.organization, "call", lambda *_: answer)
    assert aws.root() == Root(root, frozenset({"TAG_POLICY"}))


def test_policies_of_a_type_are_listed_a_page_at_a_time(aws: AwsOrganizations, wire: Wire) -> None:
    made = {create(wire, name=f"Policy {number}") for number in range(45)}
    found: set[str] = set()
    token, pages = "", 0
    while token or not pages:
        page, token = aws.policies(SCP, token)
        assert page
        assert page.isdisjoint(found)
        found |= page
        pages += 1
    assert found == {"p-FullAWSAccess", *made}
    assert wire.calls == ["ListPolicies"] * pages
    assert pages > 1
    assert made.isdisjoint(aws.policies(RCP)[0])


def test_a_token_that_aws_does_not_take_any_more_begins_the_listing_anew(
    aws: AwsOrganizations, wire: Wire
) -> None:
    create(wire)
    first = aws.policies(SCP)
    wire.calls.clear()
    wire.fail("ListPolicies", ApiError("InvalidInputException", "no", reason="INVALID_NEXT_TOKEN"))
    assert aws.policies(SCP, "stale") == first
    assert wire.calls == ["ListPolicies"] * 2
    wire.fail("ListPolicies", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError, match="AccessDeniedException"):
        aws.policies(SCP, "stale")
