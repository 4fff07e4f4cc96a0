"""The page of a CloudWatch alarm: Rootguard itself is in trouble, or no longer is.

Shape: the JSON that CloudWatch publishes to SNS when an alarm changes its state ("Notifying users on alarm
changes", Amazon CloudWatch User Guide). The watchdog wrote into the alarm's description what it means, and
what to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rootguard.cloudtrail.record import read_time
from rootguard.notify.page import Kind, Page, Severity, field
from rootguard.notify.phrases import clean, said, time_label

CRITICAL: Final = frozenset({"SweepsMissing", "GuardErrors", "GuardThrottles", "DeadLetters", "RevertFailed"})
"""After these alarms a violation may be in force, unseen or not undone. The names lack the stack's."""
_RULE_FAILED: Final = "RuleFailed"
"""One such alarm for each rule ends so."""
# How the watchdog's descriptions are built: what it means, what to do first, what to do then.
_STEP: Final = re.compile(r"(?<=\.) (?=First |Then )")


def page(alarm: Mapping[str, Any]) -> Page:
    """Return the page. Raises KeyError, TypeError, ValueError for what is no alarm."""
    name, state, at = (
        said(alarm["AlarmName"]),
        said(alarm["NewStateValue"]),
        read_time(alarm["StateChangeTime"]),
    )
    critical = name.rpartition("-")[2] in CRITICAL or name.endswith(_RULE_FAILED)
    severity = Severity.CRITICAL if critical else Severity.ERROR
    # CloudWatch sends null for no description.
    description = clean(alarm.get("AlarmDescription") or f"The alarm {name} has no description.")
    meaning, *steps = _STEP.split(description)
    sentences = [meaning, *(["It may NOT be safe: a violation may be in force."] if critical else [])]
    headline = "ALARM" if state == "ALARM" else f"ALARM {state}"
    if state == "OK":
        severity, headline, steps = (
            Severity.INFO,
            "ALARM OVER",
            ["Find out why it came, if nobody knows yet."],
        )
        sentences = [f"The alarm {name} is over.", "What it watches has recovered."]
    account, region = (clean(str(alarm.get(key) or "unknown")) for key in ("AWSAccountId", "Region"))
    return Page(
        kind=Kind.ALARM,
        severity=severity,
        about=f"alarm {name}",
        at=at,
        headline=headline,
        title=name,
        sentences=tuple(sentences),
        fields=(
            field("Why", said(alarm["NewStateReason"]) or "no reason given"),
            field("Where", f"account {account}, {region}"),
            field("When", time_label(at)),
        ),
        steps=tuple(steps) or ("Look at the alarm and its metric in CloudWatch.",),
        origin=(f"CloudWatch alarm {name}",),
    )
