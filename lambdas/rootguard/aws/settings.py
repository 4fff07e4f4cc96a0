"""What the stack tells the function: environment variables, and the protection policy in its asset.

These variables are the guard's whole configuration interface beside `guardrail.json`:
ROOTGUARD_TOPIC_ARN, the topic that pages go to; ROOTGUARD_ROLE_ARN, the function's own role;
ROOTGUARD_TABLE, the ledger's table; ROOTGUARD_RUNBOOKS, what leads to the runbooks. Only where there is a
channel beside e-mail and SMS: ROOTGUARD_CLOSINGS_TOPIC_ARN, the topic for what is over. Only where some
protection has `restore_policy_type`:
ROOTGUARD_RESTORE_QUEUE, the URL of the queue of attachments to put back, and ROOTGUARD_RESTORER_ROLE_ARN, the
role of the function that does it.

Powertools reads its own by itself: POWERTOOLS_SERVICE_NAME and POWERTOOLS_METRICS_NAMESPACE, by which the
alarms find the metrics, and POWERTOOLS_LOG_LEVEL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rootguard.domain.guardrail import Guardrail, guardrail_from_json


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between deployments."""

    topic_arn: str
    table_name: str
    own_role_arn: str
    guardrail: Guardrail
    runbooks: str
    closings_arn: str | None = None
    restore_queue_url: str | None = None
    restorer_role_arn: str = ""


def load(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises RuntimeError, which fails the function's start, where one is missing."""
    root = Path(environment.get("LAMBDA_TASK_ROOT", "."))
    try:
        return Settings(
            topic_arn=environment["ROOTGUARD_TOPIC_ARN"],
            table_name=environment["ROOTGUARD_TABLE"],
            own_role_arn=environment["ROOTGUARD_ROLE_ARN"],
            guardrail=guardrail_from_json(json.loads((root / "guardrail.json").read_text("utf-8"))),
            runbooks=environment["ROOTGUARD_RUNBOOKS"],
            closings_arn=environment.get("ROOTGUARD_CLOSINGS_TOPIC_ARN"),
            restore_queue_url=environment.get("ROOTGUARD_RESTORE_QUEUE"),
            restorer_role_arn=environment.get("ROOTGUARD_RESTORER_ROLE_ARN", ""),
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise RuntimeError(f"the deployment is not complete; run `make deploy`: {error!r}") from error
