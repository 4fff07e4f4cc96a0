"""From a history to its YAML: a line for each step and each expectation, so that a change is easy to see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from simulation.steps import (
    OWN_EVENTS_AFTER,
    STATES,
    STATES_OF_SECONDS,
    Ask,
    Call,
    ExpectAccount,
    Expectation,
    ExpectCalls,
    ExpectPage,
    ExpectPages,
    ExpectPolicy,
    ExpectSweeps,
    ExpectTarget,
    Fault,
    Grant,
    History,
    Kill,
    OrganizationBefore,
    Redeliver,
    Redrive,
    Rehearse,
    Seconds,
    Step,
    SweepTimes,
)

_SCP = "SERVICE_CONTROL_POLICY"


class _OneLine(dict[str, Any]):
    """Keys and values that stand on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes what is read again; nothing is shared by an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's interface
        return True


_Dumper.add_representer(
    _OneLine,
    lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True),
)


def dump(history: History) -> str:
    """Return YAML that `parse` reads as an equal history."""
    document: dict[str, Any] = {"why": history.why}
    if history.guardrail:
        document["guardrail"] = _flat(history.guardrail)
    if history.organization != OrganizationBefore():
        document["organization"] = _organization(history.organization)
    if history.sweep != SweepTimes():
        document["sweep"] = _OneLine(every=history.sweep.every, first=history.sweep.first)
    if history.end is not None:
        document["end"] = history.end
    document["steps"] = [_OneLine(_step(step)) for step in history.steps]
    document["expect"] = [_OneLine(_expectation(entry)) for entry in history.expect]
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=100_000, allow_unicode=True)
    return text


def _flat(guardrail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [_OneLine(e) for e in value] if key == "protections" else value
        for key, value in guardrail.items()
    }


def _organization(before: OrganizationBefore) -> dict[str, Any]:
    policies = {
        name: _OneLine(
            {
                "says": policy.says,
                "on": list(policy.on),
                **({"type": policy.type} if policy.type != _SCP else {}),
            }
        )
        for name, policy in before.policies.items()
    }
    found: dict[str, Any] = {
        "units": _OneLine(before.units),
        "accounts": _OneLine(before.accounts),
        "policies": policies,
    }
    return {key: value for key, value in found.items() if value}


def _step(step: Step) -> dict[str, Any]:
    at = {"at": step.at}
    match step:
        case Call():
            event = list(step.event) if len(step.event) > 1 else next(iter(step.event), None)
            return {
                **at,
                "by": _by(step),
                "call": step.call,
                **step.parameters,
                **_given(event=event, interleave=step.interleave),
            }
        case Ask():
            return {**at, **_asked(step)}
        case Rehearse():
            return {**at, **_rehearsed(step)}
        case Grant():
            return {
                **at,
                "by": step.by,
                "grant": step.policy,
                "target": step.target,
                "for": _length(step.lasts),
            }
        case Fault():
            return {**at, "fault": _fault(step)}
        case Kill():
            return {**at, "kill": f"{step.moment} {step.call}", **_given(function=step.function)}
        case Redeliver():
            return {**at, "again": step.again}
        case Redrive():
            return {**at, "redrive": True}


def _asked(ask: Ask) -> dict[str, Any]:
    return {
        "by": _by(ask),
        ask.verb: list(ask.accounts),
        **_given(
            to=ask.to,
            dry_run=ask.dry_run or None,
            proof=None if ask.proof == "own" else ask.proof,
            event=_own_events(ask.event),
            interleave=ask.interleave,
        ),
    }


def _rehearsed(step: Rehearse) -> dict[str, Any]:
    who = {"by": _by(step)} if step.by else {}
    events = _given(event=_own_events(step.event), interleave=step.interleave)
    return {**who, "rehearse": step.when, **events}


def _by(step: Call | Ask | Rehearse) -> str:
    return f"refused {step.by}" if step.refused else step.by


def _own_events(event: tuple[Seconds, ...]) -> Any:
    """Return when the events of Rootguard's own calls arrive; None if that is the usual time."""
    if event == (OWN_EVENTS_AFTER,):
        return None
    return list(event) if len(event) != 1 else event[0]


def _fault(fault: Fault) -> dict[str, Any]:
    what: dict[str, Any] = {"call": fault.call, "error": fault.error}
    if fault.kind != "call":
        what = {fault.kind: STATES[fault.kind]}
    more = _given(
        seconds=fault.seconds if fault.seconds or fault.kind in STATES_OF_SECONDS else None,
        until=fault.until,
    )
    return {**what, **({"share": fault.share} if fault.share != 1 else {}), **more}


def _expectation(entry: Expectation) -> dict[str, Any]:
    match entry:
        case ExpectTarget():
            named = {"has": list(entry.has), "lacks": list(entry.lacks)}
            return {
                "at": entry.at,
                "target": entry.target,
                **{key: value for key, value in named.items() if value},
            }
        case ExpectPolicy():
            return {"at": entry.at, "policy": entry.policy, "says": entry.says}
        case ExpectAccount():
            return {"at": entry.at, "account": entry.account, "in": entry.parent}
        case ExpectCalls():
            return {
                "calls": entry.call,
                **_given(at_most=entry.at_most, at_least=entry.at_least, after=entry.after),
            }
        case ExpectPages():
            counts = _given(pages=entry.exactly, pages_at_most=entry.at_most, pages_at_least=entry.at_least)
            return {**counts, **_given(by=entry.by)}
        case ExpectSweeps():
            return {"sweeps": "completed", "at_least": entry.at_least}
        case ExpectPage():
            return {"page": entry.which, "has": entry.has}


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _length(seconds: int) -> str:
    parts = ((seconds // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"
