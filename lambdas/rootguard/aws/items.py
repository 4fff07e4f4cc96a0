"""How values lie in the ledger's table: as JSON text in one attribute, beside what DynamoDB itself must see.

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
import lzma
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

from rootguard.aws.dynamo import LATER, Key, Table, Written
from rootguard.domain.baseline import Acceptance
from rootguard.domain.fights import Fight
from rootguard.domain.json_data import made, plain
from rootguard.ports import LedgerError

_PLAIN: Final = 4_096
"""People can read what is shorter."""
_MARK: Final = "xz:"
"""No JSON text begins so."""
_MOST: Final = 50_000_000
"""What unpacks to more was not written by Rootguard."""
_T = TypeVar("_T")


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
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, lzma.LZMAError) as error:
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
        """Return what is there about each of some things, a hundred in one round trip."""
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
    # Unlike zlib, this finds a long list a second time: what a sweep saw last, and what the one before saw.
    return _MARK + b64encode(lzma.compress(text.encode("ascii"), preset=2)).decode("ascii")


def unpacked(text: str) -> Any:
    """Return the data of a text. Raises ValueError or LZMAError for a text that `packed` did not write."""
    if text.startswith(_MARK):
        compressed = b64decode(text.removeprefix(_MARK), validate=True)
        text = lzma.LZMADecompressor().decompress(compressed, _MOST).decode("ascii")
    return json.loads(text)
