"""A scene: the ordinary calls, and the circumstances, in which a document's statements are asked about.

Sets of circumstances and of calls are integers, bit by bit, so a statement costs a few operations, however
many requests it is asked about. What goes with the call itself, such as its tags, makes variants of the call.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final

from rootguard.lockout.grammar import Clause, Named, Statement
from rootguard.lockout.keys import (
    FIXED,
    KIND,
    NEVER_OF_ROLES,
    REGION,
    UNNAMED_REGION,
    World,
    carries,
    goes_with,
    is_global,
    is_misspelt,
    is_of_call,
)
from rootguard.lockout.matching import Texts, bits, holds, masks, union
from rootguard.lockout.values import readings, resolved, values_of, variables_of
from rootguard.lockout.work import CALLS, Call, rest_of
from rootguard.lockout.worlds import Axis, Bound, Combined, axes_of, by_region

_MOST_CIRCUMSTANCES, _MOST_VARIANTS, _MOST_KEYS = 256, 12, 64
_MOST_REGIONS: Final = 6  # that resources are told apart by
_MOST_SERVICES: Final = 16  # one that is closed as a whole would do
_SERVICE: Final = re.compile(r"([a-z0-9-]+):.*[*?]", re.DOTALL)
_WHO, _TIME, _REGION = 0, 1, 2  # the first three axes


Variants = tuple[tuple[str, ...], Combined, int]
"""The keys that some calls carry, the variants that these make, and the first column of each of the calls."""


class Scene:
    """What is asked about for one document, or for all of a target's together.

    Args:
        statements: what will be asked. Those that can never apply for lack of a key are not among
        `statements`. bound: whom they bind, and when. more: calls to ask about beside the ordinary ones.
        also_named: whether who asks may also be whom a document names: for people, who want to know whom.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        bound: Bound,
        more: Iterable[Call] = (),
        *,
        also_named: bool = False,
    ) -> None:
        ordinary = CALLS[bound.policy_type]
        services = dict.fromkeys([*(call.service for call in ordinary), *_services(statements)])
        self.calls = [*ordinary, *map(rest_of, services), *more]
        self._every = (1 << len(self.calls)) - 1
        self._actions = Texts(call.action for call in self.calls)
        self.acting, self._on = cache(self._acting), cache(self._on_resources)
        counted = Counter(clause.key for statement in statements for clause in statement.clauses)
        # The few that AWS names itself come first: others are as many as a document likes.
        ranked = sorted(counted, key=lambda key: (not is_global(key), "/" in key, -counted[key]))[:_MOST_KEYS]
        self.is_cut = len(ranked) < len(counted)
        self.statements = list(_settled(statements, {key for key in ranked if not is_misspelt(key)}))
        self._weights: Counter[Clause] = Counter()
        for statement in self.statements:
            weight = self.acting(statement.actions).bit_count() * (1 if statement.denies else -1)
            self._weights.update(dict.fromkeys(statement.clauses, weight))
        forms = dict.fromkeys(form for clause in self._weights for form in _forms(clause))
        patterns = [pattern for statement in self.statements for pattern in statement.resources.patterns]
        others = [clause for clause in forms if not is_of_call(clause.key)]
        axes = axes_of(others, patterns, bound, also_named=also_named)
        self.circumstances = self._combined(axes, _MOST_CIRCUMSTANCES)
        named = {value.lower() for clause in others if clause.key == REGION for value in clause.values}
        kinds = masks(world[KIND][0] for world in axes[_WHO].worlds)
        self._kinds = {kind: self.circumstances.where(_WHO, worlds) for kind, worlds in kinds.items()}
        self._divide_regions(axes[_REGION].worlds, patterns, named)
        self._lay_out([clause for clause in forms if is_of_call(clause.key)])
        self._asked = {clause: self._ask(clause) for clause in self._weights}

    def _combined(self, axes: Sequence[Axis], limit: int) -> Combined:
        combined = Combined(axes, limit, self._weights)
        self.is_cut |= combined.is_cut
        return combined

    def _divide_regions(self, worlds: Sequence[World], patterns: Sequence[str], named: set[str]) -> None:
        """Tell apart the Regions that resources are in, if the patterns of resources do.

        If there are too many, those that conditions name are the ones that may be left open.
        """
        rows = by_region(worlds, patterns)
        alike = masks(tuple(row >> place & 1 for row in rows) for place in range(len(worlds)))
        in_conditions = sum(1 << n for n, world in enumerate(worlds) if world[REGION][0] in named)
        # The last world is the Region that nobody names.
        first, *rest = sorted(alike.values(), reverse=True)
        kept = [first, *sorted(rest, key=lambda mask: not mask & in_conditions)][:_MOST_REGIONS]
        self.is_cut |= len(kept) < len(alike)
        kept[0] |= (1 << len(worlds)) - 1 & ~union(kept)
        self._regions = [self.circumstances.where(_REGION, each) for each in kept]
        names = [UNNAMED_REGION, *(worlds[next(bits(each))][REGION][0] for each in kept[1:])]
        self._resources = Texts(
            call.resource.replace("{region}", name) for name in names for call in self.calls
        )

    def _lay_out(self, clauses: Iterable[Clause]) -> None:
        """Give each call a column for each of its variants."""
        on: dict[str, list[Clause]] = defaultdict(list)
        for clause in clauses:
            on[clause.key].append(clause)
        axes = {key: Axis(values_of(key, about), about) for key, about in on.items()}
        alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, call in enumerate(self.calls):
            alike[tuple(key for key in axes if goes_with(key, call))].append(number)
        self.columns = [0] * len(self.calls)
        self.variants: list[Variants] = []
        end = 0
        for carried, numbers in alike.items():
            variants = self._combined([axes[key] for key in carried], _MOST_VARIANTS)
            starts = 0
            for number in numbers:
                self.columns[number] = variants.everywhere << end
                starts |= 1 << end
                end += len(variants.each)
            self.variants.append((carried, variants, starts))
        self.everything = (1 << end) - 1

    def _ask(self, clause: Clause) -> list[tuple[int, int]]:
        """Return in which circumstances, and then for which columns, a clause holds."""
        form, *bare = _forms(clause)
        present = self.circumstances.everywhere
        for presence in bare[1:]:
            present &= self._holding(presence)[0]
        found = [(form, present), *((each, self.circumstances.everywhere & ~present) for each in bare[:1])]
        return [(where & then, columns) for each, then in found for where, columns in [self._holding(each)]]

    def _holding(self, clause: Clause) -> tuple[int, int]:
        everywhere, absent = self.circumstances.everywhere, holds(clause)
        if is_of_call(clause.key):
            columns = 0
            for carried, variants, starts in self.variants:
                holding = variants.holding(clause) if clause.key in carried else variants.everywhere * absent
                columns |= holding * starts
            return everywhere, columns
        without = self.kinds(*(kind for kind in self._kinds if not carries(kind, clause.key)))
        return self.circumstances.holding(clause) & ~without | without * absent, self.everything

    def _acting(self, actions: Named) -> int:
        """Return the calls whose action is named."""
        matched = self._actions.matching(_patterns(actions, str.lower))
        return matched ^ (self._every if actions.all_but else 0)

    def _on_resources(self, resources: Named) -> list[int]:
        """Return the calls whose resource is named, for each Region that resources are told apart by."""
        matched, flip = (
            self._resources.matching(_patterns(resources)),
            self._every if resources.all_but else 0,
        )
        return [(matched >> n * len(self.calls) & self._every) ^ flip for n in range(len(self._regions))]

    def _applying(self, statement: Statement) -> Iterable[tuple[int, int]]:
        """Return circumstances, with the columns to which a statement applies in them."""
        actions = self.acting(statement.actions)
        named = zip(self._regions, self._on(statement.resources), strict=True)
        found = [(region, self._columns_of(actions & calls)) for region, calls in named if actions & calls]
        for clause in statement.clauses:
            asked = self._asked[clause]
            both = ((where & then, some & these) for where, some in found for then, these in asked)
            found = [(where, some) for where, some in both if where and some]
        return found

    def _columns_of(self, calls: int) -> int:
        if len(self.variants) == 1 and self.everything == self._every:
            return calls  # None has variants.
        return union(self.columns[number] for number in bits(calls))

    def reached(self, *, denies: bool) -> list[int]:
        """Return for each of the circumstances the columns to which any Deny, or any Allow, applies."""
        wide: dict[int, int] = defaultdict(int)
        for statement in self.statements:
            for where, columns in self._applying(statement) if statement.denies == denies else ():
                wide[where] |= columns
        found = [0] * len(self.circumstances.each)
        for where, columns in wide.items():
            for place in bits(where):
                found[place] |= columns
        return found

    def kinds(self, *kinds: str) -> int:
        """Return the circumstances of some kinds of principals."""
        return union(self._kinds[kind] for kind in kinds if kind in self._kinds)

    def moments(self) -> Iterable[int]:
        """Return the circumstances of each moment."""
        return self.circumstances.parts(_TIME)


def _settled(statements: Iterable[Statement], seen: set[str]) -> Iterable[Statement]:
    """Yield the statements without the clauses on keys that no request has, if these hold."""
    for statement in statements:
        if all(holds(clause) for clause in statement.clauses if clause.key not in seen):
            yield replace(statement, clauses=tuple(each for each in statement.clauses if each.key in seen))


def _forms(clause: Clause) -> list[Clause]:
    """Return a clause; with variables of other keys also how it reads without, and that they are there."""
    names = variables_of(clause)
    if clause.key in FIXED and names <= FIXED:
        return [clause]  # They vary together.
    known = [name for name in sorted(names) if ":" in name and not is_of_call(name) and not is_misspelt(name)]
    if not known:
        return [clause]
    presence = (Clause("null", False, "", False, name, ("false",)) for name in known)
    return [clause, replace(clause, values=readings(clause, lambda _: ())), *presence]


def _patterns(named: Named, spelled: Callable[[str], str] = str) -> Iterable[str]:
    """Return patterns as they match a role's calls. A variable is an unnamed value, if roles have it."""
    return filter(None, (resolved(spelled(pattern), _of_a_role) for pattern in named.patterns))


def _of_a_role(key: str) -> tuple[str, ...] | None:
    return () if key in NEVER_OF_ROLES else None


def _services(statements: Iterable[Statement]) -> Iterable[str]:
    """Return services that an action pattern may close as a whole."""
    patterns = (pattern for statement in statements for pattern in statement.actions.patterns)
    named = (_SERVICE.match(pattern.lower()) for pattern in patterns)
    return islice(dict.fromkeys(match[1] for match in named if match), _MOST_SERVICES)
