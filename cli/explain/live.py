"""What `explain` knows beside a record: what AWS says, and what the deployed stack's ledger remembers.

The function's own `LazyReader` asks both, so explain knows what the guard knows. Nothing is written. If there
is no stack, or it may not be read, explain goes on without, as the guard does if its ledger does not answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from cli.aws import Aws
from cli.deployed import Deployed
from cli.listening import NO_LEDGER, Listening
from rootguard.domain.drift import Drift
from rootguard.domain.policy import Policy
from rootguard.domain.verdict import Reason, Verdict
from rootguard.reconcile.reader import LazyReader, Sources
from stacks.config import GuardrailConfig


class Live:
    """The facts about one drift.

    Args:
        drift: what is judged.
        config: what guardrail.yaml says.

    Attributes:
        guardrail: the rules, as the deployed guard has them.
    """

    def __init__(self, drift: Drift, config: GuardrailConfig) -> None:
        self._drift = drift
        self._aws = Aws(otherwise=", or give what is known with --facts")
        self._listening = Listening()
        # A call that failed is never Rootguard's own change, so nothing needs to be known to ignore it.
        failed = drift.error_code is not None
        deployed = Deployed(self._aws, self._listening.leave_out)
        self.guardrail = deployed.guardrail(config)
        self._sources = Sources(
            guardrail=self.guardrail,
            organizations=self._aws.organizations,
            ledger=deployed.ledger,
            exceptions=deployed.exceptions,
            telemetry=self._listening,
            own_roles=frozenset() if failed else deployed.own_roles,
            clock=lambda: datetime.now(UTC),
        )
        self.reader = LazyReader(self._sources, drift)

    def asking(self) -> AbstractContextManager[None]:
        """Turn what AWS refuses into TroubleError."""
        return self._aws.asking("Connecting to AWS")

    def seen(self, verdict: Verdict) -> Policy | None:
        """Return the drift's policy as far as it was read for the verdict."""
        policy_id = self._drift.policy_id
        if verdict.reason.rule >= Reason.POLICY_TYPE_NOT_COVERED.rule and policy_id:
            return self.reader.known(policy_id)
        return self._sources.policies.get(policy_id)

    def remarks(self, verdict: Verdict) -> Iterator[str]:
        """Yield what was not known, and what happened to this event before, in sentences."""
        why = self._listening.because(NO_LEDGER)
        if why is not None:
            yield f"Without the ledger: {why} Neither the baseline nor exceptions were looked at."
        elif verdict.reason.rule >= Reason.POLICY_TYPE_NOT_COVERED.rule and self.reader.mark is not None:
            came_of = self.reader.mark.came_of
            yield f"Rootguard judged this event before ({came_of}): if it comes again, nothing is done."
