"""What is looked up for people: names, and how many accounts are reached. No page waits long for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from rootguard.domain.change import ChangeKind
from rootguard.domain.ids import is_root_id
from rootguard.domain.policy import Policy
from rootguard.domain.reader import UnreadableError
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.story import Around, Reach
from rootguard.ports import Telemetry

_FOR_A_CALL: Final = 9.0
"""Seconds that must be left for one read: it takes five at most, and the page has to go out after it."""
_FOR_COUNTING: Final = 14.0
"""Seconds that must be left to count accounts: no read begins after five, and the last one takes five."""
_ON_THE_POLICY: Final = (ChangeKind.DETACHED, ChangeKind.UPDATED)
"""By hand, these are undone by a command that needs the policy to exist."""

_Found = TypeVar("_Found")


class Directory(Protocol):
    """Reads of the organization that only people need. Each raises UnreadableError, after one attempt."""

    def target_name(self, target_id: str) -> str | None:
        """Return the name of an OU or account."""

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy as it is now; None if it does not exist."""

    def reach(self, target_id: str) -> Reach:
        """Count the member accounts at or below a target. No call begins after five seconds."""


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Looks things up as long as there is time: `seconds_left` says how long the invocation may still run."""

    directory: Directory
    seconds_left: Callable[[], float]
    telemetry: Telemetry

    def around(self, incident: Incident, *, count: bool = True) -> Around:
        """Return what is known around an incident; `count` says whether to count the accounts it reaches."""
        drift, result = incident.drift, incident.result
        target_id = "" if drift.kind is ChangeKind.UNIT_DELETED else incident.target_id
        has_name = target_id and not is_root_id(target_id)
        name = self._read(lambda: self.directory.target_name(target_id)) if has_name else None
        is_named = drift.policy is not None and drift.policy.name and drift.policy.type
        is_undone = result in (Result.UNDONE, Result.ALREADY_UNDONE, Result.REFUSED)
        by_command = drift.kind in _ON_THE_POLICY and not is_undone
        read = drift.policy_id and drift.kind is not ChangeKind.DELETED and (by_command or not is_named)
        found = self._read(lambda: (self.directory.policy(drift.policy_id),)) if read else None
        counted = count and target_id and result is not Result.REFUSED
        reach = self._read(lambda: self.directory.reach(target_id), _FOR_COUNTING) if counted else None
        return Around(name, found[0] if found else None, found == (None,), reach or Reach())

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy; None if it cannot be read, or does not exist."""
        return self._read(lambda: self.directory.policy(policy_id)) if policy_id else None

    def _read(self, read: Callable[[], _Found], seconds: float = _FOR_A_CALL) -> _Found | None:
        if self.seconds_left() < seconds:
            self.telemetry.warn("no time is left to look things up for the page")
            return None
        try:
            return read()
        except UnreadableError as error:
            self.telemetry.warn("the page goes out with less", error=str(error))
            return None
