"""The organization whose management account the caller is signed in to."""

from __future__ import annotations

from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from cli.prevention.organization import Organization


def organization_of(aws: Aws) -> Organization:
    """Read the organization's ids. Raises TroubleError unless the caller is in its management account."""
    organization_id, management_account_id, partition = aws.organization_ids()
    account = aws.account()
    if account != management_account_id:
        raise TroubleError(
            ExitCode.AWS_REFUSED,
            f"You are signed in to {account}, and the organization's management account is "
            f"{management_account_id}.\n"
            "Sign in to the management account: who may do what in Organizations is said there.",
        )
    return Organization(organization_id, aws.root_id(), management_account_id, partition)
