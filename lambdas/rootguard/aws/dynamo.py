"""DynamoDB as Rootguard uses it: tables read by key, listed by index, written under a condition.

Nothing may wait for DynamoDB. A call that gets no answer costs about two seconds, and after the first such
call none is made again. So make one `Dynamo` for each invocation, and share it among the tables.

A value lies in the ledger's table as JSON text in one attribute, beside what DynamoDB itself must see:

| attribute | what it is |
|---|---|
| `pk`, `sk` | the key: `<kind>#<of what>`, and what tells it from others there |
| `data` | the value: by the fields of its dataclass; compressed if it is long |
| `as_of`, `digest` | if it may be written out of order: since when it is so, and what decides a tie |
| `kind`, `entry` | if it is listed: its place in the index |
| `expires` | if it is kept for a while: the end |

The later word counts, and of two words of the same time the one with the greater digest, so that any order
ends in the same state. A DynamoDB item holds 400 kB at most ("Quotas", Amazon DynamoDB Developer Guide).
"""

from __future__ import annotations

import json
import sys
import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import boto3
from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws.calls import SERVER_ERROR
from rootguard.domain.baseline import Acceptance
from rootguard.domain.fights import Fight
from rootguard.domain.json_data import made, plain
from rootguard.ports import LedgerError

# "legacy" waits 50 ms before DynamoDB's second attempt, "standard" up to a second ("Retry behavior", AWS
# SDKs and Tools Reference Guide; the figures are in botocore's own data/_retry.json).
CONFIG: Final = Config(connect_timeout=1, read_timeout=1, retries={"mode": "legacy", "total_max_attempts": 2})
LISTING: Final = "listing"
"""The ledger's index: items by `kind`, sorted by `entry`. Items without the two are not in it."""
LATER: Final = "attribute_not_exists(as_of) OR as_of < :as_of OR (as_of = :as_of AND digest < :digest)"
"""That no word is there, or an earlier one. Of two words of the same time one counts, always the same."""
NEW: Final = "attribute_not_exists(pk)"
_OVERTAKEN: Final = {"ConditionalCheckFailed", "TransactionConflict"}
_BATCH: Final = 40
"""So many items of 400 kB fit in an answer of 16 MB ("BatchGetItem", Amazon DynamoDB API Reference)."""
_ATTEMPTS: Final = 3
_PLAIN: Final = 4_096
"""People can read what is shorter."""
_MARK: Final = "zlib:"
"""No JSON text begins so."""
_MOST: Final = 50_000_000
"""What unpacks to more was not written by Rootguard."""

_T = TypeVar("_T")
Key = tuple[str, str]
Item = Mapping[str, str | int]
Written = Mapping[str, str]
"""The texts of an item as it was read. Numbers are only for DynamoDB itself to compare."""


def connect() -> BaseClient:
    """Return a client for DynamoDB that gives up early."""
    return boto3.client("dynamodb", config=CONFIG)


class Dynamo:
    """DynamoDB, for the length of one invocation. Threads may share it."""

    def __init__(self, client: BaseClient) -> None:
        self._client = client
        self._silent: LedgerError | None = None

    def call(self, operation: str, **parameters: Any) -> Any:
        """Return the answer; None if the condition of a write did not hold. Raises LedgerError."""
        if self._silent is not None:
            raise self._silent
        failed = f"{operation} on the ledger failed with"
        try:
            return getattr(self._client, xform_name(operation))(**parameters)
        except ClientError as error:
            said: Mapping[str, Any] = error.response
            code = said["Error"]["Code"]
            reasons = {reason.get("Code") for reason in said.get("CancellationReasons", ())}
            # Someone else wrote, or writes, what the condition or the transaction was about.
            if code == "ConditionalCheckFailedException" or reasons & _OVERTAKEN:
                return None
            failure = LedgerError(f"{failed} {code}: {said['Error'].get('Message', '')}")
            # What DynamoDB refuses is refused at once, and says nothing of the next call.
            if said["ResponseMetadata"]["HTTPStatusCode"] >= SERVER_ERROR:
                self._silent = failure
            raise failure from error
        except BotoCoreError as error:
            self._silent = LedgerError(f"{failed} {type(error).__name__}: {error}")
            raise self._silent from error


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
        """Return the items of some keys as they are now, forty in one round trip."""
        found, missing = self.get_some(keys)
        if missing:
            raise LedgerError(f"BatchGetItem on {self._name} left out {missing} of {len(keys)} items")
        return found

    def get_some(self, keys: Collection[Key]) -> tuple[dict[Key, Written], int]:
        """Return the items of some keys, and how many DynamoDB left out in the end.

        It can leave keys out of its answer, and expects to be asked for them again ("BatchGetItem", Amazon
        DynamoDB API Reference). No key may be named twice.
        """
        found: dict[Key, Written] = {}
        left_out = 0
        remaining = iter(sorted(keys))
        while some := [_key(key) for key in islice(remaining, _BATCH)]:
            asked: dict[str, Any] = {self._name: {"Keys": some, "ConsistentRead": True}}
            for _ in range(_ATTEMPTS):
                answer = self._dynamo.call("BatchGetItem", RequestItems=asked)
                items = map(_unmarshalled, answer["Responses"].get(self._name, ()))
                found |= {(item["pk"], item["sk"]): item for item in items}
                asked = answer.get("UnprocessedKeys") or {}
                if not asked:
                    break
            left_out += len(asked[self._name]["Keys"]) if asked else 0
        return found, left_out

    def query(self, condition: str, index: str = "", **values: str) -> Iterator[Written]:
        """Yield what a Query finds, in the table as it is now, or in an index.

        An index is eventually consistent: it can miss, or still hold, what was written just before
        ("Global secondary indexes", Amazon DynamoDB Developer Guide).
        """
        where = {"IndexName": index} if index else {"ConsistentRead": True}
        return self._pages("Query", KeyConditionExpression=condition, **where, **_values(values))

    def scan(self, index: str, pages: int) -> Iterator[Written]:
        """Yield the items of an index, some pages of it at most. A page is a megabyte of it."""
        return self._pages("Scan", pages, IndexName=index)

    def put(
        self, item: Item, condition: str = "", *, beside: Item | None = None, **values: str | int
    ) -> bool:
        """Write an item if the condition holds for what is there; tell whether.

        Another one `beside` it is written if, and only if, this one is.
        """
        put = {
            "TableName": self._name,
            "Item": _marshalled(item),
            **_conditional(condition),
            **_values(values),
        }
        if beside is None:
            return self._dynamo.call("PutItem", **put) is not None
        puts = [{"Put": put}, {"Put": {"TableName": self._name, "Item": _marshalled(beside)}}]
        return self._dynamo.call("TransactWriteItems", TransactItems=puts) is not None

    def delete(self, key: Key, condition: str = "") -> None:
        """Delete an item, if it is there and the condition holds."""
        self._call("DeleteItem", Key=_key(key), **_conditional(condition))

    def _pages(self, operation: str, most: int = sys.maxsize, **parameters: Any) -> Iterator[Written]:
        for _ in range(most):
            page = self._call(operation, **parameters)
            yield from map(_unmarshalled, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _call(self, operation: str, **parameters: Any) -> Any:
        return self._dynamo.call(operation, TableName=self._name, **parameters)


@dataclass(frozen=True, slots=True)
class Kind(Generic[_T]):
    """A kind of value: its keys begin with `name`, and have the sort key `sk` if each thing has one item."""

    name: str
    type: type[_T]
    sk: str = "#latest"

    def key(self, of: str = "", sk: str = "") -> Key:
        """Return the key of the item about something."""
        return f"{self.name}#{of}", sk or self.sk

    def item(
        self, value: _T, of: str = "", sk: str = "", *, entry: str = "", end: datetime | None = None
    ) -> dict[str, str | int]:
        """Return the item of a value about something, listed by `entry`, and kept until `end`."""
        pk, sk = self.key(of, sk)
        item: dict[str, str | int] = {"pk": pk, "sk": sk, "data": packed(plain(value))}
        if entry:
            item |= {"kind": self.name, "entry": entry}
        return item if end is None else item | {"expires": seconds(end)}

    def read(self, item: Written) -> _T:
        """Return what an item says. Raises LedgerError if it cannot be read."""
        try:
            value: _T = made(self.type, unpacked(item["data"]))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, zlib.error) as error:
            name = f"{item['pk']}/{item['sk']}"
            raise LedgerError(f"the ledger's item {name} cannot be read: {error!r}") from error
        return value

    def read_each(self, keys: Mapping[str, Key], found: Mapping[Key, Written]) -> dict[str, _T]:
        """Return what was found at keys, by the names of those."""
        return {name: self.read(found[key]) for name, key in keys.items() if key in found}

    def get(self, table: Table, of: str = "", sk: str = "") -> _T | None:
        """Return what a table's item about something says, or None if there is none."""
        item = table.get(self.key(of, sk))
        return None if item is None else self.read(item)

    def get_each(self, table: Table, names: Iterable[str]) -> dict[str, _T]:
        """Return what is there about each of some things."""
        keys = {name: self.key(name) for name in names}
        return self.read_each(keys, table.get_all(keys.values()))

    def get_all(self, table: Table, of: str = "") -> dict[str, _T]:
        """Return all that is there about something, by sort key."""
        items = table.query("pk = :pk", pk=self.key(of)[0])
        return {item["sk"]: self.read(item) for item in items}

    def put_later(
        self, table: Table, value: _T, at: datetime, of: str = "", sk: str = "", **more: Any
    ) -> None:
        """Write a value, unless a later word about the same thing is there."""
        as_of, tie = word(value, at)
        item = self.item(value, of, sk, **more) | {"as_of": as_of, "digest": tie}
        table.put(item, LATER, as_of=as_of, digest=tie)


def stamp(at: datetime) -> str:
    """Return a time so that texts sort as times do: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def seconds(at: datetime) -> int:
    """Return a time as DynamoDB's time to live wants it."""
    return int(at.timestamp())


def word(value: Any, at: datetime) -> tuple[str, str]:
    """Return what decides between two words about one thing: the greater one counts."""
    match value:
        case Acceptance(present=False):  # said at the same time, that a policy is there wins
            return stamp(at), ""
        case Fight():
            return stamp(at), f"{value.round:09}{digest(value)}"
    return stamp(at), digest(value)


def digest(value: Any) -> str:
    """Return what tells a value from others."""
    text = json.dumps(plain(value))  # in ASCII, so that any text there is can be encoded
    return sha256(text.encode("ascii")).hexdigest()


def packed(data: Any) -> str:
    """Return JSON data as text: plain while it is short, compressed if it is not."""
    text = json.dumps(data, separators=(",", ":"))
    if len(text) <= _PLAIN:
        return text
    return _MARK + b64encode(zlib.compress(text.encode("ascii"))).decode("ascii")


def unpacked(text: str) -> Any:
    """Return the data of a text. Raises ValueError or zlib.error for a text that `packed` did not write."""
    if text.startswith(_MARK):
        compressed = b64decode(text.removeprefix(_MARK), validate=True)
        text = zlib.decompressobj().decompress(compressed, _MOST).decode("ascii")
    return json.loads(text)


def _conditional(condition: str) -> dict[str, str]:
    return {"ConditionExpression": condition} if condition else {}


def _values(values: Item) -> dict[str, Any]:
    named = {f":{name}": value for name, value in values.items()}
    return {"ExpressionAttributeValues": _marshalled(named)} if named else {}


def _key(key: Key) -> dict[str, Any]:
    return _marshalled({"pk": key[0], "sk": key[1]})


def _marshalled(item: Item) -> dict[str, Any]:
    return {name: {"S" if isinstance(value, str) else "N": str(value)} for name, value in item.items()}


def _unmarshalled(item: Mapping[str, Mapping[str, Any]]) -> Written:
    return {name: value["S"] for name, value in item.items() if "S" in value}
