"""What came of a request, account by account: for the answer to the operator, and for people's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from rootguard.domain.json_data import plain
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.isolation.identity import Caller
from rootguard.isolation.judgement import Judgement, Step
from rootguard.isolation.records import Account, Record
from rootguard.isolation.request import Request, Verb


class Outcome(StrEnum):
    """What came of one account, or would come of it."""

    ISOLATED = "isolated"
    RELEASED = "released"
    NOT_ISOLATED = "not-isolated"  # a release had nothing to do
    FAILED = "failed"
    NOT_BEGUN = "not-begun"  # the function's time was over
    REFUSED = "refused"
    WOULD_ISOLATE = "would-isolate"
    WOULD_RELEASE = "would-release"


_TOLD: Final = frozenset({Outcome.ISOLATED, Outcome.RELEASED, Outcome.FAILED, Outcome.NOT_BEGUN})


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one account.

    Attributes:
        account: as it was when it was looked at; None if the organization has no such account.
        why: what kept it from being moved, or that there was nothing to do.
        home: where a release brings it, or brought it.
        record: what is on record of its isolation.
        unless_twice: whether naming the account twice overcomes the refusal.
        done_before: whether an earlier request had done it.
        id: the account's, if there is no account.
    """

    account: Account | None
    outcome: Outcome
    why: str = ""
    home: str = ""
    record: Record | None = None
    unless_twice: bool = False
    done_before: bool = False
    id: str = ""

    def as_json(self, names: Mapping[str, str | None]) -> dict[str, Any]:
        """Return it as JSON data, with the names of places where they are known."""
        account, record = self.account, self.record
        came = record.origin if record else ""
        return {
            "id": account.id if account else self.id,
            "name": account.name if account else "",
            "email": account.email if account else "",
            "state": account.state if account else "",
            "parent": _place(account.parent_id if account else "", names),
            "outcome": self.outcome.value,
            "why": self.why,
            "unless_twice": self.unless_twice,
            "done_before": self.done_before,
            "origin": _place(came, names),
            "home": _place(self.home, names),
            "since": plain(record.since) if record else None,
            "by": record.by if record else "",
            "arn": record.arn if record else "",
            "reason": record.reason if record else "",
            "request": record.request if record else "",
            "released": plain(record.released) if record else None,
            "released_by": record.released_by if record else "",
            "released_arn": record.released_arn if record else "",
            "released_reason": record.released_reason if record else "",
        }


def listed(account_id: str, account: Account | None, quarantine: str) -> Result:
    """Return what is on record of one account: of its isolation, or of the last one if that is over."""
    if account is None:
        return Result(
            None, Outcome.NOT_ISOLATED, "the organization has no account with this id", id=account_id
        )
    if account.parent_id == quarantine:
        return Result(account, Outcome.ISOLATED, record=account.known)
    outcome = Outcome.RELEASED if account.record else Outcome.NOT_ISOLATED
    return Result(account, outcome, record=account.record)


def foreseen(judgement: Judgement, verb: Verb) -> Result:
    """Return what would come of an account."""
    account, step = judgement.account, judgement.step
    if account is None or step is Step.REFUSE:
        return Result(
            account,
            Outcome.REFUSED,
            judgement.why,
            judgement.home,
            unless_twice=judgement.unless_twice,
            id=judgement.id,
        )
    release = verb is Verb.RELEASE
    outcome = Outcome.WOULD_RELEASE if release else Outcome.WOULD_ISOLATE
    if step is Step.NOTHING:
        was = Outcome.RELEASED if account.record or account.tag else Outcome.NOT_ISOLATED
        outcome = was if release else Outcome.ISOLATED
    done_before = step is Step.NOTHING
    return Result(account, outcome, judgement.why, judgement.home, account.known, done_before=done_before)


def notice(
    request: Request,
    caller: Caller,
    now: datetime,
    results: Sequence[Result],
    names: Mapping[str, str | None],
) -> Notice | None:
    """Return the one notice of a request; None if there is nothing that people have to hear.

    The same accounts that were moved by the same requests give the same key, whoever asks again: so what
    an invocation that died did not page is paged by the next one, and nothing is paged twice.
    """
    told = [result for result in results if result.outcome in _TOLD]
    if not told:
        return None
    parts = sorted(
        f"{result.account.id if result.account else result.id} {result.outcome.value} {_moved_by(result)}"
        for result in told
    )
    key = sha256("\n".join(parts).encode()).hexdigest()[:32]
    data = {
        "at": plain(now),
        "verb": request.verb.value,
        "by": caller.user_id,
        "arn": caller.arn,
        "reason": request.reason,
        "accounts": [_told(result, names) for result in told],
    }
    return Notice(f"isolation/{request.verb.value}/{key}", About.ISOLATION, Stage.FOUND, data)


def _moved_by(result: Result) -> str:
    """Return the request that moved an account in; of one that failed, the one that began it."""
    record, failed = result.record, result.outcome not in (Outcome.ISOLATED, Outcome.RELEASED)
    if record is None:
        return ""
    return record.request if failed else record.latest or record.request


def _told(result: Result, names: Mapping[str, str | None]) -> dict[str, Any]:
    said = result.as_json(names)
    kept = {name: said[name] for name in ("id", "name", "outcome", "why", "done_before")}
    came, went = said["origin"], said["home"]
    return kept | {"origin": came["name"] or came["id"], "home": went["name"] or went["id"]}


def _place(place_id: str, names: Mapping[str, str | None]) -> dict[str, str]:
    return {"id": place_id, "name": names.get(place_id) or ""}
