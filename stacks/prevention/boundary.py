"""What a permissions boundary needs beside the denials: to let the rest through, and to stay where it is.

A boundary grants nothing: it is the most that a principal's own policies can allow. One that only denies
would allow nothing, so this one allows everything first. Source: "Permissions boundaries for IAM entities"
and "Delegating responsibility to others using permissions boundaries", IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stacks.prevention.parts import INVOKING
from stacks.prevention.statement import Conditions, Statement

LET_THE_REST_THROUGH: Final = Statement("LetTheRestThrough", ("*",), ("*",), effect="Allow")


def joined(statements: Sequence[Statement]) -> list[Statement]:
    """Return the statements that keep Rootguard's parts, those with the same conditions in one.

    A boundary is one document, and has no room for each. It denies the same: AWS asks about an action on
    resources of its own service only, and each named here is a part. What is for `*` stays by itself. There
    is no room to tell the functions apart, so whom to invoke is left to RootguardProtectItself.
    """
    statements = [each for each in statements if each.sid != INVOKING]
    kept = [each for each in statements if each.conditions == statements[0].conditions]
    one = Statement(
        "KeepItsParts",
        tuple(dict.fromkeys(action for each in kept for action in each.actions)),
        tuple(dict.fromkeys(arn for each in kept for arn in each.resources)),
        statements[0].conditions,
    )
    return [one, *(each for each in statements if each not in kept)]


def statements(boundary_arn: str, but_for_deployments: Conditions) -> list[Statement]:
    """Return the statements by which whoever has the boundary cannot shake it off."""
    return [
        Statement(
            "KeepBoundaries",
            ("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"),
            ("*",),
            but_for_deployments,
        ),
        Statement(
            "GrantUnderThisBoundary",
            tuple(
                f"iam:{verb}{entity}{what}"
                for verb, what in (
                    ("Attach", "Policy"),
                    ("Create", ""),
                    ("Put", "PermissionsBoundary"),
                    ("Put", "Policy"),
                )
                for entity in ("Role", "User")
            ),
            ("*",),
            {**but_for_deployments, "StringNotEquals": {"iam:PermissionsBoundary": boundary_arn}},
        ),
    ]
