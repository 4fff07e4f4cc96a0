"""What is done with an account, one effect after the other, so that the same command goes on after any end.

    isolate: record in the ledger ─▶ tag ─▶ move ─▶ place      release: move ─▶ untag ─▶ place ─▶ record

Before an account is in quarantine, two places say where it came from; until it is home again, one does. Each
effect is done only if it is missing. In quarantine, what is on record of the origin is never written over.

Of two requests for one account at the same moment, the one that read an older record writes none, and stops.
So whoever moves an account in writes record and tag anew, even if they say the same. A release that finds it
so may have taken off a tag that was not its own, and gives it back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rootguard.isolation.identity import Caller
from rootguard.isolation.judgement import Judgement, Step
from rootguard.isolation.ports import MovedError, Organizations, Records
from rootguard.isolation.records import Account, Record, begun
from rootguard.isolation.request import Request, Verb
from rootguard.isolation.result import Outcome, Result
from rootguard.ports import LedgerError, OrganizationsError

SECONDS: Final = 25.0
"""What must be left to begin with one more account: its calls, and those after the last one."""


class AtOnceError(Exception):
    """Somebody else wrote the record since it was read."""

    def __init__(self) -> None:
        super().__init__("somebody else isolates or releases it at this moment; run the same command again")


@dataclass(frozen=True, slots=True)
class Effects:
    """Carries out what was judged, for one request."""

    request: Request
    request_id: str
    caller: Caller
    now: datetime
    quarantine: str
    organizations: Organizations
    records: Records
    seconds_left: Callable[[], float]

    def on(self, judgement: Judgement) -> Result:
        """Do what is to be done with one account, and return what came of it, failed or not."""
        account = judgement.account
        if account is None:
            raise ValueError(f"nothing can be done with {judgement.id}: it was refused")
        if self.seconds_left() < SECONDS:
            why = "no time was left for it; run the same command again"
            return Result(account, Outcome.NOT_BEGUN, why, record=account.known)
        release = self.request.verb is Verb.RELEASE
        try:
            record = self._released(account, judgement.home) if release else self._isolated(account)
        except (OrganizationsError, LedgerError, MovedError, AtOnceError) as error:
            record = account.known if release else self._record(account)
            out = "it is out of quarantine, but " if release and isinstance(error, LedgerError) else ""
            return Result(account, Outcome.FAILED, f"{out}{error}", judgement.home, record)
        outcome = Outcome.RELEASED if release else Outcome.ISOLATED
        if release and record is None:
            outcome = Outcome.NOT_ISOLATED
        done_before = judgement.step is Step.NOTHING
        return Result(account, outcome, judgement.why, judgement.home, record, done_before=done_before)

    def _isolated(self, account: Account) -> Record | None:
        record = self._record(account)
        if record is None:
            return None
        is_out = account.parent_id != self.quarantine
        if is_out:
            record = replace(record, latest=self.request_id)
        if record != account.record:
            self._keep(account, record)
        if is_out or account.tag != record.tag:
            self.organizations.tag(account.id, record.tag.text)
        if is_out:
            self.organizations.move(account.id, account.parent_id, self.quarantine)
            self._keep_open(account.id, record)
        # If somebody releases it at this moment, the word of an earlier isolation must not come after theirs.
        if is_out or account.belongs != self.quarantine:
            self.records.place(account.id, self.quarantine, self.now)
        return record

    def _keep_open(self, account_id: str, record: Record) -> None:
        """Write record and tag once more if a release found the account at home while its move was tried."""
        ended = self.records.get(account_id)
        if ended is None or ended.released is None:
            return
        account = self.organizations.account(account_id)
        if account is not None and account.parent_id == self.quarantine:
            self._keep(replace(account, record=ended), record)
            self.organizations.tag(account_id, record.tag.text)

    def _released(self, account: Account, home: str) -> Record | None:
        isolated = account.parent_id == self.quarantine
        if isolated:
            self.organizations.move(account.id, self.quarantine, home)
        if account.has_tag:
            self.organizations.untag(account.id)
        # In quarantine, the ledger's word on an earlier isolation says nothing of this one.
        record = account.known or (self._begun(home) if isolated else account.record)
        if record is not None:
            ended = record.ended(self.now, self.caller, self.request.reason)
            if ended != account.record:
                self.records.place(account.id, home if isolated else account.parent_id, self.now)
                try:
                    self._keep(account, ended)
                except AtOnceError:
                    self._give_back_tag(account.id)
                    raise
        return record

    def _give_back_tag(self, account_id: str) -> None:
        """Tag an account again that somebody else isolates at this moment."""
        record = self.records.get(account_id)
        if record is not None and record.released is None:
            self.organizations.tag(account_id, record.tag.text)

    def _record(self, account: Account) -> Record | None:
        """Return what is to be on record of an account that is isolated; None if nobody knows its origin."""
        if account.parent_id == self.quarantine:
            # The ledger's word on an earlier isolation says nothing of this one.
            return account.known
        return account.continued(self.now) or self._begun(account.parent_id)

    def _begun(self, origin: str) -> Record:
        return begun(origin, self.now, self.request_id, self.caller, self.request.reason)

    def _keep(self, account: Account, record: Record) -> None:
        if not self.records.keep(account.id, record, account.record):
            raise AtOnceError
