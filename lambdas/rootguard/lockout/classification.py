"""What people want to know of a lockout: which statements deny so much, and whom and what they exempt.

For the page alone: the guard asks `judgement`. It is bounded, since a document is other people's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from rootguard.lockout.grammar import NOBODY, Clause, Statement, elements, names_everything, parse
from rootguard.lockout.judgement import Denial, judge, judged
from rootguard.lockout.keys import ROLE, is_of_call
from rootguard.lockout.scene import Scene, Variants
from rootguard.lockout.values import filled
from rootguard.lockout.work import SCP, Call, rest_of
from rootguard.lockout.worlds import Axis, Bound

_ALONE, _TOGETHER = 40, 12  # statements that are tried, each by itself and left out of all
_TRIED, _MOST, _LONGEST = 12, 8, 200  # exceptions, and the characters of each
_SHOWN: Final = 10_240  # characters of a text whose statements are shown: a page has only so much room


@dataclass(frozen=True, slots=True)
class Classification:
    """How much a document denies, and the evidence: someone else's text, which a page must make printable."""

    denial: Denial
    statements: tuple[str, ...] = ()  # the names of the parts that say so
    exempt: tuple[str, ...] = ()  # who and what TOTAL and BROAD leave out, as the document words it
    more: int = 0  # how many of these are not among `exempt`


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement as indented JSON text, and whether it decides how much the policy denies."""

    name: str
    text: str
    decides: bool


@lru_cache(maxsize=8)  # A page asks the same a few times over.
def classify(
    content: str | None, policy_type: str = SCP, organization_id: str | None = None, *, at: datetime
) -> Classification:
    """Classify a policy's JSON text, with full access beside it. See `judge`."""
    denial = judge((content,), policy_type, organization_id, at=at, alone=False).denial
    if denial is Denial.NONE:
        return Classification(denial)
    statements = parse(content) or ()
    bound = Bound(policy_type, organization_id, at.timestamp())
    deciding = _deciding([each for each in statements if each.denies], denial, bound)
    exempt: tuple[str, ...] = ()
    more = 0
    if denial in (Denial.TOTAL, Denial.BROAD):
        exempt, more = _left_out(statements, deciding, bound)
    return Classification(denial, tuple(each.name for each in deciding), exempt, more)


def evidence(
    content: str | None, policy_type: str, organization_id: str | None = None, *, at: datetime
) -> tuple[Evidence, ...]:
    """Return the statements in their order; none for what is no policy document or too long. Never raises."""
    if content is None or len(content) > _SHOWN:
        return ()
    deciding = classify(content, policy_type, organization_id, at=at).statements
    return tuple(
        Evidence(name, _readable(json.dumps(element, indent=2, ensure_ascii=False)), name in deciding)
        for name, element in elements(content) or ()
    )


def _readable(text: str) -> str:
    """Return JSON text as people write it; what does not print, or turns text around, stays escaped."""
    return "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)


def _deciding(denies: Sequence[Statement], denial: Denial, bound: Bound) -> Sequence[Statement]:
    """Return the statements that say so: some by themselves, or else the few that say so only together."""
    by_themselves = [each for each in denies[:_ALONE] if judged([each], bound).denial is denial]
    if by_themselves:
        return by_themselves
    needed = [each for each in denies[:_ALONE] if judged([each], bound).denial is not Denial.NONE]
    if judged(needed, bound).denial is not denial:
        return denies
    for each in needed[:_TOGETHER]:
        rest = [other for other in needed if other is not each]
        if judged(rest, bound).denial is denial:
            needed = rest
    return needed


def _left_out(
    statements: Sequence[Statement], saying: Sequence[Statement], bound: Bound
) -> tuple[tuple[str, ...], int]:
    """Return what the statements that say so leave out and the whole document does not deny either.

    Each exemption is tried on the whole document, where most of it is denied, the role's if it can be: by the
    role that it names, from the Region that it names. So one that another statement denies anyway is left
    out. At most eight, of at most 200 characters each, and how many more there are.
    """
    clauses = [clause for each in saying for clause in each.clauses if clause.written]
    exceptions = [exception for clause in clauses for exception in _exceptions(clause)]
    calls = list(_exempt_calls(saying))
    tried, tried_calls = exceptions[:_TRIED], calls[: max(_TRIED - len(exceptions), 0)]
    scene = Scene(statements, bound, [call for _, call in tried_calls], also_named=True)
    closed = scene.reached(denies=True)
    roles = scene.kinds(ROLE)
    place = max(range(len(closed)), key=lambda n: (closed[n].bit_count(), roles >> n & 1))
    words = [
        text for text, tested, wanted in tried if _is_exempt(scene, closed, place, tested, wanted=wanted)
    ]
    added = scene.columns[len(scene.columns) - len(tried_calls) :]
    words += [text for (text, _), column in zip(tried_calls, added, strict=True) if column & ~closed[place]]
    words = list(dict.fromkeys(words))
    # What was not tried is like the rest: if nothing of that is exempt, it is not, either.
    more = (len(exceptions) - len(tried) + len(calls) - len(tried_calls)) if words else 0
    return tuple(each[:_LONGEST] for each in words[:_MOST]), max(len(words) + more - _MOST, 0)


def _is_exempt(scene: Scene, closed: Sequence[int], place: int, tested: Clause, *, wanted: bool) -> bool:
    """Tell whether less is closed than at a place where a key meets a clause, or not, and all else is so."""
    if is_of_call(tested.key):
        return any(_opens(tested, closed[place], variants, wanted=wanted) for variants in scene.variants)
    each = scene.circumstances.each
    for number, axis in enumerate(scene.circumstances.axes):
        if not any(tested.key in world for world in axis.worlds):
            continue
        met = Axis(axis.worlds, [tested]).answers[tested] ^ (0 if wanted else -1)
        if tested.operator != "null":
            met &= sum(1 << n for n, world in enumerate(axis.worlds) if tested.key in world)
        alike = {kept: met & of_class for kept, of_class in zip(axis.kept, axis.classes, strict=True)}
        for other, worlds in enumerate(each):
            changed = [n for n, world in enumerate(worlds) if world != each[place][n]]
            if changed == [number] and alike[worlds[number]] and closed[place] & ~closed[other]:
                return True
    return False


def _opens(tested: Clause, closed: int, of_calls: Variants, *, wanted: bool) -> bool:
    """Tell whether a variant of a call is open where a key meets a clause, or not, and another is closed."""
    carried, variants, starts = of_calls
    if tested.key not in carried:
        return False
    number = carried.index(tested.key)
    met = variants.where(number, Axis(variants.axes[number].worlds, [tested]).answers[tested])
    opened = shut = 0
    for place in range(len(variants.each)):
        opened |= starts & ~(closed >> place) if (met >> place & 1) == wanted else 0
        shut |= starts & closed >> place
    return opened & shut != 0


def _exceptions(clause: Clause) -> Iterator[tuple[str, Clause, bool]]:
    """Yield the words of each exception that a clause makes; what is exempt meets a clause, or does not."""
    if clause.operator == "bool" and len(clause.values) == 1:
        yield f"{clause.written} = {'false' if clause.values[0].lower() == 'true' else 'true'}", clause, False
    elif clause.operator == "null":
        if len(clause.values) == 1:
            is_there = clause.values[0].lower() == "true"
            yield f"{clause.written} {'present' if is_there else 'absent'}", clause, False
    elif clause.negated:
        for value in clause.values:
            words = value if clause.key == "aws:principalarn" else f"{clause.written} = {value}"
            yield words, replace(clause, negated=False, if_exists=False, quantifier="", values=(value,)), True
    elif not names_everything(clause.values):
        yield f"{clause.written} other than {', '.join(clause.values)}", clause, False


def _exempt_calls(saying: Sequence[Statement]) -> Iterator[tuple[str, Call]]:
    """Yield the words of each exception by `NotResource` and `NotAction`, and a call that it means."""
    for statement in saying:
        for pattern in statement.resources.patterns if statement.resources.all_but else ():
            service = filled(pattern).split(":")[2] if pattern.count(":") > 1 else ""
            yield pattern, Call(service, f"{service}:{NOBODY}", filled(pattern))
    for statement in saying:
        for pattern in statement.actions.patterns if statement.actions.all_but else ():
            action = filled(pattern).lower()
            service = action.partition(":")[0]
            yield pattern, Call(service, action, rest_of(service).resource)
