"""What the function's own sweep sees of the organization as it is now. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cli.aws import Aws
from cli.deployed import Deployed
from cli.listening import Listening
from cli.plan.findings import Findings
from cli.plan.planned import planned
from rootguard.domain.guardrail import Guardrail, guardrail_from_json
from rootguard.reconcile.reader import Sources
from stacks.config import GuardrailConfig
from stacks.names import (
    EXCEPTIONS_OUTPUT,
    ISOLATION_ROLE_OUTPUT,
    QUARANTINE_OUTPUT,
    ROLE_OUTPUT,
    TABLE_OUTPUT,
)
from stacks.quarantine_rules import OU_VARIABLE, ROLE_VARIABLE, filled

_FIX: Final = (
    "Use a role of the management account that may read the organization and the stack's two tables, such as "
    "one with AWS's ReadOnlyAccess"
)


def findings_of(config: GuardrailConfig) -> Findings:
    """Return what a sweep would find. Raises TroubleError if there is no stack, or AWS refuses."""
    aws, listening = Aws(), Listening()
    outputs = aws.deployed(TABLE_OUTPUT, EXCEPTIONS_OUTPUT, ROLE_OUTPUT)
    deployed = Deployed(aws, listening.leave_out)
    now = datetime.now(UTC).replace(microsecond=0)
    sources = Sources(
        guardrail=_as_deployed(config, outputs),
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


def _as_deployed(config: GuardrailConfig, outputs: Mapping[str, str]) -> Guardrail:
    """Return the rules with what the deployment made. A quarantine that is not deployed yet is left out."""
    if QUARANTINE_OUTPUT not in outputs:
        return guardrail_from_json(config.model_copy(update={"quarantine": None}).render())
    made = {OU_VARIABLE: outputs[QUARANTINE_OUTPUT], ROLE_VARIABLE: outputs[ISOLATION_ROLE_OUTPUT]}
    return guardrail_from_json(filled(config.render(), made))
