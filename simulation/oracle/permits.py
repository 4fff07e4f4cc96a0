"""Which changes an exception permits, and when the guard can know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulation.history import Fault, Grant, History
from simulation.oracle.changes import Change
from simulation.oracle.film import Film
from simulation.oracle.limits import Limit
from simulation.trace import Granted, Record


def permits_of(
    history: History, film: Film, trace: Sequence[Record], changes: Sequence[Change]
) -> Mapping[int, Limit | None]:
    """Return the changes that an exception permits. The limit says why it is not sure.

    If the command ended with an error, the exception may be on record all the same.
    """
    found: dict[int, Limit | None] = {}
    for grant in (record for record in trace if isinstance(record, Granted)):
        step = history.steps[grant.step]
        lasts = step.lasts if isinstance(step, Grant) else 0
        content = film.content(grant.policy_id, grant.at)
        using = [
            change
            for change in changes
            if change.worked
            and change.call == "AttachPolicy"
            and (change.policy_id, change.target_id) == (grant.policy_id, grant.target_id)
            and change.by != grant.by
            and grant.at <= change.at < grant.at + lasts
            and film.content(change.policy_id, change.at) == content
        ]
        for change in using:
            unclear = Limit.EXCEPTION_UNCLEAR if len(using) > 1 or grant.error else None
            found[change.number] = Limit.LEDGER_DOWN if without_ledger(history, change) else unclear
    return found


def without_ledger(history: History, change: Change) -> bool:
    """Tell whether the event of a change came while the ledger was down, so that nothing was found there."""
    downs = [step for step in history.steps if isinstance(step, Fault) and step.kind == "ledger"]
    return any(down.at <= heard <= (down.until or float("inf")) for down in downs for heard in change.heard)
