"""From a message on the topic to the page that a channel lays out.

The notifier puts its pages there in words. Three sorts of message come without it, and are worded here:
CloudWatch's alarms, EventBridge's notices of a call against Rootguard's own parts, and the guard's one plain
line if the notifier gets no notice. Whatever else comes is shown as it is: nothing is lost.
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
from rootguard.notify.phrases import actor_label, ask, capital, clean, cut, time_label

_MOST_SHOWN: Final = 2_032
"""Bytes of a message that nobody worded. EventBridge's notices are of a few hundred."""

CRITICAL_ALARMS: Final = ("SweepsMissing", "GuardErrors", "GuardThrottles", "DeadLetters", "RevertFailed")
"""After these, and each rule's RuleFailed, a violation may be in force. The names lack the stack's."""
# How the watchdog's descriptions are built: what it means, what to do first, what to do then.
_ALARM_STEP: Final = re.compile(r"(?<=\.) (?=First |Then )")

PLAIN: Final = "Rootguard: "  # how the guard's plain line begins
TAMPERED: Final = "Rootguard TAMPERED: "  # how a notice of tampering begins
# stacks/constructs/tamper.py words it. What the record does not have is left out of it.
_NOTICE: Final = re.compile(
    re.escape(TAMPERED) + r"(?P<name>\S+) \((?P<service>\S+)\) on (?P<part>.*?) by (?P<who>\S*) "
    r"from (?P<source>.*?) at (?P<at>\S+)\. Refused, if a code follows: (?P<error>\S*)\. "
    r".*CloudTrail event (?P<event_id>\S+)\.",
    re.DOTALL,
)
# If a call names a part twice, by its name and by an ARN, nothing is between them.
_BETWEEN_PARTS: Final = re.compile(r"\s+|(?=arn:aws)")
# Lambda's calls have one at their names' ends: DeleteFunction20150331.
_LAMBDAS_VERSION: Final = re.compile(r"20\d{6}(v\d+)?$")
_ACTORS: Final = {"assumed-role": "AssumedRole", "user": "IAMUser", "root": "Root"}
"""What a principal is, by the first word of its ARN's resource."""
_QUESTION: Final = "is it planned? If nobody knows of it, treat the credential as stolen, and revoke it."
_BLIND: Final = "It may NOT be safe: Rootguard may be blind, or unable to undo or to page."
_STEPS: Final = (
    "List the policies on Root and on the protected targets by hand; detach what does not belong there.",
    "Deploy Rootguard again (`make deploy`), and see that a sweep completes.",
    "Read in CloudTrail what else they did.",
)


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
    if text.startswith(TAMPERED):
        return _noticed_otherwise(text, received)
    return _unsent(text, received) if text.startswith(PLAIN) else _unreadable(body, received)


def _unreadable(body: str, received: datetime) -> Page:
    return Page(
        kind=Kind.ALARM,
        severity=Severity.ERROR,  # It may be anything, the worst included.
        about=f"message of {received.isoformat()}",
        at=received,
        headline="UNREADABLE",
        title="a message that Rootguard cannot read",
        sentences=(
            "A message came to Rootguard's topic that is neither a page, nor an alarm, nor a tamper notice.",
            "Whether it is safe is not known: read it.",
        ),
        fields=facts(
            ("Message", *map(clean, cut(body, _MOST_SHOWN).splitlines())),
            ("Received", time_label(received)),
        ),
        steps=(
            "Read the message. If it tells of a change on Root, look at the policies there by hand.",
            "Find out who may publish to the topic, and did.",
        ),
    )


def _unsent(line: str, received: datetime) -> Page:
    """Return the page of the guard's plain line: its notice could not be sent, and this is all there is."""
    return Page(
        kind=Kind.NOT_UNDONE,
        severity=Severity.CRITICAL,
        about=clean(line),
        at=received,
        headline="INCIDENT, WITHOUT ITS NOTICE",
        title="the guard could not send the details",
        sentences=(clean(cut(line, _MOST_SHOWN)), "Whether it is safe is not known: look."),
        fields=facts(("Received", time_label(received))),
        steps=(
            "List the policies on Root and on the protected targets by hand.",
            "Read the guard's log: it says what was done, and why the queue of notices did not answer.",
        ),
    )


def alarm(message: Mapping[str, Any]) -> Page:
    """Return the page of a CloudWatch alarm. Raises KeyError, TypeError, ValueError for what is none.

    Shape: "Notifying users on alarm changes", Amazon CloudWatch User Guide. The watchdog wrote into the
    alarm's description what it means, and what to do.
    """
    keys = ("AlarmName", "NewStateValue", "NewStateReason")
    name, state, why = (clean(made(str, message[key])) for key in keys)
    at = read_time(message["StateChangeTime"])
    account, region = (message.get(key) or "unknown" for key in ("AWSAccountId", "Region"))
    # CloudWatch sends null for no description.
    description = clean(message.get("AlarmDescription") or f"The alarm {name} has no description.")
    meaning, *steps = _ALARM_STEP.split(description)
    headline = "ALARM" if state == "ALARM" else f"ALARM {state}"
    # What was undone late is safe by now.
    severity = Severity.WARNING if name.endswith("-Exposure") else Severity.ERROR
    sentences = [meaning]
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
    sentences = (f"{capital(who)} changed a part of Rootguard, and is not the deployment.", _BLIND)
    if error:
        tried = f"{capital(who)} tried to change a part of Rootguard; AWS refused it with {error}."
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


def _noticed_otherwise(notice: str, received: datetime) -> Page:
    return Page(
        kind=Kind.TAMPERED,
        severity=Severity.CRITICAL,
        about=f"tampering noticed at {received.isoformat()}",
        at=received,
        headline="TAMPERED",
        title="a part of Rootguard",
        sentences=("Someone other than the deployment called AWS on a part of Rootguard.", _BLIND),
        fields=facts(("Notice", clean(cut(notice, _MOST_SHOWN))), ("Received", time_label(received))),
        steps=(f"Find out who did it: {_QUESTION}", *_STEPS),
    )
