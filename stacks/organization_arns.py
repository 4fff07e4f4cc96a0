"""ARNs of the organization: its root, OUs, accounts and policies, as IAM is asked about them.

Organizations is global and owned by the management account, so an ARN has no Region, and that account's id.
Source: Service Authorization Reference, "Resource types defined by AWS Organizations".
"""

from typing import Final, Protocol

from stacks import config_values

# Exact without knowing an id: a management account has one organization, and it one root.
ROOT: Final = "root/o-*/r-*"
EVERY_OU: Final = "ou/o-*/ou-*"
EVERY_ACCOUNT: Final = "account/o-*/*"


class Owner(Protocol):
    """The management account, such as a stack in it."""

    @property
    def partition(self) -> str:
        """Such as aws."""

    @property
    def account(self) -> str:
        """Its id."""


def path_of(target: str) -> str:
    """Return the part of a target's ARN after the account."""
    if target == config_values.ROOT:
        return ROOT
    return f"ou/o-*/{target}" if target.startswith("ou-") else f"account/o-*/{target}"


def arn(owner: Owner, path: str) -> str:
    """Return an ARN of this organization."""
    return f"arn:{owner.partition}:organizations::{owner.account}:{path}"


def policy(owner: Owner, policy_type: str) -> str:
    """Return the pattern of the organization's own policies of a type, which ARNs have in small letters."""
    return arn(owner, f"policy/o-*/{policy_type.lower()}/p-*")


def aws_policy(owner: Owner, policy_type: str, policy_id: str) -> str:
    """Return the ARN of a policy that AWS owns."""
    return f"arn:{owner.partition}:organizations::aws:policy/{policy_type.lower()}/{policy_id}"
