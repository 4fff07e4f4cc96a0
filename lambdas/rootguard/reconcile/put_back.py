"""Putting one attachment back, at a pace that leaves the API to others too.

A message is only a hint: what it names is attached only where the snapshot says that it stood there. So
nobody gets a policy attached by writing to the queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rootguard.domain.remedy import Attach
from rootguard.ports import Organizations, OrganizationsError, Snapshots, Telemetry

SECONDS: Final = 1.1
"""How long one attachment takes at least. AWS takes two writes a second, and two of these may run at once."""

_GONE: Final = frozenset({"PolicyNotFoundException", "TargetNotFoundException"})


@dataclass(frozen=True, slots=True)
class PutBack:
    """What puts attachments back.

    Attributes:
        clock: seconds, from any start.
        sleep: waits that many seconds.
    """

    organizations: Organizations
    snapshots: Snapshots
    telemetry: Telemetry
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def put_back(self, policy_type: str, attachment: Attach) -> None:
        """Attach a policy where it stood; that it stands there, or that one of the two is gone, is fine.

        Raises:
            OrganizationsError, LedgerError: it was not attached; the queue gives the message again.
        """
        started = self.clock()
        try:
            self.telemetry.log(
                self._attach(policy_type, attachment),
                policy_id=attachment.policy_id,
                target_id=attachment.target_id,
            )
        finally:
            self.sleep(max(SECONDS - (self.clock() - started), 0.0))

    def _attach(self, policy_type: str, attachment: Attach) -> str:
        seen = self.snapshots.seen(policy_type, attachment.policy_id)
        sights = [sight for sight in (seen.last, seen.before) if sight] if seen else []
        if not any(attachment.target_id in sight.targets for sight in sights):
            return "not in the snapshot"
        try:
            self.organizations.attach(attachment.policy_id, attachment.target_id)
        except OrganizationsError as error:
            if error.code not in _GONE:
                raise
            return f"gone: {error.code}"
        return "put back"
