"""Bringing a policy type's attachments back: the snapshot before, the queue when, the sweep until it is done.

The guard queues what stood before the type was disabled, and answers the next event; `put_back` attaches one
after the other. The sweep takes the snapshot while all is well, and while a restore runs looks how far it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rootguard.domain.drift import disabled_since
from rootguard.domain.snapshot import Seen, Sight, without_full_access
from rootguard.incidents.incident import Restoring
from rootguard.ports import Ledger, Organizations, Restorer, Snapshots, Telemetry


@dataclass(frozen=True, slots=True)
class Restoration:
    """What restores the attachments of policy types.

    Attributes:
        policy_types: the types that some protection wants restored.
        role_arn: the role that attaches, whose changes are Rootguard's own.
    """

    policy_types: frozenset[str]
    role_arn: str
    organizations: Organizations
    ledger: Ledger
    snapshots: Snapshots
    restorer: Restorer
    telemetry: Telemetry
    clock: Callable[[], datetime]

    def begin(self, policy_type: str, at: datetime) -> Restoring | None:
        """Queue what stood before a type was disabled at `at`; None where no snapshot was taken yet.

        Done again by a retry, or for an event that comes twice, it queues the same once more.

        Raises:
            LedgerError: the snapshot cannot be read.
            RestorerError: not all of it was queued.
        """
        snapshot = self.snapshots.snapshot(policy_type)
        if snapshot.listed_at is None:
            return None
        # Disabled again while a restore runs: what stood before the first time is what is wanted.
        since = min(at, disabled_since(self.ledger.open_incidents()).get(policy_type, at))
        wanted = snapshot.wanted(since)
        self.restorer.restore(policy_type, wanted)
        self.telemetry.log("restoring", policy_type=policy_type, attachments=len(wanted))
        return Restoring(len(wanted), snapshot.listed_at)

    def take(self, policy_type: str) -> None:
        """Take a part of the snapshot of an enabled type. Raises OrganizationsError, LedgerError."""
        snapshot = self.snapshots.snapshot(policy_type)
        if snapshot.is_listing_due(self.clock()):
            listed = without_full_access(self.organizations.policies(policy_type))
            self.snapshots.keep_listing(policy_type, listed, self.clock())
            snapshot = self.snapshots.snapshot(policy_type)
        for policy_id in snapshot.due(self.clock()):
            self._look(policy_type, policy_id, snapshot.seen)

    def is_done(self, policy_type: str, since: datetime) -> bool:
        """Look how much of an enabled type stands again that stood before `since`, and log it.

        Raises OrganizationsError, LedgerError.
        """
        snapshot = self.snapshots.snapshot(policy_type)
        for policy_id in snapshot.to_confirm(since):
            self._look(policy_type, policy_id, snapshot.seen, since)
        snapshot = self.snapshots.snapshot(policy_type)
        progress, missing = snapshot.progress(since), snapshot.missing(since)
        self.telemetry.log(f"restored {progress.restored} of {progress.wanted}", policy_type=policy_type)
        if missing and snapshot.given_up(since, self.clock()):
            self.telemetry.warn("not restored", policy_type=policy_type, missing=_listed(missing))
            return True
        return not missing

    def _look(
        self, policy_type: str, policy_id: str, known: Mapping[str, Seen], since: datetime | None = None
    ) -> None:
        targets = self.organizations.targets(policy_id)
        # The time after the look: what it did not see may be gone since just before.
        at, seen = self.clock(), known.get(policy_id)
        looked = seen.looked(targets, at, since) if seen else Seen(Sight(targets, at))
        self.snapshots.keep(policy_type, policy_id, looked)


def _listed(missing: Mapping[str, frozenset[str]]) -> list[str]:
    return sorted(f"{policy_id} on {target}" for policy_id, targets in missing.items() for target in targets)
