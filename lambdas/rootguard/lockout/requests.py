"""Requests, as many as are asked about, arranged so that one pass over a document answers for all.

A document is read without a request's whole context. A condition key is known ("false"), known to be absent,
or not known, and then in more than one way: a tag is either absent or holds a value that no document names, a
network may be anything, an organization's id is unknown but has a form. So a key has a tuple of
*possibilities*, a condition is asked of each of them, and only what is sure can make a denial total.
Keys: "AWS global condition context keys", IAM User Guide, for `aws:` and for the cross-service keys; those of
one service: "Actions, resources, and condition keys for AWS services", Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Unknown:
    """One value that is not known, but for its form, and for what it begins with."""

    form: re.Pattern[str]
    beginning: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """One number or time (seconds since 1970, UTC) that lies somewhere from `low` to `high`."""

    low: float
    high: float


Value = str | Unknown | Span
Possibility = tuple[Value, ...]
"""A key's values in a request: none if it is absent, several if it is multivalued."""
Possibilities = tuple[Possibility, ...]
Context = Mapping[str, Possibilities]
"""Who asks, and in which contexts: lower-case key → possibilities. A key that ends in "/" stands for all
of its kind (`aws:principaltag/`). What is not there is not known."""

ABSENT: Final[Possibilities] = ((),)
PRESENT: Final[Possibilities] = ((Unknown(re.compile(r".*", re.DOTALL)),),)

_SESSIONS: Final = ("aws", "saml", "credentials-iot")
"""Whose keys any request may carry: AWS's global ones, and what a session holds of the identity provider
("IAM and AWS STS condition context keys", IAM User Guide; "Authorizing direct calls to AWS services using the
AWS IoT Core credential provider", IoT Core Developer Guide). Other providers' names are those of a host."""
_CROSS_SERVICE: Final = {
    "codebuild:buildarn", "codebuild:projectarn", "ec2:roledelivery", "ec2:sourceinstancearn",
    "glue:credentialissuingservice", "glue:roleassumedby", "identitystore:userid", "lambda:sourcefunctionarn",
    "ssm:sourceinstancearn",
}  # fmt: skip

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_PARTITION = re.compile(r"\Aarn:aws-[a-z-]+:")
# `${*}` is a star and `${?}` a question mark that is no wildcard: neither occurs in a typical request.
_PLAIN: Final = {"*": "\ufffd", "?": "\ufffd", "$": "$"}


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


def union(extents: Iterable[Extent]) -> Extent:
    """Return where any of them holds."""
    sure = possible = 0
    for extent in extents:
        sure |= extent.sure
        possible |= extent.possible
    return Extent(sure, possible)


def masks(values: Iterable[T]) -> dict[T, int]:
    """Return each value with the places at which it is, as bits."""
    found: dict[T, int] = defaultdict(int)
    for place, value in enumerate(values):
        found[value] |= 1 << place
    return found


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


@dataclass(frozen=True, slots=True)
class Request:
    """One call: what is asked for, by whom, and in which contexts."""

    action: str  # in lower case; "" if it is not known, nor its service
    resource: str  # an ARN
    context: Context


class Requests:
    """A set of requests. `everywhere` is all of them, surely; `doubtful` all of them, and none surely."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self.each = tuple(requests)
        everything = (1 << len(self.each)) - 1
        self.everywhere, self.doubtful = Extent(everything, everything), Extent(0, everything)
        self.actions = Texts(request.action for request in self.each)
        self.resources = Texts(request.resource for request in self.each)
        self._services = masks(request.action.partition(":")[0] for request in self.each)
        contexts = {id(request.context): request.context for request in self.each}
        places = masks(id(request.context) for request in self.each)
        self._contexts = [(contexts[each], mask) for each, mask in places.items()]
        self._known = frozenset(key for context in contexts.values() for key in context)
        self._held: dict[tuple[str, int], Mapping[Possibility, int]] = {}

    def outside(self, extent: Extent) -> Extent:
        """Return where something does not hold."""
        everything = self.everywhere.sure
        return Extent(everything & ~extent.possible, everything & ~extent.sure)

    def holding(self, key: str) -> Mapping[Possibility, int]:
        """Return the possibilities of a lower-case key, each with the requests that have it."""
        # Of what no situation knows, all keys are alike: a document of a thousand costs no more than of one.
        family, slash, _ = key.partition("/")
        kind = family + slash
        known = next((name for name in (key, kind) if name in self._known), "")
        carrying = self._carrying(key)
        if (known, carrying) not in self._held:
            held: dict[Possibility, int] = defaultdict(int)
            held[()] = self.everywhere.sure & ~carrying
            for context, requests in self._contexts:
                for possibility in context.get(known) or context.get(kind) or ABSENT + PRESENT:
                    held[possibility] |= requests & carrying
            self._held[known, carrying] = {each: requests for each, requests in held.items() if requests}
        return self._held[known, carrying]

    def _carrying(self, key: str) -> int:
        """Return the requests that may carry a key: those of its service, if it is one service's."""
        service, colon, _ = key.partition(":")
        if not colon or service in _SESSIONS or "." in service or key in _CROSS_SERVICE:
            return self.everywhere.sure
        # STS tells the tags of the role that is taken, iam:ResourceTag/… ("… condition keys for AWS Security
        # Token Service", Service Authorization Reference).
        carriers = ("", "iam", "sts") if service == "iam" else ("", service)
        return sum(self._services.get(carrier, 0) for carrier in carriers)

    def resolve(self, patterns: Iterable[str]) -> tuple[str, ...] | None:
        """Return the patterns with the requests' own values for variables; None if these are not known.

        Source: "IAM policy elements: Variables and tags", IAM User Guide. One pass, as IAM makes it: what a
        variable brings in is not read again. The typical requests are of the commercial partition, so a
        pattern for another one is read as if it were of that.
        """
        try:
            resolved = [_VARIABLE.sub(self._value, pattern) for pattern in patterns]
        except LookupError:
            return None
        return tuple(_PARTITION.sub("arn:aws:", pattern) for pattern in resolved)

    def _value(self, variable: re.Match[str]) -> str:
        """Return a variable's value. Raises LookupError if it is not known for all requests alike."""
        name = variable[1].strip()
        if name in _PLAIN:
            return _PLAIN[name]
        key, _, default = name.partition(",")
        match list(self.holding(key.strip().lower())):
            case [(str() as value,)]:
                return value
            case [()] if default := default.strip().strip("'"):
                return default
        raise LookupError(name)
