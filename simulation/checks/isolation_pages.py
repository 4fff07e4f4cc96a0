"""Checks of the pages of isolation: each request that was carried out is paged, and once for a person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from simulation.checks.evidence import Broken, Evidence
from simulation.checks.pages import may_repeat
from simulation.oracle.changes import took_effect
from simulation.oracle.limits import Limit
from simulation.quarantine import ISOLATION
from simulation.trace import AwsCall, DeadLetter, Paged

_TOLD: Final = 660.0
"""Seconds in which a page is out, however often the notifier is killed: five attempts, two minutes apart."""
_ACCOUNT: Final = re.compile(r"\b\d{12}\b")


def requests_are_paged(case: Evidence) -> Iterator[Broken]:
    """Whoever is moved into quarantine, or out of it, by a request that was carried out is in a page."""
    lost = any(isinstance(record, DeadLetter) and "isolation/" in record.body for record in case.trace)
    for request in case.requests:
        if not request.is_answered or not request.may_move or request.ended is None:
            continue
        if not case.weather.is_fair(request.asked.at, request.asked.at + _TOLD) or lost:
            continue
        for account in _moved_by(case, request.asked.invocation):
            if request.asked.at + _TOLD > case.end:
                continue
            if not any(page.at >= request.asked.at and account in page.text for page in _pages(case)):
                yield Broken(request.until, f"{request.asked.verb} of {case.name(account)} is never paged")


def requests_are_paged_once(case: Evidence) -> Iterator[Broken]:
    """The same accounts with the same outcomes are paged once for each time that one came in, or out."""
    counted: Counter[tuple[str, frozenset[tuple[str, bool]]]] = Counter()
    for page in _pages(case):
        key = (_verb(page), _outcomes(page))
        counted[key] += 1
        if counted[key] <= max(1, _occasions(case, page, key)):
            continue
        if may_repeat(case, page.at):
            case.excuses.by(Limit.PAGED_AGAIN)
            counted[key] -= 1
            continue
        yield Broken(page.at, f"page {counted[key]} says: {page.subject}")


def _occasions(case: Evidence, page: Paged, key: tuple[str, frozenset[tuple[str, bool]]]) -> int:
    """Return how often a page may have come by then: what failed is paged for each request."""
    verb, outcomes = key
    accounts = {account for account, _ in outcomes}
    before = [
        request
        for request in case.requests
        if request.asked.at <= page.at and request.asked.verb == verb and accounts & {*request.asked.accounts}
    ]
    if any(is_left for _, is_left in outcomes):
        return len(before)
    goes_in = verb == "isolate"
    return sum(
        turn.at <= page.at and (turn.value == case.scope.quarantine) is goes_in
        for account in accounts
        for turn in case.film.turns.get(("place", account), ())[1:]
    )


def _moved_by(case: Evidence, invocation: int) -> set[str]:
    return {
        str(call.parameters["AccountId"])
        for call in case.trace
        if isinstance(call, AwsCall)
        and call.invocation == invocation
        and call.function == ISOLATION
        and call.call == "MoveAccount"
        and took_effect(call)
    }


def _pages(case: Evidence) -> list[Paged]:
    return [record for record in case.trace if isinstance(record, Paged) and record.kind == "isolation"]


def _verb(page: Paged) -> str:
    return "release" if "RELEASED" in page.subject else "isolate"


def _outcomes(page: Paged) -> frozenset[tuple[str, bool]]:
    """Return the accounts in a page, and whether each is left."""
    lines = [
        line
        for field in page.page.get("fields", ())
        if field["label"] == "Accounts"
        for line in field["lines"]
    ]
    return frozenset(
        (found[0], line.startswith("NOT ")) for line in lines if (found := _ACCOUNT.findall(line))
    )
