"""What the deployed stack's ledger keeps of incidents. It is read with the caller's own credentials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from cli.incident import sample
from cli.incident.story import Restored, Story, notices_of
from cli.listening import Listening
from rootguard.aws.claims import Claims
from rootguard.aws.directory import Directory
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.ledger import DynamoLedger
from rootguard.domain.inventory import missing
from rootguard.incidents.life import Record
from rootguard.notify.notifier import Enrichment
from stacks.names import TABLE_OUTPUT

_FIX: Final = (
    "Use a role of the management account that may read the ledger's table and its index, such as one with "
    "AWS's ReadOnlyAccess"
)
_PATIENCE_SECONDS: Final = 60.0


@dataclass
class Kept:
    """The ledger's incidents. Every method raises TroubleError for what AWS refuses.

    Attributes:
        left_out: what cannot be read, a line each.
    """

    aws: Aws
    left_out: list[str] = field(default_factory=list)

    def stories(self) -> tuple[Story, ...]:
        """Return all that is on record, the open ones first, then the latest first."""
        return _latest_first(self._records)

    def unclosed(self) -> tuple[Story, ...]:
        """Return what is open, and then what is only suspected, the latest first. The past is not read."""
        with self.aws.asking("Query", fix=_FIX):
            records = self._ledger.records()
        return _latest_first(records)

    def story(self, wanted: str) -> Story:
        """Return the one story whose id begins so, with all that is known around it."""
        found = [record for record in self._records if record.id.startswith(wanted)]
        exact = [record for record in found if record.id == wanted]
        if len(exact or found) == 1:
            return self._told(*(exact or found))
        if found:
            ids = ", ".join(sorted(record.id for record in found))
            raise TroubleError(ExitCode.BAD_INPUT, f"{wanted} begins several ids: {ids}. Give more of it.")
        unreadable = (f"{line.rstrip('.')}." for line in self.left_out)
        said = f"No incident {wanted} is on record."
        advice = "`rootguard incident list --all` shows those of the last year, with their ids."
        raise TroubleError(ExitCode.FINDING, "\n".join((said, *unreadable, advice)))

    @cached_property
    def _records(self) -> tuple[Record, ...]:
        with self.aws.asking("Query", fix=_FIX):
            # A clean one may have been read twice: while it was open, and after.
            both = (*self._ledger.records(), *self._ledger.past_records())
        return tuple({record.id: record for record in both}.values())

    def _told(self, record: Record) -> Story:
        with self.aws.asking("BatchGetItem", fix=_FIX):
            story = Story(record, paged=self._claims.published(notices_of(record)))
            restored = self._restored(record)
        return replace(story, around=self._enrichment(story).around(story.incident), restored=restored)

    def _restored(self, record: Record) -> Restored | None:
        """Return how far it has come to put attachments back, while that goes on."""
        incident = record.incident
        if not record.is_open or incident is None or incident.restoring is None:
            return None
        since, located = incident.drift.at, self._ledger.located(incident.drift.policy_type)
        wanted = sum(len(seen.as_of(since)) for seen in located.values())
        lacking = sum(map(len, missing(located, since).values()))
        return Restored(wanted - lacking, wanted)

    def _enrichment(self, story: Story) -> Enrichment:
        change = story.incident.drift.change
        management_account_id = (change.account if change else None) or ""
        directory = Directory(self.aws.client, management_account_id)
        return Enrichment(directory, lambda: _PATIENCE_SECONDS, Listening())

    @cached_property
    def _ledger(self) -> DynamoLedger:
        return DynamoLedger(self._table, self.left_out.append)

    @cached_property
    def _claims(self) -> Claims:
        return Claims(self._table)

    @cached_property
    def _table(self) -> Table:
        return Table(self.aws.deployed(TABLE_OUTPUT)[TABLE_OUTPUT], Dynamo(self.aws.dynamodb()))


def _latest_first(records: Iterable[Record]) -> tuple[Story, ...]:
    order = sorted(records, key=lambda record: record.opened_at, reverse=True)
    return tuple(Story(record) for record in sorted(order, key=lambda record: not record.is_open))


def find(wanted: str) -> Story:
    """Return the story with an id, or the sample's. Raises TroubleError if there is none, or several."""
    return sample.story() if wanted == sample.SAMPLE else Kept(Aws()).story(wanted)
