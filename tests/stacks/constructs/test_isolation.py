"""What isolates accounts: what its role may do, who may ask it, and how the guard comes to know of both."""

from __future__ import annotations

import json
import re

import pytest

from tests.stacks.authorization import (
    ACCOUNT,
    OF_ORGANIZATION,
    OU,
    RCP,
    ROOT,
    SCP,
    actions,
    documents,
    may,
    statement,
    statements,
)
from tests.stacks.constructs.test_quarantine import ISOLATING, KINDS, QUARANTINE
from tests.stacks.synthesis import (
    ROOT_ONLY,
    as_list,
    attribute,
    function,
    guard_function,
    guardrail,
    named,
    only,
    resources,
    role_of,
    template,
)

OBSERVING = guardrail({"targets": ["root"]}, quarantine=QUARANTINE, mode="observe")


def test_nothing_of_it_is_there_unless_it_is_asked_for() -> None:
    parts = template(ROOT_ONLY)["Resources"]
    assert not [name for name in parts if name.startswith("Isolation")]
    assert "ROOTGUARD_QUARANTINE_OU" not in guard_function()[1]["Environment"]["Variables"]


def test_its_role_moves_and_tags_accounts_and_does_little_else() -> None:
    assert actions(ISOLATING, "isolation") == {
        "organizations:DescribeAccount",
        "organizations:DescribeOrganizationalUnit",
        "organizations:ListAccountsForParent",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListParents",
        "organizations:ListTagsForResource",
        "organizations:MoveAccount",
        "organizations:TagResource",
        "organizations:UntagResource",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "sqs:SendMessage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    writes = [each for each in statements(ISOLATING, "isolation") if each["Resource"] == "*"]
    assert [each["Action"] for each in writes] == ["organizations:ListDelegatedAdministrators"]


def test_it_tags_accounts_alone_and_with_one_key_alone() -> None:
    tag = statement(ISOLATING, "isolation", "Tag")
    assert tag["Resource"] == f"{OF_ORGANIZATION}:account/o-*/*"
    assert tag["Condition"] == {
        "ForAllValues:StringEquals": {"aws:TagKeys": ["rootguard:isolated"]},
        "Null": {"aws:TagKeys": ["false"]},
    }


def test_it_reads_and_writes_its_own_records_in_the_ledger_alone() -> None:
    table, _ = named("AWS::DynamoDB::Table", "Ledger", ISOLATING)
    records = statement(ISOLATING, "isolation", "RecordWhoIsIsolated")
    assert records["Resource"] == attribute(table)
    assert records["Condition"]["ForAllValues:StringLike"] == {"dynamodb:LeadingKeys": ["ISOLATION#*"]}
    assert records["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}
    places = statement(ISOLATING, "isolation", "SayWhereAccountsBelong")
    assert places["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem"]
    assert places["Condition"]["ForAllValues:StringLike"] == {"dynamodb:LeadingKeys": ["PLACE#*"]}


def test_it_knows_its_table_its_queue_the_ou_and_its_own_role() -> None:
    _, isolation = function("isolation", ISOLATING)
    table, _ = named("AWS::DynamoDB::Table", "Ledger", ISOLATING)
    notices, _ = named("AWS::SQS::Queue", "NoticesQueue", ISOLATING)
    unit, _ = only(KINDS[0], ISOLATING)
    role, _ = role_of("isolation", ISOLATING)
    assert isolation["Environment"]["Variables"] == {
        "ROOTGUARD_TABLE": {"Ref": table},
        "ROOTGUARD_NOTICES": {"Ref": notices},
        "ROOTGUARD_QUARANTINE_OU": {"Ref": unit},
        "ROOTGUARD_ROLE_ARN": attribute(role),
        "POWERTOOLS_SERVICE_NAME": "rootguard",
        "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_people_may_invoke_it_and_nothing_else_and_nobody_is_given_that() -> None:
    name, _ = function("isolation", ISOLATING)
    (policy,) = [
        entry
        for entry in resources("AWS::IAM::ManagedPolicy", ISOLATING).values()
        if entry.get("ManagedPolicyName") == "RootguardIsolator"
    ]
    (allowed,) = policy["PolicyDocument"]["Statement"]
    assert (allowed["Action"], allowed["Resource"]) == ("lambda:InvokeFunction", attribute(name))
    assert not {"Roles", "Users", "Groups"} & policy.keys()


def test_the_guard_knows_the_ou_and_the_role_by_the_variables_that_its_rules_name() -> None:
    unit, _ = only(KINDS[0], ISOLATING)
    role, _ = role_of("isolation", ISOLATING)
    variables = guard_function(ISOLATING)[1]["Environment"]["Variables"]
    named_in_rules = set(re.findall(r"\$\{(\w+)\}", json.dumps(ISOLATING.render())))
    assert {name: variables[name] for name in named_in_rules} == {
        "ROOTGUARD_QUARANTINE_OU": {"Ref": unit},
        "ROOTGUARD_ISOLATION_ROLE_ARN": attribute(role),
        "ROOTGUARD_DEPLOYMENT_ROLE_ARN": "arn:aws:iam::111122223333:role/"
        "cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1",
    }


def test_the_guard_may_put_both_policies_back_on_the_ou_and_move_accounts_back() -> None:
    unit, _ = only(KINDS[0], ISOLATING)
    for action in ("DetachPolicy", "AttachPolicy"):
        (found,) = [
            each for each in statements(ISOLATING) if f"organizations:{action}" in as_list(each["Action"])
        ]
        assert {"Ref": unit} in [
            part for entry in found["Resource"] if isinstance(entry, dict) for part in entry["Fn::Join"][1]
        ]
        assert found["Condition"]["StringEqualsIfExists"]["organizations:PolicyType"] == [SCP, RCP]
    assert may(ISOLATING, "MoveAccount", ACCOUNT, ROOT, OU)
    assert "organizations:ListAccountsForParent" in actions(ISOLATING)


def test_in_observe_mode_the_guard_still_writes_nothing() -> None:
    writing = {"AttachPolicy", "DetachPolicy", "MoveAccount", "UpdatePolicy"}
    assert not {f"organizations:{name}" for name in writing} & actions(OBSERVING)


def test_the_guards_own_permissions_fit_into_its_policies() -> None:
    for document in documents(ISOLATING).values():
        assert len(json.dumps(document)) < 6_144


def test_it_is_watched() -> None:
    name, _ = function("isolation", ISOLATING)
    alarms = {
        entry["AlarmName"].removeprefix("Rootguard-Isolation"): entry
        for entry in resources("AWS::CloudWatch::Alarm", ISOLATING).values()
        if entry["AlarmName"].startswith("Rootguard-Isolation")
    }
    assert set(alarms) == {"Errors", "Throttles"}
    for metric, alarm in alarms.items():
        assert (alarm["MetricName"], alarm["Dimensions"][0]["Value"]) == (metric, {"Ref": name})


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-northwest-1"])
def test_all_of_it_is_in_its_partition(region: str) -> None:
    partition = {"us-east-1": "aws", "us-gov-west-1": "aws-us-gov", "cn-northwest-1": "aws-cn"}[region]
    config = guardrail(
        {"targets": ["root"]},
        quarantine=QUARANTINE | {"forensic_roles": [f"arn:{partition}:iam::*:role/Forensics"]},
    )
    text = json.dumps(template(config, region))
    assert set(re.findall(r"arn:(aws[a-z-]*):", text)) == {partition}
    assert f"arn:{partition}:organizations::111122223333:account/o-*/*" in text


def test_what_people_are_given_is_watched_for_tampering() -> None:
    (isolator,) = [
        name
        for name, entry in resources("AWS::IAM::ManagedPolicy", ISOLATING).items()
        if entry.get("ManagedPolicyName") == "RootguardIsolator"
    ]
    rules = resources("AWS::Events::Rule", ISOLATING).values()
    assert any(json.dumps({"Ref": isolator}) in json.dumps(rule["EventPattern"]) for rule in rules)
