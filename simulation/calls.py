"""The Organizations calls that people make in a history: their parameters, and what these are at AWS.

`KNOWN` is a table: call → parameter of the format → the API's parameter, and what kind of name it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "policy", "new policy", "target", "parent", "account", "new account", "new unit", "unit", "says", "text"
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its name in the API, what stands there, and what it is if it is left out."""

    api: str
    kind: Kind
    otherwise: str | None = None
    optional: bool = False


_SCP: Final = "SERVICE_CONTROL_POLICY"
_POLICY: Final = Parameter("PolicyId", "policy")
_TARGET: Final = Parameter("TargetId", "target")
_ACCOUNT: Final = Parameter("AccountId", "account")
_TYPE: Final = Parameter("PolicyType", "text", _SCP)
_SERVICE: Final = Parameter("ServicePrincipal", "text")

KNOWN: Final[Mapping[str, Mapping[str, Parameter]]] = {
    "CreatePolicy": {
        "policy": Parameter("Name", "new policy"),
        "says": Parameter("Content", "says"),
        "type": Parameter("Type", "text", _SCP),
        "description": Parameter("Description", "text", "-"),
    },
    "UpdatePolicy": {
        "policy": _POLICY,
        "says": Parameter("Content", "says", optional=True),
        "name": Parameter("Name", "text", optional=True),
        "description": Parameter("Description", "text", optional=True),
    },
    "DeletePolicy": {"policy": _POLICY},
    "AttachPolicy": {"policy": _POLICY, "target": _TARGET},
    "DetachPolicy": {"policy": _POLICY, "target": _TARGET},
    "EnablePolicyType": {"type": _TYPE},
    "DisablePolicyType": {"type": _TYPE},
    "MoveAccount": {
        "account": _ACCOUNT,
        "source": Parameter("SourceParentId", "parent"),
        "destination": Parameter("DestinationParentId", "parent"),
    },
    "CreateOrganizationalUnit": {
        "unit": Parameter("Name", "new unit"),
        "parent": Parameter("ParentId", "parent", "root"),
    },
    "DeleteOrganizationalUnit": {"target": Parameter("OrganizationalUnitId", "unit")},
    "CreateAccount": {"account": Parameter("AccountName", "new account")},
    "RemoveAccountFromOrganization": {"account": _ACCOUNT},
    "RegisterDelegatedAdministrator": {"account": _ACCOUNT, "service": _SERVICE},
    "DeregisterDelegatedAdministrator": {"account": _ACCOUNT, "service": _SERVICE},
    "EnableAWSServiceAccess": {"service": _SERVICE},
    "DisableAWSServiceAccess": {"service": _SERVICE},
    "PutResourcePolicy": {"says": Parameter("Content", "says")},
    "DeleteResourcePolicy": {},
}
