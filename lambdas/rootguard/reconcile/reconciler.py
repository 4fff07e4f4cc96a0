"""The loop: an event is a hint to look at one subject, and it says who did it.

Events and sweeps meet in `reconcile`: decide, accept or undo, report. The order is the product: between the
event and the write, nothing is written anywhere, and nothing is read or loaded that no rule needs. What comes
after the write is in `aftermath`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rootguard.cloudtrail.read import NotOurs, read_change
from rootguard.domain import rules
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.lockouts import is_closed
from rootguard.domain.policy import FULL_ACCESS, is_root_id
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import Action, Attach, Detach, Move, remedy_of
from rootguard.domain.verdict import Outcome, Reason, Verdict
from rootguard.ports import OrganizationsError, TargetGoneError
from rootguard.reconcile.guard import Guard, Undo, remediate
from rootguard.reconcile.reader import LazyReader

_TO_A_PLACE = (ChangeKind.DETACHED, ChangeKind.ACCOUNT_MOVED)
"""What is undone by bringing something back to where it belongs."""


def on_event(guard: Guard, event: object) -> dict[str, Any]:
    """Answer one event; return the verdict as JSON data.

    Raises:
        OrganizationsError: the change could not be judged or undone. It was paged; Lambda tries again.
        LedgerError: what was approved could not be accepted, so a sweep would undo it.
        OutboxError: a queue did not take a notice, or what a policy type lost.
    """
    change = read_change(event)
    received_at = guard.clock()
    if change.at is not None:
        # Of the guard's own calls, too: their events take the same way, and each sweep's read proves it.
        guard.telemetry.seconds("EventLatencySeconds", max((received_at - change.at).total_seconds(), 0.0))
    if isinstance(change, NotOurs):
        verdict = Verdict(Outcome.IGNORE, change.reason)
        guard.telemetry.log("nothing to do", **verdict.as_json(), detail=change.detail)
        return verdict.as_json()
    # A record of tomorrow, which only a forger has, must not outweigh all that comes until then.
    drift = replace(change, at=min(change.at, received_at))
    reader = LazyReader(guard, drift)
    try:
        verdict = rules.decide(drift, reader, guard.guardrail)
    except UnreadableError as error:
        if reader.mark is None:
            from rootguard.reconcile.aftermath import undecided  # noqa: PLC0415 - as in `reconcile`

            undecided(guard, drift, error, reader, guard.clock())
        raise
    if verdict.reason in (Reason.OWN_CHANGE, Reason.CALL_FAILED):
        guard.telemetry.log("nothing to do", **verdict.as_json(), detail=drift.kind.value)
    elif reader.mark is not None:
        guard.telemetry.log("applied before", event_id=drift.event_id, came_of=reader.mark.came_of)
        return verdict.as_json()
    else:
        verdict = reconcile(guard, drift, verdict, reader)
    return verdict.as_json()


def reconcile(guard: Guard, drift: Drift, verdict: Verdict, reader: LazyReader) -> Verdict:
    """Undo if the verdict says so, then do what comes after that. Returns and raises as `conclude`."""
    undo = _undo(guard, drift, verdict, reader) if verdict.outcome is Outcome.REVERT else Undo()
    from rootguard.reconcile.aftermath import conclude  # noqa: PLC0415 - to load it would delay the write

    return conclude(guard, drift, verdict, undo, reader)


def _undo(guard: Guard, drift: Drift, verdict: Verdict, reader: LazyReader) -> Undo:
    """Carry the remedy out. What fails is raised only after people were notified."""
    actions: tuple[Action, ...] = ()
    try:
        actions = remedy_of(drift, verdict, reader)
        if drift.kind is ChangeKind.ATTACHED and reader.known_type() is None:
            return Undo(actions)  # It does not exist any more, and no listing of the target has it.
        decided_at = guard.clock()
        done = remediate(guard, actions, reader)
        if any(isinstance(action, Detach) for action in done):
            done += _opened(guard, verdict.target_id, reader)
        return Undo(actions, done, decided_at)
    except UnreadableError as error:
        if _is_gone(error, drift, actions, reader):
            return Undo(actions, is_gone=True)
        return Undo(actions, failure=error)


def _opened(guard: Guard, target_id: str, reader: LazyReader) -> tuple[Action, ...]:
    """Attach full access if what came off Root was the last policy that allows anything.

    Only a root where full access is not accepted can be left so. Raises OrganizationsError.
    """
    policy_type = reader.known_type() or ""
    full_access = FULL_ACCESS.get(policy_type)
    if full_access is None or not is_root_id(target_id) or not reader.remembers:
        return ()
    if full_access in reader.accepted_on(target_id) or not is_closed(target_id, policy_type, reader):
        return ()
    guard.organizations.attach(full_access, target_id)
    return (Attach(full_access, target_id),)


def _is_gone(error: UnreadableError, drift: Drift, actions: tuple[Action, ...], reader: LazyReader) -> bool:
    """Tell whether a place or a policy of a remedy does not exist, asked once more: AWS can be behind."""
    try:
        if isinstance(error, TargetGoneError) and drift.kind in _TO_A_PLACE:
            named = {action.destination_id for action in actions if isinstance(action, Move)}
            places = named | {action.target_id for action in actions}
            return any(not is_root_id(place) and not reader.ancestors(place) for place in places)
        is_policy = isinstance(error, OrganizationsError) and error.code == "PolicyNotFoundException"
        return is_policy and drift.kind is ChangeKind.UPDATED and reader.policy(drift.policy_id) is None
    except UnreadableError:
        return False
