"""What happened in a run, in order: one frozen record for each thing, with its virtual time in seconds.

Readers filter by class: `[r for r in outcome.trace if isinstance(r, AwsCall)]`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, TypeAlias

How: TypeAlias = Literal["well", "failed", "killed", "timed out"]
"""How an invocation ended."""
_NO_INCIDENTS: Final = frozenset({"adopted", "alarm", "clean", "exception", "isolation", "tampered"})
_INCIDENTS: Final = frozenset({"undone", "already-undone", "not-undone", "not-touched", "refused"})
"""Kinds of pages that tell of no violation."""


@dataclass(frozen=True, slots=True)
class PersonCall:
    """Someone called Organizations. `error` is the code if it failed; `record` is CloudTrail's."""

    at: float
    step: int
    by: str
    call: str
    parameters: Mapping[str, Any]
    error: str | None
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Granted:
    """Someone granted an exception; `error` says why it failed, if it did."""

    at: float
    step: int
    by: str
    policy_id: str
    target_id: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Someone asked the isolation function for something.

    Attributes:
        accounts: the ids that were named, each once; `twice` are those that were named twice.
        destination: where released accounts go, if that was said.
        proven: whether the proof of who asks is a good one.
        invocation: the function's; 0 if IAM refused to invoke it.
    """

    at: float
    step: int
    by: str
    verb: str
    accounts: tuple[str, ...]
    twice: frozenset[str]
    destination: str | None
    dry_run: bool
    proven: bool
    invocation: int


@dataclass(frozen=True, slots=True)
class AskedToRehearse:
    """The rehearsal function was invoked. `by` is empty for the schedule.

    `when` is the word of the step; `invocation` is the first attempt's, or 0 if IAM refused to invoke it.
    """

    at: float
    step: int
    by: str
    when: str
    invocation: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it: the function's answer, or why there is none. Of the schedule's, for each attempt."""

    at: float
    step: int
    invocation: int
    answer: Mapping[str, Any] | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event arrived. `step` is None for the event of one of Rootguard's own calls."""

    at: float
    event_id: str
    event_name: str
    step: int | None
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Began:
    """An invocation began. attempts count from 1.

    `why` is "event", "sweep", "redrive", "asked", "schedule" (of rehearsals) or the queue's name.
    """

    at: float
    invocation: int
    function: str
    why: str
    attempt: int
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """An invocation ended: well, with an error, killed by a step, or timed out."""

    at: float
    invocation: int
    function: str
    how: How
    error: str = ""


@dataclass(frozen=True, slots=True)
class AwsCall:
    """A function called AWS. `error` is the code of the error, "timeout", "answer lost", "down", or None.

    `event_id` is that of CloudTrail's record, if there is one.
    """

    at: float
    invocation: int
    function: str
    role: str
    service: str
    call: str
    parameters: Mapping[str, Any]
    error: str | None
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Paged:
    """A topic took a message. `kind` and `severity` are of the page in it; empty if it holds none."""

    at: float
    topic: str
    subject: str
    text: str
    message: str
    kind: str
    severity: str
    page: Mapping[str, Any]

    @property
    def of_incident(self) -> bool:
        """Whether it tells what happened, rather than that it is over."""
        return self.kind in _INCIDENTS

    @property
    def wakes(self) -> bool:
        """Whether it is a page of an incident that is not only for the record.

        A plain line is: it goes out in need. A refused attempt changed nothing, and is news all the same.
        """
        is_news = self.severity != "info" or self.kind == "refused"
        return not self.page or (self.kind not in _NO_INCIDENTS and is_news)

    @classmethod
    def of(cls, at: float, topic: str, subject: str, message: str) -> Self:
        """Read a message of the topic: MessageStructure json, with the page in the default text's JSON."""
        texts = _mapping(message)
        page = _mapping(texts.get("default")).get("page")
        page = page if isinstance(page, dict) else {}
        text = "\n".join(str(value) for value in texts.values()) if texts else message
        return cls(
            at=at,
            topic=topic,
            subject=subject,
            text=text,
            message=message,
            kind=str(page.get("kind", "")),
            severity=str(page.get("severity", "")),
            page=page,
        )


@dataclass(frozen=True, slots=True)
class Swept:
    """A sweep was completed."""

    at: float
    invocation: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A queue of dead letters took a message."""

    at: float
    queue: str
    body: str


@dataclass(frozen=True, slots=True)
class FaultChanged:
    """A fault began or ended."""

    at: float
    fault: str
    began: bool


Record: TypeAlias = (
    "PersonCall | Granted | Asked | AskedToRehearse | Answered | Delivered | Began | Ended | AwsCall | Paged "
    "| Swept | DeadLetter | FaultChanged"
)


def _mapping(text: object) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
