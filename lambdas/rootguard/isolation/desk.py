"""One request from its proof to its answer: look at everything, judge everything, then move, then page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from rootguard.domain.guardrail import Guardrail
from rootguard.isolation.effects import Effects
from rootguard.isolation.identity import Caller, IdentityError
from rootguard.isolation.judgement import Judgement, Step, Surroundings, home_of, judged
from rootguard.isolation.ports import Notices, Organizations, Records
from rootguard.isolation.records import Account
from rootguard.isolation.request import Request, Verb
from rootguard.isolation.result import Outcome, Result, foreseen, listed, notice
from rootguard.ports import LedgerError, OutboxError, Telemetry

Names = Mapping[str, str | None]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers requests of callers whose identity is proven."""

    organizations: Organizations
    records: Records
    notices: Notices
    guardrail: Guardrail
    quarantine: str  # the OU's id
    management: str  # the management account's id
    telemetry: Telemetry
    clock: Callable[[], datetime]
    seconds_left: Callable[[], float]

    def answer(self, request: Request, caller: Caller, request_id: str) -> dict[str, Any]:
        """Do what is asked for, and return what came of it. Raises OrganizationsError and LedgerError.

        What they raise comes from looking: nothing was moved then. Raises IdentityError, too.

            {"request", "verb", "dry_run", "by": {"user_id", "arn"}, "quarantine": {"id", "name"},
             "refused": BOOL, "paged": true | false | null, "accounts": [Result.as_json(), …]}

        "paged" is null if there is nothing to page.
        """
        if caller.account != self.management:
            raise IdentityError(
                f"{caller.arn} is of account {caller.account}. Sign in to the management account, "
                f"{self.management}."
            )
        if request.verb is Verb.LIST:
            return self._listed(request, caller, request_id)
        accounts = {each: self._account(each) for each in request.accounts}
        names = self._names(request, accounts.values())
        judgements = judged(request, accounts, self._around(request), names)
        is_refused = any(each.step is Step.REFUSE for each in judgements)
        if is_refused or request.dry_run:
            seen = tuple(foreseen(each, request.verb) for each in judgements)
            return self._said(request, caller, request_id, seen, names)
        now = self.clock()
        results = self._done(request, caller, request_id, judgements, now)
        told = notice(request, caller, now, results, names)
        paged = None if told is None else self._paged(told.key, lambda: self.notices.send(told))
        return self._said(request, caller, request_id, results, names, paged=paged)

    def _listed(self, request: Request, caller: Caller, request_id: str) -> dict[str, Any]:
        """List the accounts that are named, or else all in quarantine."""
        is_named = bool(request.accounts)
        ids = request.accounts or self.organizations.accounts_in(self.quarantine)
        accounts = {each: self._account(each, needs_ledger=is_named) for each in ids}
        names = self._names(request, accounts.values())
        # Of all in quarantine, one that is gone by now is none any more.
        known = {each: account for each, account in accounts.items() if account or is_named}
        results = tuple(listed(each, account, self.quarantine) for each, account in known.items())
        return self._said(request, caller, request_id, results, names)

    def _done(
        self,
        request: Request,
        caller: Caller,
        request_id: str,
        judgements: Iterable[Judgement],
        now: datetime,
    ) -> tuple[Result, ...]:
        effects = Effects(
            request=request,
            request_id=request_id,
            caller=caller,
            now=now,
            quarantine=self.quarantine,
            organizations=self.organizations,
            records=self.records,
            seconds_left=self.seconds_left,
        )
        results = tuple(map(effects.on, judgements))
        for result in results:
            account_id = result.account.id if result.account else result.id
            self.telemetry.log(result.outcome.value, account=account_id, why=result.why, by=caller.user_id)
        return results

    def _paged(self, key: str, send: Callable[[], None]) -> bool:
        try:
            send()
        except OutboxError as error:
            self.telemetry.warn("on-call was not told", key=key, error=str(error))
            return False
        return True

    def _account(self, account_id: str, *, needs_ledger: bool = False) -> Account | None:
        def on_record(read: Callable[[str], _T]) -> _T | None:
            try:
                return read(account_id)
            except LedgerError as error:
                if needs_ledger:
                    raise
                # To look at an account, its tag is enough. What needs the ledger asks it again.
                self.telemetry.warn("the ledger does not answer", account=account_id, error=str(error))
                return None

        # Asked first: whoever releases it meanwhile moves it before they write that it belongs elsewhere.
        belongs = on_record(self.records.belongs) or ""
        account = self.organizations.account(account_id)
        return account and replace(account, record=on_record(self.records.get), belongs=belongs)

    def _around(self, request: Request) -> Surroundings:
        # Whoever is released was looked at when they were isolated.
        asked = request.verb is Verb.ISOLATE
        administrators = self.organizations.administrators() if asked else frozenset[str]()
        return Surroundings(self.quarantine, self.management, administrators, self.guardrail)

    def _names(self, request: Request, accounts: Iterable[Account | None]) -> Names:
        """Return the names of all places that are about to be named; None for one that is gone."""
        found = [account for account in accounts if account is not None]
        places = {self.quarantine, *(each.parent_id for each in found)}
        places |= {home_of(each, request) for each in found}
        places |= {each.record.origin for each in found if each.record and request.verb is Verb.LIST}
        return {each: self.organizations.place_name(each) for each in sorted(places) if each}

    def _said(  # noqa: PLR0913 - what an answer consists of
        self,
        request: Request,
        caller: Caller,
        request_id: str,
        results: tuple[Result, ...],
        names: Names,
        *,
        paged: bool | None = None,
    ) -> dict[str, Any]:
        return {
            "request": request_id,
            "verb": request.verb.value,
            "dry_run": request.dry_run,
            "by": {"user_id": caller.user_id, "arn": caller.arn},
            "quarantine": {"id": self.quarantine, "name": names.get(self.quarantine) or ""},
            "refused": any(result.outcome is Outcome.REFUSED for result in results),
            "paged": paged,
            "accounts": [result.as_json(names) for result in results],
        }
