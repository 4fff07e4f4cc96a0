"""The ids and policy types of AWS Organizations, and how each is written.

Patterns: PolicyId, RootId, OrganizationalUnitId and AccountId in the AWS Organizations API Reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

SERVICE_CONTROL_POLICY: Final = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL_POLICY: Final = "RESOURCE_CONTROL_POLICY"

FULL_ACCESS: Final[Mapping[str, str]] = MappingProxyType(
    {SERVICE_CONTROL_POLICY: "p-FullAWSAccess", RESOURCE_CONTROL_POLICY: "p-RCPFullAWSAccess"}
)
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
