"""The policies, ids and policy types of AWS Organizations: how each is written, and what is the same.

Patterns: PolicyId, RootId, OrganizationalUnitId and AccountId in the AWS Organizations API Reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from rootguard.domain.json_data import JsonData

SERVICE_CONTROL_POLICY: Final = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL_POLICY: Final = "RESOURCE_CONTROL_POLICY"

FULL_ACCESS: Final[Mapping[str, str]] = {
    SERVICE_CONTROL_POLICY: "p-FullAWSAccess",
    RESOURCE_CONTROL_POLICY: "p-RCPFullAWSAccess",
}
"""AWS's own policy that allows everything, by policy type. It is never detached, and always allowed."""

_ROOT, _OU, _ACCOUNT = r"r-[0-9a-z]{4,32}", r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}", r"[0-9]{12}"
_IN_ORGANIZATION = re.compile(r":policy/(o-[a-z0-9]{10,32})/")


def _written_as(pattern: str) -> Callable[[object], bool]:
    """Return what tells whether a value, of whatever type, is text that is written so."""
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


is_policy_id = _written_as(r"p-[0-9a-zA-Z_]{8,128}")
is_policy_type = _written_as(r"[A-Z][A-Z0-9_]{0,127}")  # AWS adds types, so no list would be complete
is_root_id = _written_as(_ROOT)
is_account_id = _written_as(_ACCOUNT)
is_target_id = _written_as(f"{_ROOT}|{_OU}|{_ACCOUNT}")


def organization_in(arn: str | None) -> str | None:
    """Return the organization's id in a policy's ARN. AWS's own policies have none.

    `arn:PARTITION:organizations::ACCOUNT:policy/o-…/TYPE/p-…` ("Resource types defined by AWS Organizations",
    Service Authorization Reference).
    """
    found = _IN_ORGANIZATION.search(arn or "")
    return found[1] if found else None


def root_first(target_id: str) -> tuple[bool, bool, str]:
    """Return what sorts targets from the top: the root, then OUs, then accounts."""
    return not is_root_id(target_id), is_account_id(target_id), target_id


def full_access_of(policy_id: str) -> str | None:
    """Return the type of AWS's own full access that this id names; None for any other policy."""
    return next((kind for kind, full in FULL_ACCESS.items() if full == policy_id), None)


@dataclass(frozen=True, slots=True)
class Policy(JsonData):
    """A policy as DescribePolicy returns it. What is not known about it is None."""

    id: str
    type: str  # empty if it is not known
    name: str | None = None
    content: str | None = None  # the document as JSON text
    description: str | None = None
    organization_id: str | None = None  # the `o-…` in its ARN. AWS's own policies have none

    @property
    def digest(self) -> str:
        """What an exception is bound to: `digest_of` the content; empty if that is not known."""
        return digest_of(self.content) if self.content is not None else ""


def digest_of(content: str) -> str:
    """Return the lower-case hex SHA-256 of a policy's content as UTF-8."""
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def says_the_same(policy: Policy | None, accepted: Policy | None) -> bool:
    """Tell whether a policy's content is known to be the accepted one: the same JSON document."""
    if policy is None or accepted is None or policy.content is None or accepted.content is None:
        return False
    one, other = policy.content, accepted.content
    try:
        return one == other or bool(json.loads(one) == json.loads(other))
    except (ValueError, RecursionError):
        return False


def is_unedited(policy: Policy, accepted: Policy) -> bool:
    """Tell whether content, name and description are the accepted ones, as far as they are known."""
    pairs = ((policy.name, accepted.name), (policy.description, accepted.description))
    return says_the_same(policy, accepted) and all(None in pair or pair[0] == pair[1] for pair in pairs)
