"""The page of a CloudWatch alarm: Rootguard itself is in trouble, or no longer is.

Shape: the JSON that CloudWatch publishes to SNS when an alarm changes its state ("Notifying users on alarm
changes", Amazon CloudWatch User Guide). What the alarm means, and what to do, the watchdog wrote into its
description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rootguard.cloudtrail.record import read_time
from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.words.phrases import clean, time_label

CRITICAL: Final = frozenset({"SweepsMissing", "GuardErrors", "GuardThrottles", "DeadLetters", "RevertFailed"})
"""After these alarms a violation may be in force, unseen or not undone. The names lack the stack's."""
_RULE_FAILED: Final = "RuleFailed"
"""One such alarm for each rule ends so."""

# How the watchdog's descriptions are built: what it means, what to do first, what to do then.
_STEP: Final = re.compile(r"(?<=\.) (?=First |Then )")
_LOOK: Final = "Look at the alarm and its metric in CloudWatch."


def page(alarm: Mapping[str, Any]) -> Page:
    """Return the page. Raises KeyError, TypeError, ValueError for what is no alarm."""
    name, state = _text(alarm, "AlarmName"), _text(alarm, "NewStateValue")
    at, over = read_time(alarm["StateChangeTime"]), state == "OK"
    short_name = name.rpartition("-")[2]
    critical = short_name in CRITICAL or short_name.endswith(_RULE_FAILED)
    severity = Severity.CRITICAL if critical else Severity.ERROR
    return Page(
        kind=Kind.ALARM,
        severity=Severity.INFO if over else severity,
        about=f"alarm {name}",
        at=at,
        headline={"OK": "ALARM OVER", "ALARM": "ALARM"}.get(state, f"ALARM {state}"),
        title=name,
        sentences=_over(name) if over else _sentences(alarm, critical=critical),
        fields=tuple(_fields(alarm, at)),
        steps=_steps(alarm, over=over),
        origin=(f"CloudWatch alarm {name}",),
    )


def _over(name: str) -> tuple[str, ...]:
    return (f"The alarm {name} is over.", "What it watches has recovered.")


def _sentences(alarm: Mapping[str, Any], *, critical: bool) -> tuple[str, ...]:
    meaning = _description(alarm)[0]
    return (meaning, "It may NOT be safe: a violation may be in force.") if critical else (meaning,)


def _steps(alarm: Mapping[str, Any], *, over: bool) -> tuple[str, ...]:
    if over:
        return ("Find out why it came, if nobody knows yet.",)
    return tuple(_description(alarm)[1:]) or (_LOOK,)


def _description(alarm: Mapping[str, Any]) -> list[str]:
    # It is null if there is none.
    said = clean(alarm.get("AlarmDescription") or f"The alarm {alarm['AlarmName']} has no description.")
    return _STEP.split(said)


def _fields(alarm: Mapping[str, Any], at: datetime) -> list[Field]:
    account, region = (clean(str(alarm.get(key) or "unknown")) for key in ("AWSAccountId", "Region"))
    return [
        Field("Why", (_text(alarm, "NewStateReason"),)),
        Field("Where", (f"account {account}, {region}",)),
        Field("When", (time_label(at),)),
    ]


def _text(alarm: Mapping[str, Any], key: str) -> str:
    value = alarm[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is not text")
    return clean(value)
