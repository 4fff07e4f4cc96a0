"""Isolated accounts as AWS shows them: where each is, who moved it there, and what tag and ledger say of it.

It is played again from the trace. Of the ledger only this is known: items that the function wrote under keys
with the account's id. What is in them is text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simulation.oracle.changes import Change, took_effect
from simulation.oracle.limits import Limit
from simulation.oracle.requests import STALE, Request
from simulation.quarantine import ISOLATION
from simulation.trace import AwsCall, Record


@dataclass(frozen=True, slots=True)
class Custody:
    """One account, from a place in the trace on.

    Attributes:
        is_in: whether it is in quarantine.
        origin: where the isolation function took it from the last time; empty if it never did.
        is_asked: whether it is there, or would be but for people who moved it, since somebody asked for it.
        tag: the text of its tag; None if there is none.
        items: the texts of its items in the ledger, by their keys.
        is_muddled: whether it was asked for while somebody had moved it out, or in, by hand.
    """

    number: int
    at: float
    is_in: bool = False
    origin: str = ""
    is_asked: bool = False
    tag: str | None = None
    items: Mapping[str, str] = field(default_factory=dict)
    is_muddled: bool = False

    @property
    def is_held(self) -> bool:
        """Whether it is in quarantine, brought there by the function and by nobody else."""
        return self.is_in and self.is_asked and not self.is_muddled


@dataclass(frozen=True, slots=True)
class Archive:
    """All accounts, each from the beginning on."""

    turns: Mapping[str, Sequence[Custody]]

    def confirmed(self, requests: Sequence[Request]) -> Iterator[tuple[Request, str, float, Limit]]:
        """Yield each account that was out when somebody asked to release it, and since when it may stay."""
        for request in requests:
            if request.asked.verb != "release" or not request.may_move:
                continue
            for account in request.asked.accounts:
                last = self.of(account, request.number)
                turns = [turn for turn in self.turns.get(account, ()) if turn.number <= request.number]
                began = sum(turn.at <= request.asked.at - STALE for turn in turns)
                shown = [last, *turns[max(began - 1, 0) :]]  # what reads may show that are behind, too
                others = (each for each in requests if account in each.asked.accounts)
                if any(turn.is_asked and not turn.is_in for turn in shown):
                    yield request, account, request.asked.at, Limit.CONFIRMED
                elif not last.is_in and any(map(request.overlaps, others)):
                    yield request, account, request.until, Limit.AT_ONCE

    def of(self, account: str, number: int) -> Custody:
        """Return an account after the record of that number."""
        found = [turn for turn in self.turns.get(account, ()) if turn.number <= number]
        return found[-1] if found else Custody(-1, 0.0)


def archive_of(
    trace: Sequence[Record], changes: Sequence[Change], requests: Sequence[Request], quarantine: str
) -> Archive:
    """Play the trace again."""
    moves = {change.number: change for change in changes if change.call == "MoveAccount" and change.worked}
    asked = {request.number: request for request in requests}
    turns: dict[str, list[Custody]] = {}

    def turn(account: str, number: int, at: float, **changed: Any) -> None:
        found = turns.setdefault(account, [Custody(-1, 0.0)])
        if "items" in changed:
            changed["items"] = {**found[-1].items, **changed["items"]}
        found.append(replace(found[-1], number=number, at=at, **changed))

    for number, record in enumerate(trace):
        if number in moves:
            _moved(moves[number], quarantine, turn)
        elif number in asked:
            for account in asked[number].asked.accounts:
                last = turns.get(account, [Custody(-1, 0.0)])[-1]
                if last.is_asked and not last.is_in and asked[number].may_move:
                    turn(account, number, record.at, is_muddled=True)
        elif isinstance(record, AwsCall) and took_effect(record):
            for account, changed in _written(record, quarantine):
                turn(account, number, record.at, **changed)
    return Archive(turns)


def _moved(change: Change, quarantine: str, turn: Callable[..., None]) -> None:
    is_in = change.destination_id == quarantine
    if change.by == ISOLATION:
        origin = {"origin": change.source_id} if is_in else {}
        turn(
            change.target_id,
            change.number,
            change.at,
            is_in=is_in,
            is_asked=is_in,
            is_muddled=False,
            **origin,
        )
    else:
        turn(change.target_id, change.number, change.at, is_in=is_in)


def _written(call: AwsCall, quarantine: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a function's call changes of an account."""
    asked = call.parameters
    match call.call:
        case "MoveAccount":  # the guard's
            yield str(asked["AccountId"]), {"is_in": asked["DestinationParentId"] == quarantine}
        case "TagResource":
            yield str(asked["ResourceId"]), {"tag": " ".join(str(tag["Value"]) for tag in asked["Tags"])}
        case "UntagResource":
            yield str(asked["ResourceId"]), {"tag": None}
        case "PutItem" if call.function == ISOLATION:
            key = json.dumps([asked["Item"].get(name) for name in ("pk", "sk")])
            yield _account_in(key), {"items": {key: json.dumps(asked["Item"])}}


def _account_in(key: str) -> str:
    digits = "".join(each if each.isdigit() else " " for each in key).split()
    return next((each for each in digits if len(each) == 12), "")  # noqa: PLR2004 - an account's id
