"""What the function's own sweep sees of the organization as it is now. Nothing is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cli.aws import Aws
from cli.deployed import Deployed
from cli.listening import Listening
from cli.plan.findings import Findings
from cli.plan.planned import planned
from rootguard.reconcile.reader import Sources
from stacks.config import GuardrailConfig
from stacks.names import EXCEPTIONS_OUTPUT, ROLE_OUTPUT, TABLE_OUTPUT

_FIX: Final = (
    "Use a role of the management account that may read the organization and the stack's two tables, such as "
    "one with AWS's ReadOnlyAccess"
)


def findings_of(config: GuardrailConfig) -> Findings:
    """Return what a sweep would find. Raises TroubleError if there is no stack, or AWS refuses."""
    aws, listening = Aws(), Listening()
    aws.deployed(TABLE_OUTPUT, EXCEPTIONS_OUTPUT, ROLE_OUTPUT)
    deployed = Deployed(aws, listening.leave_out)
    now = datetime.now(UTC).replace(microsecond=0)
    sources = Sources(
        guardrail=deployed.guardrail(config),
        organizations=aws.organizations,
        ledger=deployed.ledger,
        exceptions=deployed.exceptions,
        telemetry=listening,
        own_roles=deployed.own_roles,
        clock=lambda: now,
    )
    with aws.asking("Connecting to AWS", fix=_FIX):
        plan = planned(sources)
    return replace(plan, unseen=(*plan.unseen, *listening.left_out))
