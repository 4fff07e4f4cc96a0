"""What a delegation is made from: the account, the places, the policy that is there. It only reads."""

from __future__ import annotations

from collections.abc import Sequence

from cli.aws import Aws
from cli.exits import ExitCode, TroubleError, bad_input
from cli.prevention.delegation.places import (
    EVERYWHERE,
    Places,
    places_in,
    places_named,
    protects_below_root,
    unread_in,
)
from cli.prevention.organization import Organization
from rootguard.domain.guardrail import Guardrail, protected_targets, protection_of
from rootguard.ports import TargetGoneError


def check_account(account_id: str, organization: Organization, aws: Aws) -> None:
    """Raise TroubleError unless it is a member account of the organization."""
    if account_id == organization.management_account_id:
        raise bad_input(
            f"--account: {account_id} is the management account, which needs no delegation; "
            "name a member account."
        )
    if aws.target_name(account_id) is None:
        raise bad_input(f"--account: the organization has no account {account_id}; check the number.")


def places_of(targets: Sequence[str], guardrail: Guardrail, organization: Organization, aws: Aws) -> Places:
    """Return where the account may attach policies.

    Args:
        targets: the OUs and accounts that it shall be limited to; none for all that may be delegated.
        guardrail: what protects.
        organization: whose OUs and accounts they are.
        aws: what to ask.

    Raises:
        TroubleError: a target is protected or does not exist, or AWS refuses.
    """
    if targets:
        above = _above_protected(guardrail, organization, aws) if protects_below_root(guardrail) else {}
        for target in targets:
            _check_target(target, guardrail, above, aws)
        return places_named(targets)
    if not protects_below_root(guardrail):
        return EVERYWHERE
    tree = aws.tree()
    if unread := ", ".join(unread_in(tree.root)):
        raise TroubleError(
            ExitCode.AWS_REFUSED,
            f"What is in {unread} could not be listed, so what is protected there is not known.\n"
            "Use a role of the management account that may call ListOrganizationalUnitsForParent and "
            "ListAccountsForParent, or name the places with --target.",
        )
    return places_in(tree.root, guardrail, tree.management_account_id)


def _above_protected(guardrail: Guardrail, organization: Organization, aws: Aws) -> dict[str, str]:
    """Return what is above protected targets, each with one of these."""
    above: dict[str, str] = {}
    with aws.asking("ListParents"):
        for protected, _ in protected_targets(guardrail, organization.root_id):
            try:
                above |= dict.fromkeys(aws.organizations.ancestors(protected), protected)
            except TargetGoneError:
                continue  # What is gone has nothing above it.
    return above


def _check_target(target: str, guardrail: Guardrail, above: dict[str, str], aws: Aws) -> None:
    with aws.asking("ListParents"):
        try:
            path = aws.organizations.ancestors(target)
        except TargetGoneError as gone:
            raise bad_input(f"--target: the organization has no {target}; check the id.") from gone
    protection = protection_of(target, guardrail, lambda _: path)
    if protection is not None:
        raise bad_input(
            f'--target: {target} is protected by "{protection.name}" in guardrail.yaml; leave it out.'
        )
    if target in above:
        raise bad_input(
            f"--target: {above[target]}, which guardrail.yaml protects, is below {target}: "
            f"a policy there binds it, too; name what is beside it."
        )
