"""DynamoDB in memory: conditions, queries, pages, indexes and limits, as AWS documents them."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.dynamodb.errors import DynamoDbError
from simulation.dynamodb.service import DynamoDb
from simulation.dynamodb.table import Keys, Table, TableLayout

NOW = 1_767_600_000.0
LAYOUT = TableLayout(
    Keys("pk", "sk"),
    (("listing", Keys("kind", "entry")), ("inverted", Keys("sk", "pk"))),
    expires="expires",
)


class Given:
    """One table, and short ways to use it. `S` texts are written bare, numbers as ints."""

    def __init__(self) -> None:
        self.now, self.lag = NOW, 0.0
        table = Table(LAYOUT, lambda: self.now, lambda: self.now + self.lag)
        self.service = DynamoDb({"T": table})

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.service.call(operation, {"TableName": "T", **parameters})

    def put(self, condition: str = "", values: dict[str, Any] | None = None, **item: Any) -> None:
        more = {"ConditionExpression": condition} if condition else {}
        more |= {"ExpressionAttributeValues": typed(values)} if values else {}
        self.call("PutItem", Item=typed({"pk": "a", "sk": "1", **item}), **more)

    def get(self, pk: str = "a", sk: str = "1") -> dict[str, Any] | None:
        answer = self.call("GetItem", Key=typed({"pk": pk, "sk": sk}))
        return bare(answer["Item"]) if "Item" in answer else None

    def query(self, condition: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
        return self.call(
            "Query", KeyConditionExpression=condition, ExpressionAttributeValues=typed(values), **more
        )


def typed(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value_of(value) for name, value in values.items()}


def value_of(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, list):
        return {"L": [value_of(entry) for entry in value]}
    if isinstance(value, frozenset):
        return {"SS": sorted(value)}
    return {"S": value}


def bare(item: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in item.items():
        ((kind, inner),) = value.items()
        found[name] = int(inner) if kind == "N" else inner
    return found


def refused(code: str, act: Any, *arguments: Any, **parameters: Any) -> str:
    with pytest.raises(DynamoDbError) as error:
        act(*arguments, **parameters)
    assert error.value.code == code
    return error.value.message


@pytest.fixture
def given() -> Given:
    return Given()


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("attribute_not_exists(pk)", {}, False),
        ("attribute_exists(pk)", {}, True),
        ("attribute_exists(nope)", {}, False),
        ("as_of < :v", {":v": "b"}, True),
        ("as_of < :v", {":v": "a"}, False),
        ("as_of <> :v", {":v": "b"}, True),
        ("absent <> :v", {":v": "b"}, True),
        ("absent = :v", {":v": "b"}, False),
        ("absent < :v", {":v": "b"}, False),
        ("amount > :v", {":v": 9}, True),
        ("amount > :v", {":v": "9"}, False),
        ("amount BETWEEN :v AND :w", {":v": 10, ":w": 12}, True),
        ("amount IN (:v, :w)", {":v": 1, ":w": 10}, True),
        ("NOT amount = :v", {":v": 10}, False),
        ("amount = :v OR as_of = :w AND absent = :w", {":v": 10, ":w": "x"}, True),
        ("(amount = :v OR as_of = :w) AND absent = :w", {":v": 10, ":w": "x"}, False),
        ("begins_with(as_of, :v)", {":v": "a"}, True),
        ("contains(as_of, :v)", {":v": "z"}, False),
        ("contains(tags, :v)", {":v": "red"}, True),
        ("size(as_of) = :v", {":v": 1}, True),
        ("attribute_type(amount, :v)", {":v": "N"}, True),
        ("document.deeply = :v", {":v": "deep"}, True),
        ("listed[1] = :v", {":v": "second"}, True),
    ],
)
def test_conditions(given: Given, condition: str, values: dict[str, Any], holds: bool) -> None:
    document = {"M": {"deeply": {"S": "deep"}}}
    item = {
        "as_of": "a",
        "amount": 10,
        "tags": frozenset({"red"}),
        "document": document,
        "listed": ["first", "second"],
    }
    given.put(**item)
    if holds:
        given.put(condition, values, **item)
    else:
        refused("ConditionalCheckFailedException", given.put, condition, values, **item)


@pytest.mark.parametrize(
    ("condition", "values", "names", "said"),
    [
        ("state = :v", {":v": "x"}, {}, "reserved keyword; reserved keyword: state"),
        ("as_of = :v", {}, {}, "attribute value: :v"),
        ("#n = :v", {":v": "x"}, {}, "attribute name: #n"),
        ("as_of = :v", {":v": "x", ":w": "y"}, {}, "unused in expressions: keys: {:w}"),
        ("as_of = :v", {":v": "x"}, {"#n": "y"}, "unused in expressions: keys: {#n}"),
        ("as_of == :v", {":v": "x"}, {}, "Syntax error"),
        ("as_of = :v AND", {":v": "x"}, {}, "Syntax error"),
        ("as_of", {}, {}, "Syntax error"),
    ],
)
def test_expressions_that_aws_refuses(
    given: Given, condition: str, values: dict[str, Any], names: dict[str, str], said: str
) -> None:
    more = {"ExpressionAttributeValues": typed(values)} if values else {}
    more |= {"ExpressionAttributeNames": names} if names else {}
    item = typed({"pk": "a", "sk": "1"})
    assert said in refused(
        "ValidationException", given.call, "PutItem", Item=item, ConditionExpression=condition, **more
    )


def test_names_stand_for_reserved_words(given: Given) -> None:
    given.put(state="open")
    given.call(
        "PutItem",
        Item=typed({"pk": "a", "sk": "1", "state": "over"}),
        ConditionExpression="#s = :open",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues=typed({":open": "open"}),
    )
    assert given.get() == {"pk": "a", "sk": "1", "state": "over"}


def test_the_item_that_is_there_can_come_with_the_refusal(given: Given) -> None:
    given.put(revision=3)
    with pytest.raises(DynamoDbError) as error:
        given.call(
            "PutItem",
            Item=typed({"pk": "a", "sk": "1"}),
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert bare(error.value.more["Item"])["revision"] == 3


def test_a_partition_comes_in_the_order_of_its_sort_keys_page_by_page(given: Given) -> None:
    for sort in ("3", "1", "2"):
        given.put(sk=sort)
    first = given.query("pk = :pk", {":pk": "a"}, Limit=2)
    assert [item["sk"]["S"] for item in first["Items"]] == ["1", "2"]
    given.call("DeleteItem", Key=first["LastEvaluatedKey"])
    second = given.query("pk = :pk", {":pk": "a"}, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [item["sk"]["S"] for item in second["Items"]] == ["3"]
    assert "LastEvaluatedKey" not in second
    last = given.query("pk = :pk AND sk > :sk", {":pk": "a", ":sk": "1"}, ScanIndexForward=False)
    assert [item["sk"]["S"] for item in last["Items"]] == ["3"]


def test_a_page_holds_a_megabyte(given: Given) -> None:
    for sort in range(4):
        given.put(sk=str(sort), text="x" * 390_000)
    answer = given.query("pk = :pk", {":pk": "a"})
    assert answer["Count"] == 2
    assert bare(answer["LastEvaluatedKey"]) == {"pk": "a", "sk": "1"}


def test_a_filter_counts_after_the_page_is_cut(given: Given) -> None:
    for sort in ("1", "2", "3"):
        given.put(sk=sort, odd=sort != "2")
    answer = given.query("pk = :pk", {":pk": "a", ":yes": True}, FilterExpression="odd = :yes", Limit=2)
    assert (answer["Count"], answer["ScannedCount"]) == (1, 2)


def test_an_index_lists_by_its_own_keys_and_only_items_that_have_them(given: Given) -> None:
    given.put(kind="K", entry="b")
    given.put(sk="2", kind="K", entry="a")
    given.put(sk="3", kind="K")
    answer = given.query("kind = :k AND begins_with(entry, :e)", {":k": "K", ":e": ""}, IndexName="listing")
    assert [item["sk"]["S"] for item in answer["Items"]] == ["2", "1"]
    given.put(kind="K", entry="z")
    answer = given.query("kind = :k", {":k": "K"}, IndexName="listing")
    assert [item["entry"]["S"] for item in answer["Items"]] == ["a", "z"]
    answer = given.query("sk = :sk", {":sk": "3"}, IndexName="inverted")
    assert answer["Count"] == 1


def test_an_index_that_lags_shows_what_was(given: Given) -> None:
    given.put(kind="K", entry="old")
    given.lag = 30
    given.put(kind="K", entry="new")
    given.lag = 0
    given.put(sk="2", kind="K", entry="later")

    def listed() -> list[str]:
        answer = given.query("kind = :k", {":k": "K"}, IndexName="listing")
        return [item["entry"]["S"] for item in answer["Items"]]

    # A change never shows before an earlier one.
    assert listed() == ["old"]
    assert given.get() == {"pk": "a", "sk": "1", "kind": "K", "entry": "new"}
    given.now += 30
    assert listed() == ["later", "new"]


def test_what_aws_refuses_of_queries(given: Given) -> None:
    given.put(kind="K", entry="b")
    ask = given.query
    refused("ValidationException", ask, "kind = :k", {":k": "K"}, IndexName="listing", ConsistentRead=True)
    refused("ValidationException", ask, "kind = :k", {":k": "K"}, IndexName="nope")
    refused("ValidationException", ask, "kind = :k", {":k": "K"})
    refused("ValidationException", ask, "pk = :pk AND other = :o", {":pk": "a", ":o": "x"})
    refused("ValidationException", ask, "pk > :pk", {":pk": "a"})
    refused("ValidationException", ask, "pk = :pk", {":pk": "a", ":unused": "x"})


def test_limits_of_items_and_keys(given: Given) -> None:
    refused("ValidationException", given.put, text="x" * 410_000)
    refused("ValidationException", given.put, sk="")
    refused("ValidationException", given.put, sk=7)
    refused("ValidationException", given.put, kind=7, entry="x")
    refused("ValidationException", given.call, "GetItem", Key=typed({"pk": "a"}))
    refused("ResourceNotFoundException", given.call, "GetItem", TableName="U", Key=typed({"pk": "a"}))


def test_an_expired_item_goes_within_days(given: Given) -> None:
    given.put(expires=int(NOW) + 60)
    given.now += 3_600
    assert given.get() is not None
    given.now += 3 * 86_400
    assert given.get() is None


def test_batches_and_transactions(given: Given) -> None:
    put = {"Put": {"TableName": "T", "Item": typed({"pk": "a", "sk": "1"})}}
    once = {**put["Put"], "ConditionExpression": "attribute_not_exists(pk)"}
    check = {
        "ConditionCheck": {
            "TableName": "T",
            "Key": typed({"pk": "b", "sk": "1"}),
            "ConditionExpression": "attribute_exists(pk)",
        }
    }
    with pytest.raises(DynamoDbError) as error:
        given.service.call("TransactWriteItems", {"TransactItems": [{"Put": once}, check]})
    assert [reason["Code"] for reason in error.value.more["CancellationReasons"]] == [
        "None",
        "ConditionalCheckFailed",
    ]
    assert given.get() is None
    given.service.call("TransactWriteItems", {"TransactItems": [{"Put": once}]})
    keys = [typed({"pk": "a", "sk": "1"}), typed({"pk": "b", "sk": "1"})]
    answer = given.service.call("BatchGetItem", {"RequestItems": {"T": {"Keys": keys}}})
    assert len(answer["Responses"]["T"]) == 1
