"""What `explain` knows beside a record: what AWS says, and what the deployed stack's ledger remembers.

The ledger is asked by the function's own `Memory`, so that both know the same. It is only read: what
`Memory` would learn from Organizations is asked of Organizations directly. Where there is no stack, or it
may not be read, the explanation goes on without, as the function does whose ledger does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from cli.aws import Aws, DeniedError
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_table import Table
from rootguard.aws.surveys import DynamoSurveys
from rootguard.domain.facts import Facts
from rootguard.domain.questions import Question, Recall
from rootguard.reconcile.memory import Memory, ask
from stacks.names import ROLE_OUTPUT, STACK, TABLE_OUTPUT


class Knowledge:
    """Answers the questions of a decision, and tells what it could not ask.

    Every method raises TroubleError for what AWS refuses, but for the stack and its ledger.
    """

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._listening = _Listening()

    @property
    def guard_role_arn(self) -> str | None:
        """The deployed function's role; None where no stack says so."""
        return self._outputs.get(ROLE_OUTPUT)

    @property
    def without_ledger(self) -> str:
        """Why the ledger was not read, as a sentence; empty where it was, or nobody asked."""
        return self._listening.heard

    def answer(self, question: Question, facts: Facts) -> Facts:
        """Answer one question. Raises TroubleError."""
        if isinstance(question, Recall) and self._memory is not None:
            return self._memory.answer(question, facts)
        return ask(self._aws, question, facts)

    @cached_property
    def _memory(self) -> Memory | None:
        name = self._outputs.get(TABLE_OUTPUT)
        if name is None:
            return None
        table = Table(name, self._aws.dynamodb)
        return Memory(DynamoLedger(table), DynamoSurveys(table), self._aws, self._listening)

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        try:
            outputs = self._aws.outputs()
        except DeniedError as denied:
            self._listening.heard = str(denied).splitlines()[0]
            return {}
        if outputs is None:
            self._listening.heard = f"There is no stack {STACK} in this account."
        elif TABLE_OUTPUT not in outputs:
            self._listening.heard = f"The stack {STACK} has no output {TABLE_OUTPUT}."
        return outputs or {}


class _Listening:
    """`ports.Telemetry` of one who wants to know what went wrong."""

    def __init__(self) -> None:
        self.heard = ""

    def log(self, message: str, **fields: object) -> None:
        """Pass over what went well."""

    def warn(self, message: str, **fields: object) -> None:
        """Keep what went wrong, as a sentence."""
        self.heard = str(fields.get("error", message)).rstrip(".") + "."

    def count(self, name: str) -> None:
        """Pass over a metric."""

    def seconds(self, name: str, value: float) -> None:
        """Pass over a metric."""
