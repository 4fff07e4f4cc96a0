"""The page of a call against Rootguard's own parts, made by someone other than a deployment.

It comes from EventBridge without passing through our code: as the stack's rules word it, in one sentence for
an e-mail and an SMS, or as the event itself ("AWS API Call via CloudTrail").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from rootguard.cloudtrail.record import UNKNOWN, object_in, read_actor, read_time
from rootguard.domain.change import Actor
from rootguard.notify.page import Kind, Page, Severity, field
from rootguard.notify.phrases import actor_label, ask, capital, clean, how_label, said, time_label

BEGINNING: Final = "Rootguard TAMPERED: "
"""How a notice begins."""

# stacks/constructs/tamper.py words it. What the record does not have is left out of it.
_NOTICE: Final = re.compile(
    re.escape(BEGINNING) + r"(?P<name>\S+) \((?P<service>\S+)\) on (?P<part>.*?) by (?P<who>\S*) "
    r"from (?P<source>.*?) at (?P<at>\S+)\. Refused, if a code follows: (?P<error>\S*)\. "
    r".*CloudTrail event (?P<event_id>\S+)\.",
    re.DOTALL,
)
# If a call names a part twice, by its name and by an ARN, nothing is between them.
_BETWEEN_PARTS: Final = re.compile(r"\s+|(?=arn:aws)")
# In which of a call's parameters a part of Rootguard is named.
_NAMING: Final = re.compile(r"(name|names|arn|id|url|rule)$", re.IGNORECASE)
# Lambda's calls have one at their names' ends: DeleteFunction20150331.
_LAMBDAS_VERSION: Final = re.compile(r"20\d{6}(v\d+)?$")
_KEYS: Final = {"name": "eventName", "service": "eventSource", "at": "eventTime", "event_id": "eventID"}
_KINDS: Final = {"assumed-role": "AssumedRole", "user": "IAMUser", "root": "Root"}
"""What a principal is, by the first word of its ARN's resource."""
_QUESTION: Final = "is it planned? If nobody knows of it, treat the credential as stolen, and revoke it."
_BLIND: Final = "It may NOT be safe: Rootguard may be blind, or unable to undo or to page."
_STEPS: Final = (
    "List the policies on Root and on the protected targets by hand; detach what does not belong there.",
    "Deploy Rootguard again (`make deploy`), and see that a sweep completes.",
    "Read in CloudTrail what else they did.",
)
_PARTS_SHOWN: Final = 5
_NOTICE_SHOWN: Final = 2_000
"""Characters of a notice. EventBridge's are of a few hundred."""


def page(event: Mapping[str, Any]) -> Page:
    """Return the page of an EventBridge event. Raises KeyError, TypeError, ValueError for another."""
    record = event["detail"]
    if not isinstance(record, Mapping):
        raise TypeError("detail is not an object")
    call = {name: said(record[key]) for name, key in _KEYS.items()}
    call["error"] = said(record.get("errorCode") or "")
    actor = read_actor(record)
    return _page(call, actor, tuple(_parts(record)), how_label(actor))


def page_of_notice(text: str, received: datetime) -> Page | None:
    """Return the page of a notice that came at `received`, UTC; None for what does not begin as one."""
    if not text.startswith(BEGINNING):
        return None
    # A longer one is none of the rules', and could keep the expression busy.
    notice = _NOTICE.fullmatch(text.strip()) if len(text) <= _NOTICE_SHOWN else None
    if notice is None:
        return _as_it_is(clean(text), received)
    call = {name: clean(value) for name, value in notice.groupdict().items()}
    parts = tuple(filter(None, _BETWEEN_PARTS.split(call["part"])))
    return _page(call, _actor(call["who"]), parts, f"from {call['source'] or 'an unknown address'}")


def _actor(arn: str) -> Actor:
    """Return who acted, as far as the ARN of a session, a user or a root user says it."""
    if not arn:
        return Actor(UNKNOWN)
    resource = re.split(r"[:/]", arn)[5:6]
    kind = _KINDS.get(resource[0] if resource else "", "Principal")
    issuer = arn.rpartition("/")[0] if kind == "AssumedRole" else arn
    return Actor(kind, issuer, session=arn)


def _page(call: Mapping[str, str], actor: Actor, parts: tuple[str, ...], way: str) -> Page:
    """Return the page of a call with a name, service, time, error (if AWS refused it) and event id."""
    who, at, name, error = actor_label(actor), read_time(call["at"]), call["name"], call["error"]
    sentences = (f"{capital(who)} changed a part of Rootguard, and is not the deployment.", _BLIND)
    if error:
        tried = f"{capital(who)} tried to change a part of Rootguard; AWS refused it with {error}."
        sentences = (tried, "That call changed nothing; another one may have.")
    on = re.split(r"[/:]", parts[0])[-1] if parts else "a part of Rootguard"
    return Page(
        kind=Kind.TAMPERED,
        severity=Severity.CRITICAL,
        about=call["event_id"],
        at=at,
        headline="TAMPERING REFUSED" if error else "TAMPERED",
        title=f"{_LAMBDAS_VERSION.sub('', name)} on {on}",
        sentences=sentences,
        aside=f". By {who}",
        fields=(
            field("Call", f"{name} ({call['service']})"),
            field("On", *(parts or ("not named in the record",))),
            field("By", who, clean(actor.session or ""), way),
            field("When", time_label(at)),
            *([field("Refused", error)] if error else []),
        ),
        steps=(ask(actor, _QUESTION), *_STEPS),
        origin=(f"CloudTrail event {call['event_id']} ({name})",),
    )


def _as_it_is(text: str, received: datetime) -> Page:
    """Return the page of a notice that is worded otherwise."""
    shown = text if len(text) <= _NOTICE_SHOWN else f"{text[:_NOTICE_SHOWN]}… (+{len(text) - _NOTICE_SHOWN})"
    return Page(
        kind=Kind.TAMPERED,
        severity=Severity.CRITICAL,
        about=f"tampering noticed at {received.isoformat()}",
        at=received,
        headline="TAMPERED",
        title="a part of Rootguard",
        sentences=("Someone other than the deployment called AWS on a part of Rootguard.", _BLIND),
        fields=(field("Notice", shown), field("Received", time_label(received))),
        steps=(f"Find out who did it: {_QUESTION}", *_STEPS),
    )


def _parts(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the call names, as far as the record says."""
    # A mapping of events to a function is asked for by an id of its own; the answer names the function.
    told = {"functionArn": object_in(record, "responseElements").get("functionArn")}
    told |= object_in(record, "requestParameters")
    named = (value for key, value in told.items() if _NAMING.search(key) and value)
    values = [entry for value in named for entry in (value if isinstance(value, list) else [value])]
    texts = [clean(value) for value in values if isinstance(value, str)]
    yield from texts[:_PARTS_SHOWN]
    if len(texts) > _PARTS_SHOWN:
        yield f"{len(texts) - _PARTS_SHOWN} more"
