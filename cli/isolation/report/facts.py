"""What the function says of isolated and released accounts, read for the report. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cli.isolation.look import place_label
from rootguard.notify.phrases import clean
from rootguard.notify.words.exceptions import granter_label

_UNKNOWN = "not on record"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it is on record: to isolate accounts, or to release them.

    Attributes:
        at: when, UTC.
        by: the `aws:userid` of who asked; empty if that is not on record.
        arn: their ARN.
        reason: why, in their own words.
        request: the id of the function's invocation; empty for a release.
    """

    at: datetime
    by: str
    arn: str
    reason: str
    request: str = ""

    @property
    def who(self) -> str:
        """Who asked, in words."""
        return granter_label(self.by) if self.by else f"somebody who is {_UNKNOWN}"

    @property
    def why(self) -> str:
        """The reason, on one line."""
        return clean(self.reason) if self.reason else f"the reason is {_UNKNOWN}"


@dataclass(frozen=True, slots=True)
class Isolated:
    """One account.

    Attributes:
        origin: where it came from, in words.
        place: where it is now, in words.
        is_isolated: whether that is the quarantine OU.
        isolated: the request that isolated it; None if somebody moved it there by hand.
        released: the request that released it; None if there is none on record.
    """

    id: str
    name: str
    email: str
    origin: str
    place: str
    is_isolated: bool
    isolated: Asked | None
    released: Asked | None

    @property
    def label(self) -> str:
        """The account as people name it."""
        return f"{self.name} ({self.id})" if self.name else self.id

    @property
    def is_known(self) -> bool:
        """Whether there is anything to report."""
        return self.is_isolated or self.isolated is not None

    @property
    def is_out_unreleased(self) -> bool:
        """Whether it is out of quarantine, and no release of it is on record."""
        return not self.is_isolated and self.released is None

    def lasted(self, now: datetime) -> timedelta | None:
        """Return how long it was isolated, or has been; None if nobody knows."""
        if self.isolated is None or self.is_out_unreleased:
            return None
        return (now if self.released is None else self.released.at) - self.isolated.at


def read(account: Mapping[str, Any]) -> Isolated:
    """Return one account of an answer to a list, as `rootguard.isolation.result.Result.as_json` has it."""
    since, released = account["since"], account["released"]
    return Isolated(
        id=account["id"],
        name=clean(account["name"]),
        email=clean(account["email"]),
        origin=clean(place_label(account["origin"])) or _UNKNOWN,
        place=clean(place_label(account["parent"])),
        is_isolated=account["outcome"] == "isolated",
        isolated=_asked(since, account["by"], account["arn"], account["reason"], account["request"]),
        released=_asked(
            released, account["released_by"], account["released_arn"], account["released_reason"]
        ),
    )


def _asked(at: str | None, *told: str) -> Asked | None:
    return Asked(datetime.fromisoformat(at), *told) if at else None
