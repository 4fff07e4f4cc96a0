"""A policy as DescribePolicy returns it, and when two of them are the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from rootguard.domain.ids import FULL_ACCESS
from rootguard.domain.json_data import JsonData


@dataclass(frozen=True, slots=True)
class Policy(JsonData):
    """A policy. What is not known about it is None.

    Attributes:
        type: the policy type; empty if it is not known.
        content: the document as JSON text.
        organization_id: the `o-…` in its ARN. AWS's own policies have none.
    """

    id: str
    type: str
    name: str | None = None
    aws_managed: bool = False
    content: str | None = None
    description: str | None = None
    organization_id: str | None = None

    @property
    def digest(self) -> str:
        """The lower-case hex SHA-256 of the content as UTF-8; empty if the content is not known."""
        return digest_of(self.content) if self.content is not None else ""


def digest_of(content: str) -> str:
    """Return what an exception is bound to: the lower-case hex SHA-256 of a policy's content."""
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def full_access_of(policy_id: str) -> str | None:
    """Return the type of AWS's own full access that this id names; None for any other policy."""
    return next((kind for kind, full in FULL_ACCESS.items() if full == policy_id), None)


def same_document(one: str, other: str) -> bool:
    """Tell whether two texts are the same JSON document."""
    if one == other:
        return True
    try:
        return bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def says_the_same(policy: Policy | None, accepted: Policy | None) -> bool:
    """Tell whether a policy's content is known to be the accepted one."""
    if policy is None or accepted is None or policy.content is None or accepted.content is None:
        return False
    return same_document(policy.content, accepted.content)


def is_unedited(policy: Policy, accepted: Policy) -> bool:
    """Tell whether content, name and description are the accepted ones, as far as they are known."""
    pairs = ((policy.name, accepted.name), (policy.description, accepted.description))
    return says_the_same(policy, accepted) and all(None in pair or pair[0] == pair[1] for pair in pairs)
