"""Values that tell apart what clauses name: as few as there have to be, and what a variable stands for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import ip_address
from itertools import pairwise
from math import inf
from typing import Final

from rootguard.lockout.grammar import NOBODY, READERS, RELATIONS, Clause, network
from rootguard.lockout.keys import NETWORK, WHO, World, family_of, holds_several, is_misspelt

MOST: Final = 128
"""The most values of one key. First come those that most clauses name: only they can be exempt from all."""
OTHER: Final = "\ue001"
"""A second value that no document names. A variable counts as `NOBODY`: a key that is compared with it is
either the same or another."""
_MEASURED: Final = {f"{kind}{relation}" for kind in ("numeric", "date") for relation in RELATIONS}
_NEVER_PUBLIC: Final = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "224.0.0.0/3", "::/3", "4000::/2", "8000::/1"),
]
"""Where no request comes from that has an `aws:SourceIp` ("IANA IPv4 Special-Purpose Address Registry"; of
IPv6 only 2000::/3 is in use)."""
VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_PARTITION: Final = re.compile(r"\Aarn:aws-[a-z-]+:")
# `${*}` is a star and `${?}` a question mark that is no wildcard: neither occurs in an ordinary request.
_PLAIN: Final = {"*": "\ufffd", "?": "\ufffd", "$": "$"}


def unnamed(_: str) -> None:
    """Say nothing of what a key holds."""


def resolved(text: str, held: Callable[[str], tuple[str, ...] | None] = unnamed) -> str | None:
    """Return a text with its variables' values; None if a key that it needs is absent.

    Source: "IAM policy elements: Variables and tags", IAM User Guide. One pass, as IAM makes it: what a
    variable brings in is not read again. Ordinary requests are of the commercial partition, so a text for
    another one is read as if it were of that.

    Args:
        text: as a document has it.
        held: what a key holds; None if nothing is said of it, which counts as an unnamed value.
    """

    def value(match: re.Match[str]) -> str:
        name, _, default = match[1].strip().partition(",")
        if name in _PLAIN:
            return _PLAIN[name]
        name = name.strip().lower()
        found = () if is_misspelt(name) else held(name)
        if found == () and not default:
            raise LookupError(name)
        return NOBODY if found is None else (*found, default.strip().strip("'"))[0]

    try:
        return _PARTITION.sub("arn:aws:", VARIABLE.sub(value, text) if "${" in text else text)
    except LookupError:
        return None


def readings(clause: Clause, held: Callable[[str], tuple[str, ...] | None]) -> tuple[str, ...]:
    """Return a clause's values where keys hold this, without those that need an absent one."""
    return tuple(value for value in (resolved(each, held) for each in clause.values) if value is not None)


def variables_of(clause: Clause) -> set[str]:
    """Return the keys that a clause names as variables; some may be none."""
    found = (match[1] for value in clause.values if "${" in value for match in VARIABLE.finditer(value))
    return {name.partition(",")[0].strip().lower() for name in found}


def values_of(key: str, clauses: Sequence[Clause], *, also_named: bool = False) -> list[World]:
    """Return what a key that varies alone may hold; of who asks, named values only if asked."""
    texts = texts_of(clauses) if also_named or family_of(key) not in WHO else []
    operators = {clause.operator for clause in clauses} - {"null"}
    if not operators or operators - {*_MEASURED, "bool", "ipaddress"}:
        texts.append(NOBODY)
    if any(map(variables_of, clauses)):
        texts.append(OTHER)
    texts = list(dict.fromkeys(texts))
    sets: list[tuple[str, ...]] = [(text,) for text in texts]
    if len(texts) > 1 and holds_several(key) and any(clause.quantifier for clause in clauses):
        sets.append(tuple(texts))
    worlds: list[World] = [{key: each} for each in sets]
    return [*worlds, {}]


def texts_of(clauses: Sequence[Clause]) -> list[str]:
    """Return values that tell apart what clauses on a key name: each by name, an instance of each pattern."""
    named: Counter[str] = Counter()
    for clause in clauses:
        if clause.operator == "bool":
            named.update(["true", "false"])
        elif clause.operator not in {*_MEASURED, "ipaddress", "null"}:
            is_pattern = clause.operator in ("stringlike", "arnlike", "arnequals")
            texts = dict.fromkeys(filter(None, map(resolved, clause.values)))
            if clause.operator == "stringequalsignorecase":  # AWS spells Regions and ids in small letters.
                texts = dict.fromkeys(map(str.lower, texts))
            # No name, id or tag has a star or a question mark in it: it is a mistake for a pattern.
            named.update(filled(text) for text in texts if is_pattern or not set("*?") & set(text))
    networks = [clause for clause in clauses if clause.operator == "ipaddress"]
    found = [*(text for text, _ in named.most_common(MOST)), *points_of(clauses)]
    return found + (addresses(networks, public=networks[0].key == NETWORK) if networks else [])


def filled(pattern: str) -> str:
    """Return a text that the pattern matches, and that names nobody but whom the pattern names."""
    return pattern.replace("*", NOBODY).replace("?", NOBODY)


def bounds_of(clauses: Iterable[Clause], after: float = -inf) -> list[float]:
    """Return the numbers or times in seconds that clauses name, in their order: the first, and the last."""
    read = (READERS[c.operator](value) for c in clauses if c.operator in _MEASURED for value in c.values)
    found = sorted({bound for bound in read if isinstance(bound, float) and bound > after})
    return found if len(found) <= MOST else [*found[: MOST - 1], found[-1]]


def points_of(clauses: Iterable[Clause]) -> list[str]:
    """Return numbers, or times in seconds, in each stretch between those that clauses name, and these."""
    bounds = bounds_of(clauses)
    between = [(one + other) / 2 for one, other in pairwise(bounds)]
    ends = [bounds[0] - 1, bounds[-1] + 1] if bounds else []
    return [repr(point) for point in (*bounds, *between, *ends)]


def _spans(clause: Clause) -> Iterator[tuple[int, int, int]]:
    """Yield the networks of a clause: version, first and last address; those that meet as one."""
    texts = dict.fromkeys(value.replace("*", "7") for value in clause.values)
    version, first, last = 0, 0, -1
    for each in sorted(filter(None, map(network, texts))):
        if each[0] == version and each[1] <= last + 1:
            last = max(last, each[2])
            continue
        if version:
            yield version, first, last
        version, first, last = each
    if version:
        yield version, first, last


def addresses(clauses: Iterable[Clause], *, public: bool) -> list[str]:
    """Return an address in each stretch between the networks that clauses name; public ones only, if asked.

    IPv6 is looked at only if it is named: nearly everyone comes by IPv4, so "0.0.0.0/0" is everyone.
    """
    named = [span for span, _ in Counter(span for each in clauses for span in _spans(each)).most_common(MOST)]
    shut = list(filter(None, map(network, _NEVER_PUBLIC))) if public else []
    versions = {4, *(version for version, _, _ in named)}
    starts = {(version, 0) for version in versions}
    for version, first, last in [*named, *shut]:
        starts |= {(version, first), (version, last + 1)}
    return [
        str(ip_address(start.to_bytes(4 if version == 4 else 16)))  # noqa: PLR2004
        for version, start in sorted(starts)
        if version in versions and start < 1 << (32 if version == 4 else 128)  # noqa: PLR2004
        if not any(version == each and first <= start <= last for each, first, last in shut)
    ]
