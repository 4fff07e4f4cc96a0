"""From documents to one word: how much they deny. `classification` says of it what people want to know.

The question: is there a moment at which, for every ordinary role and whatever its circumstances, at most
one kind of ordinary work still goes? `work` has the work and the thresholds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice

from rootguard.lockout.grammar import Clause, Statement, names_everything, parse
from rootguard.lockout.keys import ROLE, SERVICE, TIME, TIMES, World
from rootguard.lockout.matching import bits
from rootguard.lockout.scene import Scene
from rootguard.lockout.work import ALL_TOGETHER, CALLS, MOST_LEFT, RCP, TO_EVERYONE, WORKING
from rootguard.lockout.worlds import Axis, Bound


class Denial(StrEnum):
    """How much a document denies, from most to least.

    TOTAL: at some moment to come, all that an ordinary role does but one service, in every Region and from
        every network. Of an RCP, which names services one by one, also S3, STS, KMS, SQS and Secrets
        Manager together, and taking a role, or signing in, by everyone. A lockout.
    BROAD: a whole service; or everything in some Region, or to a kind of principal such as the root users
        of all member accounts, or in some circumstances (without MFA, from some network).
    NARROW: particular actions, resources, principals or circumstances.
    NONE: nothing to anyone of the organization; also what is no policy document.
    """

    TOTAL = "total"
    BROAD = "broad"
    NARROW = "narrow"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Witness:
    """Who can still work when most is denied: what the requests hold, and which services work."""

    world: World
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How much documents deny.

    Attributes:
        witness: the ordinary role that can do most at the moment at which most is denied.
        is_cut: whether there were more circumstances than were looked at.
    """

    denial: Denial
    witness: Witness | None = None
    is_cut: bool = False


@lru_cache(maxsize=16)  # The decision on a change asks the same a few times over.
def judge(
    contents: tuple[str | None, ...],
    policy_type: str,
    organization_id: str | None = None,
    *,
    at: datetime,
    alone: bool,
) -> Judgement:
    """Judge the JSON texts of policies on one target. Never raises, and takes time in proportion.

    None, what is no policy document, what no quota will ever allow, and types but SCP and RCP deny NONE.

    Args:
        contents: the documents.
        policy_type: SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, or another.
        organization_id: `o-…`. Without it any id that a document names may be the organization's own.
        at: the moment of asking, UTC. A freeze that is over by then denies nothing.
        alone: whether these are all that is attached, without full access. Then what none of them allows is
            denied as well; where there are none, that is everything. One that cannot be read may allow
            anything: then only what the others deny counts.
    """
    if policy_type not in CALLS:
        return Judgement(Denial.NONE)
    documents = [parse(content) for content in contents]
    alone = alone and None not in documents
    statements = tuple(dict.fromkeys(each for document in documents for each in document or ()))
    return judged(statements, Bound(policy_type, organization_id, at.timestamp()), alone=alone)


def judged(statements: Sequence[Statement], bound: Bound, *, alone: bool = False) -> Judgement:
    """Judge statements. See `judge`."""
    scene = Scene(statements, bound)
    closed = scene.reached(denies=True)
    if alone:
        allowed = scene.reached(denies=False)
        closed = [denied | scene.everything & ~some for denied, some in zip(closed, allowed, strict=True)]
    bench = Bench(scene, bound.policy_type)
    if bench.locks_everyone_out(closed):
        denial = Denial.TOTAL
    elif any(map(bench.closes_much, set(closed))):
        denial = Denial.BROAD
    elif any(closed) or any(each.denies and _may_apply(each, bound) for each in scene.statements):
        denial = Denial.NARROW
    else:
        denial = Denial.NONE
    return Judgement(denial, None if denial is Denial.TOTAL else bench.witness(closed), scene.is_cut)


class Bench:
    """Which services work, by the columns of a scene that are closed."""

    def __init__(self, scene: Scene, policy_type: str) -> None:
        self._scene, self._is_rcp = scene, policy_type == RCP
        columns = list(zip(scene.calls, scene.columns, strict=True))
        ordinary = columns[: len(CALLS[policy_type])]
        self._services: dict[str, list[int]] = defaultdict(list)
        for call, of_call in ordinary:
            self._services[call.service].append(of_call)
        self._rest = [of_call for _, of_call in columns[len(ordinary) :]]
        self._needed = [
            (of_call, scene.kinds(ROLE, SERVICE) if call.service == "sts" else scene.kinds(ROLE))
            for call, of_call in ordinary
            if self._is_rcp and call.action in TO_EVERYONE
        ]
        self.working = cache(self._working)

    def _working(self, closed: int) -> list[str]:
        """Return the services that work."""
        return [
            service
            for service, calls in self._services.items()
            if sum(columns & ~closed != 0 for columns in calls) >= WORKING * len(calls)
        ]

    def _is_out(self, closed: int) -> bool:
        left = self.working(closed)
        return len(left) <= MOST_LEFT or (self._is_rcp and ALL_TOGETHER.isdisjoint(left))

    def closes_much(self, closed: int) -> bool:
        """Tell whether nobody can work if this is closed, or a whole service is."""
        return self._is_out(closed) or any(not columns & ~closed for columns in self._rest)

    def locks_everyone_out(self, closed: Sequence[int]) -> bool:
        """Tell whether at some moment no ordinary role can work, or nobody may do what everyone needs."""
        roles = self._scene.kinds(ROLE)
        return any(
            all(self._is_out(closed[place]) for place in bits(moment & roles))
            or any(
                not any(columns & ~closed[place] for place in bits(moment & everyone))
                for columns, everyone in self._needed
            )
            for moment in self._scene.moments()
        )

    def witness(self, closed: Sequence[int]) -> Witness:
        """Return the role that can do most, at the moment at which that is least."""
        roles = self._scene.kinds(ROLE)

        def left(place: int) -> int:
            return len(self.working(closed[place]))

        place = min((max(bits(moment & roles), key=left) for moment in self._scene.moments()), key=left)
        return Witness(self._scene.circumstances.world(place), tuple(self.working(closed[place])))


def _may_apply(statement: Statement, bound: Bound) -> bool:
    """Tell whether there is any action on a resource, in any circumstances, to which a statement applies."""
    for named in (statement.actions, statement.resources):
        if names_everything(named.patterns) if named.all_but else not named.patterns:
            return False
    on: dict[str, list[Clause]] = defaultdict(list)
    for clause in statement.clauses:
        on[TIME if clause.key in TIMES[:2] else clause.key].append(clause)
    for key, clauses in islice(on.items(), 64):
        met = -1
        for answer in Axis(bound.anyone(key, clauses), clauses).answers.values():
            met &= answer
        if not met:
            return False
    return True
