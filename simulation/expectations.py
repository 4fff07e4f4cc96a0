"""Whether a history's expectations are met: sentences with time, place, expected and seen."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from simulation.reading_expectations import NAMED
from simulation.steps import (
    ExpectAccount,
    Expectation,
    ExpectCalls,
    ExpectPage,
    ExpectPages,
    ExpectPolicy,
    ExpectSweeps,
    ExpectTarget,
    Says,
)
from simulation.trace import AwsCall, Paged, Record, Swept
from simulation.world import World, content


def of_state(entry: Expectation, world: World) -> str | None:
    """Return what is not so now of an expectation with a time; None if all is."""
    match entry:
        case ExpectTarget():
            attached = world.attached(entry.target)
            lacking = [name for name in entry.has if world.id_of(name) not in attached]
            extra = [name for name in entry.lacks if world.id_of(name) in attached]
            if not lacking and not extra:
                return None
            wrong = [f"lacks {name}" for name in lacking] + [f"has {name}" for name in extra]
            seen = ", ".join(sorted(world.name_of(policy) for policy in attached)) or "nothing"
            return f"At {entry.at} s {entry.target} {' and '.join(wrong)}. Attached there: {seen}."
        case ExpectPolicy():
            text = world.content(entry.policy)
            if text is None:
                return f"At {entry.at} s there is no policy {entry.policy}. Expected: {_said(entry.says)}."
            if _parsed(text) == _parsed(content(entry.says)):
                return None
            return f"At {entry.at} s {entry.policy} says {text}. Expected: {_said(entry.says)}."
        case ExpectAccount():
            parent = world.parent(entry.account)
            if parent == world.id_of(entry.parent):
                return None
            seen = world.name_of(parent) if parent else "nowhere"
            return f"At {entry.at} s {entry.account} is in {seen}. Expected: in {entry.parent}."
        case _:
            return None


def of_trace(entry: Expectation, trace: Sequence[Record], world: World) -> str | None:
    """Return what is not so at the end of an expectation that counts; None if all is."""
    match entry:
        case ExpectCalls():
            return _calls(entry, trace)
        case ExpectPages():
            return _pages(entry, trace)
        case ExpectSweeps():
            count = sum(1 for record in trace if isinstance(record, Swept))
            if count >= entry.at_least:
                return None
            return f"{count} sweeps were completed until the end. Expected: at least {entry.at_least}."
        case ExpectPage():
            wanted = NAMED.sub(lambda found: world.id_of(found[1]), entry.has)
            found = [page for page in trace if isinstance(page, Paged) and wanted in page.text]
            if bool(found) is (entry.which == "any"):
                return None
            if found:
                return f'The page at {found[0].at:g} s has "{wanted}". Expected: no page has it.'
            return f'No page has "{wanted}". Expected: one has.'
        case _:
            return None


def _calls(entry: ExpectCalls, trace: Sequence[Record]) -> str | None:
    after = float("-inf") if entry.after is None else entry.after
    found = [
        record
        for record in trace
        if isinstance(record, AwsCall)
        and record.call == entry.call
        and record.error is None
        and record.at >= after
    ]
    bounds = _bounds(None, entry.at_most, entry.at_least, len(found))
    if bounds is None:
        return None
    when = f" at {', '.join(f'{record.at:g} s' for record in found)}" if found else ""
    since = f" from {entry.after} s on" if entry.after is not None else ""
    return f"Rootguard called {entry.call} {_times(len(found))}{since}{when}. Expected: {bounds}."


def _pages(entry: ExpectPages, trace: Sequence[Record]) -> str | None:
    found = [record for record in trace if isinstance(record, Paged) and record.wakes]
    if entry.by is not None:
        named = re.compile(rf"\b{re.escape(entry.by)}\b")
        found = [page for page in found if named.search(page.text)]
    bounds = _bounds(entry.exactly, entry.at_most, entry.at_least, len(found))
    if bounds is None:
        return None
    of = f" that name {entry.by}" if entry.by else ""
    listed = "; ".join(f"{page.at:g} s {page.subject}" for page in found)
    pages = "1 page" if len(found) == 1 else f"{len(found)} pages"
    return f"{pages}{of} woke people{': ' if listed else ''}{listed}. Expected: {bounds}."


def _bounds(exactly: int | None, at_most: int | None, at_least: int | None, count: int) -> str | None:
    """Return the bounds in words if a count breaks them."""
    broken = (
        (exactly is not None and count != exactly)
        or (at_most is not None and count > at_most)
        or (at_least is not None and count < at_least)
    )
    words = [("exactly", exactly), ("at most", at_most), ("at least", at_least)]
    return " and ".join(f"{word} {bound}" for word, bound in words if bound is not None) if broken else None


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _said(says: Says) -> str:
    return says if isinstance(says, str) else json.dumps(says)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
