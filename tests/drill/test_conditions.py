"""Conditions of policies: the keys of a request for items of a table, variables, and who asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drill.leading_keys import leading_keys
from drill.local_aws import ACCOUNT, LocalAws
from drill.principals import Principal

TABLE = "conditions"
PARTITION_KEYS = {(TABLE, ""): "pk", (TABLE, "listing"): "kind", ("other", ""): "id"}


def s(text: str) -> dict[str, str]:
    return {"S": text}


@pytest.mark.parametrize(
    ("request_", "keys"),
    [
        ({"TableName": TABLE, "Item": {"pk": s("sara"), "sk": s("x")}}, ["sara"]),
        ({"TableName": TABLE, "Key": {"pk": s("sara"), "sk": s("x")}}, ["sara"]),
        (
            {
                "TableName": TABLE,
                "KeyConditionExpression": "sk = :sk AND pk=:pk",
                "ExpressionAttributeValues": {":pk": s("sara"), ":sk": s("x")},
            },
            ["sara"],
        ),
        (
            {
                "TableName": TABLE,
                "KeyConditionExpression": "#p = :v",
                "ExpressionAttributeNames": {"#p": "pk"},
                "ExpressionAttributeValues": {":v": s("sara")},
            },
            ["sara"],
        ),
        (
            {
                "TableName": TABLE,
                "IndexName": "listing",
                "KeyConditionExpression": "kind = :kind AND begins_with(entry, :prefix)",
                "ExpressionAttributeValues": {":kind": s("USE"), ":prefix": s("p-")},
            },
            ["USE"],
        ),
        (
            {
                "RequestItems": {
                    TABLE: [
                        {"PutRequest": {"Item": {"pk": s("sara")}}},
                        {"DeleteRequest": {"Key": {"pk": s("diego")}}},
                    ]
                }
            },
            ["sara", "diego"],
        ),
        ({"RequestItems": {TABLE: {"Keys": [{"pk": s("sara")}, {"pk": s("diego")}]}}}, ["sara", "diego"]),
        (
            {"RequestItems": {TABLE: {"Keys": [{"pk": s("sara")}]}, "other": {"Keys": [{"id": s("x")}]}}},
            ["sara", "x"],
        ),
        (
            {
                "TransactItems": [
                    {"Put": {"TableName": TABLE, "Item": {"pk": s("sara"), "sk": s("x")}}},
                    {"Delete": {"TableName": TABLE, "Key": {"pk": s("diego"), "sk": s("x")}}},
                ]
            },
            ["sara", "diego"],
        ),
        ({"TableName": TABLE}, []),
        ({"TableName": TABLE, "IndexName": "listing"}, []),
        ({"TableName": "gone", "Key": {"pk": s("sara")}}, []),
        ({}, []),
    ],
    ids=[
        *("put", "get", "query", "named", "index", "batch-write", "batch-get", "two-tables", "transaction"),
        *("scan", "index-scan", "no-table", "none"),
    ],
)
def test_the_keys_of_a_request(request_: dict[str, Any], keys: list[str]) -> None:
    assert leading_keys(request_, lambda table, index: PARTITION_KEYS.get((table, index))) == keys


@pytest.fixture
def table(aws: LocalAws) -> Iterator[str]:
    dynamodb = aws.client("dynamodb")
    made = dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "kind")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    yield str(made["TableDescription"]["TableArn"])
    dynamodb.delete_table(TableName=TABLE)


def person(user: str, table: str, value: str) -> Principal:
    """Someone who may put items whose key is what a policy says."""
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [value]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    statement = {
        "Effect": "Allow",
        "Action": [
            f"dynamodb:{action}"
            for action in ("BatchGetItem", "DeleteItem", "PutItem", "Query", "Scan", "UpdateItem")
        ],
        "Resource": [table, f"{table}/index/*"],
        "Condition": condition,
    }
    return Principal(user=user, policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def _acts(client: Any, key: str) -> list[Callable[[], Any]]:
    """All ways to touch the items of a partition."""
    item = {"pk": s(key), "kind": s(key)}
    put = {"Put": {"TableName": TABLE, "Item": item}}
    return [
        lambda: client.put_item(TableName=TABLE, Item=item),
        lambda: client.transact_write_items(TransactItems=[put]),
        lambda: client.batch_get_item(RequestItems={TABLE: {"Keys": [{"pk": s(key)}]}}),
        lambda: client.update_item(TableName=TABLE, Key={"pk": s(key)}, UpdateExpression="REMOVE gone"),
        lambda: client.query(
            TableName=TABLE,
            IndexName="by-kind",
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues={":kind": s(key)},
        ),
        lambda: client.delete_item(TableName=TABLE, Key={"pk": s(key)}),
    ]


def test_people_are_held_to_the_items_of_their_own(aws: LocalAws, table: str) -> None:
    people = [person(name, table, "${aws:userid}") for name in ("sara", "pablo")]
    ids = [aws.client("sts", as_=p).get_caller_identity()["UserId"] for p in people]
    for who in people:
        client = aws.client("dynamodb", as_=who)
        for user_id in (*ids, "${aws:userid}"):
            own = user_id == ids[people.index(who)]
            for act in _acts(client, user_id):
                if own:
                    act()
                else:
                    with pytest.raises(ClientError, match="AccessDenied"):
                        act()
        with pytest.raises(ClientError, match="AccessDenied"):
            client.scan(TableName=TABLE)


def test_a_variable_that_the_caller_lacks_matches_nothing(aws: LocalAws, table: str) -> None:
    client = aws.client("dynamodb", as_=person("pedro", table, "${aws:PrincipalTag/team}"))
    for key in ("pedro", "team", ""):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.put_item(TableName=TABLE, Item={"pk": s(key)})


@pytest.mark.parametrize(
    ("known_as", "allowed"),
    [
        ("arn:aws:iam::{account}:role/Leads", True),
        ("arn:aws:sts::{account}:assumed-role/Leads/ana", False),
        ("arn:aws:iam::{account}:role/Lead", False),
    ],
)
def test_a_session_is_known_by_the_arn_of_its_role(
    aws: LocalAws, table: str, known_as: str, allowed: bool
) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "dynamodb:PutItem",
        "Resource": table,
        "Condition": {"ArnLike": {"aws:PrincipalArn": known_as.format(account=ACCOUNT)}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    ana = aws.client("dynamodb", as_=Principal(role="Leads", session="ana", policy=policy))
    item = {"pk": s("x"), "kind": s("x")}
    if allowed:
        ana.put_item(TableName=TABLE, Item=item)
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            ana.put_item(TableName=TABLE, Item=item)
