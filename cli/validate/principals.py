"""Whether each trusted principal exists, by what IAM says: an ARN that nobody has is never trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.aws import Aws

if TYPE_CHECKING:
    from stacks.config import GuardrailConfig


@dataclass(frozen=True, slots=True)
class Lookup:
    """What IAM says of one principal.

    Attributes:
        arn: the principal, as guardrail.yaml names it.
        trouble: why it will never match, and what to do; None if it was found, or could not be looked up.
        remark: why it could not be looked up, and how to do that; None if it was.
    """

    arn: str
    trouble: str | None = None
    remark: str | None = None


def look_up(config: GuardrailConfig, aws: Aws) -> tuple[Lookup, ...]:
    """Look each principal up once. Raises TroubleError if AWS refuses."""
    arns = dict.fromkeys(arn for entry in config.protections for arn in config.trusted_in(entry))
    if not arns:
        return ()
    own_account = aws.account()
    return tuple(_looked_up(arn, own_account, aws) for arn in arns)


def _looked_up(arn: str, own_account: str, aws: Aws) -> Lookup:
    account, resource = arn.split(":", 5)[4:]
    kind, name = resource.split("/")[0], resource.split("/")[-1]
    if account != own_account:
        command = f"aws iam get-{kind} --{kind}-name {name}"
        return Lookup(
            arn,
            remark=f"is in account {account}, and you are signed in to {own_account}; look there: {command}",
        )
    found = aws.arn_of("role" if kind == "role" else "user", name)
    if found is None:
        return Lookup(arn, trouble=f"IAM has no such {kind}; correct the name, or remove the line")
    return Lookup(arn, trouble=None if found == arn else f"would never match; IAM shows it as {found}")
