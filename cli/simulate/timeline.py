"""A run in few lines: what people did, what arrived, what Rootguard changed, and whom it woke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from simulation.run import Outcome
from simulation.trace import (
    Answered,
    Asked,
    AskedToRehearse,
    AwsCall,
    DeadLetter,
    Delivered,
    Ended,
    FaultChanged,
    Granted,
    Paged,
    PersonCall,
    Record,
)
from simulation.world import World

Kind: TypeAlias = Literal["person", "event", "write", "page", "trouble"]

_READS: Final = ("Describe", "List")
_SHOWN: Final = (
    "PolicyId",
    "TargetId",
    "AccountId",
    "SourceParentId",
    "DestinationParentId",
    "PolicyType",
    "Name",
)
_ENDS: Final = {"failed": "failed", "killed": "was killed", "timed out": "timed out"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line: when, what kind, who, and what."""

    at: float
    kind: Kind
    who: str
    what: str


def timeline(outcome: Outcome) -> tuple[Moment, ...]:
    """Return the moments of a run that matter to a reader, in order."""
    found = (_moment(record, outcome.world) for record in outcome.trace)
    return tuple(moment for moment in found if moment is not None)


def _moment(record: Record, world: World) -> Moment | None:
    match record:
        case PersonCall():
            failed = f", which fails: {record.error}" if record.error else ""
            return Moment(
                record.at, "person", record.by, f"{_call(record.call, record.parameters, world)}{failed}"
            )
        case Granted():
            policy, target = world.name_of(record.policy_id), world.name_of(record.target_id)
            failed = f", which fails: {record.error}" if record.error else ""
            return Moment(record.at, "person", record.by, f"grants {policy} on {target}{failed}")
        case Asked() | AskedToRehearse() | Answered():
            return _asked(record, world)
        case Delivered() if record.step is not None:
            return Moment(record.at, "event", "event", f"of step {record.step}, {record.event_name}")
        case AwsCall() if record.service == "organizations" and not record.call.startswith(_READS):
            failed = f", which fails: {record.error}" if record.error else ""
            what = f"{_call(record.call, record.parameters, world)}{failed}"
            return Moment(record.at, "write", record.function, what)
        case Paged():
            return Moment(record.at, "page", "page", record.subject or record.kind)
        case Ended() if record.how in _ENDS:
            return Moment(record.at, "trouble", record.function, f"{_ENDS[record.how]}: {record.error}")
        case DeadLetter():
            return Moment(record.at, "trouble", "dead letter", f"in {record.queue}")
        case FaultChanged():
            return Moment(
                record.at, "trouble", "fault", f"{record.fault} {'begins' if record.began else 'ends'}"
            )
        case _:
            return None


def _asked(record: Asked | AskedToRehearse | Answered, world: World) -> Moment | None:
    """Return the moment in which someone asked for something, or was answered."""
    match record:
        case Asked():
            named = " ".join(world.name_of(account) for account in record.accounts)
            proof = "" if record.proven else ", without a proof that counts"
            return Moment(record.at, "person", record.by, f"asks to {record.verb} {named}{proof}")
        case AskedToRehearse():
            return Moment(record.at, "person", record.by or "schedule", f"asks to rehearse, {record.when}")
        case Answered() if record.error:
            return Moment(record.at, "trouble", "answer", record.error)
        case Answered() if record.answer and "outcome" in record.answer:
            said = f"the rehearsal is {record.answer['outcome']}: {record.answer['why']}"
            return Moment(record.at, "event", "answer", said.removesuffix(": "))
    return None


def _call(call: str, parameters: Mapping[str, Any], world: World) -> str:
    named = [world.name_of(str(parameters[key])) for key in _SHOWN if key in parameters]
    return " ".join([call, *named])
