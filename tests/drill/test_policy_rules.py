"""The rules of policies, each once: kept by the model, and by the local AWS over boto3."""

import json

import pytest

from drill.local_aws import ACCOUNT
from tests.drill.organizations import RCP_DENY, Given, refused

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
FULL = "p-FullAWSAccess"
RCP_FULL = "p-RCPFullAWSAccess"


# Policy types


def test_enabling_a_type_puts_full_access_everywhere(new: Given) -> None:
    unit, account = new.unit(), new.account()
    new.enable(SCP, RCP)
    for target in (new.root, unit, account, ACCOUNT):
        assert new.attached(target, SCP) == [FULL]
        assert new.attached(target, RCP) == [RCP_FULL]


def test_new_units_and_accounts_get_full_access(enabled: Given) -> None:
    for target in (enabled.unit(), enabled.account()):
        assert enabled.attached(target, SCP) == [FULL]
        assert enabled.attached(target, RCP) == [RCP_FULL]


def test_a_type_is_enabled_once(enabled: Given) -> None:
    assert refused(lambda: enabled.enable(SCP))[0] == "PolicyTypeAlreadyEnabledException"
    types = enabled.call("ListRoots")["Roots"][0]["PolicyTypes"]
    assert types == [{"Type": t, "Status": "ENABLED"} for t in (SCP, RCP)]


def test_disabling_a_type_drops_all_its_attachments_and_no_others(enabled: Given) -> None:
    unit = enabled.unit()
    policy = enabled.policy()
    enabled.attach(policy, unit)
    enabled.attach(policy, enabled.root)
    enabled.call("DisablePolicyType", RootId=enabled.root, PolicyType=SCP)
    assert enabled.attached(unit, SCP) == enabled.attached(enabled.root, SCP) == []
    assert enabled.attached(unit, RCP) == [RCP_FULL]
    enabled.enable(SCP)
    assert enabled.attached(unit, SCP) == enabled.attached(enabled.root, SCP) == [FULL]


def test_a_type_that_is_not_enabled_cannot_be_disabled_or_attached(new: Given) -> None:
    def disable() -> None:
        new.call("DisablePolicyType", RootId=new.root, PolicyType=SCP)

    assert refused(disable)[0] == "PolicyTypeNotEnabledException"
    policy = new.policy()
    assert refused(lambda: new.attach(policy, new.root))[0] == "PolicyTypeNotEnabledException"


def test_types_and_roots_must_exist(new: Given) -> None:
    assert refused(lambda: new.enable("NO_SUCH_POLICY")) == (
        "InvalidInputException",
        "INVALID_ENUM_POLICY_TYPE",
    )

    def elsewhere() -> None:
        new.call("EnablePolicyType", RootId="r-none", PolicyType=SCP)

    assert refused(elsewhere)[0] == "RootNotFoundException"


# Attaching and detaching


def test_a_policy_stands_where_it_was_attached(enabled: Given) -> None:
    policy, unit = enabled.policy(), enabled.unit()
    enabled.attach(policy, unit)
    assert enabled.attached(unit) == [FULL, policy]
    (target,) = enabled.call("ListTargetsForPolicy", PolicyId=policy)["Targets"]
    assert (target["TargetId"], target["Type"], target["Name"]) == (
        unit,
        "ORGANIZATIONAL_UNIT",
        "Sandbox",
    )
    enabled.detach(policy, unit)
    assert enabled.attached(unit) == [FULL]


def test_a_policy_is_attached_once(enabled: Given) -> None:
    policy = enabled.policy()
    enabled.attach(policy, enabled.root)
    code, _ = refused(lambda: enabled.attach(policy, enabled.root))
    assert code == "DuplicatePolicyAttachmentException"


def test_what_is_not_attached_cannot_be_detached(enabled: Given) -> None:
    policy = enabled.policy()
    code, _ = refused(lambda: enabled.detach(policy, enabled.root))
    assert code == "PolicyNotAttachedException"


def test_the_last_scp_stays(enabled: Given) -> None:
    policy = enabled.policy()
    assert refused(lambda: enabled.detach(FULL, enabled.root)) == (
        "ConstraintViolationException",
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    )
    enabled.attach(policy, enabled.root)
    enabled.detach(FULL, enabled.root)
    assert refused(lambda: enabled.detach(policy, enabled.root)) == (
        "ConstraintViolationException",
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    )
    enabled.attach(FULL, enabled.root)
    enabled.detach(policy, enabled.root)
    assert enabled.attached(enabled.root) == [FULL]


def test_rcp_full_access_stays(enabled: Given) -> None:
    enabled.attach(enabled.policy(type_=RCP, content=RCP_DENY), enabled.root)
    assert refused(lambda: enabled.detach(RCP_FULL, enabled.root)) == (
        "InvalidInputException",
        "NON_DETACHABLE_POLICY",
    )


@pytest.mark.parametrize(("type_", "limit"), [(SCP, 10), (RCP, 5)])
def test_a_target_takes_so_many_policies_of_a_type(enabled: Given, type_: str, limit: int) -> None:
    content = RCP_DENY if type_ == RCP else None
    policies = [
        enabled.policy(f"p{n}", type_, content) if content else enabled.policy(f"p{n}", type_)
        for n in range(limit)
    ]
    for policy in policies[:-1]:  # full access takes one place
        enabled.attach(policy, enabled.root)
    assert refused(lambda: enabled.attach(policies[-1], enabled.root)) == (
        "ConstraintViolationException",
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    )


def test_a_policy_of_another_type_has_no_full_access_and_no_minimum(new: Given) -> None:
    new.enable("TAG_POLICY")
    policy = new.policy(type_="TAG_POLICY", content='{"tags": {}}')
    assert new.attached(new.root, "TAG_POLICY") == []
    new.attach(policy, new.root)
    assert new.attached(new.root, "TAG_POLICY") == [policy]
    new.detach(policy, new.root)
    assert new.attached(new.root, "TAG_POLICY") == []


@pytest.mark.parametrize("operation", ["AttachPolicy", "DetachPolicy"])
def test_policy_and_target_must_exist(enabled: Given, operation: str) -> None:
    policy = enabled.policy()
    for policy_id, target_id, code in (
        ("p-absent000", enabled.root, "PolicyNotFoundException"),
        (policy, "999999999999", "TargetNotFoundException"),
        (policy, "ou-aaaa-bbbbbbbb", "TargetNotFoundException"),
        (policy, "r-none", "TargetNotFoundException"),
    ):
        params = {"PolicyId": policy_id, "TargetId": target_id}
        assert refused(lambda p=params: enabled.call(operation, **p))[0] == code  # type: ignore[misc]


def test_ids_must_have_their_pattern(enabled: Given) -> None:
    assert refused(lambda: enabled.attach("policy-1", enabled.root)) == (
        "InvalidInputException",
        "INVALID_PATTERN",
    )
    policy = enabled.policy()
    assert refused(lambda: enabled.attach(policy, "Root")) == (
        "InvalidInputException",
        "INVALID_PATTERN_TARGET_ID",
    )


# Policies


def test_a_policy_keeps_what_it_was_made_of(enabled: Given) -> None:
    content = json.dumps({"Statement": {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}})
    policy = enabled.policy("no ec2", content=content)
    found = enabled.call("DescribePolicy", PolicyId=policy)["Policy"]
    assert found["Content"] == content
    assert found["PolicySummary"]["Name"] == "no ec2"
    assert found["PolicySummary"]["AwsManaged"] is False


def test_updating_changes_what_is_given_wherever_it_stands(enabled: Given) -> None:
    policy = enabled.policy("before")
    enabled.attach(policy, enabled.root)
    enabled.call("UpdatePolicy", PolicyId=policy, Name="after")
    standing = enabled.call("ListPoliciesForTarget", TargetId=enabled.root, Filter=SCP)
    assert [p["Name"] for p in standing["Policies"]] == ["FullAWSAccess", "after"]


def test_names_are_taken_once_for_each_type(enabled: Given) -> None:
    first = enabled.policy("deny")
    second = enabled.policy("other")
    assert refused(lambda: enabled.policy("deny"))[0] == "DuplicatePolicyException"

    def rename() -> None:
        enabled.call("UpdatePolicy", PolicyId=second, Name="deny")

    assert refused(rename)[0] == "DuplicatePolicyException"
    enabled.call("UpdatePolicy", PolicyId=first, Name="deny", Description="the same name")
    assert enabled.policy("deny", RCP, RCP_DENY)


def test_aws_own_policies_cannot_be_changed(enabled: Given) -> None:
    immutable = ("InvalidInputException", "IMMUTABLE_POLICY")
    for operation in ("UpdatePolicy", "DeletePolicy"):
        code = refused(lambda op=operation: enabled.call(op, PolicyId=FULL))  # type: ignore[misc]
        assert code == immutable
    summary = enabled.call("DescribePolicy", PolicyId=RCP_FULL)["Policy"]["PolicySummary"]
    assert summary["AwsManaged"] is True
    assert summary["Arn"] == ("arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess")


def test_a_policy_in_use_cannot_be_deleted(enabled: Given) -> None:
    policy = enabled.policy()
    enabled.attach(policy, enabled.root)

    def delete() -> None:
        enabled.call("DeletePolicy", PolicyId=policy)

    assert refused(delete)[0] == "PolicyInUseException"
    enabled.detach(policy, enabled.root)
    delete()
    assert refused(delete)[0] == "PolicyNotFoundException"
    assert [p["Id"] for p in enabled.call("ListPolicies", Filter=SCP)["Policies"]] == [FULL]


@pytest.mark.parametrize(
    ("type_", "content"),
    [
        (SCP, "not json"),
        (SCP, "[]"),
        (SCP, "{}"),
        (SCP, json.dumps({"Statement": []})),
        (SCP, json.dumps({"Statement": [{"Effect": "Maybe", "Action": "*"}]})),
        (SCP, json.dumps({"Statement": [{"Effect": "Deny", "Resource": "*"}]})),
        (SCP, RCP_DENY),
        (RCP, json.dumps({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})),
        (RCP, json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]})),
    ],
)
def test_malformed_content_is_refused(enabled: Given, type_: str, content: str) -> None:
    code, _ = refused(lambda: enabled.policy("malformed", type_, content))
    assert code == "MalformedPolicyDocumentException"


@pytest.mark.parametrize(("type_", "limit"), [(SCP, 10_240), (RCP, 5_120)])
def test_content_has_a_greatest_length(enabled: Given, type_: str, limit: int) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "", "Resource": "*"}
    if type_ == SCP:
        del statement["Principal"]

    def content(length: int) -> str:
        empty = len(json.dumps({"Statement": [statement]}))
        return json.dumps({"Statement": [statement | {"Action": "s" * (length - empty)}]})

    assert enabled.policy("longest", type_, content(limit))
    assert refused(lambda: enabled.policy("too long", type_, content(limit + 1))) == (
        "ConstraintViolationException",
        "POLICY_CONTENT_LIMIT_EXCEEDED",
    )
