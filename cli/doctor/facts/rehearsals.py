"""How the last rehearsal went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import ClientError

from cli.deployed import Deployed
from cli.doctor.probe import Probe, RefusedError
from rootguard.ports import LedgerError
from rootguard.rehearsal.record import Record
from stacks.names import REHEARSAL_OUTPUT


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """What is known of rehearsals.

    Attributes:
        asked: whether guardrail.yaml asks for them.
        deployed: whether the stack has them.
        last: the last one; None if there was none.
        now: the time, in UTC.
    """

    asked: bool
    deployed: bool
    last: Record | None
    now: datetime


def rehearsals(probe: Probe) -> Rehearsals:
    """Read the record of the last one."""
    asked, deployed = probe.config.rehearsal is not None, REHEARSAL_OUTPUT in probe.outputs
    if not (asked and deployed):
        return Rehearsals(asked, deployed, None, probe.now)
    try:
        last = Deployed(probe.aws, lambda _: None).rehearsals.last()
    except LedgerError as error:
        cause = error.__cause__
        code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else "Ledger"
        raise RefusedError("dynamodb:GetItem", code, str(error)) from error
    return Rehearsals(asked, deployed, last, probe.now)
