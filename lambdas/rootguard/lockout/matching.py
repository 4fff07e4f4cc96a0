"""Whether a condition holds ("IAM JSON policy elements: Condition operators", IAM User Guide).

Clauses are joined by "and", a clause's values by "or". A key that a request lacks makes a clause false, a
negated one true, one with `…IfExists` true, `ForAllValues` true and `ForAnyValue` false. What AWS makes of
`ForAnyValue` with `…IfExists` on a lacking key, and of several values without a set operator, is not
documented: the first counts as false, the others as "any of them" and, negated, as "none of them". Both ways
deny less often than more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, TypeVar

from rootguard.lockout.grammar import READERS, Clause, names_everything, network

H = TypeVar("H", bound=Hashable)
_SIX: Final = 6  # arn:partition:service:region:account:resource


def masks(values: Iterable[H]) -> dict[H, int]:
    """Return each value with the places at which it is, as bits."""
    found: dict[H, int] = defaultdict(int)
    for place, value in enumerate(values):
        found[value] |= 1 << place
    return found


def bits(mask: int) -> Iterator[int]:
    """Yield the places of the bits that are set."""
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def union(found: Iterable[int]) -> int:
    """Return the bits that any mask has."""
    whole = 0
    for mask in found:
        whole |= mask
    return whole


class Texts:
    """Some texts, asked which of them a pattern with IAM's wildcards matches.

    `*` is any run of characters, also none and also across `:` and `/`; `?` is exactly one ("IAM JSON policy
    elements: Resource", IAM User Guide). The documents are other people's, and a hostile one must not cost
    more than its length: a pattern is followed through all texts in parallel, as bits of one integer, so each
    of its characters costs a few operations, whatever came before it. Nothing backtracks.

    Each different text has a lane of bits: one for each place in it (before its first character, …, at its
    end) and a guard bit above, which keeps arithmetic in one lane from reaching the next. A set bit in the
    state says "the pattern, as far as it was read, can match up to here".
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._starts, self._ends = 0, []
        cells: list[str] = []
        for text, mask in masks(texts).items():
            self._starts |= 1 << len(cells)
            cells += [*text, "end", "guard"]
            self._ends.append((1 << len(cells) - 2, mask))
        self._places = masks(cells)
        self._places.pop("end", 0)
        self._guards = self._places.pop("guard", 0)
        self._places["?"] = sum(self._places.values())

    def matching(self, patterns: Iterable[str]) -> int:
        """Return the texts, as bits, that any of the patterns matches as a whole, respecting case."""
        reached = 0
        for pattern in patterns:
            state = self._starts
            for character in pattern:
                if character == "*":
                    # In each lane guard - state has the state's lowest bit, and above it the state's
                    # complement: with the state itself, every place from the lowest on.
                    state = ((self._guards - state) | state) & ~self._guards
                else:
                    state = (state & self._places.get(character, 0)) << 1
                if not state:
                    break
            reached |= state
        return sum(mask for end, mask in self._ends if reached & end)


class Held:
    """The different texts that a key holds in some requests, asked which of them a clause names."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self.places = {text: 1 << place for place, text in enumerate(texts)}

    def hits(self, clause: Clause, values: Sequence[str]) -> int:
        """Return the texts, as bits, that a clause with these values names, whether it is negated or not."""
        match clause.operator:
            case "stringlike":
                return self._wild.matching(values)
            case "arnlike" | "arnequals":
                every = (1 << len(self._texts)) - 1
                return every if names_everything(values) else union(map(self._arn, dict.fromkeys(values)))
            case "bool" | "stringequalsignorecase":
                return union(self._lower.get(value.lower(), 0) for value in values)
            case "ipaddress":
                return self._in_networks(values)
            case "stringequals" | "binaryequals":
                return union(self.places.get(value, 0) for value in values)
            case "null":
                return 0
        return self._related(clause.operator, values)

    @cached_property
    def _wild(self) -> Texts:
        return Texts(self._texts)

    @cached_property
    def _lower(self) -> dict[str, int]:
        return masks(text.lower() for text in self._texts)

    @cached_property
    def _parts(self) -> tuple[int, list[Texts]]:
        """Return which texts are ARNs, and the texts that are at each place of them."""
        arns = [text.split(":", 5) for text in self._texts]
        whole = sum(1 << place for place, parts in enumerate(arns) if len(parts) == _SIX)
        return whole, [Texts(([*parts, *[""] * _SIX])[place] for parts in arns) for place in range(_SIX)]

    def _arn(self, pattern: str) -> int:
        """Compare ARNs part by part. One without six parts matches nothing: AWS knows no such ARN."""
        left, lanes = self._parts
        wanted = pattern.split(":", 5)
        if len(wanted) != _SIX:
            return 0
        for lane, want in zip(lanes, wanted, strict=True):
            left = left and left & lane.matching([want])
        return left

    def _related(self, operator: str, values: Sequence[str]) -> int:
        read, relation = READERS[operator], operator.removeprefix("numeric").removeprefix("date")
        bounds = [bound for bound in map(read, values) if isinstance(bound, float)]
        if not bounds:
            return 0
        low, high, exact = min(bounds), max(bounds), frozenset(bounds)
        holding: dict[str, Callable[[float], bool]] = {
            "equals": exact.__contains__,
            "lessthan": high.__gt__,
            "lessthanequals": high.__ge__,
            "greaterthan": low.__lt__,
            "greaterthanequals": low.__le__,
        }
        measured = ((read(text), place) for text, place in self.places.items())
        return union(
            place for value, place in measured if isinstance(value, float) and holding[relation](value)
        )

    def _in_networks(self, values: Iterable[str]) -> int:
        """Go through addresses and networks in their order, once."""
        spans = sorted(filter(None, map(network, values)))
        held = sorted((span[:2], place) for text, place in self.places.items() if (span := network(text)))
        found, open_to, number = 0, (0, 0), 0
        for address, place in held:
            while number < len(spans) and spans[number][:2] <= address:
                version, _, last = spans[number]
                open_to, number = max(open_to, (version, last)), number + 1
            found |= place if open_to[0] == address[0] and address <= open_to else 0
        return found


def holds(clause: Clause, held: int = 0, hits: int = 0) -> bool:
    """Tell whether a clause holds where its key holds some values, or none, and it names some of these."""
    if clause.operator == "null":
        return str(not held).lower() in {value.lower() for value in clause.values}
    if not held:
        return clause.quantifier != "foranyvalue:" and (
            clause.if_exists or clause.negated or clause.quantifier != ""
        )
    named = held & hits
    if clause.quantifier == "foranyvalue:":
        return named != held if clause.negated else named != 0
    if clause.quantifier:
        return named == 0 if clause.negated else named == held
    return (named != 0) != clause.negated
