"""What isolation needs of the world. Every time is UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from rootguard.incidents.notice import Notice
from rootguard.isolation.records import Account, Record


class Organizations(Protocol):
    """AWS Organizations. Each method raises OrganizationsError."""

    def account(self, account_id: str) -> Account | None: ...  # without the ledger's record
    def administrators(self) -> frozenset[str]: ...  # the accounts that are delegated administrators
    def place_name(self, place_id: str) -> str | None: ...  # of an OU or root; None if it is gone
    def accounts_in(self, place_id: str) -> tuple[str, ...]: ...  # the ids of those right below it
    def tag(self, account_id: str, text: str) -> None: ...
    def untag(self, account_id: str) -> None: ...  # one without the tag is fine
    # One that is there already is fine. From elsewhere than the source it is not moved: MovedError.
    def move(self, account_id: str, source_id: str, destination_id: str) -> None: ...


class Records(Protocol):
    """The records in the ledger. Each method raises LedgerError."""

    def get(self, account_id: str) -> Record | None: ...
    # In place of the one that was read, if that is still there; False if not.
    def keep(self, account_id: str, record: Record, instead_of: Record | None) -> bool: ...
    def belongs(self, account_id: str) -> str: ...  # under which parent; empty if nobody has said
    # The account belongs there since then, so that the guard leaves it there before it has the move's event.
    def place(self, account_id: str, parent_id: str, at: datetime) -> None: ...


class Notices(Protocol):
    """The way to the notifier. Raises OutboxError."""

    def send(self, notice: Notice) -> None: ...


class MovedError(Exception):
    """The account is somewhere else than it was when it was looked at."""
