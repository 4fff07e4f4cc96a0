"""The ids and policy types of AWS Organizations, and how each is written.

Patterns: PolicyId, RootId, OrganizationalUnitId and AccountId in the AWS Organizations API Reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SERVICE_CONTROL_POLICY: Final = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL_POLICY: Final = "RESOURCE_CONTROL_POLICY"

FULL_ACCESS: Final[Mapping[str, str]] = MappingProxyType(
    {
        SERVICE_CONTROL_POLICY: "p-FullAWSAccess",
        RESOURCE_CONTROL_POLICY: "p-RCPFullAWSAccess",
    }
)
"""AWS's own policy that allows everything, by policy type. It is never detached, and always allowed."""

_POLICY_ID = re.compile(r"p-[0-9a-zA-Z_]{8,128}")
_POLICY_TYPE = re.compile(r"[A-Z][A-Z0-9_]{0,127}")
_ROOT_ID = re.compile(r"r-[0-9a-z]{4,32}")
_OU_ID = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_IN_ORGANIZATION = re.compile(r":policy/(o-[a-z0-9]{10,32})/")


def is_policy_id(value: object) -> bool:
    """Tell whether `value` is a policy's id."""
    return isinstance(value, str) and _POLICY_ID.fullmatch(value) is not None


def is_policy_type(value: object) -> bool:
    """Tell whether `value` is written like a policy type. AWS adds types, so no list would be complete."""
    return isinstance(value, str) and _POLICY_TYPE.fullmatch(value) is not None


def is_root_id(value: object) -> bool:
    """Tell whether `value` is a root's id."""
    return isinstance(value, str) and _ROOT_ID.fullmatch(value) is not None


def is_account_id(value: object) -> bool:
    """Tell whether `value` is an account's id."""
    return isinstance(value, str) and _ACCOUNT_ID.fullmatch(value) is not None


def is_target_id(value: object) -> bool:
    """Tell whether `value` is the id of a root, an OU or an account."""
    return isinstance(value, str) and any(
        pattern.fullmatch(value) for pattern in (_ROOT_ID, _OU_ID, _ACCOUNT_ID)
    )


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
