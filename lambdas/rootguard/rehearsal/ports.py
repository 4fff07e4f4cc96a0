"""What a rehearsal needs of the world, as Protocols. `aws` implements them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from rootguard.domain.baseline import TargetBaseline
from rootguard.domain.drift import Subject
from rootguard.domain.fights import Fight
from rootguard.incidents.life import Record as IncidentRecord
from rootguard.rehearsal.record import Record


class Organizations(Protocol):
    """What it needs of AWS Organizations. Each raises OrganizationsError."""

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]: ...
    def attach(self, policy_id: str, target_id: str) -> bool: ...  # False if it was attached already
    def detach(self, policy_id: str, target_id: str) -> None: ...  # also NotAttachedError


class Ledger(Protocol):
    """What it reads of the guard's memory. Each raises LedgerError."""

    def adopted(self, target_id: str) -> TargetBaseline: ...
    def fight(self, subject: Subject) -> Fight: ...
    def record(self, key: str) -> IncidentRecord | None: ...
    def records(self) -> tuple[IncidentRecord, ...]: ...  # all that are suspected or open


class Records(Protocol):
    """The one record of the last rehearsal. Each raises LedgerError."""

    def last(self) -> Record | None: ...
    # False if it is not `instead_of` that is on record any more.
    def keep(self, record: Record, instead_of: Record | None) -> bool: ...
