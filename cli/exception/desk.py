"""Where exceptions are granted, listed and revoked: the deployed stack's table, as whoever is signed in.

The command writes with the caller's own credentials, and IAM lets them write in their own name only. So IAM
says who granted an exception, not the command.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from cli.aws import Aws
from cli.exception.grants import Grants
from cli.exception.wish import Answer, Wish
from cli.exits import ExitCode, TroubleError, bad_input
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.aws.ledger import DynamoLedger
from rootguard.domain.exceptions import Permit, State
from rootguard.domain.guardrail import ROOT
from rootguard.domain.policy import FULL_ACCESS, is_root_id
from rootguard.notify.phrases import type_label
from rootguard.ports import LedgerError
from stacks.names import EXCEPTIONS_OUTPUT, GRANTER_OUTPUT, TABLE_OUTPUT


class Desk:
    """The desk. Every method raises TroubleError for what AWS refuses.

    Attributes:
        left_out: what could not be read, a line each.
    """

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.left_out: list[str] = []

    def wish(self, policy_id: str, target: str) -> Wish:
        """Return what an exception would be for, as it is now. Raises TroubleError if it needs none."""
        policy = self._aws.policy(policy_id)
        if policy is None or policy.content is None:
            raise bad_input(f"--policy: there is no policy {policy_id} in this organization.")
        if policy.type not in FULL_ACCESS:
            kind = type_label(policy.type)
            raise bad_input(
                f"--policy: {policy_id} is a {kind}: Rootguard leaves it alone without an exception."
            )
        target_id = self.target_id(target)
        name = None if is_root_id(target_id) else self._aws.target_name(target_id)
        if name is None and not is_root_id(target_id):
            raise bad_input(f"--target: there is no {target_id} in this organization.")
        return Wish(policy, target_id, name)

    def target_id(self, target: str) -> str:
        """Return a target's id: the root's for "root". Raises TroubleError for a root that is another's."""
        if target != ROOT and not is_root_id(target):
            return target
        root_id = self._aws.root_id()
        if target not in (ROOT, root_id):
            raise bad_input(f"--target: this organization's root is {root_id}, not {target}.")
        return root_id

    def grant(self, wish: Wish, at: datetime, expires_at: datetime, reason: str) -> Answer:
        """Grant an exception to everyone but the caller, unless the caller has one open for the same."""
        permit = Permit(
            policy_id=wish.policy.id,
            target_id=wish.target_id,
            content_sha256=wish.policy.digest,
            granted_by=self.user_id,
            expires_at=expires_at,
            reason=reason,
            granted_at=at,
        )
        for known in self._open(permit.policy_id, permit.target_id, at):
            if (known.content_sha256, known.granted_by) == (permit.content_sha256, permit.granted_by):
                return Answer(wish, known, granted=False)
        with self._aws.asking("PutItem", fix=self._fix):
            try:
                granted = self._grants.grant(permit)
            except LedgerError as refused:
                if refused.__cause__ is not None:
                    raise
                # AWS refused nothing: the table has no place for it now.
                raise TroubleError(ExitCode.FINDING, f"{refused}.") from refused
        return Answer(wish, permit, granted)

    def revoke(
        self, policy_id: str, target_id: str, at: datetime
    ) -> tuple[tuple[Permit, ...], tuple[Permit, ...]]:
        """Revoke the caller's exceptions; return those revoked, and those that only others can revoke."""
        found = self._open(policy_id, target_id, at)
        own = tuple(known for known in found if known.granted_by == self.user_id)
        with self._aws.asking("PutItem", fix=self._fix):
            revoked = tuple(known for known in own if self._grants.revoke(known, at))
        return revoked, tuple(known for known in found if known not in own)

    def recorded(self) -> tuple[Permit, ...]:
        """Return every exception on record, with what became of it."""
        with self._aws.asking("Scan", fix=self._fix):
            return self._ledger.with_uses(self._exceptions.all())

    @cached_property
    def user_id(self) -> str:
        """The caller's `aws:userid`."""
        return self._aws.user_id()

    def _open(self, policy_id: str, target_id: str, now: datetime) -> tuple[Permit, ...]:
        with self._aws.asking("Query", fix=self._fix):
            found = self._ledger.with_uses(self._exceptions.permits(policy_id, target_id))
        return tuple(permit for permit in found if permit.state(now) is State.OPEN)

    @cached_property
    def _exceptions(self) -> DynamoExceptions:
        return DynamoExceptions(self._table_of_exceptions, self.left_out.append)

    @cached_property
    def _grants(self) -> Grants:
        return Grants(self._table_of_exceptions)

    @cached_property
    def _table_of_exceptions(self) -> Table:
        return Table(self._outputs[EXCEPTIONS_OUTPUT], self._dynamo)

    @cached_property
    def _ledger(self) -> DynamoLedger:
        return DynamoLedger(Table(self._outputs[TABLE_OUTPUT], self._dynamo), self.left_out.append)

    @cached_property
    def _dynamo(self) -> Dynamo:
        return Dynamo(self._aws.dynamodb())

    @property
    def _fix(self) -> str:
        return f"Attach the managed policy {self._outputs[GRANTER_OUTPUT]} to your role or user"

    @cached_property
    def _outputs(self) -> dict[str, str]:
        return self._aws.deployed(TABLE_OUTPUT, EXCEPTIONS_OUTPUT, GRANTER_OUTPUT)
