"""The people's side of the ledger: exceptions, granted and revoked with the operator's own credentials.

IAM lets a person write only in the partition that is their `aws:userid`, so an exception's granter is who IAM
says it is. Whether one applies is for the guard to say (`DynamoLedger.permits`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from rootguard.aws import ledger_items as items
from rootguard.aws.ledger_table import Table
from rootguard.domain.exceptions import Grant
from rootguard.domain.facts import Permit


class Exceptions:
    """The exceptions in the stack's table.

    Args:
        table: the table, asked with the operator's credentials.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def grant(self, permit: Permit, at: datetime) -> bool:
        """Put an exception on record: False where it was there before.

        Raises LedgerError: also when `granted_by` is not the `aws:userid` of the caller, which is `UserId`
        in the answer of sts:GetCallerIdentity.
        """
        return self._table.put(items.exception_item(Grant(permit, granted_at=at)), "attribute_not_exists(pk)")

    def revoke(self, grant: Grant, at: datetime) -> bool:
        """Take one's own exception back: False where it was revoked before. Raises LedgerError."""
        return self._table.put(
            items.exception_item(replace(grant, revoked_at=at)),
            "attribute_exists(pk) AND attribute_not_exists(revoked_at)",
        )

    def all(self) -> tuple[Grant, ...]:
        """Return every exception on record, whatever became of it. Raises LedgerError."""
        return recorded(self._table)


def recorded(table: Table) -> tuple[Grant, ...]:
    """Return every exception in a table, with what became of it. Raises LedgerError."""
    uses = {
        (item["pk"].removeprefix(f"{items.USE}#"), item["sk"]): item
        for item in table.listed(items.USE)
        if item["pk"].startswith(f"{items.USE}#")
    }
    grants = (items.grant_of(item) for item in table.listed(items.EXCEPTION))
    return tuple(
        replace(grant, used_at=items.used_at_of(uses.get(items.exception_key(grant.permit))))
        for grant in grants
        if grant is not None
    )
