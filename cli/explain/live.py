"""What `explain` knows beside a record: what AWS says, and what the deployed stack's ledger remembers.

The function's own `LazyReader` asks both, so that explain knows what the guard knows. The ledger is only read.
If there is no stack, or it may not be read, the explanation goes on without, as the function does if its
ledger does not answer.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cli.aws import Aws
from cli.deployed import Deployed
from rootguard.domain.drift import Drift
from rootguard.domain.guardrail import Guardrail
from rootguard.reconcile.reader import LazyReader, Sources


class Live:
    """The facts about one drift, from AWS and the ledger.

    Args:
        drift: what is judged.
        guardrail: the protection policy.
    """

    def __init__(self, drift: Drift, guardrail: Guardrail) -> None:
        self._drift = drift
        self._aws = Aws(otherwise=", or give what is known with --facts")
        deployed = Deployed(self._aws)
        self._listening = Listening()
        # A call that failed is never Rootguard's own change, so its roles are not worth a look.
        failed = drift.change is not None and drift.change.error_code is not None
        self._sources = Sources(
            guardrail=guardrail,
            organizations=self._aws.organizations,
            ledger=deployed.ledger,
            exceptions=deployed.exceptions,
            telemetry=self._listening,
            own_roles=frozenset() if failed else deployed.own_roles,
            clock=lambda: datetime.now(UTC),
        )
        self.reader = LazyReader(self._sources, drift)
