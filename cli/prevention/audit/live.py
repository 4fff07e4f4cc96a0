"""What the audit reads: who there is, what they may do, and what is delegated. Nothing is written."""

from __future__ import annotations

from cli.aws import Aws, DeniedError
from cli.prevention.audit.answer import Audit, findings
from cli.prevention.audit.delegated import delegates
from cli.prevention.audit.details import principals_of
from cli.prevention.audit.principals import Kind, Principal
from cli.prevention.signed_in import organization_of
from stacks.names import STACK


def audit_of(aws: Aws, trusted: frozenset[str]) -> Audit:
    """Read and judge. Raises TroubleError if AWS refuses, or answers with what cannot be understood."""
    organization = organization_of(aws)
    principals = principals_of(aws.authorization_details())
    resource_policy = aws.resource_policy()
    own, own_unknown = _own(aws, principals)
    with aws.asking("DescribeResourcePolicy"):
        delegated = delegates(resource_policy, organization) if resource_policy else ()
    users = sum(principal.kind is Kind.USER for principal in principals)
    return Audit(
        organization=organization,
        findings=findings(principals, organization, trusted, own),
        delegates=delegated,
        users=users,
        roles=len(principals) - users,
        own_unknown=own_unknown,
    )


def _own(aws: Aws, principals: tuple[Principal, ...]) -> tuple[frozenset[str], str]:
    """Return the ARNs of Rootguard's own roles, and why they are not known."""
    try:
        names = aws.stack_roles()
    except DeniedError as denied:
        return frozenset(), str(denied).splitlines()[0]
    if names is None:
        return frozenset(), f"There is no stack {STACK} in this account."
    roles = (principal for principal in principals if principal.kind is Kind.ROLE)
    return frozenset(role.arn for role in roles if role.name in names), ""
