"""The delegation itself: what it allows, judged by the audit's evaluator, and what it leaves out."""

from __future__ import annotations

import json

import pytest

from cli.exits import TroubleError
from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.delegated import delegates
from cli.prevention.audit.judgement import judge
from cli.prevention.audit.known import Keys, keys_of_call
from cli.prevention.audit.principals import Document
from cli.prevention.audit.statements import Request
from cli.prevention.delegation.answer import answer_for
from cli.prevention.delegation.document import MOST, Delegation, kept_from, statements, text_of
from cli.prevention.delegation.places import EVERYWHERE, Places
from cli.prevention.organization import Organization
from tests.cli.prevention.accounts import NO, ORGANIZATION, ROOT, YES, Json, document, when
from tests.given import RCP, SCP

MEMBER = "444455556666"
OU, OTHER_OU, ACCOUNT = "ou-exam-12345678", "ou-exam-87654321", "777788889999"
TO_ROOT: Json = {
    "Sid": "Legacy",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "organizations:*",
    "Resource": "*",
}
TO_OUS = TO_ROOT | {"Sid": "Backups", "Resource": ORGANIZATION.target_arn("ou", "*")}


def delegation(places: Places = EVERYWHERE, *types: str) -> Delegation:
    return Delegation(MEMBER, types or (SCP,), places)


def allows(made: Delegation, action: str, *resources: str, policy_type: str = SCP) -> bool:
    """Whether it allows a call on all of the call's resources."""
    text = text_of([], [_bare(each) for each in statements(made, ORGANIZATION)])
    keys = Keys(keys_of_call(ORGANIZATION, policy_type))
    judged = [
        judge(
            [Document("-", text)], None, Request(f"organizations:{action}".lower(), resource, keys)
        ).certainty
        for resource in resources
    ]
    assert Certainty.UNCERTAIN not in judged
    return min(judged) is YES


def _bare(statement: Json) -> Json:
    return {key: value for key, value in statement.items() if key != "Principal"}


def policy(policy_type: str = SCP) -> str:
    return ORGANIZATION.policy_arn(policy_type, "p-12345678")


def target(kind: str, target_id: str) -> str:
    return ORGANIZATION.target_arn(kind, target_id)


def test_it_reaches_every_ou_and_account_but_never_root() -> None:
    for action in ("AttachPolicy", "DetachPolicy"):
        assert allows(delegation(), action, policy(), target("ou", OU))
        assert allows(delegation(), action, policy(), target("account", ACCOUNT))
        assert not allows(delegation(), action, policy(), ROOT)
    (found,) = delegates(answer_for(delegation(), [], ORGANIZATION).text, ORGANIZATION)
    assert (found.principal, found.attaching.can) == (MEMBER, NO)


def test_it_reaches_the_named_places_only() -> None:
    made = delegation(Places((OU,), (ACCOUNT,)))
    assert allows(made, "AttachPolicy", policy(), target("ou", OU))
    assert allows(made, "AttachPolicy", policy(), target("account", ACCOUNT))
    assert not allows(made, "AttachPolicy", policy(), target("ou", OTHER_OU))
    assert not allows(made, "AttachPolicy", policy(), target("account", MEMBER))
    assert not allows(made, "AttachPolicy", policy(), ROOT)


@pytest.mark.parametrize(
    ("types", "scp", "rcp"), [((SCP,), True, False), ((RCP,), False, True), ((SCP, RCP), True, True)]
)
def test_it_is_about_the_policy_types_that_were_asked_for(
    types: tuple[str, ...], scp: bool, rcp: bool
) -> None:
    made = delegation(EVERYWHERE, *types)
    for policy_type, expected in ((SCP, scp), (RCP, rcp)):
        resources = policy(policy_type), target("ou", OU)
        assert allows(made, "AttachPolicy", *resources, policy_type=policy_type) is expected
        assert allows(made, "CreatePolicy", policy(policy_type), policy_type=policy_type) is expected
        assert allows(made, "DescribePolicy", policy(policy_type), policy_type=policy_type) is expected


@pytest.mark.parametrize(
    "action",
    [
        "UpdatePolicy",
        "EnablePolicyType",
        "DisablePolicyType",
        "MoveAccount",
        "PutResourcePolicy",
        "TagResource",
        "DeleteResourcePolicy",
        "CloseAccount",
    ],
)
def test_it_delegates_nothing_that_reaches_root_in_another_way(action: str) -> None:
    for resource in (policy(), ROOT, target("ou", OU), target("account", ACCOUNT), "*"):
        assert not allows(delegation(), action, resource)


def test_it_lets_the_account_find_its_way() -> None:
    for action in (
        "DescribeOrganization",
        "ListRoots",
        "ListChildren",
        "ListAccounts",
        "ListPoliciesForTarget",
    ):
        assert allows(delegation(), action, ROOT)


def test_it_names_the_account_and_the_partition() -> None:
    china = Organization("o-exampleorgid", "r-exam", "111122223333", "aws-cn")
    for statement in statements(delegation(), china):
        assert statement["Principal"] == {"AWS": f"arn:aws-cn:iam::{MEMBER}:root"}
        assert MEMBER in statement["Sid"]
        assert statement["Sid"].isalnum()
        assert all(
            each == "*" or each.startswith("arn:aws-cn:organizations::111122223333:")
            for each in [*statement["Resource"]]
        )


def test_statements_of_others_are_kept_and_its_own_are_replaced() -> None:
    before = answer_for(delegation(), [TO_OUS], ORGANIZATION)
    assert before.kept == ("Backups",)
    kept = kept_from(before.text, MEMBER)
    assert kept == [TO_OUS]
    after = answer_for(delegation(Places((OU,), ())), kept, ORGANIZATION)
    sids = [each["Sid"] for each in json.loads(after.text)["Statement"]]
    assert len(sids) == len(set(sids)) == 5
    assert target("ou", "*") not in json.loads(after.text)["Statement"][-1]["Resource"]
    # Another account's delegation is another's.
    assert len(kept_from(before.text, ACCOUNT)) == 5


def test_a_kept_statement_that_reaches_root_is_told() -> None:
    answer = answer_for(delegation(), [TO_ROOT, TO_OUS], ORGANIZATION)
    assert [each.principal for each in answer.reaching] == [ACCOUNT]
    unnamed = answer_for(delegation(), [TO_OUS, {**TO_ROOT, "Sid": ""}], ORGANIZATION)
    assert unnamed.kept == ("Backups", "statement 2")
    assert unnamed.reaching[0].attaching.grants[0].statement == "statement 2"
    assert answer_for(delegation(), [TO_OUS], ORGANIZATION).reaching == ()
    unsure = when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x", TO_ROOT)
    assert len(answer_for(delegation(), [unsure], ORGANIZATION).reaching) == 1


def test_a_kept_statement_that_aws_takes_no_more_is_told() -> None:
    inverted = {key: value for key, value in TO_OUS.items() if key != "Action"} | {"NotAction": "iam:*"}
    assert answer_for(delegation(), [TO_OUS, inverted | {"Sid": "Old"}], ORGANIZATION).refused == ("Old",)


def test_a_policy_that_is_nearly_too_long_is_written_in_one_line() -> None:
    def of(count: int) -> Delegation:
        return delegation(Places(tuple(f"ou-exam-{number:08}" for number in range(count)), ()))

    assert answer_for(of(300), [], ORGANIZATION).text.count("\n") > 300
    for count in range(400, 500, 5):
        text = answer_for(of(count), [], ORGANIZATION).text
        assert len(text) <= MOST
    assert text.count("\n") == 1
    with pytest.raises(TroubleError, match="--target"):
        answer_for(of(600), [], ORGANIZATION)


def test_what_is_there_must_be_a_policy() -> None:
    assert kept_from("", MEMBER) == []
    assert kept_from(json.dumps(document(TO_OUS)), MEMBER) == [TO_OUS]
    with pytest.raises(ValueError, match="no JSON policy"):
        kept_from("[]", MEMBER)
