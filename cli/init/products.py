"""Which roles of a management account may deserve trust, by the names that the usual products give them.

docs/works-with.md has where each name comes from. What those products do with Organizations is said there,
too: a role that changes neither policies nor the place of accounts is not suggested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from stacks.config_values import PRINCIPAL_ARN


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A role that may deserve trust: its exact ARN, whose it is, and what trusting it means."""

    product: str
    arn: str
    means: str


@dataclass(frozen=True, slots=True)
class _Known:
    """Roles that a product makes. `role` matches the path and the name, without the slash in front."""

    product: str
    role: str
    means: str


CONTROL_TOWER: Final = "Control Tower"
ACCELERATOR: Final = "Landing Zone Accelerator"
CUSTOMIZATIONS: Final = "Customizations for Control Tower"
ACCOUNT_FACTORY: Final = "Account Factory for Terraform"
IDENTITY_CENTER: Final = "IAM Identity Center"

# CloudFormation shortens a stack's name in those of its roles: AWSAccelerator-PipelineSt-AdminCdkToolkit….
_KNOWN: Final = (
    _Known(
        CONTROL_TOWER,
        r"service-role/AWSControlTowerAdmin",
        "creates accounts and moves them into their OUs. It needs trust only if you pin accounts or OUs.",
    ),
    _Known(
        CONTROL_TOWER,
        r"AWSControlTowerExecution",
        "an administrator whom others of this account may become. Trust it only if a pipeline of yours "
        "changes policies as this role.",
    ),
    _Known(
        ACCELERATOR,
        r"(.+/)?AWSAccelerator-(Accounts|Organiz)[^/]*",
        "a part of the stacks whose functions attach policies and move accounts. Not each of these roles "
        "does: a page names the one that did.",
    ),
    _Known(
        ACCELERATOR,
        r"(.+/)?AWSAccelerator-Finalize[^/]*",
        "a part of the stack that attaches SCPs again if scpRevertChangesConfig is on. Do not let both "
        "revert the same OUs.",
    ),
    _Known(
        CUSTOMIZATIONS,
        r"(.+/)?CustomControlTowerStateMachineLambdaRole",
        "attaches SCPs and RCPs. Whoever may change its configuration package may then do so, too.",
    ),
    _Known(
        ACCOUNT_FACTORY,
        r"(.+/)?AWSAFT(Execution|Service)",
        "an administrator that changes no policy by itself. Trust it only if your customizations do so as "
        "this role; every AFT pipeline can become it.",
    ),
    _Known(
        IDENTITY_CENTER,
        r"aws-reserved/sso\.amazonaws\.com/([a-z0-9-]+/)?AWSReservedSSO_"
        r"((?i:.*admin(istrator)?s?(access)?)|AWSOrganizationsFullAccess)_[0-9a-f]{16}",
        "everyone who has this permission set here. Their mistakes are accepted, too: for people, "
        "`rootguard exception grant` is the better way.",
    ),
)
_PRINCIPAL: Final = re.compile(PRINCIPAL_ARN)


def suggested(role_arns: Iterable[str]) -> tuple[Suggestion, ...]:
    """Return which of these roles may deserve trust, each once, by product and then by ARN."""
    arns = sorted({arn for arn in role_arns if _PRINCIPAL.fullmatch(arn)})
    return tuple(
        Suggestion(known.product, arn, known.means)
        for known in _KNOWN
        for arn in arns
        if re.fullmatch(known.role, arn.partition(":role/")[2])
    )
