"""A dead letter: what was given up, when and why, as far as the message says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rootguard.aws.outbox import read_order
from rootguard.cloudtrail.read import NotOurs, read_change, unwrapped
from rootguard.incidents.notice import Notice
from rootguard.notify.messages import page_of
from rootguard.notify.phrases import actor_label, time_label

GUARD: Final = "guard"
"""The queue of events. They are sent to a function; what is in the other queues goes to a queue."""
_NOTICES, _RESTORE = "notices", "restore"
_SWEEP: Final = "rootguard.sweep"


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter.

    Attributes:
        queue: whose it is: "guard", "notices", "restore", "slack" or "pagerduty".
        id: the message's, as SQS gave it.
        receipt: by which SQS deletes it.
        sent_at: when it was given up.
        body: the message.
        attributes: what was sent beside the body, as SQS returns it.
    """

    queue: str
    id: str
    receipt: str
    sent_at: datetime
    body: str
    attributes: Mapping[str, Any]

    @property
    def event(self) -> object:
        """The event of a guard's letter, as it was sent first."""
        return unwrapped(self._json)

    @property
    def what(self) -> str:
        """What it is about, on one line."""
        if self.queue == GUARD:
            return _event_label(self.event)
        try:
            if self.queue == _NOTICES:
                notice = Notice.from_json(json.loads(self.body))
                return f"notice of an {notice.about}, {notice.stage}: {notice.key}"
            if self.queue == _RESTORE:
                _, attachment = read_order(self.body)
                return f"attach {attachment.policy_id} to {attachment.target_id}"
        except (ValueError, KeyError, TypeError, RecursionError):
            return f"a message that cannot be read: {self.body}"
        return f"page: {page_of(self.body, self.sent_at).title}"

    @property
    def why(self) -> str:
        """Why it was given up; empty if the message does not say it."""
        said = self._json
        if isinstance(said, Mapping) and "requestPayload" in said:
            answer = said.get("responsePayload")
            if isinstance(answer, Mapping) and answer.get("errorMessage"):
                return f"{answer.get('errorType') or 'Error'}: {answer['errorMessage']}"
            context = said.get("requestContext")
            return str(context.get("condition", "")) if isinstance(context, Mapping) else ""
        # EventBridge and the scheduler say it beside the message.
        given = (self.attributes.get(name, {}).get("StringValue") for name in ("ERROR_CODE", "ERROR_MESSAGE"))
        return ": ".join(text for text in given if text)

    @property
    def _json(self) -> object:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def _event_label(event: object) -> str:
    if isinstance(event, Mapping) and event.get("source") == _SWEEP:
        return "a sweep; later ones have done its work"
    drift = read_change(event)
    if isinstance(drift, NotOurs):
        return f"an event that the guard ignores: {drift.detail}"
    subject = " on ".join(part for part in (drift.policy_id, drift.target_id) if part)
    who = actor_label(drift.change.actor if drift.change else None)
    return f"{drift.kind.value} {subject}, by {who}, at {time_label(drift.at)}"
