"""From a message on the topic to the page that a channel lays out.

The notifier puts its pages there in words. Worded here are CloudWatch's alarms, EventBridge's notices of
tampering, and the guard's plain line if the notifier gets no notice. All else is shown as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from rootguard.cloudtrail.read import UNKNOWN, read_time
from rootguard.domain.drift import Actor
from rootguard.domain.json_data import made
from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import STOLEN, actor_label, ask, clean, cut, time_label

_MOST_SHOWN: Final = 2_032
"""Bytes of a message that nobody worded. EventBridge's notices are of a few hundred."""

CRITICAL_ALARMS: Final = ("SweepsMissing", "GuardErrors", "GuardThrottles", "DeadLetters", "RevertFailed")
"""After these, and each rule's RuleFailed, a violation may be in force. The names lack the stack's."""
# How the watchdog's descriptions are built: what it means, what to do first, what to do then.
_ALARM_STEP: Final = re.compile(r"(?:(?<=\.) |\n)(?=First |Then )")

PLAIN: Final = "Rootguard: "  # how the guard's plain line begins
TAMPERED: Final = "Rootguard TAMPERED: "  # how a notice of tampering begins
# stacks/constructs/tamper.py words it. What the record does not have is left out of it.
_NOTICE: Final = re.compile(
    re.escape(TAMPERED) + r"(?P<name>\S+) \((?P<service>\S+)\) on (?P<part>.*?) by (?P<who>\S*) "
    r"from (?P<source>.*?) at (?P<at>\S+)\. .*"
    r"CloudTrail event (?P<event_id>\S+)\. AWS refused the call if an error follows:\s?(?P<error>\S*)",
    re.DOTALL,
)
# If a call names a part twice, by its name and by an ARN, nothing is between them.
_BETWEEN_PARTS: Final = re.compile(r"\s+|(?=arn:aws)")
# Lambda's calls have one at their names' ends: DeleteFunction20150331.
_LAMBDAS_VERSION: Final = re.compile(r"20\d{6}(v\d+)?$")
_ACTORS: Final = {"assumed-role": "AssumedRole", "user": "IAMUser", "root": "Root"}
"""What a principal is, by the first word of its ARN's resource."""
_QUESTION: Final = f"whether it was planned. {STOLEN}, and revoke it."
_BLIND: Final = "It may NOT be safe: Rootguard may be blind, or unable to undo or to page."
LIST_ROOT: Final = (
    "aws organizations list-policies-for-target --filter SERVICE_CONTROL_POLICY "
    "--target-id $(aws organizations list-roots --query 'Roots[0].Id' --output text)"
)
"""A command that lists the SCPs on Root, without knowing its id."""
_LOOK: Final = (
    f"List the policies on Root and detach what does not belong there:\n{LIST_ROOT}",
    "Do the same for RESOURCE_CONTROL_POLICY, and for the other protected targets.",
)
_STEPS: Final = (
    *_LOOK,
    "Deploy Rootguard again, and check that a sweep completes:\nmake deploy",
    "Read in CloudTrail what else they did.",
)
_SOMEONE: Final = "Someone other than the deployment called AWS on a part of Rootguard."
_UNREADABLE: Final = "This message is neither a page, nor an alarm, nor a notice of tampering."
_UNKNOWN: Final = "Whether it is safe is not known: look."
_WHO: Final = f"Find out who did it, and {_QUESTION}"
_LOG: Final = "Read the guard's log: it says what was done, and why the queue of notices did not answer."
_PUBLISHER: Final = "Find out who may publish to the topic, and did."
_UNWORDED: Final = {
    TAMPERED: (Kind.TAMPERED, "TAMPERED", "a part of Rootguard", (_SOMEONE, _BLIND), (_WHO, *_STEPS)),
    PLAIN: (Kind.NOT_UNDONE, "NO DETAILS", "the guard could not send them", (_UNKNOWN,), (*_LOOK, _LOG)),
    "": (Kind.ALARM, "UNREADABLE", "a message", (_UNREADABLE, _UNKNOWN), (*_LOOK, _PUBLISHER)),
}
"""What is said of a message that nobody worded, by how it begins."""


def page_of(body: str, received: datetime) -> Page:
    """Return the page of a message that came at `received`, UTC. Never raises, whatever the message is."""
    message: Any = body
    with suppress(ValueError, RecursionError):  # no JSON, or nested too deeply to be read
        # Half a surrogate pair, which JSON can hold, is no text that can be sent.
        message = json.loads(json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace"))
    with suppress(KeyError, TypeError, ValueError, RecursionError):  # the beginnings of a kind, and no more
        match message:
            case {"page": page}:
                return Page.from_json(page)
            case {"AlarmName": _}:
                return alarm(message)
            # A longer one is none of the rules', and could keep the expression busy.
            case str() if len(message) <= _MOST_SHOWN and (notice := _NOTICE.fullmatch(message.strip())):
                return _tampered({name: clean(value) for name, value in notice.groupdict().items()})
    text = message if isinstance(message, str) else ""
    start = next(start for start in _UNWORDED if text.startswith(start))
    kind, headline, title, sentences, steps = _UNWORDED[start]
    return Page(
        kind=kind,
        # It may be anything, the worst included.
        severity=Severity.CRITICAL if start else Severity.ERROR,
        about=clean(text) if start == PLAIN else f"{title} of {received.isoformat()}",
        at=received,
        headline=headline,
        title=title,
        sentences=(clean(cut(text, _MOST_SHOWN)), *sentences) if start == PLAIN else sentences,
        fields=facts(
            ("Message", *map(clean, cut(body if not start else text, _MOST_SHOWN).splitlines())),
            ("Received", time_label(received)),
        ),
        steps=steps,
    )


def alarm(message: Mapping[str, Any]) -> Page:
    """Return the page of a CloudWatch alarm. Raises KeyError, TypeError, ValueError for what is none.

    Shape: "Notifying users on alarm changes", Amazon CloudWatch User Guide. The watchdog words it.
    """
    keys = ("AlarmName", "NewStateValue", "NewStateReason")
    name, state, why = (clean(made(str, message[key])) for key in keys)
    at = read_time(message["StateChangeTime"])
    account, region = (message.get(key) or "unknown" for key in ("AWSAccountId", "Region"))
    # CloudWatch sends null for no description.
    description = message.get("AlarmDescription") or f"The alarm {name} has no description."
    meaning, *rest = _ALARM_STEP.split(description)
    steps = ["\n".join(map(clean, step.split("\n", 1))) for step in rest]  # a command is on a second line
    headline, sentences = "ALARM" if state == "ALARM" else f"ALARM {state}", [clean(meaning)]
    # What was undone late is safe by now.
    severity = Severity.WARNING if name.endswith("-Exposure") else Severity.ERROR
    if name.rpartition("-")[2] in CRITICAL_ALARMS or name.endswith("RuleFailed"):
        severity = Severity.CRITICAL
        sentences += ["It may NOT be safe: a violation may be in force."]
    if state == "OK":
        severity, headline = Severity.INFO, "ALARM OVER"
        sentences = [f"The alarm {name} is over.", "What it watches has recovered."]
        steps = ["Find out why it came, if nobody knows yet."]
    return Page(
        kind=Kind.ALARM,
        severity=severity,
        about=f"alarm {name}",
        at=at,
        headline=headline,
        title=name,
        sentences=tuple(sentences),
        fields=facts(
            ("Why", why or "no reason given"),
            ("Where", clean(f"account {account}, {region}")),
            ("When", time_label(at)),
        ),
        steps=tuple(steps) or ("Look at the alarm and its metric in CloudWatch.",),
        origin=(f"CloudWatch alarm {name}",),
    )


def _actor(arn: str) -> Actor:
    """Return who acted, as far as the ARN of a session, a user or a root user says it."""
    if not arn:
        return Actor(UNKNOWN)
    resource = "".join(re.split(r"[:/]", arn)[5:6])
    kind = _ACTORS.get(resource, "Principal")
    issuer = arn.rpartition("/")[0] if kind == "AssumedRole" else arn
    return Actor(kind, issuer, session=arn)


def _tampered(call: Mapping[str, str]) -> Page:
    """Return the page of a call, by the groups of `_NOTICE`. Raises MalformedError if its time is none."""
    actor, parts = _actor(call["who"]), tuple(filter(None, _BETWEEN_PARTS.split(call["part"])))
    who, at, name, error = actor_label(actor), read_time(call["at"]), call["name"], call["error"]
    sentences = (f"Someone other than the deployment changed a part of Rootguard: {who}.", _BLIND)
    if error:
        tried = f"Someone tried to change a part of Rootguard: {who}. AWS refused it with {error}."
        sentences = (tried, "That call changed nothing; another one may have.")
    on = re.split(r"[/:]", parts[0])[-1] if parts else "a part of Rootguard"
    return Page(
        kind=Kind.TAMPERED,
        severity=Severity.WARNING if error else Severity.CRITICAL,
        about=call["event_id"],
        at=at,
        headline="TAMPERING REFUSED" if error else "TAMPERED",
        title=f"{_LAMBDAS_VERSION.sub('', name)} on {on}",
        sentences=sentences,
        aside=f". By {who}",
        fields=facts(
            ("Call", f"{name} ({call['service']})"),
            ("On", *(parts or ("not named in the record",))),
            ("By", who, clean(actor.session or ""), f"from {call['source'] or 'an unknown address'}"),
            ("When", time_label(at)),
            ("Refused", error),
        ),
        steps=(ask(actor, _QUESTION), *_STEPS),
        origin=(f"CloudTrail event {call['event_id']} ({name})",),
    )
