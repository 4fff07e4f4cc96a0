"""Whether sweeps complete, and since when the protected targets have a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import ClientError

from cli.deployed import Deployed
from cli.doctor.facts.measured import Metric, measured
from cli.doctor.probe import Probe, RefusedError
from rootguard.domain.baseline import Approval
from rootguard.ports import LedgerError

_COMPLETED: Final = Metric("Rootguard", "SweepCompleted", "Sum", {"service": "rootguard"})
BACK: Final = timedelta(hours=12)
"""How far back to look. A period of a minute in 12 hours is 720 points, of 100,800 that one call returns."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Whether sweeps complete.

    Attributes:
        last: the minute in which one last did, in UTC; None for none in 12 hours.
        now: the time, in UTC.
        every: how often one should.
        deployed_at: when the stack was made, in UTC.
        log: the name of the guard's log group.
    """

    last: datetime | None
    now: datetime
    every: timedelta
    deployed_at: datetime
    log: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """A protected target.

    Attributes:
        target: its id.
        missing: the enabled types that are guarded there, and not adopted yet.
        since: when it was adopted, in UTC; None if nothing that was found then is accepted any more.
    """

    target: str
    missing: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Baseline:
    """The listed targets of all protections."""

    targets: tuple[Adopted, ...]
    now: datetime


def heartbeat(probe: Probe) -> Heartbeat:
    """Read when a sweep last completed."""
    (points,) = measured(probe, [_COMPLETED], since=BACK, period=timedelta(minutes=1))
    completed = [point.at for point in points if point.value]
    deployed_at = probe.stack.created_at if probe.stack else probe.now
    every = timedelta(minutes=probe.config.sweep.every_minutes)
    logs = [part.id for part in probe.parts("AWS::Logs::LogGroup") if part.name.startswith("GuardLogs")]
    last = completed[-1] if completed else None
    return Heartbeat(last, probe.now, every, deployed_at, log="".join(logs))


def baseline(probe: Probe) -> Baseline:
    """Read which targets were adopted. OUs and accounts below them are not looked at."""
    ledger = Deployed(probe.aws, lambda _: None).ledger
    # Of a type that is not enabled there is nothing to adopt.
    enabled = {each["Type"] for each in probe.root.get("PolicyTypes", ()) if each["Status"] == "ENABLED"}
    found = []
    for entry in probe.config.protections:
        for target in entry.targets:
            target_id = str(probe.root["Id"]) if target == "root" else target
            try:
                known = ledger.adopted(target_id)
            except LedgerError as error:
                cause = error.__cause__
                code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else "Ledger"
                raise RefusedError("dynamodb:Query", code, str(error)) from error
            adopted = [word.at for word in known.policies.values() if word.by is Approval.ADOPTED]
            missing = tuple(kind for kind in entry.policy_types if kind in enabled - known.types)
            found.append(Adopted(target_id, missing, min(adopted, default=None)))
    return Baseline(tuple(found), probe.now)
