"""What a kind of conditions is: what documents may say, and which requests can differ by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from rootguard.lockout.work import Call
from tests.lockout.conditions import Context
from tests.lockout.documents import OWN

Values = Sequence[str | tuple[str, ...] | None]


@dataclass(frozen=True)
class Key:
    """What a document may say of one key.

    Attributes:
        families: operators, without negation.
        named: values.
        anyone: all that anybody's request may hold that an SCP binds; None is absent.
        foreign: what besides requests may hold that only RCPs bind: of other organizations, and of services.
        is_set: whether it holds several values at once.
    """

    families: Sequence[str]
    named: Sequence[str]
    anyone: Values
    foreign: Values = ()
    is_set: bool = False


@dataclass(frozen=True)
class Kind:
    """Keys that are asked about together.

    Attributes:
        keys: what a document may say.
        circumstances: from the document's text, every request that can differ by it. Each function is about
            keys of its own.
        of_calls: what only some calls carry: which calls, and every variant.
        moments: every moment that can differ by it.
        one_thing: keys that say one and the same thing, with all that anybody's request may hold.
        resources: patterns that a document may name, beside "*".
        principals: what a statement may say of principals, where AWS wants everyone.
        owns: what is known of the organization's own id; None is nothing.
        paths: what may follow the own id in the path of an account.
    """

    keys: dict[str, Key]
    circumstances: Sequence[Callable[[str], Sequence[Context]]] = ()
    of_calls: Sequence[tuple[Callable[[Call], bool], Sequence[Context]]] = ()
    moments: Sequence[Context] = ()
    one_thing: tuple[frozenset[str], Sequence[Context]] = (frozenset(), ())
    resources: Sequence[str] = ()
    principals: Sequence[dict[str, Any]] = ()
    owns: Sequence[str | None] = (OWN,)
    paths: Sequence[str] = ()


def as_held(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return what a key holds; None is absent."""
    return (value,) if isinstance(value, str) else value or ()


def one_of(key: str, *values: str | tuple[str, ...] | None) -> list[Context]:
    """Return what a request holds, for each value of a key; None is absent."""
    return [{key.lower(): held} if held else {} for held in map(as_held, values)]


def each_of(*contexts: Sequence[Context]) -> list[Context]:
    """Return all combinations."""
    return [{key: held for each in some for key, held in each.items()} for some in product(*contexts)]


def creates(service: str = "") -> Callable[[Call], bool]:
    """Say of a call whether it creates something: such a call carries a service's keys and new tags."""
    return lambda call: call.creates and service in ("", call.service)


def has_resource(service: str = "") -> Callable[[Call], bool]:
    """Say of a call whether it has a resource: then it carries that one's tags."""
    return lambda call: call.resource != "*" and service in ("", call.service)


def is_of(service: str) -> Callable[[Call], bool]:
    return lambda call: call.service == service
