"""Why the guard's permissions may hold a wildcard: the answers cdk-nag asks for, one per ARN.

Each wildcard is acknowledged by its own ARN and nowhere else, so that a new one is a finding
until someone has written here why it is right.
"""

from collections.abc import Iterable, Iterator

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

_KNOW_NO_RESOURCE = (
    "DescribeOrganization, DescribeResourcePolicy, ListAccounts, ListDelegatedAdministrators, ListPolicies "
    "and ListRoots know no resource to be limited to; they read."
)
_AWS_OWNED = "Reads AWS's own policies; writes name full access exactly."
_EXACT = "The id is exact; o-* can only be the one organization that this account manages."
_REASONS = {
    "root/o-*/r-*": "A management account has exactly one organization, and it one root: exact "
    "without an id typed by hand.",
    "policy/o-*/*/p-*": "Reads reach every type: an attachment's event does not name the type, so it "
    "has to be read.",
    "ou/o-*/ou-*": "Reads look at any OU. Writes reach it only where a protection includes descendants, "
    "since an ARN names no ancestors, or pins accounts, which may be moved anywhere, or wants a disabled "
    "policy type back, which was attached anywhere, or where accounts are isolated, which may be anywhere.",
    "account/o-*/*": "Reads look at any account. Writes reach it only where a protection includes "
    "descendants, since an ARN names no ancestors, or pins a place, which any account may enter, or wants a "
    "disabled policy type back, which was attached anywhere, or where accounts are isolated.",
}
_ANY_POLICY = (
    "Any of the organization's policies of this type can be the one to detach, attach again or restore, "
    "and its id is not known before; AWS's own policies are not matched."
)


def of_wildcards(stack: cdk.Stack, statements: Iterable[iam.PolicyStatement]) -> Iterator[cdk.Acknowledgment]:
    """One acknowledgment for each ARN with a wildcard in the statements given."""
    resources = {resource for statement in statements for resource in statement.resources}
    for resource in sorted(resource for resource in resources if "*" in resource):
        yield cdk.Acknowledgment(
            id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{_as_reported(stack, resource)}]",
            reason=_reason(resource),
        )


def _reason(resource: str) -> str:
    if resource == "*":
        return _KNOW_NO_RESOURCE
    owner, path = resource.split(":", 4)[4].split(":", 1)
    if owner == "aws":
        return _AWS_OWNED
    return _REASONS.get(path, _ANY_POLICY if path.startswith("policy/") else _EXACT)


def _as_reported(stack: cdk.Stack, resource: str) -> str:
    """The ARN as cdk-nag spells it: what only CloudFormation knows is <AWS::Partition> or <LogicalId>."""
    resolved = stack.resolve(resource)
    if isinstance(resolved, str):
        return resolved
    _, parts = resolved["Fn::Join"]
    return "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in parts)
