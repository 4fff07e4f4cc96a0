"""Requests, as many as are asked about, arranged so that one pass over a document answers for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from rootguard.core.documents.certainty import Extent
from rootguard.core.documents.context import Possibility, Situation
from rootguard.core.documents.wildcards import Texts

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the action in lower case, the resource's ARN, and who asks in which circumstances."""

    action: str
    resource: str
    situation: Situation


class Column:
    """One text of each request, such as its action."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._masks = _masks(texts)
        self._texts = Texts(self._masks)

    def matching(self, patterns: Iterable[str]) -> int:
        """Return the requests, as bits, whose text any of the patterns matches."""
        found = 0
        for text in self._texts.matching(patterns):
            found |= self._masks[text]
        return found


class Requests:
    """A set of requests. Sets of them are integers: bit 0 is the first request."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self.each = tuple(requests)
        self.everything = (1 << len(self.each)) - 1
        self.actions = Column(request.action for request in self.each)
        self.resources = Column(request.resource for request in self.each)
        self._situations = _masks(request.situation for request in self.each)

    @property
    def doubtful(self) -> Extent:
        """What may hold for every request and surely holds for none."""
        return Extent(0, self.everything)

    def holding(self, key: str) -> Mapping[Possibility, int]:
        """Return the possibilities of a lower-case key, each with the requests that have it."""
        held: dict[Possibility, int] = {}
        for situation, requests in self._situations.items():
            for possibility in situation.possibilities(key):
                held[possibility] = held.get(possibility, 0) | requests
        return held


def _masks(values: Iterable[T]) -> dict[T, int]:
    masks: dict[T, int] = {}
    for place, value in enumerate(values):
        masks[value] = masks.get(value, 0) | 1 << place
    return masks
