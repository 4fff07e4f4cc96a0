"""The ledger's DynamoDB table as Rootguard uses it: read by key, listed by kind, written under a condition.

Nothing may wait for the ledger: a call that gets no answer costs about two seconds, and after the first such
call the table is not asked again. So make one `Table` for each invocation, and have all who ask share it.
Items hold strings only, but for the number that DynamoDB's time to live needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rootguard.ports import LedgerError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX: Final = "listing"
"""The one index: items by `kind`, sorted by `entry`. Items without the two are not in it."""

Item = Mapping[str, str | int]

# "legacy" waits 50 ms before DynamoDB's second attempt, "standard" up to a second ("Retry behavior", AWS
# SDKs and Tools Reference Guide; the figures are in botocore's own data/_retry.json).
CONFIG: Final = Config(connect_timeout=1, read_timeout=1, retries={"mode": "legacy", "total_max_attempts": 2})

_SERVER_ERROR: Final = 500
_REFUSED: Final = "ConditionalCheckFailedException"


def connect() -> DynamoDBClient:
    """Return a client for DynamoDB that gives up early."""
    return boto3.client("dynamodb", config=CONFIG)


class Table:
    """The table, for the length of one invocation.

    Args:
        name: the table's name.
        connect: returns a DynamoDB client; asked once, at the first call.
    """

    def __init__(self, name: str, connect: Callable[[], DynamoDBClient]) -> None:
        self._name = name
        self._connect = connect
        self._client: DynamoDBClient | None = None
        self._silent: LedgerError | None = None

    def get(self, pk: str, sk: str) -> Mapping[str, str] | None:
        """Return an item as it is now, or None. Raises LedgerError."""
        answer = self._call("GetItem", Key=_marshalled({"pk": pk, "sk": sk}), ConsistentRead=True)
        return _unmarshalled(answer["Item"]) if "Item" in answer else None

    def partition(self, pk: str) -> Iterator[Mapping[str, str]]:
        """Yield all items of a partition as they are now. Raises LedgerError."""
        return self._query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=_marshalled({":pk": pk}),
            ConsistentRead=True,
        )

    def listed(
        self, kind: str, prefix: str = "", *, newest_first: bool = False
    ) -> Iterator[Mapping[str, str]]:
        """Yield the items of a kind whose `entry` begins with `prefix`, by `entry`. Raises LedgerError.

        An index is eventually consistent: it can miss, or still hold, what was written just before
        ("Global secondary indexes", Amazon DynamoDB Developer Guide).
        """
        condition, values = "kind = :kind", {":kind": kind}
        if prefix:
            condition, values = f"{condition} AND begins_with(entry, :prefix)", {**values, ":prefix": prefix}
        return self._query(
            IndexName=INDEX,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=_marshalled(values),
            ScanIndexForward=not newest_first,
        )

    def put(self, item: Item, condition: str, **values: str) -> bool:
        """Write an item where the condition holds for what is there; tell whether. Raises LedgerError."""
        more = (
            {"ExpressionAttributeValues": _marshalled({f":{name}": text for name, text in values.items()})}
            if values
            else {}
        )
        return (
            self._call("PutItem", Item=_marshalled(item), ConditionExpression=condition, **more) is not None
        )

    def put_unless_later(self, item: Item, as_of: str) -> None:
        """Write what was so at a time, unless what is there was so later. Raises LedgerError."""
        condition = "attribute_not_exists(pk) OR as_of <= :as_of"
        self.put({**item, "as_of": as_of}, condition, as_of=as_of)

    def _query(self, **parameters: Any) -> Iterator[Mapping[str, str]]:
        while True:
            page = self._call("Query", **parameters)
            yield from map(_unmarshalled, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _call(self, operation: str, **parameters: Any) -> Any:
        """Return the operation's answer; None where the write's condition did not hold."""
        if self._silent is not None:
            raise self._silent
        try:
            if self._client is None:
                self._client = self._connect()
            return getattr(self._client, xform_name(operation))(TableName=self._name, **parameters)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == _REFUSED:
                return None
            failure = _failure(operation, code, error.response["Error"].get("Message", ""))
            # What DynamoDB refuses is refused at once, and says nothing of the next call.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
                self._silent = failure
            raise failure from error
        except BotoCoreError as error:
            self._silent = _failure(operation, type(error).__name__, str(error))
            raise self._silent from error


def _failure(operation: str, code: str, message: str) -> LedgerError:
    return LedgerError(f"{operation} on the ledger failed with {code}: {message}")


def _marshalled(item: Item) -> dict[str, Any]:
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in item.items()
    }


def _unmarshalled(item: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    # What is not a string was not written by Rootguard, or is for DynamoDB alone.
    return {name: value["S"] for name, value in item.items() if "S" in value}
