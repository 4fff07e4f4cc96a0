"""What people did: each call of a person to Organizations, with what came of its event.

The functions for isolation and rehearsal are two of those people. The guard hears of what they did by the
events. It trusts the former like anyone that guardrail.yaml names, and does not trust the latter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulation.faults import ANSWER_LOST
from simulation.quarantine import ISOLATION
from simulation.rehearsal import REHEARSAL
from simulation.trace import AwsCall, Began, Delivered, Ended, PersonCall, Record

SCP: Final = "SERVICE_CONTROL_POLICY"
RCP: Final = "RESOURCE_CONTROL_POLICY"
GUARD: Final = "guard"
RESTORE: Final = "restore"
_AS_PEOPLE: Final = {ISOLATION: ("MoveAccount",), REHEARSAL: ("AttachPolicy", "DetachPolicy")}
"""The calls by which functions do what the guard may undo."""
_TARGETS: Final = ("targetId", "accountId", "rootId", "organizationalUnitId")
TELLING: Final = ("event", "redrive")
"""Why an invocation begins that hears of a change."""


@dataclass(frozen=True, slots=True)
class Change:
    """One call of a person, or of a function that acts as people do.

    Attributes:
        number: its place in the trace.
        worked: whether it changed something.
        refused: whether IAM refused it.
        heard: when its event arrived, each time.
        known_at: when the guard had first dealt with its event; None if it never did.
    """

    number: int
    at: float
    step: int
    by: str
    call: str
    worked: bool
    refused: bool
    policy_id: str = ""
    target_id: str = ""
    policy_type: str = ""
    content: str = ""
    source_id: str = ""
    destination_id: str = ""
    heard: tuple[float, ...] = ()
    known_at: float | None = None
    event_id: str = ""


def changes_of(trace: Sequence[Record]) -> tuple[Change, ...]:
    """Return what people did, in order."""
    heard: dict[str, list[float]] = {}
    for record in trace:
        if isinstance(record, Delivered):
            heard.setdefault(record.event_id, []).append(record.at)
    known = _known(trace)
    return tuple(
        _change(number, record, tuple(heard.get(_event_id(record), ())), known.get(_event_id(record)))
        if isinstance(record, PersonCall)
        else own_change(number, record, tuple(heard.get(record.event_id, ())), known.get(record.event_id))
        for number, record in enumerate(trace)
        if isinstance(record, PersonCall) or (isinstance(record, AwsCall) and acts_as_people(record))
    )


def acts_as_people(call: AwsCall) -> bool:
    """Tell whether a call is one by which a function does what people do, and undoes nothing."""
    return call.call in _AS_PEOPLE.get(call.function, ())


def event_of(payload: Mapping[str, Any]) -> str:
    """Return the id of the CloudTrail event in a payload, or in a dead letter's; empty if there is none."""
    while isinstance(payload.get("requestPayload"), Mapping):
        payload = payload["requestPayload"]
    detail = payload.get("detail", payload)
    found = detail.get("eventID") if isinstance(detail, Mapping) else None
    return found if isinstance(found, str) else ""


def _event_id(call: PersonCall) -> str:
    return str(call.record.get("eventID", ""))


def _known(trace: Sequence[Record]) -> Mapping[str, float]:
    """Return for each event when an invocation first dealt with it well."""
    events = {
        record.invocation: event_of(record.payload)
        for record in trace
        if isinstance(record, Began) and record.why in TELLING
    }
    known: dict[str, float] = {}
    for record in trace:
        if isinstance(record, Ended) and record.how == "well" and record.invocation in events:
            known.setdefault(events[record.invocation], record.at)
    return known


def _change(number: int, call: PersonCall, heard: tuple[float, ...], known_at: float | None) -> Change:
    asked = _camel(call.parameters)
    answered = call.record.get("responseElements")
    policy = answered.get("policy", {}) if isinstance(answered, Mapping) else {}
    summary = policy.get("policySummary", {})
    return Change(
        number=number,
        at=call.at,
        step=call.step,
        by=call.by,
        call=call.call,
        worked=call.error is None,
        refused=call.error in ("AccessDenied", "AccessDeniedException"),
        policy_id=str(summary.get("id") or asked.get("policyId", "")),
        target_id=next((str(asked[name]) for name in _TARGETS if name in asked), ""),
        policy_type=str(summary.get("type") or asked.get("policyType", "")),
        content=str(policy.get("content", "")),
        source_id=str(asked.get("sourceParentId", "")),
        destination_id=str(asked.get("destinationParentId", "")),
        heard=heard,
        known_at=known_at,
        event_id=_event_id(call),
    )


def own_change(
    number: int, call: AwsCall, heard: tuple[float, ...] = (), known_at: float | None = None
) -> Change:
    """Return a change that a function made, or tried to."""
    asked = call.parameters
    return Change(
        number=number,
        at=call.at,
        step=-1,
        by=call.function,
        call=call.call,
        worked=took_effect(call),
        refused=False,
        policy_id=str(asked.get("PolicyId", "")),
        target_id=str(asked.get("TargetId") or asked.get("AccountId") or asked.get("RootId", "")),
        policy_type=str(asked.get("PolicyType", "")),
        content=str(asked.get("Content", "")),
        source_id=str(asked.get("SourceParentId", "")),
        destination_id=str(asked.get("DestinationParentId", "")),
        heard=heard,
        known_at=known_at,
        event_id=call.event_id,
    )


def took_effect(call: AwsCall) -> bool:
    """Tell whether a call was carried out, even if its answer was lost."""
    return call.error in (None, ANSWER_LOST)


def _camel(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name[:1].lower() + name[1:]: value for name, value in parameters.items()}
