"""The protection of the quarantine OU, and what stands in guardrail.json for what only a deployment knows.

CloudFormation makes the OU and the role, so guardrail.json is written before either has an id. It holds the
names of the guard's environment variables in their places, as a shell writes them, and the guard puts the
values there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rootguard.domain.policy import FULL_ACCESS

NAME: Final = "quarantine"
"""What pages call the protection of the quarantine OU."""
OU_VARIABLE: Final = "ROOTGUARD_QUARANTINE_OU"
ROLE_VARIABLE: Final = "ROOTGUARD_ISOLATION_ROLE_ARN"
OU: Final = f"${{{OU_VARIABLE}}}"
"""The OU, as a target and as a pin."""
ROLE: Final = f"${{{ROLE_VARIABLE}}}"
"""The isolation function's role, as a trusted principal."""
DEPLOYMENT_VARIABLE: Final = "ROOTGUARD_DEPLOYMENT_ROLE_ARN"
DEPLOYMENT: Final = f"${{{DEPLOYMENT_VARIABLE}}}"
"""CloudFormation's role, which changes the OU's policies in a deployment, in review."""
_DOLLAR: Final = "\\u0024"


def quarantined(rendered: dict[str, Any]) -> dict[str, Any]:
    """Return the rules with the quarantine OU protected, and its function trusted where accounts are pinned.

    What is attached to the OU must stay, and nobody but the function moves accounts in or out: not even those
    who are trusted everywhere else. A deployment may change the policies.
    """
    protections = [
        entry | {"trusted_principals": [*entry["trusted_principals"], ROLE]}
        if entry["pin_accounts"]
        else entry
        for entry in rendered["protections"]
    ]
    own = {
        "name": NAME,
        "targets": [OU],
        "include_descendants": False,
        "policy_types": list(FULL_ACCESS),
        "allow": [],
        "trusted_principals": [ROLE, DEPLOYMENT],
        "on_violation": "revert",
        "restore_policy_type": False,
        "pin_accounts": [OU],
    }
    return rendered | {"protections": [*protections, own]}


def filled(rendered: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return the rules with values in place of these variables, as the guard reads them."""
    text = json.dumps(rendered)
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    rules: dict[str, Any] = json.loads(text)
    return rules


def as_text(rendered: dict[str, Any]) -> str:
    """Return guardrail.json. No dollar sign is in it but those of the variables: a name may hold one."""
    text = json.dumps(rendered, indent=2).replace("$", _DOLLAR)
    for variable in (OU, ROLE, DEPLOYMENT):
        text = text.replace(variable.replace("$", _DOLLAR), variable)
    return text + "\n"
