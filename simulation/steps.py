"""The words of a history: what people, AWS and faults do, and what must hold afterwards.

Everything is data. Names stand for ids, and times are seconds since Rootguard's deployment. `reading.py`
makes a history of a file, `writing.py` makes a file of a history, and `run.py` carries it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Seconds: TypeAlias = "int | float"
Says: TypeAlias = "str | Mapping[str, Any]"
"""A policy's content: "deny all", "deny SERVICE", or a whole document."""

FULL_ACCESS = ("p-FullAWSAccess", "p-RCPFullAWSAccess")
"""AWS's own policies, which a history names by their ids."""
ROOT = "root"
"""The name of the organization's one root."""
STATES: Mapping[str, str] = {
    "ledger": "down",
    "notices": "down",
    "topic": "down",
    "reads": "stale",
    "index": "behind",
    "clock": "skew",
}
"""What of AWS can be faulty for a while, beside calls, and the word for how."""
STATES_OF_SECONDS = ("reads", "clock")
"""Those of which a history says by how many seconds."""
OWN_EVENTS_AFTER = 15
"""Seconds until a call of Rootguard's own comes back as an event."""
AFTER_THE_LAST_STEP = 1800
"""Seconds from a history's last step to its end, if it names no end."""


@dataclass(frozen=True, slots=True)
class PolicyBefore:
    """A policy that was there before Rootguard, and the targets that it is attached to."""

    says: Says
    on: tuple[str, ...] = ()
    type: str = "SERVICE_CONTROL_POLICY"


@dataclass(frozen=True, slots=True)
class OrganizationBefore:
    """The organization as it was before Rootguard: units and accounts by name, each with its parent."""

    units: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, PolicyBefore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SweepTimes:
    """When sweeps are due: the first one, and then one every so many seconds. The schedule takes minutes."""

    every: int = 60
    first: int = 60


@dataclass(frozen=True, slots=True)
class Call:
    """Someone calls Organizations.

    Attributes:
        call: the API's name of the call.
        parameters: the call's parameters under the names of the format, such as policy, target and says.
        refused: IAM refuses the call, and nothing changes.
        event: how many seconds later the event arrives, once for each entry; none if it is lost.
        interleave: if given, all invocations that begin when one of its events arrives run side by side.
            Each number gives another order of their AWS calls.
    """

    at: Seconds
    by: str
    call: str
    parameters: Mapping[str, Says] = field(default_factory=dict)
    refused: bool = False
    event: tuple[Seconds, ...] = ()
    interleave: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Someone grants an exception for what a policy says at that time. It lasts for `lasts` seconds."""

    at: Seconds
    by: str
    policy: str
    target: str
    lasts: int


Verb: TypeAlias = Literal["isolate", "release"]
Proof: TypeAlias = Literal["own", "none", "forged", "of another request", "old", "of another account"]
"""How someone proves who they are: only their own proof is a good one."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Someone asks the isolation function to isolate accounts or to release them, with the command.

    Attributes:
        accounts: as they are named. One that is named twice is meant so.
        to: where released accounts go, instead of where they came from.
        dry_run: look and judge, and change nothing.
        refused: IAM refuses to invoke the function, and nothing happens.
        proof: how they prove who they are.
        event: how many seconds after a move of the function its event arrives; none if it is lost.
        interleave: if given, it runs side by side with all invocations that begin at that time.
    """

    at: Seconds
    by: str
    verb: Verb
    accounts: tuple[str, ...]
    to: str | None = None
    dry_run: bool = False
    refused: bool = False
    proof: Proof = "own"
    event: tuple[Seconds, ...] = (OWN_EVENTS_AFTER,)
    interleave: int | None = None


When: TypeAlias = Literal["due", "now", "anyway"]
"""Why a rehearsal begins: the schedule asks whether one is due, or a person wants one, blocked or not."""


@dataclass(frozen=True, slots=True)
class Rehearse:
    """The rehearsal function is invoked: by the schedule, or by a person with the command.

    Attributes:
        by: the person; empty for the schedule.
        refused: IAM refuses to invoke the function, and nothing happens.
        event: how many seconds after a call of the function its event arrives; none if it is lost.
        interleave: if given, it runs side by side with all invocations that begin at that time.
    """

    at: Seconds
    when: When
    by: str = ""
    refused: bool = False
    event: tuple[Seconds, ...] = (OWN_EVENTS_AFTER,)
    interleave: int | None = None


FaultKind: TypeAlias = Literal["call", "ledger", "notices", "topic", "reads", "index", "clock"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something at AWS is broken for a while.

    Attributes:
        kind: what is broken. `call`: calls of one name fail. `ledger`, `notices`, `topic`: no answer comes.
            `reads`: Organizations shows what was so up to `seconds` ago. `index`: the ledger's indexes show
            what was so `seconds` ago, or when the fault began. `clock`: the functions' clock is wrong.
        call: the API's name of the calls that fail.
        error: their error code. "timeout" is no answer, and nothing done. "answer lost" is no answer, though
            the call was carried out.
        seconds: how stale, how far behind, or how wrong.
        share: how many of all calls the fault meets, from 0 to 1.
        until: when it is over; None for never.
    """

    at: Seconds
    kind: FaultKind
    call: str = ""
    error: str = ""
    seconds: Seconds = 0
    share: float = 1
    until: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Kill:
    """The next invocation that gets to a call ends there, before or after it. Lambda tries it again."""

    at: Seconds
    moment: Literal["before", "after"]
    call: str
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Redeliver:
    """The event of an earlier step arrives once more. `again` counts the steps from 0."""

    at: Seconds
    again: int


@dataclass(frozen=True, slots=True)
class Redrive:
    """All dead letters are delivered again."""

    at: Seconds


Step: TypeAlias = "Call | Grant | Ask | Rehearse | Fault | Kill | Redeliver | Redrive"


@dataclass(frozen=True, slots=True)
class ExpectTarget:
    """At a time, a target has these policies and lacks those."""

    at: Seconds
    target: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectPolicy:
    """At a time, a policy has this content."""

    at: Seconds
    policy: str
    says: Says


@dataclass(frozen=True, slots=True)
class ExpectAccount:
    """At a time, an account is in this unit, or in the root."""

    at: Seconds
    account: str
    parent: str


@dataclass(frozen=True, slots=True)
class ExpectCalls:
    """Rootguard's functions make so many calls of a name that succeed, counted from `after` on."""

    call: str
    at_most: int | None = None
    at_least: int | None = None
    after: Seconds | None = None


@dataclass(frozen=True, slots=True)
class ExpectPages:
    """So many pages of incidents wake people. `by` counts those that name someone."""

    exactly: int | None = None
    at_most: int | None = None
    at_least: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class ExpectSweeps:
    """At least so many sweeps are completed."""

    at_least: int


@dataclass(frozen=True, slots=True)
class ExpectPage:
    """Any page, or no page, has this text. $NAME in the text is the id of NAME."""

    which: Literal["any", "none"]
    has: str


Expectation: TypeAlias = (
    "ExpectTarget | ExpectPolicy | ExpectAccount | ExpectCalls | ExpectPages | ExpectSweeps | ExpectPage"
)


@dataclass(frozen=True, slots=True)
class History:
    """A history: what was, what happens, and what must hold.

    Attributes:
        why: one sentence.
        guardrail: the keys of guardrail.yaml that differ from the file that ships, with names for ids.
        end: when it ends; None for half an hour after the last step.
    """

    why: str
    guardrail: Mapping[str, Any] = field(default_factory=dict)
    organization: OrganizationBefore = field(default_factory=OrganizationBefore)
    sweep: SweepTimes = field(default_factory=SweepTimes)
    steps: tuple[Step, ...] = ()
    expect: tuple[Expectation, ...] = ()
    end: Seconds | None = None

    @property
    def ends_at(self) -> Seconds:
        """When the history ends: never before the last time that it names."""
        named = [entry.at for entry in (*self.steps, *self.expect) if hasattr(entry, "at")]
        last_step = max((step.at for step in self.steps), default=0)
        end = last_step + AFTER_THE_LAST_STEP if self.end is None else self.end
        return max([end, *named])
