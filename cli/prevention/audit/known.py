"""What is known of the request in which a principal attaches a policy: its condition keys.

A key that is not among them may hold anything, as whoever asks likes or not: their network, MFA, the time.
Keys: "AWS global condition context keys" and "IAM and AWS STS condition context keys", IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cli.prevention.audit.principals import Kind, Principal
from cli.prevention.organization import Organization

_TAG: Final = "aws:principaltag/"


class Keys:
    """What the keys of a request hold.

    Args:
        held: lower-case key → its values; none if the request lacks it.
        has_no_other_tags: a tag of the principal that is not in `held` is one that it lacks.
    """

    def __init__(self, held: Mapping[str, tuple[str, ...]], *, has_no_other_tags: bool = False) -> None:
        self._held = held
        self._has_no_other_tags = has_no_other_tags

    def of(self, key: str) -> tuple[str, ...] | None:
        """Return what a key, in lower case, holds; none if the request lacks it; None if nobody knows."""
        if self._has_no_other_tags and key.startswith(_TAG):
            return self._held.get(key, ())
        return self._held.get(key)


def keys_of_call(organization: Organization, policy_type: str | None) -> dict[str, tuple[str, ...]]:
    """Return what every AttachPolicy of a policy type carries, whoever makes it; for None, a call to IAM.

    Both services have one endpoint in each partition, and it takes HTTPS only ("AWS Organizations endpoints
    and quotas" and "AWS Identity and Access Management endpoints and quotas", AWS General Reference).
    """
    is_elsewhere = policy_type is None and organization.partition == "aws-cn"
    return {
        "organizations:policytype": (policy_type,) if policy_type else (),
        "aws:requestedregion": ("cn-north-1" if is_elsewhere else organization.region,),
        "aws:securetransport": ("true",),
        "aws:principalisawsservice": ("false",),
        "aws:principalservicename": (),
        "aws:principalorgid": (organization.id,),
    }


def keys_of(principal: Principal, organization: Organization, policy_type: str | None = None) -> Keys:
    """Return what is known if a user or role of the management account attaches a policy, or calls IAM.

    Args:
        principal: the user or role.
        organization: whose management account it is.
        policy_type: the policy's type; None for a call to IAM.
    """
    is_user = principal.kind is Kind.USER
    held = keys_of_call(organization, policy_type) | {
        "aws:principalaccount": (organization.management_account_id,),
        # Of a role's session it is the role's ARN, with its path.
        "aws:principalarn": (principal.arn,),
        "aws:principaltype": ("User" if is_user else "AssumedRole",),
        "aws:username": (principal.name,) if is_user else (),
    }
    if is_user:
        held["aws:userid"] = (principal.id,)
    if not principal.trust.may_tag:
        held |= {f"{_TAG}{key.lower()}": (value,) for key, value in principal.tags.items()}
    return Keys(held, has_no_other_tags=not principal.trust.may_tag)
