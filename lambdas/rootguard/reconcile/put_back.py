"""Putting one attachment back, slowly enough that others can use the API too.

A message is only a hint: what it names is attached only if the inventory says that it was attached there. So
nobody gets a policy attached by writing to the queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rootguard.domain.remedy import Attach
from rootguard.ports import LedgerReader, Organizations, OrganizationsError, Telemetry

SECONDS: Final = 1.1
"""How long one attachment takes at least. AWS takes two writes a second, and two of these may run at once."""

_GONE: Final = frozenset({"PolicyNotFoundException", "TargetNotFoundException"})


@dataclass(frozen=True, slots=True)
class PutBack:
    """What puts attachments back."""

    organizations: Organizations
    ledger: LedgerReader
    telemetry: Telemetry
    clock: Callable[[], float]  # seconds, from any start
    sleep: Callable[[float], None]

    def put_back(self, policy_type: str, attachment: Attach) -> None:
        """Attach a policy where it was; that it is there already, or that one of the two is gone, is fine.

        Raises:
            OrganizationsError, LedgerError: it was not attached; the queue gives the message again.
        """
        started = self.clock()
        try:
            came_of = self._attach(policy_type, attachment)
            self.telemetry.log(came_of, policy_id=attachment.policy_id, target_id=attachment.target_id)
        finally:
            self.sleep(max(SECONDS - (self.clock() - started), 0.0))

    def _attach(self, policy_type: str, attachment: Attach) -> str:
        policy_id, target_id = attachment.policy_id, attachment.target_id
        seen = self.ledger.located(policy_type, (policy_id,)).get(policy_id)
        if seen is None or target_id not in (seen.targets | (seen.before or frozenset())):
            return "not in the inventory"
        try:
            self.organizations.attach(policy_id, target_id)
        except OrganizationsError as error:
            if error.code not in _GONE:
                raise
            return f"gone: {error.code}"
        return "put back"
