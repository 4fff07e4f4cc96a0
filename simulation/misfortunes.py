"""The misfortunes of a seed: how events travel, which invocations are killed, and what AWS refuses.

Calls meet errors that AWS documents for them. All misfortunes end some time before the history
does, so that what must hold in the end can be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, cast

from simulation.history import Call, Fault, Kill, Redeliver, Redrive, Step
from simulation.steps import FaultKind, Seconds

_HOUR: Final = 3600
_HOURS_LATE: Final = 0.1
_BUSY: Final = ("TooManyRequestsException", "ServiceException", "timeout")
_WRITES: Final = (
    *_BUSY,
    "ConcurrentModificationException",
    "AccessDeniedException",
    "answer lost",
)
_POLICY_WRITES: Final = (*_WRITES, "PolicyChangesInProgressException")
_READS: Final = (*_BUSY, "AccessDeniedException")
ERRORS: Final = {
    "DetachPolicy": (*_POLICY_WRITES, "PolicyNotFoundException"),
    "AttachPolicy": (*_POLICY_WRITES, "PolicyTypeNotEnabledException", "ConstraintViolationException"),
    "UpdatePolicy": _POLICY_WRITES,
    "EnablePolicyType": _POLICY_WRITES,
    "MoveAccount": _WRITES,
    "DescribePolicy": _READS,
    "ListPoliciesForTarget": _READS,
    "ListTargetsForPolicy": _READS,
    "ListPolicies": _READS,
    "ListRoots": _READS,
    "ListParents": _READS,
    "DescribeAccount": _READS,
    "DescribeOrganizationalUnit": _READS,
    "ListAccounts": _READS,
}
"""Errors that AWS documents for calls of the functions; two more are the network's."""
_AT_THE_UNDO: Final = 0.5
_UNDONE_BY: Final = {
    "AttachPolicy": "DetachPolicy",
    "DetachPolicy": "AttachPolicy",
    "UpdatePolicy": "UpdatePolicy",
    "MoveAccount": "MoveAccount",
}
"""The call that undoes a call."""
_KILLED_AT: Final = (
    "DetachPolicy",
    "AttachPolicy",
    "UpdatePolicy",
    "DescribePolicy",
    "ListPoliciesForTarget",
    "GetItem",
    "Query",
    "PutItem",
    "Publish",
    "SendMessage",
)


@dataclass(frozen=True, slots=True)
class Travel:
    """How the events of one seed travel.

    Attributes:
        rough: the share of events that are lost, doubled or late.
    """

    rng: Random
    rough: float

    def __call__(self) -> tuple[Seconds, ...]:
        """Return how many seconds after its call an event arrives, once for each time."""
        usual = self._usual()
        if self.rng.random() >= self.rough:
            return (usual,)
        return self.rng.choice(
            [
                (),
                (),
                (usual, usual + self.rng.randint(0, 5)),
                (usual, usual + self.rng.randint(30, 900)),
                (self.rng.randint(60, 600),),
                (self.rng.randint(60, 600),),
                self._very_late(),
            ]
        )

    def _usual(self) -> int:
        return self.rng.randint(10, 45)

    def _very_late(self) -> tuple[Seconds, ...]:
        """Return some minutes, or seldom some hours: these take long to simulate."""
        if self.rng.random() < _HOURS_LATE:
            return (self.rng.randint(1, 3) * _HOUR,)
        return (self.rng.randint(90, 300),)


def travel_of(rng: Random) -> Travel:
    """Return how the events of a seed travel: well in most seeds."""
    return Travel(rng, rng.choice([0.0, 0.1, 0.3, 0.7]))


def misfortunes(rng: Random, steps: Sequence[Step]) -> list[Step]:
    """Return what goes wrong at AWS while people do the given steps."""
    if not steps:
        return []
    moments = [moment for step in steps for moment in _moments(step)]
    kinds = [_kill, _kill, _kill, _refusal, _refusal, _outage, _stale, _again, _skew, _redrive]
    count = rng.choice([0, 0, 1, 1, 2, 3])
    return [step for _ in range(count) for step in rng.choice(kinds)(rng, rng.choice(moments), steps)]


def _moments(step: Step) -> list[Seconds]:
    """Return when a step happens, and when its events arrive."""
    return [step.at, *(step.at + later for later in step.event)] if isinstance(step, Call) else [step.at]


def _kill(rng: Random, at: Seconds, steps: Sequence[Step]) -> list[Step]:
    """Kill an invocation somewhere, or just before or after it undoes a call."""
    moments: list[Literal["before", "after"]] = ["before", "after"]
    moment = rng.choice(moments)
    undone = [step for step in steps if isinstance(step, Call) and step.call in _UNDONE_BY]
    if undone and rng.random() < _AT_THE_UNDO:
        step = rng.choice(undone)
        return [Kill(at=max(step.at, 0), moment=moment, call=_UNDONE_BY[step.call])]
    return [Kill(at=max(at - rng.randint(0, 20), 0), moment=moment, call=rng.choice(_KILLED_AT))]


def _refusal(rng: Random, at: Seconds, steps: Sequence[Step]) -> list[Step]:
    del steps
    call = rng.choice(list(ERRORS))
    began = max(at - rng.randint(0, 30), 0)
    return [
        Fault(
            at=began,
            kind="call",
            call=call,
            error=rng.choice(ERRORS[call]),
            share=rng.choice([1, 1, 0.5, 0.2]),
            until=began + rng.choice([5, 20, 60, 150, 400, 900]),
        )
    ]


def _outage(rng: Random, at: Seconds, steps: Sequence[Step]) -> list[Step]:
    del steps
    began = max(at - rng.randint(0, 30), 0)
    kind = rng.choice(["ledger", "ledger", "notices", "topic"])
    until = began + rng.choice([10, 40, 120, 300])
    return [Fault(at=began, kind=_kind(kind), until=until)]


def _stale(rng: Random, at: Seconds, steps: Sequence[Step]) -> list[Step]:
    del steps
    began = max(at - rng.randint(0, 60), 0)
    kind = rng.choice(["reads", "index"])
    seconds = rng.choice([2, 5, 15])
    return [Fault(at=began, kind=_kind(kind), seconds=seconds, until=began + rng.choice([60, 300]))]


def _skew(rng: Random, at: Seconds, steps: Sequence[Step]) -> list[Step]:
    del steps
    began = max(at - rng.randint(0, 60), 0)
    return [Fault(at=began, kind="clock", seconds=rng.choice([-4, -1, 1, 4]), until=began + 600)]


def _again(rng: Random, at: Seconds, steps: Sequence[Step]) -> list[Step]:
    calls = [number for number, step in enumerate(steps) if isinstance(step, Call)]
    if not calls:
        return []
    number = rng.choice(calls)
    return [Redeliver(at=max(at, steps[number].at) + rng.randint(20, 600), again=number)]


def _redrive(rng: Random, at: Seconds, steps: Sequence[Step]) -> list[Step]:
    del steps
    return [Redrive(at=at + rng.randint(200, 900))]


def _kind(kind: str) -> FaultKind:
    return cast("FaultKind", kind)
