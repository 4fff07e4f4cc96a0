"""A world for rehearsals, in virtual time: the OU, the ledger, and a guard that answers after a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rootguard.domain.baseline import Acceptance, Approval, TargetBaseline
from rootguard.domain.drift import Actor, Change, ChangeKind, Drift, Subject
from rootguard.domain.fights import Fight
from rootguard.domain.guardrail import Mode, Rehearsal
from rootguard.domain.policy import SERVICE_CONTROL_POLICY
from rootguard.domain.verdict import Outcome as Judged
from rootguard.domain.verdict import Reason, Verdict
from rootguard.incidents import life
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import Notice
from rootguard.ports import LedgerError, NotAttachedError, OrganizationsError
from rootguard.rehearsal.calendar import Calendar
from rootguard.rehearsal.record import Record
from rootguard.rehearsal.rehearsal import Rehearser

START = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)  # a Thursday
OU, SCP = "ou-exam-rehearsal", "p-rehearsal"
REHEARSAL = Rehearsal(SCP, OU, "arn:aws:iam::111122223333:role/Rootguard-RehearsalRole")
OTHER = Drift(ChangeKind.ATTACHED, START, policy_id="p-12345678", target_id="r-exam")


@dataclass(slots=True)
class World:
    """All that a rehearsal meets. `then` has what happens at which second after the start."""

    now: datetime = START
    attached_to: set[tuple[str, str]] = field(default_factory=set)
    attached_at: datetime = START
    types: frozenset[str] = frozenset({SERVICE_CONTROL_POLICY})
    accepted: dict[str, Acceptance] = field(default_factory=dict)
    incidents: dict[str, life.Record] = field(default_factory=dict)
    fights: dict[str, Fight] = field(default_factory=dict)
    kept: Record | None = None
    notices: list[Notice] = field(default_factory=list)
    metrics: list[tuple[str, float]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    then: dict[float, Callable[[], None]] = field(default_factory=dict)
    is_ledger_down: bool = False
    attach_fails: Callable[[], None] = lambda: None
    calendar: Calendar = field(default_factory=Calendar)
    begins_meanwhile: Record | None = None
    mode: Mode = Mode.ENFORCE

    def rehearse(self, request: str = "r-1", *, scheduled: bool = True, anyway: bool = False) -> Record:
        rehearser = Rehearser(
            rehearsal=REHEARSAL,
            mode=self.mode,
            calendar=self.calendar,
            within=timedelta(seconds=300),
            organizations=self,
            ledger=self,
            records=self,
            notices=self,
            telemetry=self,
            clock=lambda: self.now,
            wait=self.wait,
        )
        return rehearser.rehearse(request, scheduled=scheduled, anyway=anyway)

    # The guard, and other people

    def guard_detaches(self, result: Result = Result.UNDONE, at: datetime | None = None) -> None:
        """The event of an attachment arrives: of the last one, or of the one at a given time."""
        self.attached_to.discard((SCP, OU))
        self.happened(replace(of_event(at or self.attached_at), policy_id=SCP, target_id=OU), result)

    def sweep_detaches(self) -> None:
        self.attached_to.discard((SCP, OU))
        self.happened(Drift(ChangeKind.ATTACHED, self.now, policy_id=SCP, target_id=OU))

    def happened(
        self, drift: Drift, result: Result = Result.UNDONE, *, rehearsal: bool | None = None
    ) -> None:
        undone_at = None if result is Result.NOT_UNDONE else self.now
        verdict = Verdict(Judged.REVERT, Reason.VIOLATION, target_id=drift.target_id)
        if rehearsal is None:
            rehearsal = drift.policy_id == SCP and bool(undone_at)
        incident = Incident(drift, verdict, result, undone_at=undone_at, rehearsal=rehearsal)
        key = life.key_of(drift)
        self.incidents[key], _ = life.happened(self.incidents.get(key), incident, self.now)

    def wait(self, seconds: float) -> None:
        before, self.now = self.now, self.now + timedelta(seconds=seconds)
        for at, happens in self.then.items():
            if before < START + timedelta(seconds=at) <= self.now:
                happens()

    # Organizations

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        assert policy_type == SERVICE_CONTROL_POLICY
        return {policy: policy for policy, target in self.attached_to if target == target_id}

    def attach(self, policy_id: str, target_id: str) -> bool:
        self.calls.append(f"attach {policy_id} {target_id}")
        is_new = (policy_id, target_id) not in self.attached_to
        self.attached_to.add((policy_id, target_id))
        self.attached_at = self.now
        self.attach_fails()
        return is_new

    def detach(self, policy_id: str, target_id: str) -> None:
        self.calls.append(f"detach {policy_id} {target_id}")
        if (policy_id, target_id) not in self.attached_to:
            raise NotAttachedError("DetachPolicy", "PolicyNotAttachedException", "not attached")
        self.attached_to.discard((policy_id, target_id))

    # The ledger

    def adopted(self, target_id: str) -> TargetBaseline:
        return TargetBaseline(self.types, self.accepted) if target_id == OU else TargetBaseline()

    def adopted_since(self, at: datetime) -> None:
        word = Acceptance(True, SERVICE_CONTROL_POLICY, at, Approval.ADOPTED)
        self.accepted = {**self.accepted, "p-FullAWSAccess": word}

    def fight(self, subject: Subject) -> Fight:
        return self.fights.get(subject.key, Fight())

    def record(self, key: str) -> life.Record | None:
        self._answer()
        return self.incidents.get(key)

    def records(self) -> tuple[life.Record, ...]:
        self._answer()
        return tuple(each for each in self.incidents.values() if each.life is not life.Life.CLEAN)

    def last(self) -> Record | None:
        found = self.kept
        self.kept = self.begins_meanwhile or found
        return found

    def keep(self, record: Record, instead_of: Record | None) -> bool:
        if self.kept not in (instead_of, record):
            return False
        self.kept = record
        return True

    def _answer(self) -> None:
        if self.is_ledger_down:
            raise LedgerError("it does not answer")

    # Notices and telemetry

    def send(self, notice: Notice) -> None:
        self.notices.append(notice)

    def log(self, message: str, **_: object) -> None: ...
    def warn(self, message: str, **_: object) -> None: ...

    def count(self, name: str) -> None:
        self.metrics.append((name, 1))

    def seconds(self, name: str, value: float) -> None:
        self.metrics.append((name, value))


def of_event(at: datetime) -> Drift:
    """An attachment as its event says it: when, to the second, and by whom."""
    actor = Actor("AssumedRole", REHEARSAL.role)
    change = Change(f"event at {at.isoformat()}", "111122223333", None, actor)
    return Drift(ChangeKind.ATTACHED, at.replace(microsecond=0), change=change)


def denied() -> Any:
    raise OrganizationsError("AttachPolicy", "AccessDeniedException", "no")


@pytest.fixture
def world() -> World:
    return World()
