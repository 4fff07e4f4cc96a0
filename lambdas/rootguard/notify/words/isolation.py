"""The page of an isolation or a release: who moved which accounts, why, from where, and what failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rootguard.domain.json_data import JsonData
from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import clean, time_label, who_label
from rootguard.notify.words.exceptions import granter_label

HEADLINES: Final = {"isolate": "ISOLATED", "release": "RELEASED"}
"""Before it is NOT, or NOT ALL, if accounts are left."""
_STOPS: Final = (
    "What their own users and roles call is denied, and so is access from outside. Running instances, open "
    "sessions (SSH, databases) and network traffic go on."
)
_BACK: Final = "Their own users and roles work again, as far as the policies there allow."
_ASK: Final = "Ask {who} whether it is planned, if you do not know."


@dataclass(frozen=True, slots=True)
class Moved:
    """One account, and what came of it: "isolated", "released", "failed" or "not-begun"."""

    id: str
    name: str
    outcome: str
    why: str
    done_before: bool  # an earlier request had done it
    origin: str  # where it came from; empty if nobody knows
    home: str  # where a release brings it

    @property
    def is_left(self) -> bool:
        """Whether it is not where it should be."""
        return self.outcome not in ("isolated", "released")

    @property
    def label(self) -> str:
        """The account as people name it."""
        return f"{clean(self.name)} ({clean(self.id)})" if self.name else clean(self.id)


@dataclass(frozen=True, slots=True)
class Isolation(JsonData):
    """One request, as its notice says; `at` is UTC."""

    at: datetime
    verb: str
    by: str  # the `aws:userid`, proven by IAM
    arn: str
    reason: str
    accounts: tuple[Moved, ...]


def page(isolation: Isolation, key: str) -> Page:
    """Return the page. Raises KeyError for another verb than "isolate" and "release"."""
    headline, who = HEADLINES[isolation.verb], granter_label(isolation.by)
    left = [account for account in isolation.accounts if account.is_left]
    count, done = len(isolation.accounts), len(isolation.accounts) - len(left)
    word = headline.lower()
    if left:
        headline = f"NOT ALL {headline}" if done else f"NOT {headline}"
    one = isolation.accounts[0].label if count == 1 else ""
    title = f"account {one}" if one else f"{count} accounts"
    first = f"The request of {who} {word} {title}."
    if left:
        first = f"The request of {who} {word} {done} of {title}. The others are not."
    safe = _STOPS if word == "isolated" else _BACK
    if not done:
        first = f"The request of {who} failed: {title} {'is' if one else 'are'} not {word}."
        safe = "Nothing stopped." if word == "isolated" else "Nothing works again yet."
    return Page(
        kind=Kind.ISOLATION,
        severity=Severity.ERROR if left else Severity.WARNING,
        about=clean(key),
        at=isolation.at,
        headline=headline,
        title=title,
        sentences=(clean(first), safe),
        aside=f". By {who}",
        fields=facts(
            ("Accounts", *(_line(account, word) for account in isolation.accounts)),
            ("By", who, who_label(isolation.arn)),
            ("Reason", clean(isolation.reason)),
            ("When", time_label(isolation.at)),
        ),
        steps=_steps(isolation, left, who, word),
    )


def _line(account: Moved, word: str) -> str:
    if account.is_left:
        return f"NOT {word}: {account.label}: {clean(account.why)}"
    before = ", before this request" if account.done_before else ""
    origin = f", from {clean(account.origin)}" if account.origin else ", nobody knows from where"
    where = origin if word == "isolated" else f", to {clean(account.home)}" if account.home else ""
    return f"{account.label} {word}{where}{before}"


def _steps(isolation: Isolation, left: list[Moved], who: str, word: str) -> tuple[str, ...]:
    steps = [_ASK.format(who=who)]
    if left:
        steps.append(f"Have {who} run the same command again: it goes on with the accounts that are left.")
    if word == "isolated" and len(left) < len(isolation.accounts):
        ids = " ".join(clean(each.id) for each in isolation.accounts if not each.is_left)
        steps += [
            "Stop what goes on: instances, and connections that are open already. The runbook says how.",
            f"If it was a mistake, bring the accounts back:\nrootguard release {ids} --reason mistake",
        ]
    return tuple(steps)
