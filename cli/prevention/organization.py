"""The organization as far as an attachment to Root needs it: its ids, and the ARNs that are asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from stacks.names import ORGANIZATIONS_REGIONS

TYPES: Final = (SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY)
"""The policy types that can lock people out. No other type authorizes."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization's ids.

    Attributes:
        id: `o-…`.
        root_id: `r-…`.
        management_account_id: 12 digits.
        partition: `aws`, `aws-us-gov` or `aws-cn`.
    """

    id: str
    root_id: str
    management_account_id: str
    partition: str = "aws"

    @property
    def region(self) -> str:
        """The Region of the partition's one endpoint for Organizations."""
        return ORGANIZATIONS_REGIONS.get(self.partition, ORGANIZATIONS_REGIONS["aws"])

    @property
    def root_arn(self) -> str:
        """The ARN of Root."""
        return self._arn(f"root/{self.id}/{self.root_id}")

    def policy_arn(self, policy_type: str, policy_id: str) -> str:
        """Return the ARN of one of the organization's own policies.

        Its form: "Resource types defined by AWS Organizations", Service Authorization Reference.
        """
        return self._arn(f"policy/{self.id}/{policy_type.lower()}/{policy_id}")

    def target_arn(self, kind: str, target_id: str) -> str:
        """Return the ARN of an `ou` or an `account`, or a pattern of several."""
        return self._arn(f"{kind}/{self.id}/{target_id}")

    def _arn(self, resource: str) -> str:
        return f"arn:{self.partition}:organizations::{self.management_account_id}:{resource}"
