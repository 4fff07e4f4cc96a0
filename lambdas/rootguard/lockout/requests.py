"""Requests, as many as are asked about, arranged so that one pass over a document answers for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from rootguard.lockout.certainty import Extent
from rootguard.lockout.context import Possibility, Situation, service_of
from rootguard.lockout.wildcards import Texts

T = TypeVar("T")

_CARRIERS: Final = {"iam": ("iam", "sts")}
"""Whose requests carry a service's keys, if not its own alone: STS tells the tags of the role that is taken,
`iam:ResourceTag/…` ("… condition keys for AWS Security Token Service", Service Authorization Reference)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the action in lower case, the resource's ARN, and who asks in which circumstances.

    An action of "" is one that is not known, nor is its service.
    """

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
        self._services = _masks(request.action.partition(":")[0] for request in self.each)
        self._situations = _masks(request.situation for request in self.each)
        self._known = frozenset(key for situation in self._situations for key in situation.context)
        self._held: dict[tuple[str, int], Mapping[Possibility, int]] = {}

    @property
    def doubtful(self) -> Extent:
        """What may hold for every request and surely holds for none."""
        return Extent(0, self.everything)

    def holding(self, key: str) -> Mapping[Possibility, int]:
        """Return the possibilities of a lower-case key, each with the requests that have it."""
        # Of what no situation knows, all keys are alike: a document of a thousand costs no more than of one.
        family, slash, _ = key.partition("/")
        known = next((name for name in (key, family + slash) if name in self._known), "")
        carrying = self._carrying(key)
        held = self._held.get((known, carrying))
        if held is None:
            held = self._held[known, carrying] = self._holding(known, carrying)
        return held

    def _holding(self, key: str, carrying: int) -> Mapping[Possibility, int]:
        held: dict[Possibility, int] = {}
        if carrying != self.everything:
            held[()] = self.everything & ~carrying
        for situation, requests in self._situations.items():
            if requests & carrying:
                for possibility in situation.possibilities(key):
                    held[possibility] = held.get(possibility, 0) | requests & carrying
        return held

    def _carrying(self, key: str) -> int:
        """Return the requests that may carry a key: those of its service, if it is one service's."""
        service = service_of(key)
        if service is None:
            return self.everything
        carriers = ("", *_CARRIERS.get(service, (service,)))
        return sum(self._services.get(carrier, 0) for carrier in carriers)


def _masks(values: Iterable[T]) -> dict[T, int]:
    masks: dict[T, int] = {}
    for place, value in enumerate(values):
        masks[value] = masks.get(value, 0) | 1 << place
    return masks
