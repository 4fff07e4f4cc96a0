"""Which service control policies bind an account of the organization at this moment. Pure.

The strict model knows every policy and where it is attached; `emulator_scps.py` judges calls by them.
"""

from __future__ import annotations

from drill.organization import Organization
from drill.organization_policies import SCP

Levels = list[list[str]]
"""The contents of the SCPs of each level, from the account up to Root. At each level something must allow."""


def levels_over(organization: Organization, account: str) -> Levels:
    """Return the levels that bind an account; none bind the management account, or one that is no member.

    None bind anybody while SCPs are disabled ("SCP evaluation", AWS Organizations User Guide).
    """
    if not organization.exists or SCP not in organization.policies.enabled_types:
        return []
    tree = organization.tree
    if account == tree.management_account or account not in tree.accounts:
        return []
    return [
        [policy.content for policy in organization.policies.attached(target, SCP)]
        for target in tree.chain(account)
    ]
