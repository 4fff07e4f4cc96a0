"""Bringing a policy type's attachments back: the inventory says what was attached, a queue attaches it.

Disabling a policy type drops all its attachments, everywhere, and enabling it again brings back full access
alone. The guard queues what was attached before, and answers the next event. Sweeps look how far it is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from rootguard.domain.drift import ChangeKind
from rootguard.domain.inventory import missing, wanted
from rootguard.domain.remedy import Attach
from rootguard.incidents.incident import ATTACHED_A_SECOND, Restoring
from rootguard.incidents.life import Record
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.reader import Sources

_LAST_TRY: Final = timedelta(minutes=30)
"""Each message was tried five times within fifteen minutes, after those before it."""


def begin(guard: Guard, policy_type: str, at: datetime) -> Restoring | None:
    """Queue what was attached before a type was disabled at `at`; None if no sweep has looked yet.

    What a sweep saw on a protected target and nobody accepted is left out. Done again by a retry, it queues
    the same once more.

    Raises:
        LedgerError: the inventory cannot be read.
        OutboxError: not all of it was queued.
    """
    listing = guard.ledger.listing(policy_type)
    if guard.restorer is None or listing.at is None:
        return None
    # Disabled again while a restore runs: what was attached before the first time is wanted.
    records = guard.ledger.records()
    since = min(at, disabled_since(records).get(policy_type, at))
    located = guard.ledger.located(policy_type)
    listed = {key: seen for key, seen in located.items() if key in listing.policies}
    baseline, allowed = guard.ledger.baseline(), guard.guardrail.allowed_somewhere
    drifts = (record.drift for record in records if record.drift.kind is ChangeKind.ATTACHED)
    suspected = {Attach(drift.policy_id, drift.target_id) for drift in drifts}
    found = tuple(
        attach
        for attach in wanted(listed, since)
        if (attach.target_id not in baseline and attach not in suspected)
        or attach.policy_id in baseline.get(attach.target_id, ())
        or attach.policy_id in allowed
    )
    guard.restorer.restore(policy_type, found)
    guard.telemetry.log("restoring", policy_type=policy_type, attachments=len(found))
    return Restoring(len(found), listing.at)


def to_confirm(sources: Sources, policy_type: str, since: datetime) -> frozenset[str]:
    """Return the policies of which something is not attached again yet. Raises LedgerError.

    None are returned once a restore has had all the time it can take: what is missing then failed, or is
    gone.
    """
    located = sources.ledger.located(policy_type)
    rest, all_of_it = missing(located, since), len(wanted(located, since))
    lost = sum(map(len, rest.values()))
    sources.telemetry.log(f"restored {all_of_it - lost} of {all_of_it}", policy_type=policy_type)
    at_half_the_rate = timedelta(seconds=2 * all_of_it / ATTACHED_A_SECOND)
    if rest and sources.clock() - since > _LAST_TRY + at_half_the_rate:
        names = sorted(f"{policy} on {target}" for policy, on in rest.items() for target in on)
        sources.telemetry.warn("not restored", policy_type=policy_type, missing=names)
        return frozenset()
    return frozenset(rest)


def disabled_since(records: Collection[Record]) -> dict[str, datetime]:
    """Return the policy types that open incidents say were disabled, and when first."""
    since: dict[str, datetime] = {}
    for drift in (record.drift for record in records if record.is_open):
        if drift.kind is ChangeKind.TYPE_DISABLED:
            since[drift.policy_type] = min(drift.at, since.get(drift.policy_type, drift.at))
    return since
