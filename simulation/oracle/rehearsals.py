"""The rehearsals of a run: who began each, which attempts it had, what they attached, and how each ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulation.oracle.changes import Change
from simulation.oracle.film import Subject
from simulation.rehearsal import REHEARSAL
from simulation.trace import Answered, AskedToRehearse, AwsCall, Record


@dataclass(frozen=True, slots=True)
class Attempt:
    """One invocation that is over: when, its place in the trace, and its outcome; empty if it has none."""

    number: int
    at: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One rehearsal, or the wish for one.

    Attributes:
        attached: the attachments that it made, whoever's they may have been before.
        attempts: those of its invocations that are over.
    """

    asked: AskedToRehearse
    attached: tuple[Change, ...]
    attempts: tuple[Attempt, ...]

    @property
    def outcome(self) -> str:
        """How it ended; empty if nobody knows, or if none began."""
        return next((each.outcome for each in reversed(self.attempts) if each.outcome), "")


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """All of a run.

    Attributes:
        subject: the SCP on the OU; empty if the guardrail has no rehearsal.
        within: how many seconds the guard may take.
    """

    subject: Subject
    within: float
    all: tuple[Rehearsed, ...]

    def made(self, change: Change) -> bool:
        """Tell whether the function made a change."""
        return change.by == REHEARSAL

    def is_attachment(self, change: Change) -> bool:
        """Tell whether a change attached the SCP to the OU, whoever made it."""
        return ("attachment", change.policy_id, change.target_id) == self.subject

    def is_about(self, change: Change) -> bool:
        """Tell whether a change is one of the attachment, or of what the SCP says."""
        if not self.subject:
            return False
        _, policy_id, target_id = self.subject
        return change.policy_id == policy_id and change.target_id in ("", target_id)


def rehearsals_of(
    trace: Sequence[Record], changes: Sequence[Change], subject: Subject, within: float
) -> Rehearsals:
    """Return them, in order."""
    asked = [record for record in trace if isinstance(record, AskedToRehearse)]
    return Rehearsals(subject, within, tuple(_rehearsed(each, trace, changes) for each in asked))


def _rehearsed(asked: AskedToRehearse, trace: Sequence[Record], changes: Sequence[Change]) -> Rehearsed:
    answers = [
        (number, record)
        for number, record in enumerate(trace)
        if isinstance(record, Answered) and record.step == asked.step
    ]
    invocations = {asked.invocation, *(record.invocation for _, record in answers)}
    attached = tuple(
        change
        for change in changes
        if change.by == REHEARSAL
        and change.call == "AttachPolicy"
        and change.worked
        and isinstance(call := trace[change.number], AwsCall)
        and call.invocation in invocations
    )
    attempts = tuple(
        Attempt(number, record.at, str((record.answer or {}).get("outcome", "")))
        for number, record in answers
    )
    return Rehearsed(asked, attached, attempts)
