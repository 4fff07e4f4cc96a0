"""guardrail.json as text, and what stands in it for what only a deployment knows.

CloudFormation makes OUs, roles and policies, so guardrail.json is written before they have ids. It holds the
names of the guard's environment variables in their places, as a shell writes them, and the guard puts the
values there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from stacks import quarantine_rules, rehearsal_rules

_KNOWN_LATER: Final = (
    *(quarantine_rules.OU, quarantine_rules.ROLE, quarantine_rules.DEPLOYMENT),
    *(rehearsal_rules.OU, rehearsal_rules.POLICY, rehearsal_rules.ROLE),
)
_DOLLAR: Final = "\\u0024"


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
    for variable in _KNOWN_LATER:
        text = text.replace(variable.replace("$", _DOLLAR), variable)
    return text + "\n"
