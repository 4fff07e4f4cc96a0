"""Rootguard's tables as it uses them: read by key, listed by index, written under a condition.

Items hold texts, but for numbers that DynamoDB compares, and sets that it adds to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from rootguard.aws.dynamo import Dynamo
from rootguard.ports import LedgerError

LISTING: Final = "listing"
"""The ledger's index: items by `kind`, sorted by `entry`. Items without the two are not in it."""

Key = tuple[str, str]
Item = Mapping[str, str | int]
Written = Mapping[str, str]
"""An item as it was read: numbers are texts, and a set is its texts with blanks between them."""

LATER: Final = "attribute_not_exists(as_of) OR as_of < :as_of OR (as_of = :as_of AND digest < :digest)"
"""That no word is there, or an earlier one. Of two words of the same time one counts, always the same."""
NEW: Final = "attribute_not_exists(pk)"

_BATCH: Final = 100
"""The most keys that BatchGetItem takes ("BatchGetItem", Amazon DynamoDB API Reference)."""


class Table:
    """One table, by its name. Each method raises LedgerError."""

    def __init__(self, name: str, dynamo: Dynamo) -> None:
        self._name = name
        self._dynamo = dynamo

    def get(self, key: Key) -> Written | None:
        """Return an item as it is now, or None."""
        answer = self._call("GetItem", Key=_key(key), ConsistentRead=True)
        return _unmarshalled(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Collection[Key]) -> dict[Key, Written]:
        """Return the items of some keys as they are now, a hundred in one round trip."""
        found, missing = self.get_some(keys)
        if missing:
            raise LedgerError(f"BatchGetItem on {self._name} left out {missing} of {len(keys)} items")
        return found

    def get_some(
        self, keys: Collection[Key], attributes: Sequence[str] = (), *, attempts: int = 2, chunk: int = _BATCH
    ) -> tuple[dict[Key, Written], int]:
        """Return the items of some keys, and how many DynamoDB left out in the end.

        It can leave keys out of its answer, and expects to be asked for them again ("BatchGetItem", Amazon
        DynamoDB API Reference).

        Args:
            keys: pk and sk of each; no key twice.
            attributes: which to return beside the keys; all of them if none is named.
            attempts: how often to ask for what was left out, the first time included.
            chunk: how many to ask for at once.
        """
        found: dict[Key, Written] = {}
        left_out = 0
        named = {"ProjectionExpression": ", ".join(("pk", "sk", *attributes))} if attributes else {}
        remaining = iter(sorted(keys))
        while some := [_key(key) for key in islice(remaining, chunk)]:
            asked: dict[str, Any] = {self._name: {"Keys": some, "ConsistentRead": True, **named}}
            for _ in range(attempts):
                answer = self._dynamo.call("BatchGetItem", RequestItems=asked)
                items = map(_unmarshalled, answer["Responses"].get(self._name, ()))
                found |= {(item["pk"], item["sk"]): item for item in items}
                asked = answer.get("UnprocessedKeys") or {}
                if not asked:
                    break
            left_out += len(asked[self._name]["Keys"]) if asked else 0
        return found, left_out

    def partition(self, pk: str) -> Iterator[Written]:
        """Yield all items of a partition as they are now."""
        return self.query("pk = :pk", {":pk": pk}, ConsistentRead=True)

    def listed(self, kind: str, prefix: str = "", *, newest_first: bool = False) -> Iterator[Written]:
        """Yield the items of a kind whose `entry` begins with `prefix`, by `entry`.

        An index is eventually consistent: it can miss, or still hold, what was written just before
        ("Global secondary indexes", Amazon DynamoDB Developer Guide).
        """
        condition, values = "kind = :kind", {":kind": kind}
        if prefix:
            condition, values = f"{condition} AND begins_with(entry, :prefix)", {**values, ":prefix": prefix}
        return self.query(condition, values, IndexName=LISTING, ScanIndexForward=not newest_first)

    def query(self, condition: str, values: Item, **parameters: Any) -> Iterator[Written]:
        """Yield what a Query finds, page by page."""
        return self._pages(
            "Query",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=_marshalled(values),
            **parameters,
        )

    def scan(self, index: str, pages: int) -> Iterator[Written]:
        """Yield the items of an index, some pages of it at most. A page is a megabyte of the index."""
        return self._pages("Scan", pages, IndexName=index)

    def put(
        self, item: Item, condition: str = "", *, beside: Item | None = None, **values: str | int
    ) -> bool:
        """Write an item if the condition holds for what is there; tell whether.

        Another one `beside` it is written if, and only if, this one is.
        """
        put = {"TableName": self._name, "Item": _marshalled(item), **_conditional(condition, values)}
        if beside is None:
            return self._dynamo.call("PutItem", **put) is not None
        puts = [{"Put": put}, {"Put": {"TableName": self._name, "Item": _marshalled(beside)}}]
        return self._dynamo.call("TransactWriteItems", TransactItems=puts) is not None

    def put_later(self, item: Item) -> bool:
        """Write an item with `as_of` and `digest`, unless a later word is there; tell whether."""
        return self.put(item, LATER, as_of=item["as_of"], digest=item["digest"])

    def update(self, key: Key, expression: str, condition: str = "", **values: Any) -> Written | None:
        """Change an item, and return it as it is then; None if the condition does not hold."""
        change = {"UpdateExpression": expression, **_conditional(condition, values)}
        answer = self._call("UpdateItem", Key=_key(key), ReturnValues="ALL_NEW", **change)
        return _unmarshalled(answer["Attributes"]) if answer is not None else None

    def delete(self, key: Key) -> None:
        """Delete an item, if it is there."""
        self._call("DeleteItem", Key=_key(key))

    def _pages(self, operation: str, most: int | None = None, **parameters: Any) -> Iterator[Written]:
        pages = 0
        while most is None or pages < most:
            page = self._call(operation, **parameters)
            yield from map(_unmarshalled, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            pages += 1

    def _call(self, operation: str, **parameters: Any) -> Any:
        return self._dynamo.call(operation, TableName=self._name, **parameters)


def _conditional(condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
    if values:
        parameters["ExpressionAttributeValues"] = _marshalled({f":{name}": v for name, v in values.items()})
    return parameters


def _key(key: Key) -> dict[str, Any]:
    return _marshalled({"pk": key[0], "sk": key[1]})


def _marshalled(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in item.items()}


def _value(value: str | int | frozenset[str]) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
    return {"SS": sorted(value)}


def _unmarshalled(item: Mapping[str, Mapping[str, Any]]) -> Written:
    # Other types were not written by Rootguard.
    texts = {name: value["S"] for name, value in item.items() if "S" in value}
    texts |= {name: value["N"] for name, value in item.items() if "N" in value}
    return texts | {name: " ".join(sorted(value["SS"])) for name, value in item.items() if "SS" in value}
