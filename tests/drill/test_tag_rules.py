"""The rules of tags, each once: kept by the model, and by the local AWS over boto3."""

import json

import pytest

from drill.local_aws import LocalAws
from drill.principals import Principal
from tests.drill.organizations import Given, OverTheWire, refused

KEY = "rootguard:isolated"


def tags(given: Given, resource: str) -> dict[str, str]:
    listed = given.call("ListTagsForResource", ResourceId=resource)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


def put(given: Given, resource: str, value: str, key: str = KEY) -> None:
    given.call("TagResource", ResourceId=resource, Tags=[{"Key": key, "Value": value}])


def test_a_tag_is_put_changed_and_taken_off(new: Given) -> None:
    account = new.account()
    assert tags(new, account) == {}
    put(new, account, "ou-exam-12345678 at 2026-11-27")
    put(new, account, "other")
    put(new, account, "finance", key="team")
    assert tags(new, account) == {KEY: "other", "team": "finance"}
    for _ in range(2):
        new.call("UntagResource", ResourceId=account, TagKeys=[KEY])
    assert tags(new, account) == {"team": "finance"}


@pytest.mark.parametrize("value", ["a, b", "x" * 257, "why?"])
def test_a_value_has_few_characters_and_no_others(new: Given, value: str) -> None:
    account = new.account()
    assert refused(lambda: put(new, account, value))[0] == "InvalidInputException"


def test_what_does_not_exist_has_no_tags(new: Given) -> None:
    for call in (lambda: tags(new, "210987654321"), lambda: put(new, "210987654321", "x")):
        assert refused(call)[0] == "TargetNotFoundException"


def test_a_resource_has_fifty_tags_at_most(new: Given) -> None:
    account = new.account()
    for number in range(50):
        put(new, account, "x", key=f"key-{number}")
    code, reason = refused(lambda: put(new, account, "x"))
    assert (code, reason) == ("ConstraintViolationException", "TAGS_LIMIT_EXCEEDED")
    put(new, account, "y", key="key-0")


def test_iam_may_allow_one_key_alone(started: LocalAws) -> None:
    started.begin_anew()
    given = Given(OverTheWire(started.client("organizations")))
    account = given.account()
    statement = {
        "Effect": "Allow",
        "Action": ["organizations:TagResource", "organizations:UntagResource"],
        "Resource": "arn:aws:organizations::*:account/o-*/*",
        "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": [KEY]}, "Null": {"aws:TagKeys": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    someone = OverTheWire(started.client("organizations", as_=Principal(user="tagger", policy=policy)))
    wanted = {"ResourceId": account, "Tags": [{"Key": KEY, "Value": "x"}]}
    assert someone.call("TagResource", wanted) == {}
    wanted["Tags"] = [{"Key": "team", "Value": "x"}]
    assert refused(lambda: someone.call("TagResource", wanted))[0] == "AccessDeniedException"
    assert refused(lambda: someone.call("ListTagsForResource", {"ResourceId": account}))[0] == (
        "AccessDeniedException"
    )
