"""What the draft of an isolation's report says: who asked when and why, which accounts, and how it ended.

What is not on record is said not to be. What was found, and what follows from it, is people's to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from cli.isolation.look import GOES_ON, STOPS
from cli.isolation.report.facts import Asked, Isolated, read
from cli.report import Did, Row
from cli.zones import local_label
from rootguard.aws.isolations import KEPT
from rootguard.notify.page import Page
from rootguard.notify.phrases import capital, clean, duration_label, time_label
from rootguard.notify.words import isolation

_VERBS: Final = {"isolate": "isolated", "release": "released"}

Done = tuple[str, Asked, tuple[Isolated, ...]]
"""A verb, the request that asked for it, and its accounts."""


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the table of accounts."""

    name: str
    id: str
    email: str
    origin: str
    lasted: str
    place: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, ready to be laid out. Its texts are of one line each.

    Attributes:
        still: the accounts that are isolated as it is written, in words; empty if none is.
        pages: what on-call was paged, if each request did all that it was asked at once.
        steps: what is left to do, each with its command behind a line break.
        requests: the ids of the function's invocations that isolated.
        kept_until: until when the ledger keeps it; empty while any account is not released.
        ids: the accounts' ids, with a space between.
    """

    title: str
    summary: tuple[str, ...]
    still: str
    timeline: tuple[Row, ...]
    accounts: tuple[Account, ...]
    stops: tuple[str, ...]
    goes_on: tuple[str, ...]
    who_did_what: tuple[Did, ...]
    pages: tuple[Page, ...]
    steps: tuple[str, ...]
    requests: tuple[str, ...]
    kept_until: str
    written_at: str
    ids: str


def drafted(answer: Mapping[str, Any], now: datetime, zone: tzinfo | None) -> Draft:
    """Return the draft of an answer to a list; `now` is UTC. Pure."""
    accounts = tuple(map(read, answer["accounts"]))
    done = [
        *_done("isolate", accounts, lambda account: account.isolated),
        *_done("release", accounts, lambda account: account.released),
    ]
    done.sort(key=lambda each: each[1].at)
    still = [account for account in accounts if account.is_isolated]
    ends = [account.released.at for account in accounts if account.released]
    return Draft(
        title=_many(accounts),
        summary=tuple(_summary(done, accounts)),
        still=_labels(still),
        timeline=_timeline(done, zone),
        accounts=tuple(_account(each, now) for each in accounts),
        stops=STOPS,
        goes_on=GOES_ON,
        who_did_what=tuple(_did(*each) for each in done if each[1].by),
        pages=tuple(_page(*each) for each in done if each[1].by),
        steps=tuple(_steps(accounts)),
        requests=tuple(dict.fromkeys(clean(asked.request) for _, asked, _ in done if asked.request)),
        kept_until=time_label(max(ends) + KEPT) if len(ends) == len(accounts) else "",
        written_at=time_label(now),
        ids=" ".join(account.id for account in accounts),
    )


def _done(
    verb: str, accounts: Iterable[Isolated], asked_of: Callable[[Isolated], Asked | None]
) -> Iterable[Done]:
    groups: dict[Asked, tuple[Isolated, ...]] = {}
    for account in accounts:
        if asked := asked_of(account):
            groups[asked] = (*groups.get(asked, ()), account)
    return ((verb, asked, group) for asked, group in groups.items())


def _summary(done: Iterable[Done], accounts: tuple[Isolated, ...]) -> Iterable[str]:
    for verb, asked, group in done:
        yield f"At {time_label(asked.at)}, {asked.who} {_VERBS[verb]} {_many(group)}: {asked.why}."
    by_hand = [account for account in accounts if account.isolated is None]
    if by_hand:
        yield f"Nothing is on record of who moved {_labels(by_hand)} into quarantine."
    gone = [account for account in accounts if account.is_out_unreleased]
    if gone:
        yield f"Out of quarantine without a release on record: {_labels(gone)}."
    released = sum(account.released is not None for account in accounts)
    if released < len(accounts):
        yield f"Released: {released} of {len(accounts)}."


def _timeline(done: Iterable[Done], zone: tzinfo | None) -> tuple[Row, ...]:
    rows: list[Row] = []
    began: datetime | None = None
    for verb, asked, group in done:
        since = f"+{duration_label(asked.at - began)}" if began and asked.at > began else ""
        began = began or asked.at
        what = f"{asked.who if asked.by else capital(asked.who)} {_VERBS[verb]} {_labels(group)}: {asked.why}"
        rows.append(Row(time_label(asked.at), local_label(asked.at, zone), since, what))
    return tuple(rows)


def _account(account: Isolated, now: datetime) -> Account:
    lasted = account.lasted(now)
    length = "unknown" if lasted is None else duration_label(lasted)
    return Account(
        name=account.name or account.id,
        id=account.id,
        email=account.email,
        origin=account.origin,
        lasted=f"{length} so far" if account.is_isolated and lasted is not None else length,
        place=account.place,
    )


def _did(verb: str, asked: Asked, group: tuple[Isolated, ...]) -> Did:
    return Did(asked.who, (f"{capital(_VERBS[verb])} {_labels(group)}", clean(asked.arn)))


def _page(verb: str, asked: Asked, group: tuple[Isolated, ...]) -> Page:
    moved = tuple(
        isolation.Moved(
            each.id, each.name, _VERBS[verb], why="", done_before=False, origin=each.origin, home=""
        )
        for each in group
    )
    told = isolation.Isolation(asked.at, verb, asked.by, asked.arn, asked.reason, moved)
    return isolation.page(told, "")


def _steps(accounts: tuple[Isolated, ...]) -> Iterable[str]:
    still = [account for account in accounts if account.is_isolated]
    if still:
        nowhere = " --to OU" if any(account.isolated is None for account in still) else ""
        ids = " ".join(account.id for account in still)
        yield (
            f"Release what is isolated, when the work is done:\nrootguard release {ids} --reason WHY{nowhere}"
        )
    if gone := [account for account in accounts if account.is_out_unreleased]:
        ids = " ".join(account.id for account in gone)
        yield (
            f"Find out who moved {_labels(gone)} out, and put the end on record:\n"
            f"rootguard release {ids} --reason WHY"
        )


def _many(accounts: tuple[Isolated, ...]) -> str:
    return f"account {accounts[0].label}" if len(accounts) == 1 else f"{len(accounts)} accounts"


def _labels(accounts: Iterable[Isolated]) -> str:
    return ", ".join(account.label for account in accounts)
