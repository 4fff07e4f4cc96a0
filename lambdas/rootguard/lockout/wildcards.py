"""IAM's wildcards, matched against many texts at once.

`*` is any run of characters, also none and also across `:` and `/`; `?` is exactly one ("IAM JSON policy
elements: Resource", IAM User Guide). The documents are other people's, and a hostile one must not cost more
than its length: a pattern is followed through all texts in parallel, as bits of one integer, so each of its
characters costs a few operations, whatever came before it. Nothing backtracks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_STARS = re.compile(r"\*+")


def is_everything(pattern: str) -> bool:
    """Tell whether a pattern matches whatever there is."""
    return pattern != "" and set(pattern) == {"*"}


class Texts:
    """Some texts, asked which of them a pattern matches.

    Each text has a lane of bits: one for each place in it (before its first character, …, at its end) and
    a guard bit above, which keeps arithmetic in one lane from reaching the next. A set bit in the state
    says "the pattern, as far as it was read, can match up to here".
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._ends: dict[str, int] = {}
        places: dict[str, list[int]] = {}
        starts, guards, lane = [], [], 0
        for text in dict.fromkeys(texts):
            for place, character in enumerate(text, start=lane):
                places.setdefault(character, []).append(place)
            starts.append(lane)
            self._ends[text] = 1 << (lane + len(text))
            guards.append(lane + len(text) + 1)
            lane += len(text) + 2
        self._starts, self._guards = _bits(starts, lane), _bits(guards, lane)
        self._places = {character: _bits(where, lane) for character, where in places.items()}
        self._places["?"] = _bits((place for where in places.values() for place in where), lane)

    def matching(self, patterns: Iterable[str]) -> frozenset[str]:
        """Return the texts that any of the patterns matches as a whole, respecting case."""
        matched: set[str] = set()
        for pattern in patterns:
            ends = self._follow(_STARS.sub("*", pattern))
            if ends:
                matched.update(text for text, end in self._ends.items() if ends & end)
            if len(matched) == len(self._ends):
                break
        return frozenset(matched)

    def _follow(self, pattern: str) -> int:
        state = self._starts
        for character in pattern:
            if character == "*":
                # In each lane guard - state has the state's lowest bit, and above it the state's complement:
                # with the state itself, every place from the lowest on.
                state = ((self._guards - state) | state) & ~self._guards
            else:
                state = (state & self._places.get(character, 0)) << 1
                if not state:
                    return 0
        return state


def _bits(places: Iterable[int], length: int) -> int:
    digits = bytearray(b"0" * (length + 1))
    for place in places:
        digits[length - place] = ord("1")
    return int(digits, 2)
