"""What the deployed stack keeps, for reading: its ledger, its exceptions, its roles.

If there is no stack, or it may not be asked, its ledger is one that does not answer, and says why. So a verb
that can go on without does what the guard does without its ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final, NoReturn, TypeVar, cast

from cli.aws import Aws, DeniedError
from cli.lazily import Lazily
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.rehearsals import DynamoRehearsals
from rootguard.domain.guardrail import Guardrail, guardrail_from_json
from rootguard.ports import Exceptions, LedgerError, LedgerReader
from rootguard.rehearsal.ports import Records as Rehearsals
from stacks import quarantine_rules, rehearsal_rules
from stacks.config import GuardrailConfig
from stacks.names import (
    EXCEPTIONS_OUTPUT,
    ISOLATION_ROLE_OUTPUT,
    QUARANTINE_OUTPUT,
    REHEARSAL_OU_OUTPUT,
    REHEARSAL_POLICY_OUTPUT,
    REHEARSAL_ROLE_OUTPUT,
    ROLE_OUTPUT,
    STACK,
    TABLE_OUTPUT,
)
from stacks.rules_text import filled

_T = TypeVar("_T")
_MADE_FOR: Final = {
    "quarantine": {
        quarantine_rules.OU_VARIABLE: QUARANTINE_OUTPUT,
        quarantine_rules.ROLE_VARIABLE: ISOLATION_ROLE_OUTPUT,
    },
    "rehearsal": {
        rehearsal_rules.OU_VARIABLE: REHEARSAL_OU_OUTPUT,
        rehearsal_rules.POLICY_VARIABLE: REHEARSAL_POLICY_OUTPUT,
        rehearsal_rules.ROLE_VARIABLE: REHEARSAL_ROLE_OUTPUT,
    },
}
"""What a section of guardrail.yaml has made: each variable, and the output that has its value."""


class Deployed:
    """The stack as whoever is signed in may read it. Connects at the first question.

    Args:
        aws: what to ask.
        warn: is called with a line on what a listing leaves out, since it cannot be read.
    """

    def __init__(self, aws: Aws, warn: Callable[[str], None]) -> None:
        self._aws = aws
        self._warn = warn

    @property
    def ledger(self) -> LedgerReader:
        """The ledger. Its methods raise LedgerError."""
        return self._kept(TABLE_OUTPUT, lambda table: DynamoLedger(table, self._warn))

    @property
    def exceptions(self) -> Exceptions:
        """The exceptions. Their methods raise LedgerError."""
        return self._kept(EXCEPTIONS_OUTPUT, lambda table: DynamoExceptions(table, self._warn))

    @property
    def rehearsals(self) -> Rehearsals:
        """The record of the last rehearsal. `last` raises LedgerError."""
        return self._kept(TABLE_OUTPUT, DynamoRehearsals)

    def guardrail(self, config: GuardrailConfig) -> Guardrail:
        """Return the rules of guardrail.yaml with what the deployment made.

        A quarantine and a rehearsal that are not deployed yet are left out.
        """
        made: dict[str, str] = {}
        for section, outputs in _MADE_FOR.items():
            if getattr(config, section) is None:
                continue  # AWS is asked only where that matters.
            if self._outputs.keys() >= set(outputs.values()):
                made |= {variable: self._outputs[output] for variable, output in outputs.items()}
            else:
                config = config.model_copy(update={section: None})
        return guardrail_from_json(filled(config.render(), made))

    @property
    def own_roles(self) -> frozenset[str]:
        """The roles of Rootguard that write in Organizations, as far as the stack says."""
        return frozenset(self._outputs[name] for name in (ROLE_OUTPUT,) if name in self._outputs)

    def _kept(self, output: str, on: Callable[[Table], _T]) -> _T:
        def kept() -> object:
            if output in self._outputs:
                return on(Table(self._outputs[output], self._dynamo))
            return _Silent(self._without or f"The stack {STACK} has no output {output}.")

        return cast("_T", Lazily(kept))

    @cached_property
    def _dynamo(self) -> Dynamo:
        return Dynamo(self._aws.dynamodb())

    @property
    def _without(self) -> str:
        return self._answer[1]

    @property
    def _outputs(self) -> dict[str, str]:
        return self._answer[0]

    @cached_property
    def _answer(self) -> tuple[dict[str, str], str]:
        """What the stack says of itself, and why it says nothing."""
        try:
            outputs = self._aws.outputs()
        except DeniedError as denied:
            return {}, str(denied).splitlines()[0]
        if outputs is None:
            return {}, f"There is no stack {STACK} in this account."
        return dict(outputs), ""


class _Silent:
    """A table that does not answer, and why."""

    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, name: str) -> Any:
        """Return a method that raises LedgerError."""

        def refuse(*_: object, **__: object) -> NoReturn:
            raise LedgerError(self._why)

        return refuse
