"""Telling people of exceptions: that one was granted, was used, or ended otherwise; each once.

An event tells of a use as it happens; the sweep tells of the rest, and of a use whose page did not go out.
Meanwhile the ledger keeps an incident open for each exception: opened when its grant is told, closed when
its end is. One that was granted and ended between two sweeps is told of once, by its end.

Nothing here goes by a time that the granter wrote, but for the exception's own end, which is in its key: it
could be set so that the same is told again and again. Whoever may grant can grant any number, so a sweep asks
about some of them and tells of a few; which ones, nobody can choose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from rootguard.cloudtrail.read import Change
from rootguard.domain.exceptions import LONGEST, ExceptionNews, Grant, State
from rootguard.domain.facts import Permit, Policy, is_policy_id, is_target_id
from rootguard.ports import Ledger, LedgerError, OrganizationsError, Pager, PagerError, Telemetry
from rootguard.reconcile.memory import Memory

KIND: Final = "exception"
"""The kind under which the ledger keeps an exception that people were told of."""
_LATE: Final = timedelta(days=1)
"""How long after its end an exception that nobody was told of is still news."""
_SECOND: Final = timedelta(seconds=1)
ASKED_A_SWEEP: Final = 100
"""Of how many exceptions the ledger is asked whether they were told; each costs a read or two."""
TOLD_A_SWEEP: Final = 10
_DIGEST: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ExceptionPages:
    """Whom to tell, and what remembers what was told."""

    ledger: Ledger
    pager: Pager
    telemetry: Telemetry
    memory: Memory
    clock: Callable[[], datetime]

    def used(self, permit: Permit, change: Change, policy: Policy | None) -> None:
        """Page that a change used an exception, which ends it. Raises PagerError."""
        grant = Grant(permit, used_at=change.at)
        self._tell(ExceptionNews(grant, self.clock(), policy, change))

    def catch_up(self, opened: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
        """Page what people were not told yet.

        Args:
            opened: the open incidents by key.
            now: the time of the sweep, UTC.

        Raises:
            LedgerError: the ledger does not answer.
            PagerError: a page was not accepted. The others of this sweep were told.
        """
        recorded = {
            _key(grant.permit): grant for grant in self.ledger.exceptions() if _is_valid(grant.permit, now)
        }
        for key, incident in opened.items():
            if incident["kind"] == KIND and key not in recorded:
                self.telemetry.warn("an exception is gone from the ledger", key=key)
                self.ledger.close_incident(key, now)
        refusals: list[PagerError] = []
        for news in islice(self._news(recorded, opened, now), TOLD_A_SWEEP):
            try:
                self._tell(news)
            except PagerError as error:
                refusals.append(error)
        if refusals:
            raise refusals[0]

    def _news(
        self, recorded: Mapping[str, Grant], opened: Mapping[str, Mapping[str, Any]], now: datetime
    ) -> Iterator[ExceptionNews]:
        """Yield what people were not told yet, as far as the ledger is asked. Raises LedgerError."""
        recent = [
            key
            for key, grant in recorded.items()
            if key in opened or grant.state(now) is State.OPEN or now - grant.permit.expires_at <= _LATE
        ]
        if len(recent) > ASKED_A_SWEEP:
            self.telemetry.warn("more exceptions than a sweep asks about", exceptions=len(recent))
        for key in _drawn(recent, now)[:ASKED_A_SWEEP]:
            grant = recorded[key]
            if self._is_news(grant, opened.get(key), now):
                yield ExceptionNews(grant, now, self._policy(grant.permit.policy_id))

    def _is_news(self, grant: Grant, incident: Mapping[str, Any] | None, now: datetime) -> bool:
        if incident is not None and grant.state(now) is not State.OPEN:
            return True
        # While it is open, the same time again and again: one sighting. After its end, a time before that
        # of the close, so that nothing is opened once more.
        expires_at = grant.permit.expires_at
        at = datetime.fromisoformat(incident["opened_at"]) if incident else min(now, expires_at)
        record = {"kind": KIND, "opened_at": at.isoformat(), "granted_by": grant.permit.granted_by}
        return self.ledger.open_incident(_key(grant.permit), record, at)

    def _tell(self, news: ExceptionNews) -> None:
        """Page, unless someone else is at it, and note that it was told."""
        key, now = _key(news.grant.permit), self.clock()
        if not self._try(partial(self.ledger.claim, key, now), otherwise=True):
            return
        sent = False
        try:
            self.pager.tell(news)
            sent = True
        finally:
            if not sent or news.state is State.OPEN:
                self._try(partial(self.ledger.release, key, now))
        self.telemetry.log("told of an exception", state=news.state.value, key=key)
        if news.state is State.OPEN:
            self._try(partial(self.ledger.paged, key, now))
        else:
            end = max(now, news.grant.permit.expires_at) + _SECOND
            self._try(partial(self.ledger.close_incident, key, end))

    def _policy(self, policy_id: str) -> Policy | None:
        try:
            return self.memory.policy(policy_id, self.clock())
        except OrganizationsError as error:
            self.telemetry.warn("the page goes out with less", error=str(error))
            return None

    def _try(self, write: Callable[[], bool | None], *, otherwise: bool = False) -> bool | None:
        """Write to the ledger; a page too many beats one too few."""
        try:
            return write()
        except LedgerError as error:
            self.telemetry.warn("the ledger does not answer", error=str(error))
            return otherwise


def _key(permit: Permit) -> str:
    end = permit.expires_at.isoformat()
    return f"{KIND}#{permit.granted_by}#{permit.policy_id}#{permit.target_id}#{permit.content_sha256}#{end}"


def _drawn(keys: Iterable[str], now: datetime) -> list[str]:
    """Return the keys as if drawn by lot, other ones first each time."""
    return sorted(keys, key=lambda key: sha256(f"{now.isoformat()} {key}".encode()).digest())


def _is_valid(permit: Permit, now: datetime) -> bool:
    """Tell whether an exception could permit anything by now, or could have.

    People can write what they like in their partition. One that ends too far ahead permits nothing yet.
    """
    return (
        is_policy_id(permit.policy_id)
        and is_target_id(permit.target_id)
        and _DIGEST.fullmatch(permit.content_sha256) is not None
        and permit.expires_at <= now + LONGEST
    )
