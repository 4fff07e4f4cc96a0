"""Is this the place for Rootguard, and is all there that guardrail.yaml names?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from cli.doctor.check import Check, Section
from cli.doctor.facts import account as facts
from cli.doctor.facts.account import Account, PolicyTypes, Where
from cli.doctor.facts.principals import principals
from cli.doctor.finding import Finding, broken, ok, warning
from cli.validate.principals import Lookup
from stacks.config import Reading
from stacks.names import ORGANIZATIONS_REGIONS

_SIGN_IN: Final = "sign in to the management account, for example with aws sso login"
_SCP: Final = "SERVICE_CONTROL_POLICY"
_SHORT: Final = {"SERVICE_CONTROL_POLICY": "SCPs", "RESOURCE_CONTROL_POLICY": "RCPs"}


def is_management(account: Account) -> Iterator[Finding]:
    """Judge whether this is the management account, which no SCP and no RCP binds."""
    if account.management is None:
        yield broken(
            f"{account.id} is in no organization",
            "Rootguard protects an organization, from its management account.",
            _SIGN_IN,
        )
    elif account.management != account.id:
        yield broken(
            f"{account.id} is a member account; {account.management} is the management account",
            "SCPs bind a member account: the policy that Rootguard should detach would lock it out, too.",
            _SIGN_IN,
        )
    else:
        yield ok(f"{account.id} is the management account")


def has_all_features(feature_set: str | None) -> Iterator[Finding]:
    """Judge whether the organization can have SCPs at all."""
    if feature_set is None:
        yield broken("there is no organization", "Without one there are no SCPs.", _SIGN_IN)
    elif feature_set != "ALL":
        yield broken(
            f"the organization has the features {feature_set}, not ALL",
            "Without all features there are no SCPs and no RCPs. Each member has to agree to them.",
            "aws organizations enable-all-features",
        )
    else:
        yield ok("all features are enabled")


def is_organizations_region(where: Where) -> Iterator[Finding]:
    """Judge whether the credentials and the Region fit, and AWS shows Organizations calls there."""
    wanted = ORGANIZATIONS_REGIONS.get(where.partition)
    if wanted is None:
        yield broken(
            f"Rootguard does not know the partition {where.partition}",
            "It knows where AWS shows Organizations calls in "
            f"{', '.join(ORGANIZATIONS_REGIONS)}; elsewhere nothing would wake it.",
            "deploy it in one of these partitions",
        )
    elif wanted != where.region:
        yield broken(
            f"you are signed in to the partition {where.partition}, and look at {where.region}",
            "AWS shows Organizations calls of that partition in one Region only.",
            f"export AWS_REGION={wanted}",
        )
    else:
        yield ok(f"{where.region}, where AWS shows Organizations calls")


def are_enabled(types: PolicyTypes) -> Iterator[Finding]:
    """Judge whether the policy types that are guarded are enabled."""
    missing = [kind for kind in types.guarded if types.states.get(kind) != "ENABLED"]
    odd = [kind for kind in missing if kind == _SCP or kind in types.states]
    for kind in odd:
        state = types.states.get(kind, "").lower().replace("_", " ")
        yield warning(
            f"{_SHORT[kind]} are not enabled" + (f" ({state})" if state else ""),
            "No policy of this type can be attached, so there is nothing to protect yet. Once someone "
            "enables it, the next sweep accepts what is attached.",
            f"aws organizations enable-policy-type --root-id {types.root} --policy-type {kind}",
        )
    if not odd:
        enabled = " and ".join(_SHORT[kind] for kind in types.guarded if kind not in missing)
        # Most organizations never enable RCPs, so that alone is not worth a warning.
        without = "; RCPs are not, so there are none" if missing else ""
        yield ok(
            f"{enabled} are enabled{without}"
            if enabled
            else "only RCPs are guarded, and they are not enabled"
        )


def is_sound(reading: Reading) -> Iterator[Finding]:
    """Judge what is odd in guardrail.yaml. What is wrong in it ends the command before any check."""
    for remark in reading.warnings:
        yield warning(
            f"{remark.field or 'guardrail.yaml'}: {remark.trouble}",
            f"{remark.file} can be used, but this is probably not intended.",
            remark.fix,
        )
    if not reading.warnings:
        count = len(reading.config.protections)
        yield ok(f"valid, with {count} {'protection' if count == 1 else 'protections'}")


def exist(lookups: Sequence[Lookup]) -> Iterator[Finding]:
    """Judge whether each trusted principal exists: an ARN that nobody has is never trusted."""
    for lookup in lookups:
        if lookup.trouble:
            yield broken(
                f"{lookup.arn}: {lookup.trouble.partition(';')[0]}",
                "This line trusts nobody, so the changes of the intended principal are undone.",
                "correct or remove the line in guardrail.yaml, then make deploy",
            )
        elif lookup.remark:
            what, _, command = lookup.remark.partition("; look there: ")
            yield warning(
                f"{lookup.arn} {what}",
                "IAM is asked in one account only, so whether it exists was not looked at.",
                command,
            )
    found = sum(1 for lookup in lookups if not lookup.trouble and not lookup.remark)
    if found == len(lookups):
        yield ok(f"{found} of {found} exist" if found else "nobody is named")


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check(
        "account",
        Section.ACCOUNT,
        ("organizations:DescribeOrganization",),
        facts.account,
        is_management,
    ),
    Check(
        "features",
        Section.ACCOUNT,
        ("organizations:DescribeOrganization",),
        facts.features,
        has_all_features,
    ),
    Check("region", Section.ACCOUNT, (), facts.where, is_organizations_region),
    Check("policy-types", Section.ACCOUNT, ("organizations:ListRoots",), facts.policy_types, are_enabled),
    Check("config", Section.ACCOUNT, (), lambda probe: probe.reading, is_sound),
    Check("trusted", Section.ACCOUNT, ("iam:GetRole", "iam:GetUser"), principals, exist),
)
