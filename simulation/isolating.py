"""The isolations of a seed: some seeds have a quarantine, and operators who isolate and release accounts.

Sara and Tom are operators, Mallory has no proof that counts, and people move accounts by hand. All of it is
drawn from a sequence of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Literal, TypeAlias, get_args

from simulation.history import ROOT, Ask, Call, Fault, Kill, Step
from simulation.quarantine import ISOLATION, OU_NAME
from simulation.setups import Setup
from simulation.steps import OWN_EVENTS_AFTER, FaultKind, Proof, Seconds

SHARE: Final = 0.25
"""The share of seeds that have a quarantine."""
OPERATORS: Final = ("sara", "tom")
_BUSY: Final = ("TooManyRequestsException", "ServiceException", "timeout")
_WRITES: Final = (*_BUSY, "ConcurrentModificationException", "AccessDeniedException", "answer lost")
ERRORS: Final = {
    "MoveAccount": _WRITES,
    "TagResource": _WRITES,
    "UntagResource": _WRITES,
    "DescribeAccount": _BUSY,
    "ListTagsForResource": _BUSY,
    "ListParents": _BUSY,
    "ListDelegatedAdministrators": _BUSY,
    "DescribeOrganizationalUnit": _BUSY,
    "GetCallerIdentity": ("ServiceUnavailable", "timeout"),
    "PutItem": ("ProvisionedThroughputExceededException", "timeout", "answer lost"),
    "SendMessage": ("timeout", "answer lost"),
}
"""Errors that AWS documents for the calls of the function; two more are the network's."""
_AFTER: Final = 20
"""Seconds after everything else until people ask once more what they asked for last."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """What there is, and the chance that decides."""

    rng: Random
    accounts: Sequence[str]
    units: Sequence[str]

    def ask(self, at: Seconds, verb: Literal["isolate", "release"], accounts: Sequence[str] = ()) -> Ask:
        """Return a request of an operator."""
        chosen = list(accounts) or self.some()
        named = [
            each for each in chosen for _ in range(self.rng.choice([1, 1, 2]) if verb == "isolate" else 1)
        ]
        return Ask(at, self.rng.choice(OPERATORS), verb, tuple(named), event=self.travel())

    def some(self) -> list[str]:
        """Return one account, or all in some order."""
        return self.rng.sample(self.accounts, self.rng.choice([1, 1, len(self.accounts)]))

    def travel(self) -> tuple[Seconds, ...]:
        """Return how the events of moves travel: well for the most part."""
        late: list[tuple[Seconds, ...]] = [(), (15, 40), (self.rng.randint(60, 300),)]
        return self.rng.choice(late) if self.rng.random() < 0.15 else (OWN_EVENTS_AFTER,)  # noqa: PLR2004 - a few

    def later(self, least: int = 1, most: int = 200) -> int:
        """Return some seconds."""
        return self.rng.randint(least, most)


_Act: TypeAlias = "Callable[[_Scene, Seconds], list[Step]]"


def _there_and_back(scene: _Scene, at: Seconds) -> list[Step]:
    """An operator isolates accounts, and releases some of them later, perhaps to another place."""
    isolate = scene.ask(at, "isolate")
    some = list(dict.fromkeys(isolate.accounts))[: scene.rng.choice([1, 2])]
    release = scene.ask(at + scene.later(30, 400), "release", some)
    to = scene.rng.choice([*scene.units, ROOT]) if scene.rng.random() < 0.2 else None  # noqa: PLR2004 - a few
    return [isolate, replace(release, to=to)]


def _again(scene: _Scene, at: Seconds) -> list[Step]:
    """An operator runs the same command twice; or another one does."""
    first = scene.ask(at, scene.rng.choice(["isolate", "isolate", "release"]))
    return [first, replace(first, at=at + scene.later(), by=scene.rng.choice(OPERATORS))]


def _at_once(scene: _Scene, at: Seconds) -> list[Step]:
    """Two operators ask for the same account in the same second."""
    account, order = scene.rng.choice(scene.accounts), scene.rng.randrange(1000)
    before = [scene.ask(at, "isolate", [account, account])] if scene.rng.random() < 0.5 else []  # noqa: PLR2004 - a coin
    verbs: list[Literal["isolate", "release"]] = ["isolate", "release"]
    both = [scene.ask(at + 60, scene.rng.choice(verbs), [account]) for _ in range(2)]
    return [*before, *(replace(each, interleave=order) for each in both)]


def _out_by_hand(scene: _Scene, at: Seconds) -> list[Step]:
    """Someone moves an isolated account out by hand, perhaps at the same moment; an operator goes on."""
    account = scene.rng.choice(scene.accounts)
    moved_at = at + scene.rng.choice([0, 0, scene.later()])
    place = scene.rng.choice([*scene.units, ROOT])
    hand = _by_hand(scene, moved_at, account, OU_NAME, place)
    verb: Literal["isolate", "release"] = scene.rng.choice(["isolate", "release"])
    return [scene.ask(at, "isolate", [account]), hand, scene.ask(moved_at + scene.later(), verb, [account])]


def _in_by_hand(scene: _Scene, at: Seconds) -> list[Step]:
    """Someone moves an account into quarantine by hand."""
    account = scene.rng.choice(scene.accounts)
    source = scene.rng.choice([*scene.units, ROOT])
    return [_by_hand(scene, at, account, source, OU_NAME)]


def _in_vain(scene: _Scene, at: Seconds) -> list[Step]:
    """Mallory asks with a proof that does not count; or someone only looks."""
    asked = scene.ask(at, scene.rng.choice(["isolate", "release"]))
    proof: Proof = scene.rng.choice(get_args(Proof)[1:])
    vain: list[Ask] = [
        replace(asked, by="mallory", proof=proof),
        replace(asked, by="mallory", refused=True),
        replace(asked, dry_run=True),
    ]
    return [scene.rng.choice([vain[0], *vain])]


def _of_an_administrator(scene: _Scene, at: Seconds) -> list[Step]:
    """An account is a delegated administrator, and is to be isolated."""
    account, service = scene.rng.choice(scene.accounts), "sso.amazonaws.com"
    return [
        Call(at - 20, "ann", "EnableAWSServiceAccess", {"service": service}),
        Call(at - 10, "ann", "RegisterDelegatedAdministrator", {"account": account, "service": service}),
        scene.ask(at, "isolate", [account]),
    ]


_ACTS: Final[Sequence[tuple[_Act, int]]] = (
    (_there_and_back, 8),
    (_again, 5),
    (_at_once, 3),
    (_out_by_hand, 4),
    (_in_by_hand, 1),
    (_in_vain, 4),
    (_of_an_administrator, 2),
)


def isolations_of(
    seed: int, setup: Setup, accounts: Sequence[str], steps: Sequence[Step]
) -> Sequence[Step] | None:
    """Return what operators do in a seed, and what goes wrong with it; None if it has no quarantine."""
    rng = Random(f"isolation {seed}")  # noqa: S311 - a schedule that repeats, no secret
    if rng.random() >= SHARE:
        return None
    scene = _Scene(rng, accounts, [*setup.units])
    acts, weights = zip(*_ACTS, strict=True)
    began = [step.at for step in steps if step.at > setup.sweep.first]
    at: Seconds = rng.choice([setup.sweep.first + rng.randint(20, 120), *began[:1]])
    found: list[Step] = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        made = rng.choices(acts, weights)[0](scene, at + 20)
        found += [*made, *_misfortunes(rng, made)]
        at += rng.randint(20, 300)
    return found


def once_more(seed: int, steps: Sequence[Step], quiet: Seconds) -> list[Step]:
    """Return what people ask once more when all is quiet: the last command for each account, as it was."""
    rng = Random(f"once more {seed}")  # noqa: S311 - a schedule that repeats, no secret
    last: dict[str, Ask] = {}
    for step in steps:
        if isinstance(step, Ask) and step.proof == "own" and not step.refused and not step.dry_run:
            last |= dict.fromkeys(step.accounts, step)
    asked = list(dict.fromkeys(last.values()))
    return [
        replace(ask, at=quiet + _AFTER * place, event=(OWN_EVENTS_AFTER,), interleave=None)
        for place, ask in enumerate(asked, start=1)
        if rng.random() < 0.9  # noqa: PLR2004 - seldom people let it be
    ]


def _by_hand(scene: _Scene, at: Seconds, account: str, source: str, place: str) -> Call:
    parameters = {"account": account, "source": source, "destination": place}
    by, event = scene.rng.choice(["mallory", "olga", "pipeline"]), scene.travel()
    return Call(at, by, "MoveAccount", parameters, event=event)


def _misfortunes(rng: Random, steps: Sequence[Step]) -> list[Step]:
    """Return what goes wrong while the function works: nothing, or one or two things."""
    at = max(rng.choice(steps).at, 0)
    return [
        rng.choice([_killed, _killed, _refused, _refused, _down])(rng, at)
        for _ in range(rng.choice([0, 1, 1, 2]))
    ]


def _killed(rng: Random, at: Seconds) -> Step:
    moments: list[Literal["before", "after"]] = ["before", "after"]
    return Kill(at=at, moment=rng.choice(moments), call=rng.choice(list(ERRORS)), function=ISOLATION)


def _refused(rng: Random, at: Seconds) -> Step:
    call = rng.choice(list(ERRORS))
    share, lasts = rng.choice([1, 1, 0.5]), rng.choice([2, 20, 120, 400])
    return Fault(at=at, kind="call", call=call, error=rng.choice(ERRORS[call]), share=share, until=at + lasts)


def _down(rng: Random, at: Seconds) -> Step:
    kinds: list[FaultKind] = ["ledger", "notices", "reads"]
    kind = rng.choice(kinds)
    return Fault(at=at, kind=kind, seconds=5 if kind == "reads" else 0, until=at + rng.choice([10, 120, 300]))
