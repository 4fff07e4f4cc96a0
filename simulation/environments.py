"""The names of what is deployed, and the environment variables that its functions have under a guardrail."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from simulation.identities import MANAGEMENT_ACCOUNT, REGION, policy_id, unit_id
from simulation.quarantine import ISOLATION_ROLE
from simulation.queues import queue_url, topic_arn
from simulation.rehearsal import REHEARSAL_ROLE, SCP_NAME
from stacks import rehearsal_rules
from stacks.config import GuardrailConfig
from stacks.quarantine_rules import DEPLOYMENT_VARIABLE, OU_VARIABLE, ROLE_VARIABLE

Environment = Callable[[GuardrailConfig], Mapping[str, str]]

TABLE: Final = "Rootguard-Ledger"
EXCEPTIONS: Final = "Rootguard-Exceptions"
TOPIC: Final = "Rootguard-Pages"
NOTICES: Final = "Rootguard-Notices"
NOTICES_DEAD_LETTERS: Final = "Rootguard-NoticesDeadLetters"
DEAD_LETTERS: Final = "Rootguard-GuardDeadLetters"
RESTORE: Final = "Rootguard-Restore"
WATCH: Final = "watch"
WATCH_ROLE: Final = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/Rootguard-WatchRole"
RESTORE_DEAD_LETTERS: Final = "Rootguard-RestoreDeadLetters"
GUARD_ROLE: Final = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/Rootguard-GuardRole"
NOTIFIER_ROLE: Final = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/Rootguard-NotifierRole"
RESTORE_ROLE: Final = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/Rootguard-RestoreRole"
DEPLOYMENT_ROLE: Final = (
    f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{MANAGEMENT_ACCOUNT}-{REGION}"
)
_ALL_HAVE: Final = {
    "POWERTOOLS_SERVICE_NAME": "rootguard",
    "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}


def restores(config: GuardrailConfig) -> bool:
    """Tell whether a disabled policy type is restored anywhere."""
    return any(protection.restore_policy_type for protection in config.reverting)


def isolates(config: GuardrailConfig) -> bool:
    """Tell whether there is a quarantine."""
    return config.quarantine is not None


def watches(config: GuardrailConfig) -> bool:
    """Tell whether Root is watched between two sweeps."""
    return config.watch.when != "never"


def rehearses(config: GuardrailConfig) -> bool:
    """Tell whether there are rehearsals."""
    return config.rehearsal is not None


def _rehearsal_known_by(config: GuardrailConfig) -> Mapping[str, str]:
    return {
        rehearsal_rules.OU_VARIABLE: unit_id(config.rehearsal.ou_name) if config.rehearsal else "",
        rehearsal_rules.POLICY_VARIABLE: policy_id(SCP_NAME),
        rehearsal_rules.ROLE_VARIABLE: REHEARSAL_ROLE,
    }


def _quarantine_ou(config: GuardrailConfig) -> str:
    return unit_id(config.quarantine.ou_name) if config.quarantine else ""


def guard(config: GuardrailConfig) -> Mapping[str, str]:
    """Return the guard's."""
    restore = {"ROOTGUARD_RESTORE_QUEUE": queue_url(RESTORE), "ROOTGUARD_RESTORER_ROLE_ARN": RESTORE_ROLE}
    quarantine = {
        OU_VARIABLE: _quarantine_ou(config),
        ROLE_VARIABLE: ISOLATION_ROLE,
        DEPLOYMENT_VARIABLE: DEPLOYMENT_ROLE,
    }
    return {
        "ROOTGUARD_TOPIC_ARN": topic_arn(TOPIC),
        "ROOTGUARD_ROLE_ARN": GUARD_ROLE,
        "ROOTGUARD_TABLE": TABLE,
        "ROOTGUARD_EXCEPTIONS": EXCEPTIONS,
        "ROOTGUARD_NOTICES": queue_url(NOTICES),
        **_ALL_HAVE,
        **(restore if restores(config) else {}),
        **(quarantine if isolates(config) else {}),
        **(_rehearsal_known_by(config) if rehearses(config) else {}),
        **({"ROOTGUARD_WATCH": WATCH} if watches(config) else {}),
    }


def watch(_: GuardrailConfig) -> Mapping[str, str]:
    """Return the watch's."""
    return _ALL_HAVE


def notifier(config: GuardrailConfig) -> Mapping[str, str]:
    """Return the notifier's."""
    return {
        "ROOTGUARD_TABLE": TABLE,
        "ROOTGUARD_TOPIC_ARN": topic_arn(TOPIC),
        "ROOTGUARD_NOTICES": queue_url(NOTICES),
        "ROOTGUARD_RUNBOOKS": config.pages.runbooks,
        "ROOTGUARD_ORGANIZATION": config.name or "",
        "ROOTGUARD_ROLE_ARN": GUARD_ROLE,
        **_ALL_HAVE,
    }


def restore(_: GuardrailConfig) -> Mapping[str, str]:
    """Return restore's."""
    return {
        "ROOTGUARD_TABLE": TABLE,
        **_ALL_HAVE,
    }


def isolation(config: GuardrailConfig) -> Mapping[str, str]:
    """Return the isolation function's."""
    return {
        "ROOTGUARD_TABLE": TABLE,
        "ROOTGUARD_NOTICES": queue_url(NOTICES),
        OU_VARIABLE: _quarantine_ou(config),
        "ROOTGUARD_ROLE_ARN": ISOLATION_ROLE,
        **_ALL_HAVE,
    }


def rehearsal(config: GuardrailConfig) -> Mapping[str, str]:
    """Return the rehearsal function's."""
    blocked = {"blocked_windows", "blocked_dates"}
    calendar = config.rehearsal.model_dump(mode="json", include=blocked) if config.rehearsal else {}
    return {
        "ROOTGUARD_TABLE": TABLE,
        "ROOTGUARD_NOTICES": queue_url(NOTICES),
        "ROOTGUARD_CALENDAR": json.dumps(calendar, separators=(",", ":")),
        "ROOTGUARD_WITHIN_SECONDS": str(within(config)),
        "ROOTGUARD_MODE": config.mode,
        **_rehearsal_known_by(config),
        **_ALL_HAVE,
    }


def within(config: GuardrailConfig) -> int:
    """Return how many seconds a rehearsal may take; 0 if there is none."""
    return config.rehearsal.within_seconds if config.rehearsal else 0
