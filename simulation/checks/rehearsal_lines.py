"""What is told of a rehearsal without a page: a notice for the record, of which Slack makes a line."""

from __future__ import annotations

from simulation.checks.evidence import Evidence
from simulation.oracle.changes import Change
from simulation.oracle.limits import Limit
from simulation.rehearsal import REHEARSAL
from simulation.trace import AwsCall, Paged


def is_told(case: Evidence, change: Change) -> bool:
    """Tell whether a change of the rehearsal's attachment is told as one, and may be.

    A rehearsal is: it is told by the guard's notice, or by how the function says that it ended. What a person
    did is only if no event says who it was.
    """
    if not case.rehearsals.made(change):
        unheard = change.known_at is None and case.rehearsals.is_attachment(change)
        return unheard and case.excuses.by(Limit.REHEARSAL_UNHEARD)
    for record in case.trace:
        if isinstance(record, Paged) and record.kind == REHEARSAL and record.at >= change.at:
            return True
        if isinstance(record, AwsCall) and record.call == "SendMessage" and record.at >= change.at:
            body = str(record.parameters.get("MessageBody", ""))
            if f'"{REHEARSAL}"' in body or '"rehearsed"' in body:
                return True
    return False
