"""The topic: encrypted, open to those who page through it, and subscribed as guardrail.yaml says."""

from typing import Any

from tests.stacks.synthesis import MANAGEMENT_ACCOUNT, attribute, guardrail, only, resources


def by_sid(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry.get("Sid", ""): entry for entry in document["Statement"]}


def test_pages_are_encrypted_with_a_key_that_rotates() -> None:
    key_name, key = only("AWS::KMS::Key")
    _, topic = only("AWS::SNS::Topic")
    assert topic["KmsMasterKeyId"] == attribute(key_name)
    assert key["EnableKeyRotation"] is True


def test_only_this_accounts_alarms_publish_and_use_the_key() -> None:
    _, policy = only("AWS::SNS::TopicPolicy")
    topic, _ = only("AWS::SNS::Topic")
    publish = by_sid(policy["PolicyDocument"])["AlarmsPublish"]
    assert publish["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (publish["Action"], publish["Resource"]) == ("sns:Publish", {"Ref": topic})
    assert publish["Condition"] == {
        "StringEquals": {"aws:SourceAccount": MANAGEMENT_ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{MANAGEMENT_ACCOUNT}:alarm:*"},
    }
    _, key = only("AWS::KMS::Key")
    use = by_sid(key["KeyPolicy"])["AlarmsUseKey"]
    assert use["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert use["Condition"] == {"StringEquals": {"aws:SourceAccount": MANAGEMENT_ACCOUNT}}


def test_eventbridge_publishes_without_the_conditions_it_could_not_meet() -> None:
    _, policy = only("AWS::SNS::TopicPolicy")
    _, key = only("AWS::KMS::Key")
    for statement in (
        by_sid(policy["PolicyDocument"])["EventsPublish"],
        by_sid(key["KeyPolicy"])["EventsUseKey"],
    ):
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert "Condition" not in statement


def test_nobody_else_is_let_in_by_the_topic_or_the_key() -> None:
    _, policy = only("AWS::SNS::TopicPolicy")
    _, key = only("AWS::KMS::Key")
    statements = policy["PolicyDocument"]["Statement"] + key["KeyPolicy"]["Statement"]
    allowed = [entry["Principal"] for entry in statements if entry["Effect"] == "Allow"]
    own_account = {"AWS": f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:root"}
    assert {str(principal) for principal in allowed} == {
        str({"Service": "cloudwatch.amazonaws.com"}),
        str({"Service": "events.amazonaws.com"}),
        str(own_account),
    }


def test_publishing_over_plain_http_is_refused() -> None:
    _, policy = only("AWS::SNS::TopicPolicy")
    denied = [entry for entry in policy["PolicyDocument"]["Statement"] if entry["Effect"] == "Deny"]
    assert [entry["Condition"] for entry in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_those_named_in_the_configuration_are_subscribed() -> None:
    pages = {"email": ["oncall@example.com", "lead@example.com"], "sms": ["+12065550100"]}
    config = guardrail({"targets": ["root"]}, pages=pages)
    found = resources("AWS::SNS::Subscription", config).values()
    assert sorted((entry["Protocol"], entry["Endpoint"]) for entry in found) == [
        ("email", "lead@example.com"),
        ("email", "oncall@example.com"),
        ("sms", "+12065550100"),
    ]


def test_alarms_which_have_no_attributes_reach_people() -> None:
    pages = {"email": ["oncall@example.com"], "sms": ["+12065550100"], "slack": {"webhook_secret": "a"}}
    found = resources("AWS::SNS::Subscription", guardrail({"targets": ["root"]}, pages=pages)).values()
    assert [entry.get("FilterPolicy") for entry in found] == [None] * 4


def test_nobody_is_subscribed_by_the_shipped_configuration() -> None:
    assert resources("AWS::SNS::Subscription") == {}
