"""Three-valued logic: what a document surely denies, and what it may deny.

A document is read without the request's whole context: tags, networks, a service's own keys are not known.
So a condition is true, false or neither (Kleene's strong logic). `Truth` is the answer for one value of one
key; `Extent` holds the answers for many requests at once, one bit each. Both are used by `conditions` and
`evaluation`; only what is sure can make a denial total.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Truth(IntEnum):
    """Whether something holds. The order makes `min` the "and", and `max` the "or"."""

    NO = 0
    MAYBE = 1
    YES = 2

    @property
    def negated(self) -> Truth:
        """The opposite; the opposite of maybe is maybe."""
        return Truth(Truth.YES - self)


@dataclass(frozen=True, slots=True)
class Extent:
    """For which requests something surely holds, and for which it may; `sure` is part of `possible`.

    Both are sets of requests as bits of an integer: bit 0 is the first request.
    """

    sure: int
    possible: int

    def __and__(self, other: Extent) -> Extent:
        """Return where both hold."""
        return Extent(self.sure & other.sure, self.possible & other.possible)

    def __or__(self, other: Extent) -> Extent:
        """Return where either holds."""
        return Extent(self.sure | other.sure, self.possible | other.possible)

    def outside(self, everything: int) -> Extent:
        """Return where it does not hold, of all requests."""
        return Extent(everything & ~self.possible, everything & ~self.sure)


NOWHERE = Extent(0, 0)
