"""The rehearsals of a seed: some seeds have some, by the schedule and by people, while others meddle.

All of it is drawn from a sequence of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final, Literal, TypeAlias

from simulation.history import Call, Fault, Kill, Rehearse, Step
from simulation.rehearsal import OU_NAME, REHEARSAL, SCP_NAME
from simulation.setups import Setup
from simulation.steps import OWN_EVENTS_AFTER, FaultKind, Seconds, When

SHARE: Final = 0.25
"""The share of seeds that have rehearsals."""
_BLOCKED: Final = "Mon:09:00-Mon:09:10"
"""The first ten minutes of every history."""
_BUSY: Final = ("TooManyRequestsException", "ServiceException", "timeout")
_WRITES: Final = (*_BUSY, "ConcurrentModificationException", "AccessDeniedException", "answer lost")
ERRORS: Final = {
    "AttachPolicy": _WRITES,
    "DetachPolicy": _WRITES,
    "ListPoliciesForTarget": _BUSY,
    "GetItem": ("ProvisionedThroughputExceededException", "timeout"),
    "Query": ("ProvisionedThroughputExceededException", "timeout"),
    "PutItem": ("ProvisionedThroughputExceededException", "timeout", "answer lost"),
    "SendMessage": ("timeout", "answer lost"),
}
"""Errors that AWS documents for the calls of the function; two more are the network's."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a seed has of rehearsals: the guardrail's key, and the steps."""

    guardrail: Mapping[str, Any]
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class _Scene:
    rng: Random
    within: int

    def begins(self, at: Seconds, when: When | None = None) -> Rehearse:
        """Return a rehearsal that begins: the schedule's, or a person's."""
        usual: list[When] = ["due", "due", "due", "now", "anyway"]
        word: When = self.rng.choice(usual) if when is None else when
        by = "" if word == "due" else self.rng.choice(["sara", "tom"])
        return Rehearse(at, word, by, event=self.travel())

    def travel(self) -> tuple[Seconds, ...]:
        """Return how the function's events travel: well for the most part."""
        odd: list[tuple[Seconds, ...]] = [(), (), (15, 40), (self.rng.randint(60, 400),)]
        return self.rng.choice(odd) if self.rng.random() < 0.25 else (OWN_EVENTS_AFTER,)  # noqa: PLR2004 - a few

    def by_hand(self, at: Seconds, call: str, policy: str = SCP_NAME, target: str = OU_NAME) -> Call:
        """Return what someone else does with the SCP, or on the OU."""
        by = self.rng.choice(["mallory", "diego", "pipeline"])
        return Call(at, by, call, {"policy": policy, "target": target}, event=self.travel())

    def meanwhile(self, at: Seconds) -> Seconds:
        """Return a moment while a rehearsal goes on, or just before or after."""
        return at + self.rng.choice([-20, -5, 0, 1, 5, 14, 16, self.rng.randint(1, self.within)])


_Act: TypeAlias = "Callable[[_Scene, Seconds], list[Step]]"


def _alone(scene: _Scene, at: Seconds) -> list[Step]:
    """One rehearsal, and nobody meddles."""
    return [scene.begins(at)]


def _overlapping(scene: _Scene, at: Seconds) -> list[Step]:
    """Two begin at one moment, or one while the other goes on."""
    if scene.rng.random() < 0.5:  # noqa: PLR2004 - a coin
        return [scene.begins(at), scene.begins(scene.meanwhile(at))]
    order = scene.rng.randrange(1000)
    return [replace(scene.begins(at), interleave=order) for _ in range(2)]


def _again_and_again(scene: _Scene, at: Seconds) -> list[Step]:
    """Someone rehearses so often that it could be taken for a fight."""
    steps = [scene.begins(at + place * scene.rng.randint(20, 60), "anyway") for place in range(6)]
    return sorted(steps, key=lambda step: step.at)


def _attached_by_hand(scene: _Scene, at: Seconds) -> list[Step]:
    """Someone else attaches the SCP to the OU, before, meanwhile or after."""
    return [scene.begins(at), scene.by_hand(scene.meanwhile(at), "AttachPolicy")]


def _detached_by_hand(scene: _Scene, at: Seconds) -> list[Step]:
    """Someone else detaches it."""
    return [scene.begins(at), scene.by_hand(scene.meanwhile(at), "DetachPolicy")]


def _elsewhere(scene: _Scene, at: Seconds) -> list[Step]:
    """Someone attaches the SCP to Root, or another policy to the OU."""
    policy, target = scene.rng.choice([(SCP_NAME, "root"), ("Spare", OU_NAME)])
    return [scene.begins(at), scene.by_hand(scene.meanwhile(at), "AttachPolicy", policy, target)]


def _edited(scene: _Scene, at: Seconds) -> list[Step]:
    """Someone edits the SCP before it is attached, or meanwhile."""
    edit = Call(
        scene.meanwhile(at) - scene.rng.choice([0, 10, 60]),
        scene.rng.choice(["mallory", "pipeline"]),
        "UpdatePolicy",
        {"policy": SCP_NAME, "says": scene.rng.choice(["deny all", "deny ec2"])},
        event=scene.travel(),
    )
    return [edit, scene.begins(at)]


def _in_vain(scene: _Scene, at: Seconds) -> list[Step]:
    """IAM refuses someone who wants to rehearse."""
    return [replace(scene.begins(at, "anyway"), refused=True)]


_ACTS: Final[Sequence[tuple[_Act, int]]] = (
    (_alone, 8),
    (_overlapping, 4),
    (_again_and_again, 2),
    (_attached_by_hand, 4),
    (_detached_by_hand, 3),
    (_elsewhere, 3),
    (_edited, 2),
    (_in_vain, 1),
)


def rehearsals_of(seed: int, setup: Setup, steps: Sequence[Step]) -> Drawn | None:
    """Return the rehearsals of a seed, and what goes wrong with them; None if it has none."""
    rng = Random(f"rehearsal {seed}")  # noqa: S311 - a schedule that repeats, no secret
    if rng.random() >= SHARE:
        return None
    scene = _Scene(rng, rng.choice([30, 60, 90, 120]))
    acts, weights = zip(*_ACTS, strict=True)
    began = [step.at for step in steps if step.at > setup.sweep.first]
    first = setup.sweep.first + rng.randint(20, 120)
    # Beside what people do, or after it: while an incident is open, none begins.
    last = max((step.at for step in steps), default=first)
    at: Seconds = rng.choice([first, *began[:1], last + rng.randint(200, 600)])
    if rng.random() < 0.08:  # noqa: PLR2004 - seldom before first contact
        at = rng.randint(1, setup.sweep.first)
    found: list[Step] = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        made = rng.choices(acts, weights)[0](scene, at + 100)
        found += [*made, *_misfortunes(scene, made)]
        at += rng.randint(60, 400) + scene.within
    blocked = {"blocked_windows": [_BLOCKED]} if rng.random() < 0.15 else {}  # noqa: PLR2004 - a few
    return Drawn({"within_seconds": scene.within, **blocked}, found)


def _misfortunes(scene: _Scene, steps: Sequence[Step]) -> list[Step]:
    """Return what goes wrong while the function works: nothing, or one or two things."""
    at = max(scene.rng.choice(steps).at, 0)
    kinds = [_killed, _killed, _refused, _refused, _down]
    return [scene.rng.choice(kinds)(scene, at) for _ in range(scene.rng.choice([0, 0, 1, 1, 2]))]


def _killed(scene: _Scene, at: Seconds) -> Step:
    moments: list[Literal["before", "after"]] = ["before", "after"]
    call, function = scene.rng.choice(list(ERRORS)), scene.rng.choice([REHEARSAL, REHEARSAL, "guard"])
    return Kill(at=at, moment=scene.rng.choice(moments), call=call, function=function)


def _refused(scene: _Scene, at: Seconds) -> Step:
    call, lasts = scene.rng.choice(list(ERRORS)), scene.rng.choice([2, 20, 60, 200])
    share = scene.rng.choice([1, 1, 0.5])
    began = at + scene.rng.choice([0, 0, 1, scene.within // 2])
    error = scene.rng.choice(ERRORS[call])
    return Fault(at=began, kind="call", call=call, error=error, share=share, until=began + lasts)


def _down(scene: _Scene, at: Seconds) -> Step:
    kinds: list[FaultKind] = ["ledger", "ledger", "notices", "reads"]
    kind = scene.rng.choice(kinds)
    lasts = scene.rng.choice([10, 40, 120, 300])
    return Fault(at=at, kind=kind, seconds=5 if kind == "reads" else 0, until=at + lasts)
