"""The answer of iam:GetAccountAuthorizationDetails → the account's users and roles.

Its shape: "GetAccountAuthorizationDetails", IAM API Reference. The SDK decodes the policies in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cli.prevention.audit.principals import Document, Kind, Principal, Trust
from cli.prevention.audit.trust import trust_in

_Entry = Mapping[str, Any]


def principals_of(pages: Sequence[Mapping[str, Any]]) -> tuple[Principal, ...]:
    """Return the users and roles on all pages. What one has may be on another's page."""

    def listed(name: str) -> list[_Entry]:
        return [entry for page in pages for entry in page.get(name, ())]

    managed = {str(policy["Arn"]): _default_version(policy) for policy in listed("Policies")}

    def policies(entry: _Entry, inline: str, suffix: str = "") -> list[Document]:
        own = ((f"{policy['PolicyName']} (inline{suffix})", policy) for policy in entry.get(inline, ()))
        attached = (_managed(policy, managed, suffix) for policy in entry.get("AttachedManagedPolicies", ()))
        return [*(Document(name, _text(policy.get("PolicyDocument"))) for name, policy in own), *attached]

    groups = {
        str(group["GroupName"]): policies(group, "GroupPolicyList", f", group {group['GroupName']}")
        for group in listed("GroupDetailList")
    }
    users = (
        _user(user, policies(user, "UserPolicyList"), groups, managed) for user in listed("UserDetailList")
    )
    roles = (_role(role, policies(role, "RolePolicyList"), managed) for role in listed("RoleDetailList"))
    return (*users, *roles)


def _user(
    entry: _Entry,
    policies: Sequence[Document],
    groups: Mapping[str, Sequence[Document]],
    managed: Mapping[str, str | None],
) -> Principal:
    names = [str(name) for name in entry.get("GroupList", ())]
    # A group that the answer does not list may bring any policy.
    unread = [Document(f"group {name}", None) for name in names if name not in groups]
    of_groups = [document for name in names for document in groups.get(name, ())]
    return Principal(
        kind=Kind.USER,
        arn=str(entry["Arn"]),
        id=str(entry.get("UserId", "")),
        policies=(*policies, *of_groups, *unread),
        boundary=_boundary(entry, managed),
        tags=_tags(entry),
    )


def _role(entry: _Entry, policies: Sequence[Document], managed: Mapping[str, str | None]) -> Principal:
    trusted = _text(entry.get("AssumeRolePolicyDocument"))
    return Principal(
        kind=Kind.ROLE,
        arn=str(entry["Arn"]),
        id=str(entry.get("RoleId", "")),
        policies=tuple(policies),
        boundary=_boundary(entry, managed),
        tags=_tags(entry),
        trust=trust_in(trusted) if trusted is not None else Trust(),
    )


def _boundary(entry: _Entry, managed: Mapping[str, str | None]) -> Document | None:
    boundary = entry.get("PermissionsBoundary")
    if not boundary:
        return None
    arn = str(boundary["PermissionsBoundaryArn"])
    return Document(f"{arn.rpartition('/')[2]} (boundary)", managed.get(arn))


def _managed(policy: _Entry, managed: Mapping[str, str | None], suffix: str) -> Document:
    name = str(policy["PolicyName"])
    return Document(f"{name} ({suffix[2:]})" if suffix else name, managed.get(str(policy["PolicyArn"])))


def _default_version(policy: _Entry) -> str | None:
    versions: Iterable[_Entry] = policy.get("PolicyVersionList", ())
    is_default: Callable[[_Entry], bool] = lambda version: bool(version.get("IsDefaultVersion"))  # noqa: E731
    return next((_text(version.get("Document")) for version in versions if is_default(version)), None)


def _tags(entry: _Entry) -> dict[str, str]:
    return {str(tag["Key"]): str(tag["Value"]) for tag in entry.get("Tags", ())}


def _text(document: object) -> str | None:
    return document if document is None or isinstance(document, str) else json.dumps(document)
