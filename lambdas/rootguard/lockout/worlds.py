"""Worlds: what the keys of requests hold, as few as the clauses of a document can tell apart.

Keys that vary together are an axis: who asks, when, in which Region, from which network, with MFA; every
other key is an axis of its own. An axis has a world for each value that a document names, one that nobody
names, and absence. Each clause is asked of each world once, and of worlds that answer all alike one is
kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice, pairwise, product
from math import prod
from typing import Final

from rootguard.lockout import keys
from rootguard.lockout.grammar import NOBODY, Clause, seconds
from rootguard.lockout.keys import FIXED, KIND, MFA, NETWORK, REGION, TIME, World
from rootguard.lockout.matching import Held, Texts, bits, holds, masks, union
from rootguard.lockout.values import (
    MOST,
    addresses,
    bounds_of,
    points_of,
    readings,
    texts_of,
    values_of,
    variables_of,
)
from rootguard.lockout.work import SCP

_FEW, _PATHS = 4, 32  # own ids, own paths
_VARIED, _MOMENTS = 6, 4  # if there are too many worlds: the axes that vary, and the moments that are kept
_PRESENT: Final = ("aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:userid")
_ROOT: Final = re.compile(r"r-[a-z0-9]{4,32}")
_AXES: Final = (
    dict.fromkeys(FIXED, KIND)
    | dict.fromkeys(keys.TIMES, TIME)
    | dict.fromkeys(keys.ENDPOINT, NETWORK)
    | {keys.MFA_AGE: MFA}
)


class Axis:
    """Keys that vary together, and the worlds that the clauses on them tell apart.

    `answers` has for each clause the worlds in which it holds, as bits; `kept` one world of each of
    `classes`.
    """

    def __init__(
        self, worlds: Sequence[World], clauses: Iterable[Clause], splits: Iterable[int] = ()
    ) -> None:
        self.worlds = worlds
        self._tables: dict[str, tuple[Held, list[tuple[int, int]]]] = {}
        self.answers = {clause: self._answer(clause) for clause in clauses}
        self.classes = [(1 << len(worlds)) - 1]
        for mask in dict.fromkeys([*self.answers.values(), *splits]):
            self.classes = [part for each in self.classes for part in (each & mask, each & ~mask) if part]
        self.kept = [next(bits(each)) for each in self.classes]

    def _answer(self, clause: Clause) -> int:
        if clause.key not in self._tables:
            # All texts that the key holds, and each combination of them with the worlds that have it.
            rows = masks(world.get(clause.key, ()) for world in self.worlds)
            held = Held(list(dict.fromkeys(text for texts in rows for text in texts)))
            table = [(sum(held.places[text] for text in texts), worlds) for texts, worlds in rows.items()]
            self._tables[clause.key] = held, table
        held, table = self._tables[clause.key]
        found = 0
        for where, values in self._readings(clause):
            hits = held.hits(clause, values)
            found |= where & sum(worlds for texts, worlds in table if holds(clause, texts, hits))
        return found

    def _readings(self, clause: Clause) -> Iterable[tuple[int, Sequence[str]]]:
        """Yield a clause's values, and in which worlds their variables have these values."""
        names = sorted(variables_of(clause))
        if not names:
            return [(-1, clause.values)]
        alike = masks(tuple(_look(world, name) for name in names) for world in self.worlds)
        looks = [(where, partial(_look, self.worlds[next(bits(where))])) for where in alike.values()]
        return [(where, readings(clause, look)) for where, look in looks]


def _look(world: World, key: str) -> tuple[str, ...] | None:
    return world.get(key, () if key in FIXED and KIND in world else None)


def axes_of(
    clauses: Iterable[Clause], resources: Sequence[str], bound: Bound, *, also_named: bool
) -> list[Axis]:
    """Return the axes of who asks, of time, of Regions, and of whatever else a document asks about.

    Args:
        clauses: those on keys that do not go with the call itself.
        resources: the patterns that name resources: they may name Regions.
        bound: whom the document binds, and when.
        also_named: whether who asks may also be whom a document names.
    """
    on: dict[str, list[Clause]] = defaultdict(list)
    for clause in clauses:
        on[_AXES.get(clause.key, clause.key)].append(clause)
    who, time, region = (on.pop(name, []) for name in (KIND, TIME, REGION))
    worlds = bound.principals(who)
    if also_named:
        spared = {clause.key for clause in who} - (keys.OF_SERVICES if bound.policy_type == SCP else set())
        for key in sorted(spared):
            rest = {name: held for name, held in worlds[0].items() if name != key}
            worlds += [rest | each for each in bound.anyone(key, [c for c in who if c.key == key])]
    kinds = masks(world[KIND][0] for world in worlds)
    uneven = dict.fromkeys(clause.key for about in (*on.values(), time) for clause in about)
    carrying = (union(kinds[kind] for kind in kinds if keys.carries(kind, key)) for key in uneven)
    regions = _regions(region, resources)
    found = [
        Axis(worlds, who, [kinds[keys.ROLE], kinds.get(keys.SERVICE, 0), *dict.fromkeys(carrying)]),
        Axis(_times(time, bound.at), time),
        Axis(regions, region, by_region(regions, resources)),
    ]
    special = {NETWORK: _networks, MFA: _mfa}
    for key, about in on.items():
        of_anyone = partial(values_of, key, also_named=also_named)
        found.append(Axis(special.get(key, of_anyone)(about), about))
    return found


class Bound:
    """Whom a document binds, and from when on: `at`, in seconds since 1970."""

    def __init__(self, policy_type: str, own_id: str | None, at: float) -> None:
        self.policy_type, self._own_id, self.at = policy_type, own_id, at

    def principals(self, clauses: Sequence[Clause]) -> list[World]:
        """Return each kind of principal, in each organization and on each path that may be its own."""
        ids, paths = ([c for c in clauses if c.key in group] for group in (keys.ORGANIZATION, keys.PATHS))
        named = texts_of(paths)
        return [
            world
            for own in keys.organizations([*texts_of(ids), *named], self._own_id)[:_FEW]
            for path in _paths(own, named)
            for world in keys.who(self.policy_type, own, path)
        ]

    def anyone(self, key: str, clauses: Sequence[Clause]) -> list[World]:
        """Return all that a key may hold in anybody's request, as far as these clauses tell it apart."""
        if key == TIME:
            moments = [
                text for text in [*texts_of(clauses), repr(self.at)] if (seconds(text) or 0) >= self.at
            ]
            return [dict.fromkeys(keys.TIMES, (moment,)) for moment in moments]
        worlds = values_of(key, clauses, also_named=True)
        worlds = [world for world in worlds if keys.may_hold(key, world.get(key, ()))]
        if self.policy_type == SCP:
            # Whom an SCP binds is a principal of the organization, never a service principal.
            if key == "aws:principalisawsservice":
                return [{key: ("false",)}]
            if key in ("aws:principalorgid", "aws:principalorgpaths"):
                own = keys.organizations(
                    (text for world in worlds for text in world.get(key, ())), self._own_id
                )
                other = own[-1] + f"/r-{NOBODY}/" * (key in keys.PATHS)
                texts = [*(text for world in worlds for text in world.get(key, ())), other]
                return [{key: (text,)} for text in texts if text.partition("/")[0] in own]
            if key in _PRESENT:
                return [world for world in worlds if world]
        return worlds


def _paths(own: str, named: Iterable[str]) -> Iterable[str]:
    """Return paths in the own organization: one that nobody names, and those that are named.

    An organization has one root. If a document names it, it is the one that everybody is below.
    """
    of_own = [path.split("/", 2)[1:] for path in named if path.startswith(f"{own}/")]
    roots = dict.fromkeys(root for root, *_ in of_own if _ROOT.fullmatch(root)) or [f"r-{NOBODY}"]
    # What a star stands for is below a root, too.
    below = [(root, *rest) for at, *rest in of_own if rest for root in ([at] if at in roots else roots)]
    paths = [*((root, f"ou-{NOBODY}/") for root in roots), *below]
    return islice(dict.fromkeys("/".join([own, *path]) for path in paths), _PATHS)


def _times(clauses: Sequence[Clause], at: float) -> list[World]:
    """Return a moment in each stretch of time to come. One instant alone is none.

    A token was issued a little before it is used.
    """
    bounds = [at, *bounds_of(clauses, after=at)]
    moments = [*((one + other) / 2 for one, other in pairwise(bounds)), bounds[-1] + 1]
    return [dict.fromkeys(keys.TIMES, (repr(moment),)) for moment in moments]


def _regions(clauses: Sequence[Clause], resources: Sequence[str]) -> list[World]:
    parts = _parts(resources)
    patterns = [*(value for clause in clauses for value in clause.values), *parts]
    known = keys.REGIONS if any(set("*?") & set(each) for each in patterns) else []
    named = dict.fromkeys([*filter(keys.is_region, [*texts_of(clauses), *parts]), *known])
    return [{REGION: (name,)} for name in [*named, keys.UNNAMED_REGION]]


def _parts(resources: Iterable[str]) -> list[str]:
    """Return the parts of ARNs. Any may name a Region, since a star before it may stand for several parts."""
    parts = dict.fromkeys(part for resource in resources for part in resource.split(":"))
    return [part for part in islice(parts, MOST) if part.strip("*")]


def by_region(worlds: Sequence[World], resources: Iterable[str]) -> list[int]:
    """Return for each part of a resource's ARN the worlds whose Region it matches."""
    names = Texts(world[REGION][0] for world in worlds)
    return [names.matching([part]) for part in _parts(resources)]


def _networks(clauses: Sequence[Clause]) -> list[World]:
    """Return a world for each public network that is told apart, and, if one is named, for VPC endpoints.

    `aws:SourceIp` is a public address, and absent from what comes through an endpoint ("aws:SourceIp", IAM
    User Guide). Documentation ranges count as public: examples name them.
    """
    on = {clause.key: [each for each in clauses if each.key == clause.key] for clause in clauses}
    worlds: list[World] = [{NETWORK: (text,)} for text in addresses(on.pop(NETWORK, []), public=True)]
    width = int(MOST ** (1 / max(len(on), 1)))
    several: list[list[World]] = []
    for key, about in on.items():
        # First, so that it is always among them; no address needs it: there is one outside of all networks.
        unnamed: list[World] = [{key: (NOBODY,)}] if key != "aws:vpcsourceip" else []
        found = (world for world in values_of(key, about) if world and keys.may_hold(key, world[key]))
        several.append([*unnamed, *found][: width + 1])
    for combination in product(*several) if on else ():
        through: World = dict.fromkeys(keys.ENDPOINT, (NOBODY,))
        worlds.append(through | {key: held for world in combination for key, held in world.items()})
    return worlds


def _mfa(clauses: Sequence[Clause]) -> list[World]:
    ages = [clause for clause in clauses if clause.key == keys.MFA_AGE]
    with_mfa: list[World] = [
        {MFA: ("true",), keys.MFA_AGE: (age,)} for age in points_of(ages) or ["60"] if float(age) >= 0
    ]
    return [{}, {MFA: ("false",)}, *with_mfa]


class Combined:
    """Worlds of several axes together, at most so many: bit n of a mask is the n-th combination.

    Args:
        axes: what is combined.
        limit: the most combinations. All worlds of the first axis are among them.
        weights: how much a clause closes, negative if it opens. If there are too many combinations, the best
            worlds of each axis are kept, in which least is closed; of time, those in which most is.
    """

    def __init__(self, axes: Sequence[Axis], limit: int, weights: Mapping[Clause, int]) -> None:
        self.axes = axes
        kept = [axis.kept for axis in axes]
        self.is_cut = prod(len(worlds) for worlds in kept) > limit
        if self.is_cut:
            ranked = [kept[0], *(_ranked(axis, weights) for axis in axes[1:])]
            order = sorted(
                range(1, len(axes)), key=lambda n: -sum(weights.get(c, 0) for c in axes[n].answers)
            )
            # One moment makes a lockout. So a few are kept, if the limit has room for them.
            moments = min(_MOMENTS, max(limit // len(kept[0]), 1))
            least = [moments if TIME in axis.worlds[0] else 1 for axis in axes]
            widths = [min(many, len(worlds)) for many, worlds in zip(least, kept, strict=True)]
            widths[0] = len(kept[0])
            for width in range(limit, 0, -1):
                for number in order[:_VARIED]:
                    widths[number] = min(max(width, least[number]), len(ranked[number]))
                if prod(widths) <= limit:
                    break
            kept = [worlds[:width] for worlds, width in zip(ranked, widths, strict=True)]
        self.each = list(product(*kept))
        self.everywhere = (1 << len(self.each)) - 1
        self._where = [
            masks(each[place] for each in self.each) if len(worlds) > 1 else {worlds[0]: self.everywhere}
            for place, worlds in enumerate(kept)
        ]
        self._place_of = {clause: place for place, axis in enumerate(axes) for clause in axis.answers}

    def where(self, axis: int, worlds: int) -> int:
        """Return the combinations with one of these worlds of an axis."""
        return sum(mask for world, mask in self._where[axis].items() if worlds >> world & 1)

    def parts(self, axis: int) -> Iterable[int]:
        """Return the combinations with each of the worlds of an axis that are looked at."""
        return self._where[axis].values()

    def holding(self, clause: Clause) -> int:
        """Return the combinations in which a clause holds."""
        place = self._place_of[clause]
        return self.where(place, self.axes[place].answers[clause])

    def world(self, number: int) -> World:
        """Return what the keys hold in one combination."""
        pairs = zip(self.axes, self.each[number], strict=True)
        return {key: held for axis, world in pairs for key, held in axis.worlds[world].items()}


def _ranked(axis: Axis, weights: Mapping[Clause, int]) -> list[int]:
    sign = -1 if TIME in axis.worlds[0] else 1
    closed = {
        world: sign * sum(weights.get(c, 0) for c, worlds in axis.answers.items() if worlds >> world & 1)
        for world in axis.kept
    }
    return sorted(axis.kept, key=closed.__getitem__)
