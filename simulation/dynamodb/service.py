"""DynamoDB's operations on the tables, with the API's own parameters and answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from simulation.dynamodb.errors import DynamoDbError, condition_failed, invalid
from simulation.dynamodb.expressions import Scope, condition, projected, projection
from simulation.dynamodb.query import EXPRESSIONS, query, scan
from simulation.dynamodb.table import Table
from simulation.dynamodb.values import Item

Params = Mapping[str, Any]
Answer = dict[str, Any]

_MOST_IN_BATCH_GET: Final = 100
_MOST_IN_BATCH_WRITE: Final = 25
_MOST_IN_TRANSACTION: Final = 100


class DynamoDb:
    """All tables of the account, by name."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = dict(tables)
        self._operations: dict[str, Callable[[Params], Answer]] = {
            "GetItem": self._get,
            "PutItem": self._put,
            "DeleteItem": self._delete,
            "Query": lambda p: query(self._table(p), p),
            "Scan": self._scan,
            "BatchGetItem": self._batch_get,
            "BatchWriteItem": self._batch_write,
            "TransactWriteItems": self._transact,
            "TransactGetItems": self._transact_get,
        }

    def knows(self, operation: str) -> bool:
        """Tell whether there is such an operation here."""
        return operation in self._operations

    def call(self, operation: str, parameters: Params) -> Answer:
        """Carry out one operation. Raises DynamoDbError."""
        return self._operations[operation](parameters)

    def _table(self, p: Params) -> Table:
        name = str(p["TableName"]).rpartition("/")[2]
        if name not in self.tables:
            raise DynamoDbError("ResourceNotFoundException", "Requested resource not found")
        return self.tables[name]

    def _get(self, p: Params) -> Answer:
        scope = _scope(p)
        item = self._table(p).get(p["Key"])
        paths = projection(p["ProjectionExpression"]) if "ProjectionExpression" in p else None
        if item is None:
            return {}
        return {"Item": projected(item, paths, scope) if paths else item}

    def _put(self, p: Params) -> Answer:
        table, item = self._table(p), dict(p["Item"])
        before = table.get({name: item[name] for name in table.layout.keys.names if name in item})
        scope = _scope(p)
        _check(p, before, scope)
        table.put(item)
        return {"Attributes": before} if p.get("ReturnValues") == "ALL_OLD" and before else {}

    def _delete(self, p: Params) -> Answer:
        table, scope = self._table(p), _scope(p)
        before = table.get(p["Key"])
        _check(p, before, scope)
        table.delete(p["Key"])
        return {"Attributes": before} if p.get("ReturnValues") == "ALL_OLD" and before else {}

    def _scan(self, p: Params) -> Answer:
        if "Segment" in p:
            raise invalid("The simulator scans in one segment only")
        return scan(self._table(p), p)

    def _batch_get(self, p: Params) -> Answer:
        asked = p["RequestItems"]
        if sum(len(request["Keys"]) for request in asked.values()) > _MOST_IN_BATCH_GET:
            raise invalid("Too many items requested for the BatchGetItem call")
        responses: dict[str, list[Item]] = {}
        for name, request in asked.items():
            if len({json.dumps(key, sort_keys=True) for key in request["Keys"]}) < len(request["Keys"]):
                raise invalid("Provided list of item keys contains duplicates")
            common = {key: value for key, value in request.items() if key != "Keys"}
            answers = [self._get({**common, "TableName": name, "Key": key}) for key in request["Keys"]]
            responses[name] = [answer["Item"] for answer in answers if "Item" in answer]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _batch_write(self, p: Params) -> Answer:
        asked = p["RequestItems"]
        if sum(map(len, asked.values())) > _MOST_IN_BATCH_WRITE:
            raise invalid("Too many items requested for the BatchWriteItem call")
        for name, requests in asked.items():
            for request in requests:
                if "PutRequest" in request:
                    self._put({"TableName": name, "Item": request["PutRequest"]["Item"]})
                else:
                    self._delete({"TableName": name, "Key": request["DeleteRequest"]["Key"]})
        return {"UnprocessedItems": {}}

    def _transact(self, p: Params) -> Answer:
        """Check all first, then write all: nobody comes between."""
        items = p["TransactItems"]
        if len(items) > _MOST_IN_TRANSACTION:
            raise invalid("Member must have length less than or equal to 100")
        reasons: list[dict[str, Any]] = []
        places: set[str] = set()
        for entry in items:
            ((kind, request),) = entry.items()
            table = self._table(request)
            key = request["Item"] if kind == "Put" else request["Key"]
            key = {name: key[name] for name in table.layout.keys.names}
            place = json.dumps([request["TableName"], key], sort_keys=True)
            if place in places:
                raise invalid("Transaction request cannot include multiple operations on one item")
            places.add(place)
            try:
                _check(request, table.get(key), _scope(request))
                reasons.append({"Code": "None"})
            except DynamoDbError as error:
                if error.code != "ConditionalCheckFailedException":
                    raise
                reasons.append({"Code": "ConditionalCheckFailed", "Message": error.message, **error.more})
        if any(reason["Code"] != "None" for reason in reasons):
            codes = ", ".join(reason["Code"] for reason in reasons)
            raise DynamoDbError(
                "TransactionCanceledException",
                f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
                {"CancellationReasons": reasons},
            )
        writes = {"Put": self._put, "Delete": self._delete}
        for entry in items:
            ((kind, request),) = entry.items()
            if kind in writes:
                writes[kind](request)
        return {}

    def _transact_get(self, p: Params) -> Answer:
        return {"Responses": [self._get(entry["Get"]) for entry in p["TransactItems"]]}


def _scope(p: Params) -> Scope:
    """Return the request's names and values. Raises DynamoDbError unless its expressions use just these."""
    scope = Scope(p.get("ExpressionAttributeNames", {}), p.get("ExpressionAttributeValues", {}))
    scope.check(*(p.get(name) for name in EXPRESSIONS))
    return scope


def _check(p: Params, before: Item | None, scope: Scope) -> None:
    """Raise ConditionalCheckFailedException if the request's condition does not hold for what is there."""
    if "ConditionExpression" not in p:
        return
    if not condition(p["ConditionExpression"])(before or {}, scope):
        asked = p.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        raise condition_failed(before if asked else None)
