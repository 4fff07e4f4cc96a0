"""The guard orders a run of the watch as each sweep begins: it looks at Root until the next one is due."""

from __future__ import annotations

from datetime import datetime

from rootguard.domain.guardrail import protection_of
from rootguard.domain.policy import SERVICE_CONTROL_POLICY
from rootguard.domain.watch import Belonging, WatchOrder
from rootguard.reconcile.guard import Guard


def start_watch(guard: Guard, root_id: str, until: datetime) -> None:
    """Order a run, if guardrail.yaml asks for a watch.

    Before first contact nobody knows what belongs on Root, so there is nothing to order. Raises LedgerError,
    OutboxError.
    """
    seconds = guard.guardrail.watch_every_seconds
    protection = protection_of(root_id, guard.guardrail, lambda _: ())
    if guard.watch is None or seconds is None or protection is None:
        return
    adopted = guard.ledger.adopted(root_id)
    belonging = tuple(
        Belonging(
            policy_type,
            frozenset(key for key, word in adopted.accepted.items() if word.policy_type == policy_type),
            protection.allow,
        )
        # First the type that locks everyone out.
        for policy_type in sorted(
            adopted.types & protection.policy_types, key=lambda each: (each != SERVICE_CONTROL_POLICY, each)
        )
    )
    if belonging:
        guard.watch.start(WatchOrder(root_id, belonging, until, seconds))
