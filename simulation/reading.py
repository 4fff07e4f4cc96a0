"""From a history's YAML to the history. Whatever is not understood is an error that names its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from simulation import founding, guardrails
from simulation.calls import KNOWN
from simulation.reading_asks import ask, by, rehearse
from simulation.reading_expectations import expectation
from simulation.reading_names import Names, says
from simulation.steps import (
    STATES,
    STATES_OF_SECONDS,
    Ask,
    Call,
    Fault,
    FaultKind,
    Grant,
    History,
    Kill,
    OrganizationBefore,
    PolicyBefore,
    Redeliver,
    Redrive,
    Rehearse,
    Step,
    SweepTimes,
)
from simulation.yaml_lines import HistoryError, Value, each, read

__all__ = ["HistoryError", "parse"]

_KEYS: Final = ("why", "guardrail", "organization", "sweep", "steps", "expect", "end")
_LENGTH: Final = re.compile(r"(?=\d)(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?")
_KILLS: Final = re.compile(r"(before|after) ([A-Z][A-Za-z]+)")
_POLICY_TYPES: Final = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


def parse(text: str, file: str) -> History:
    """Return the history of a file's text. Raises HistoryError, which names the line and how to fix it."""
    whole = read(text, file)
    found = whole.entries(*_KEYS, required=("why",))
    organization = _organization(found["organization"]) if "organization" in found else OrganizationBefore()
    listed = found["steps"].items() if "steps" in found else []
    guardrail = _guardrail(found["guardrail"]) if "guardrail" in found else {}
    made = founding.units(guardrail)
    for use, unit in made.items():
        if unit in organization.units:
            raise whole.error(f'the {use} OU is called "{unit}", too', "give the unit another name")
    before = founding.founded_by(organization, guardrail)
    names = Names.of(before, [step.data for step in listed if isinstance(step.data, dict)])
    for name in sorted(names.ambiguous()):
        raise whole.error(f'the name "{name}" stands for two things', "give one of them another name")
    if "organization" in found:
        _check(found["organization"], names)
    history = History(
        why=found["why"].text(),
        guardrail=guardrail,
        organization=organization,
        sweep=_sweep(found["sweep"]) if "sweep" in found else SweepTimes(),
        steps=tuple(_Steps(names, listed, frozenset(use for use in made if made[use])).read()),
        expect=tuple(expectation(e, names) for e in (found["expect"].items() if "expect" in found else [])),
        end=found["end"].number(0) if "end" in found else None,
    )
    try:
        guardrails.config(history, names)
    except guardrails.GuardrailError as error:
        where = found.get("guardrail", whole)
        raise where.error(str(error), "write it as in docs/configuration.md, with names for ids") from error
    return history


def _guardrail(value: Value) -> Mapping[str, Any]:
    each(value)
    data: Mapping[str, Any] = value.plain()
    if not isinstance(data, Mapping):
        raise value.error("expected keys of guardrail.yaml", "write {protections: [ … ]}")
    return data


def _organization(value: Value) -> OrganizationBefore:
    found = value.entries("units", "accounts", "policies")
    return OrganizationBefore(
        units={name: unit.text() for name, unit in each(found["units"])} if "units" in found else {},
        accounts={n: account.text() for n, account in each(found["accounts"])} if "accounts" in found else {},
        policies={n: _policy(policy) for n, policy in each(found["policies"])} if "policies" in found else {},
    )


def _policy(value: Value) -> PolicyBefore:
    found = value.entries("says", "on", "type", required=("says",))
    return PolicyBefore(
        says=says(found["says"]),
        on=tuple(target.text() for target in found["on"].items()) if "on" in found else (),
        type=found["type"].one_of(*_POLICY_TYPES) if "type" in found else _POLICY_TYPES[0],
    )


def _check(value: Value, names: Names) -> None:
    """Raise HistoryError if the organization names a parent or a target that it does not have."""
    found = value.entries()
    earlier = {"root"}
    for name, parent in each(found["units"]) if "units" in found else ():
        if parent.data not in earlier:
            raise parent.error(
                f'the unit "{parent.data}" is not known here', "name root, or a unit above this line"
            )
        earlier.add(name)
    for _, parent in each(found["accounts"]) if "accounts" in found else ():
        names.check(parent, "parent")
    for _, policy in each(found["policies"]) if "policies" in found else ():
        for target in policy.data["on"].items() if "on" in policy.data else ():
            names.check(target, "target")


def _sweep(value: Value) -> SweepTimes:
    found = value.entries("every", "first")
    every = found["every"].whole(60) if "every" in found else 60
    if every % 60:
        raise found["every"].error(f"{every} is not a number of minutes", "write a multiple of 60")
    return SweepTimes(every=every, first=found["first"].whole(0) if "first" in found else every)


@dataclass(frozen=True, slots=True)
class _Steps:
    names: Names
    listed: list[Value]
    made: frozenset[str]
    """What the stack makes beside: a quarantine, a rehearsal."""

    def read(self) -> list[Step]:
        return [self._step(value) for value in self.listed]

    def _step(self, value: Value) -> Step:
        readers: dict[str, Callable[[Value], Step]] = {
            "call": self._call,
            "grant": self._grant,
            "isolate": self._ask,
            "release": self._ask,
            "rehearse": self._rehearse,
            "fault": self._fault,
            "kill": self._kill,
            "again": self._again,
            "redrive": self._redrive,
        }
        keys = value.data if isinstance(value.data, dict) else {}
        for key, reader in readers.items():
            if key in keys:
                return reader(value)
        raise value.error("not a step", f"give it one of the keys {', '.join(readers)}")

    def _call(self, value: Value) -> Call:
        named = value.data["call"]
        parameters = KNOWN[named.one_of(*KNOWN)]
        found = value.entries(
            "at", "by", "call", "event", "interleave", *parameters, required=("at", "by", "call")
        )
        given: dict[str, Any] = {}
        for key, parameter in parameters.items():
            if key in found:
                given[key] = (
                    says(found[key])
                    if parameter.kind == "says"
                    else self.names.check(found[key], parameter.kind)
                )
            elif parameter.otherwise is None and not parameter.optional:
                raise value.error(f"{named.data} needs {key}", f"add {key}: …")
        name, refused = by(found["by"])
        return Call(
            at=found["at"].number(),
            by=name,
            call=str(named.data),
            parameters=given,
            refused=refused,
            event=found["event"].times() if "event" in found else (),
            interleave=found["interleave"].whole(0) if "interleave" in found else None,
        )

    def _ask(self, value: Value) -> Ask:
        if "quarantine" not in self.made:
            raise value.error(
                "there is no quarantine to isolate accounts in", "add guardrail: {quarantine: {}}"
            )
        return ask(value, self.names)

    def _rehearse(self, value: Value) -> Rehearse:
        if "rehearsal" not in self.made:
            raise value.error("there is no rehearsal", "add guardrail: {rehearsal: {}}")
        return rehearse(value)

    def _grant(self, value: Value) -> Grant:
        found = value.entries(
            "at", "by", "grant", "target", "for", required=("at", "by", "grant", "target", "for")
        )
        length = _LENGTH.fullmatch(str(found["for"].data))
        if length is None:
            raise found["for"].error(f'"{found["for"].data}" is not a duration', "write it like 30m or 2h")
        hours, minutes, seconds = (int(part or 0) for part in length.groups())
        return Grant(
            at=found["at"].number(),
            by=found["by"].text(),
            policy=self.names.check(found["grant"], "policy"),
            target=self.names.check(found["target"], "target"),
            lasts=hours * 3600 + minutes * 60 + seconds,
        )

    def _fault(self, value: Value) -> Fault:
        found = value.entries("at", "fault", required=("at",))
        told = found["fault"]
        more = told.entries("call", "error", "share", "until", "seconds", *STATES)
        kinds = [kind for kind in ("call", *STATES) if kind in more]
        if len(kinds) != 1:
            raise told.error("a fault is one thing", f"give it one of the keys call, {', '.join(STATES)}")
        (kind,) = kinds
        if kind == "call":
            more = told.entries("call", "error", "share", "until", required=("call", "error"))
        else:
            more[kind].one_of(STATES[kind])
            needed = ("seconds",) if kind in STATES_OF_SECONDS else ()
            more = told.entries(kind, "share", "until", "seconds", required=needed)
        at = found["at"].number()
        return Fault(
            at=at,
            kind=cast("FaultKind", kind),
            call=more["call"].text() if "call" in more else "",
            error=more["error"].text() if "error" in more else "",
            seconds=more["seconds"].number(None if kind == "clock" else 0) if "seconds" in more else 0,
            share=more["share"].number(0, 1) if "share" in more else 1,
            until=more["until"].number(at) if "until" in more else None,
        )

    def _kill(self, value: Value) -> Kill:
        found = value.entries("at", "kill", "function", required=("at",))
        said = _KILLS.fullmatch(found["kill"].text())
        if said is None:
            raise found["kill"].error(
                f'"{found["kill"].data}" is no place to kill', "write before CALL or after CALL"
            )
        return Kill(
            at=found["at"].number(),
            moment="before" if said[1] == "before" else "after",
            call=said[2],
            function=found["function"].text() if "function" in found else None,
        )

    def _again(self, value: Value) -> Redeliver:
        found = value.entries("at", "again", required=("at",))
        again = found["again"].whole(0)
        if again >= len(self.listed) or "call" not in self.listed[again].entries():
            raise found["again"].error(
                f"step {again} is no call", "count the steps from 0, and name one with a call"
            )
        return Redeliver(at=found["at"].number(), again=again)

    def _redrive(self, value: Value) -> Redrive:
        found = value.entries("at", "redrive", required=("at",))
        if found["redrive"].data is not True:
            raise found["redrive"].error("expected true", "write redrive: true")
        return Redrive(at=found["at"].number())
