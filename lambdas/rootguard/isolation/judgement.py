"""What may be done with each account. All are judged before the first one is moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rootguard.domain.guardrail import ROOT, Guardrail
from rootguard.domain.policy import is_root_id
from rootguard.isolation.records import Account
from rootguard.isolation.request import Request, Verb

CLOSED: Final = frozenset({"SUSPENDED", "PENDING_CLOSURE", "CLOSED"})
"""States of an account in which nobody works ("Account", AWS Organizations API Reference)."""


class Step(StrEnum):
    """What is to be done with an account."""

    MOVE = "move"
    NOTHING = "nothing"  # it is where it should be; what its move may have left undone is done
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be done with one account."""

    id: str
    step: Step
    account: Account | None = None  # None if there is no such account
    home: str = ""  # where a release brings it
    why: str = ""  # why it is refused, or why there is nothing to do
    unless_twice: bool = False  # whether naming it twice overcomes the refusal


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides about all accounts alike."""

    quarantine: str  # the OU's id
    management: str  # the management account's id
    administrators: frozenset[str]  # accounts that are delegated administrators
    guardrail: Guardrail


def judged(
    request: Request,
    accounts: Mapping[str, Account | None],
    around: Surroundings,
    places: Mapping[str, str | None],
) -> tuple[Judgement, ...]:
    """Return what is to be done with each account of a request, in its order.

    Args:
        request: what is asked for.
        accounts: the accounts by id; None for one that the organization does not have.
        around: what decides about all accounts alike.
        places: the names of the OUs and roots to which accounts may go back; None for one that is gone.
    """

    def judge(account_id: str) -> Judgement:
        account = accounts[account_id]
        if account is None:
            return Judgement(account_id, Step.REFUSE, why="the organization has no account with this id")
        if request.verb is Verb.RELEASE:
            return _release(account, request, around, places)
        return _isolate(account, request, around)

    return tuple(map(judge, request.accounts))


def home_of(account: Account, request: Request) -> str:
    """Return where a release brings an account; empty if nobody knows."""
    return request.destination or (account.known.origin if account.known else "")


def _isolate(account: Account, request: Request, around: Surroundings) -> Judgement:
    if account.id == around.management:
        why = "it is the management account, which no SCP or RCP binds: isolating it would stop nothing"
        return Judgement(account.id, Step.REFUSE, account, why=why)
    if account.parent_id == around.quarantine:
        return Judgement(account.id, Step.NOTHING, account, why="it is isolated already")
    why = "; ".join(_doubts(account, around))
    if why and account.id not in request.twice:
        return Judgement(account.id, Step.REFUSE, account, why=why, unless_twice=True)
    return Judgement(account.id, Step.MOVE, account)


def _doubts(account: Account, around: Surroundings) -> Iterator[str]:
    if account.id in around.administrators:
        yield "it is a delegated administrator: what it administers for the organization stops"
    if names := ", ".join(protections_of(account, around)):
        yield f"guardrail.yaml protects it ({names})"
    if account.state in CLOSED:
        yield f"it is closed ({account.state}): hardly anything is left to stop"


def protections_of(account: Account, around: Surroundings) -> tuple[str, ...]:
    """Return the names of the protections that name an account, or pin it or the place where it is."""
    places = {account.id, account.parent_id, *((ROOT,) if is_root_id(account.parent_id) else ())}
    return tuple(
        protection.name
        for protection in around.guardrail.protections
        if account.id in protection.targets or places & protection.pin_accounts
    )


def _release(
    account: Account, request: Request, around: Surroundings, places: Mapping[str, str | None]
) -> Judgement:
    if account.parent_id != around.quarantine:
        record = account.record
        was = record is not None or account.tag is not None
        why = "it is released already" if was else "it is not isolated"
        return Judgement(account.id, Step.NOTHING, account, home=account.parent_id, why=why)
    home = home_of(account, request)
    why = ""
    if not home:
        why = "nobody knows where it came from: say where it goes with --to OU"
    elif home == around.quarantine:
        why = f"{home} is the quarantine OU itself: name another one with --to OU"
    elif places.get(home) is None:
        whence = "the OU that was named" if request.destination else "the OU that it came from"
        why = f"{whence}, {home}, does not exist: name another one with --to OU"
    step = Step.REFUSE if why else Step.MOVE
    return Judgement(account.id, step, account, home=home, why=why)
