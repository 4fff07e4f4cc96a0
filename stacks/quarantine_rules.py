"""The protection of the quarantine OU. `rules_text` writes what only a deployment knows."""

from __future__ import annotations

from typing import Any, Final

from stacks.own_ous import protection

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
    own = protection(NAME, OU, trusted=(ROLE, DEPLOYMENT), pinned=(OU,))
    return rendered | {"protections": [*protections, own]}
