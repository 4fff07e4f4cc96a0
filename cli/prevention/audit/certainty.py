"""Yes, no, or uncertain: some conditions hold or not by what only the request itself will tell."""

from __future__ import annotations

from enum import IntEnum


class Certainty(IntEnum):
    """How sure it is. All of several is the least of them, any of several the greatest."""

    NO = 0
    UNCERTAIN = 1
    YES = 2

    @property
    def reversed(self) -> Certainty:
        """What it is for the opposite."""
        return Certainty(Certainty.YES - self)

    @property
    def word(self) -> str:
        """The word for it, in JSON and for people."""
        return self.name.lower()
