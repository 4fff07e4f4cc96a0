"""What follows from an event: a sweep undid what it approves of, or an account changed places."""

from __future__ import annotations

from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift
from rootguard.domain.guardrail import Protection, is_named, protection_of
from rootguard.domain.remedy import Action, Detach, Move, Restore, put_on
from rootguard.incidents.life import Life, Record, key_of
from rootguard.ports import TargetGoneError
from rootguard.reconcile.accept import FirstContact, adopt
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.notices import adoption_notice
from rootguard.reconcile.reader import LazyReader


def after_approval(drift: Drift, reader: LazyReader, guard: Guard) -> None:
    """End the incidents of a change that is approved: put back what sweeps undid, drop what they suspect.

    Nobody is blamed for the guard's own writes. Raises OrganizationsError, LedgerError, NoticeError.
    """
    keys = dict.fromkeys((key_of(drift), key_of(drift, lockout=True)))
    records = [record for key in keys if (record := guard.ledger.record(key)) is not None]
    undone = [record for record in records if record.acting or _was_swept(record, drift)]
    if (undone or _was_undone(drift, reader)) and not _has_later_word(drift, reader):
        try:
            done = guard.remedy(_approved_state(drift, reader), drift, reader)
            guard.telemetry.log("put back what was undone", actions=len(done), subject=drift.subject.key)
        except TargetGoneError as error:
            # Deleted since: there is no place left to put it back to.
            guard.telemetry.warn("what was undone has no place any more", error=str(error))
            undone = []
    for record in records:
        if record in undone:
            guard.reporter.put_back(record, guard.clock())
        elif record.life is not Life.CLEAN:
            guard.reporter.close(record, guard.clock())


def after_move(drift: Drift, reader: LazyReader, guard: Guard) -> None:
    """Note that an account changed places, and what that means for what is accepted there.

    An account that leaves a protected OU keeps its baseline for its return. One that enters for the first
    time brings along what is attached to it: that is accepted. Raises OrganizationsError, LedgerError,
    NoticeError.
    """
    account_id, guardrail, ledger = drift.target_id, guard.guardrail, guard.ledger
    guard.inventory.keep_moved(drift.at)
    if is_named(account_id, guardrail) or not _of_units(guardrail.protections):
        return
    left = _inherited(drift.source_id, reader, guard)
    entered = _inherited(drift.destination_id, reader, guard)
    if left is not None:
        ledger.adopt(account_id, left.policy_types)
    elif entered is not None:
        types = frozenset(entered.policy_types) - ledger.adopted(account_id).types
        policies = {
            policy_id: policy_type
            for policy_type in sorted(types)
            for policy_id in guard.organizations.attached(account_id, policy_type)
        }
        if types:
            found = FirstContact(account_id, entered.name, types, policies, reader.now)
            adopt_and_tell(found, reader, guard)


def adopt_and_tell(found: FirstContact, reader: LazyReader, guard: Guard) -> None:
    """Accept what is found, tell of it, and only then note that it was: killed before, it is done again.

    Raises LedgerError, NoticeError, OrganizationsError.
    """
    said = adopt(found, guard.sources, guard.ledger)
    guard.reporter.send(adoption_notice([said], reader.now))
    guard.ledger.adopt(found.target_id, found.types)


def _was_undone(drift: Drift, reader: LazyReader) -> bool:
    """Tell whether the subject was undone after this change, because of the event of an older one."""
    last = reader.fight(drift.subject).last
    return last is not None and last >= drift.at


def _was_swept(record: Record, drift: Drift) -> bool:
    """Tell whether a sweep, which had no event, undid this change after it was made."""
    return record.swept_at is not None and record.swept_at >= drift.at


def _has_later_word(drift: Drift, reader: LazyReader) -> bool:
    """Tell whether something was accepted of the subject since, so that this change is not the last word."""
    if drift.kind is ChangeKind.UPDATED:
        accepted = reader.document(drift.policy_id)
        return accepted is not None and accepted.at > drift.at
    if drift.kind is ChangeKind.ACCOUNT_MOVED:
        placement = reader.placement(drift.target_id)
        return placement is not None and placement.at > drift.at
    word = reader.acceptance(drift.policy_id, drift.target_id)
    return word is not None and word.at > drift.at


def _approved_state(drift: Drift, reader: LazyReader) -> tuple[Action, ...]:
    match drift.kind:
        case ChangeKind.ATTACHED:
            return put_on(drift.policy_id, drift.target_id, reader)
        case ChangeKind.DETACHED:
            return (Detach(drift.policy_id, drift.target_id),)
        case ChangeKind.UPDATED if drift.policy is not None:
            return (Restore(drift.policy_id, drift.target_id, drift.policy),)
        case ChangeKind.ACCOUNT_MOVED:
            return (Move(drift.target_id, drift.source_id, drift.destination_id),)
    return ()


def _of_units(protections: tuple[Protection, ...]) -> bool:
    return any(p.include_descendants for p in protections)


def _inherited(parent_id: str, reader: LazyReader, guard: Guard) -> Protection | None:
    found = protection_of(parent_id, guard.guardrail, reader.ancestors)
    return found if found is not None and found.include_descendants else None
