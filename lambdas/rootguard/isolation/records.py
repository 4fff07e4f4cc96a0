"""What is on record of an isolated account: an item in the ledger, and a tag on the account itself.

If the ledger is lost, the tag is enough to bring the account back. Who asked, and why, is in the ledger only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from rootguard.domain.json_data import JsonData
from rootguard.domain.policy import is_account_id, is_target_id
from rootguard.isolation.identity import Caller

TAG: Final = "rootguard:isolated"
"""The key of the tag, the only one that the function's role may write."""
_CONTINUED: Final = timedelta(days=1)
_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Tag:
    """The tag's value: where the account came from, since when it is isolated, and by which request.

    As text: these three with a space between. A value takes letters, digits, spaces and `_.:/=+-@`, 256 at
    most ("Tag", AWS Organizations API Reference).
    """

    origin: str
    since: datetime
    request: str

    @property
    def text(self) -> str:
        """The value."""
        return f"{self.origin} {self.since.isoformat(timespec='seconds')} {self.request}"


def read_tag(text: str | None) -> Tag | None:
    """Return what a tag's value says; None if there is no tag, or if Rootguard did not write it so."""
    parts = (text or "").split(" ")
    if len(parts) != _PARTS or not is_target_id(parts[0]) or is_account_id(parts[0]) or not parts[2]:
        return None
    try:
        since = datetime.fromisoformat(parts[1])
    except ValueError:
        return None
    return Tag(parts[0], since, parts[2]) if since.tzinfo else None


@dataclass(frozen=True, slots=True)
class Record(JsonData):
    """The ledger's item of an account."""

    origin: str  # the OU or root that it came from; where it was at last, if nobody knows
    since: datetime  # UTC, to the second
    request: str  # the id of the request that isolated it
    by: str  # the `aws:userid` of who asked; empty if the ledger was lost since
    arn: str  # their ARN
    reason: str
    latest: str = ""  # the id of the request that moved it in, which may be another one than the first
    released: datetime | None = None  # when it came out again
    released_by: str = ""  # the `aws:userid` of who asked for that, their ARN, and why
    released_arn: str = ""
    released_reason: str = ""

    @property
    def tag(self) -> Tag:
        """What the tag says of the same."""
        return Tag(self.origin, self.since, self.request)

    def ended(self, now: datetime, caller: Caller, reason: str) -> Self:
        """Return the record of an account that came out again."""
        if self.released:
            return self
        by, arn = caller.user_id, caller.arn
        return replace(self, released=now, released_by=by, released_arn=arn, released_reason=reason)


def begun(origin: str, now: datetime, request: str, caller: Caller, reason: str) -> Record:
    """Return the record of an account that is isolated now."""
    return Record(origin, now.replace(microsecond=0), request, caller.user_id, caller.arn, reason)


def from_tag(tag: Tag) -> Record:
    """Return the record that a tag gives back: nobody knows any more who asked, and why."""
    return Record(tag.origin, tag.since, tag.request, "", "", "")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is now."""

    id: str
    name: str
    email: str
    state: str  # such as ACTIVE or SUSPENDED
    parent_id: str
    record: Record | None = None
    tag: Tag | None = None
    has_tag: bool = False  # whether there is a tag, even one that says nothing
    belongs: str = ""  # where the ledger says that it belongs; empty if it says nothing

    @property
    def known(self) -> Record | None:
        """What is known of its isolation: by the ledger, or else by the tag."""
        if self.record is not None and self.record.released is None:
            return self.record
        return from_tag(self.tag) if self.tag is not None else None

    def continued(self, now: datetime) -> Record | None:
        """Return the record of an isolation that was begun of late and did not come to its end."""
        record = self.record
        if record is None or record.released is not None or record.origin != self.parent_id:
            return None
        return record if now - record.since < _CONTINUED else None
