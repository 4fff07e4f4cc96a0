"""What the stack tells the guard: environment variables, and the protection policy in its asset.

Beside them, Powertools reads its own: POWERTOOLS_SERVICE_NAME and POWERTOOLS_METRICS_NAMESPACE, by which the
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

    guardrail: Guardrail
    table_name: str  # the ledger's table
    exceptions_name: str  # the table in which people grant exceptions
    notices_url: str  # the queue to the notifier
    topic_arn: str  # where people subscribe, for when that queue does not answer
    own_roles: frozenset[str]  # Rootguard's own roles that write in Organizations
    restore_queue_url: str | None = None  # the queue of attachments to put back, if a type is to be restored


def load(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises RuntimeError, which fails the function's start, if one is missing."""
    root = Path(environment.get("LAMBDA_TASK_ROOT", "."))
    try:
        roles = (environment["ROOTGUARD_ROLE_ARN"], environment.get("ROOTGUARD_RESTORER_ROLE_ARN"))
        return Settings(
            guardrail=guardrail_from_json(json.loads((root / "guardrail.json").read_text("utf-8"))),
            table_name=environment["ROOTGUARD_TABLE"],
            exceptions_name=environment["ROOTGUARD_EXCEPTIONS"],
            notices_url=environment["ROOTGUARD_NOTICES"],
            topic_arn=environment["ROOTGUARD_TOPIC_ARN"],
            own_roles=frozenset(role for role in roles if role),
            restore_queue_url=environment.get("ROOTGUARD_RESTORE_QUEUE"),
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise RuntimeError(f"the deployment is not complete; run `make deploy`: {error!r}") from error
