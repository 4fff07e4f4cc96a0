"""What the functions' roles may write in Organizations with a guardrail.yaml, as IAM statements.

They come from the stack's own construct, so that this cannot differ from what is deployed.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, Final

from cli.exits import bad_input

if TYPE_CHECKING:
    from stacks.config import GuardrailConfig

ACCOUNT: Final = "ACCOUNT"
"""In the place of the management account's id, which no file says."""
QUARANTINE: Final = "QUARANTINE"
"""In the place of the quarantine OU's id, which CloudFormation makes."""
REHEARSAL: Final = "REHEARSAL"
"""In the place of the rehearsal's OU and of its SCP, in the same way."""


def statements(config: GuardrailConfig, region: str) -> dict[str, list[dict[str, Any]]]:
    """Return the IAM statements that allow writes in Organizations, by function; none if nothing is undone.

    Raises:
        TroubleError: Node is missing, which the CDK runs on.
    """
    if shutil.which("node") is None:
        raise bad_input("--permissions: the CDK needs Node 20 or newer. Install it, or leave the option out.")
    # Node 20 works; jsii warns at every start that its support ends.
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    import aws_cdk as cdk  # noqa: PLC0415 - it starts Node

    from stacks import organization_arns as arns  # noqa: PLC0415
    from stacks.constructs import permissions  # noqa: PLC0415
    from stacks.names import STACK  # noqa: PLC0415

    app = cdk.App(context={"@aws-cdk/core:enablePartitionLiterals": True})
    stack = cdk.Stack(app, STACK, env=cdk.Environment(account=ACCOUNT, region=region))
    quarantine = QUARANTINE if config.quarantine else None
    rehearsal = REHEARSAL if config.rehearsal else None
    of_guard = permissions.writes(stack, config, quarantine, rehearsal)
    unit, policy = (
        arns.arn(stack, f"{kind}/{REHEARSAL}") for kind in ("ou/o-*", "policy/o-*/service_control_policy")
    )
    found = {
        "guard": [each for job in of_guard.values() for each in job],
        "restore": permissions.restores(stack, config) if permissions.restored_types(config) else [],
        "isolation": permissions.isolating_writes(stack) if config.quarantine else [],
        "rehearsal": permissions.rehearsing_writes(unit, policy) if config.rehearsal else [],
    }
    return {
        function: [stack.resolve(each.to_statement_json()) for each in listed]
        for function, listed in found.items()
        if listed
    }
