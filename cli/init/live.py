"""The organization as `rootguard init` reads it. Nothing is written in AWS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from cli.init.found import Found
from cli.init.on_root import OnRoot, judged
from cli.init.products import suggested
from rootguard.domain.policy import FULL_ACCESS, Policy, full_access_of


def look(aws: Aws, begin: Callable[[str], None]) -> Found:
    """Read all that init wants to know.

    Args:
        aws: what to ask, signed in to the management account.
        begin: is called as each step begins, with what it is.

    Raises:
        TroubleError: it is another account, or AWS refuses.
    """
    begin("Look which organization this is")
    organization_id, management_account_id = aws.organization()
    _check(aws.account(), organization_id, management_account_id)
    begin("Read what is attached to Root")
    with aws.asking("ListRoots"):
        root = aws.organizations.root()
    on_root = tuple(_on_root(aws, root.id, each) for each in FULL_ACCESS)
    begin("List the OUs and accounts")
    tree = aws.tree()
    begin("List the roles of the management account")
    suggestions = suggested(aws.roles())
    return Found(
        organization_id=organization_id,
        management_account_id=management_account_id,
        root=tree.root,
        enabled=root.enabled_types,
        on_root=on_root,
        suggestions=suggestions,
        region=aws.region,
    )


def _check(account: str, organization_id: str, management_account_id: str) -> None:
    if account != management_account_id:
        raise TroubleError(
            ExitCode.AWS_REFUSED,
            f"You are signed in to account {account}, a member of the organization {organization_id}.\n"
            f"Sign in to its management account, {management_account_id}: Rootguard is deployed there, where "
            "no SCP or RCP binds it.",
        )


def _on_root(aws: Aws, root_id: str, policy_type: str) -> OnRoot:
    with aws.asking("ListPoliciesForTarget"):
        attached = aws.organizations.attached(root_id, policy_type)
    policies = [_read(aws, Policy(each, policy_type, name)) for each, name in attached.items()]
    return judged(policy_type, policies, datetime.now(UTC))


def _read(aws: Aws, listed: Policy) -> Policy:
    """Return a policy with its content, as far as there is any to read: it may be deleted by now."""
    return listed if full_access_of(listed.id) else aws.policy(listed.id) or listed
