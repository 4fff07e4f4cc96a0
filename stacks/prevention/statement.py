"""A statement of a policy that prevents: what it denies, to whom not, and why. Plain data.

A statement that denies is taken at its word in an identity policy, in a permission set and in a permissions
boundary alike ("Policy evaluation logic", IAM User Guide), so the same ones serve in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Conditions = Mapping[str, Mapping[str, Any]]

PRINCIPAL: Final = "aws:PrincipalArn"
"""Of a role's session, this is the ARN of the role, with its path ("AWS global condition context keys")."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        sid: what it does, in words: KeepPolicyTypes. Letters and digits, which is all that IAM takes.
        actions: service:Action each, with no wildcard that could mean a read.
        resources: ARNs, of types that the actions are authorized on.
        conditions: operator → key → values.
        effect: Deny, but for what a boundary lets through.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = field(default_factory=dict)
    effect: str = "Deny"

    def to_json(self) -> dict[str, Any]:
        """Return it as a policy document holds it."""
        written: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": _bare(self.actions),
            "Resource": _bare(self.resources),
        }
        return written | ({"Condition": self.conditions} if self.conditions else {})


def but_for(*principals: str) -> Conditions:
    """Return the condition that exempts principals, by the ARNs of roles and users, or patterns of them."""
    return {"ArnNotLike": {PRINCIPAL: list(dict.fromkeys(principals))}}


def _bare(values: tuple[str, ...]) -> str | list[str]:
    # The shorter form, since a managed policy has little room.
    return values[0] if len(values) == 1 else list(values)
