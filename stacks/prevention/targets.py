"""What nobody but the trusted principals and Rootguard may do in Organizations, from guardrail.yaml.

AWS authorizes AttachPolicy and DetachPolicy on the policy and on the target, so a statement on the target's
ARN is enough to deny them, and nothing is denied elsewhere. It authorizes UpdatePolicy and DeletePolicy on
the policy alone, whose ARN does not say where it is attached; EnablePolicyType and DisablePolicyType on Root;
and MoveAccount on the account and on both parents. `organizations:PolicyType` counts if AWS sends it: without
it, a call is denied whatever its type. Sources: Service Authorization Reference, "Actions, resources, and
condition keys for AWS Organizations"; Organizations User Guide, "Attaching and detaching policies".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rootguard.domain.policy import FULL_ACCESS
from stacks import config_values
from stacks import organization_arns as arns
from stacks.config import GuardrailConfig, Protection
from stacks.organization_arns import Owner
from stacks.prevention.statement import Conditions, Statement, but_for


def statements(config: GuardrailConfig, owner: Owner, own_roles: str) -> list[Statement]:
    """Return the statements that protect what guardrail.yaml protects, whatever its mode.

    Args:
        config: guardrail.yaml.
        owner: the management account.
        own_roles: the pattern of the ARNs of Rootguard's own roles.
    """
    return [
        *_on_targets(config, owner, own_roles),
        *_below_root(config, owner, own_roles),
        *_of_policies(config, owner, own_roles),
        *_of_types(config, owner, own_roles),
        *_of_pins(config, owner, own_roles),
        _delegation(config, own_roles),
    ]


def _on_targets(config: GuardrailConfig, owner: Owner, own_roles: str) -> Iterator[Statement]:
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for protection in config.protections:
        key = _types([protection]), config.trusted_in(protection)
        alike[key] += [arns.arn(owner, arns.path_of(target)) for target in protection.targets]
    for number, ((types, trusted), targets) in enumerate(alike.items(), start=1):
        yield Statement(
            _numbered("KeepPoliciesOnTargets", number),
            ("organizations:AttachPolicy", "organizations:DetachPolicy"),
            tuple(targets),
            {**_if_of(types), **but_for(*trusted, own_roles)},
        )


def _below_root(config: GuardrailConfig, owner: Owner, own_roles: str) -> Iterator[Statement]:
    # Under an OU this would not be exact: an ARN names no ancestors. What is below Root is everything.
    whole = [entry for entry in config.protections if entry.include_descendants and _is_of_root(entry)]
    for protection in whole:
        yield Statement(
            "KeepPoliciesBelowRoot",
            ("organizations:AttachPolicy", "organizations:DetachPolicy"),
            (arns.arn(owner, arns.EVERY_OU), arns.arn(owner, arns.EVERY_ACCOUNT)),
            # Another protection may hold at one of these: whoever it trusts there is left to Rootguard.
            {**_if_of(_types([protection])), **but_for(*_trusted_anywhere(config), own_roles)},
        )


def _of_policies(config: GuardrailConfig, owner: Owner, own_roles: str) -> Iterator[Statement]:
    yield Statement(
        "KeepPoliciesUnedited",
        ("organizations:DeletePolicy", "organizations:UpdatePolicy"),
        tuple(arns.policy(owner, kind) for kind in _types(config.protections)),
        but_for(*_trusted_anywhere(config), own_roles),
    )


def _of_types(config: GuardrailConfig, owner: Owner, own_roles: str) -> Iterator[Statement]:
    yield Statement(
        "KeepPolicyTypes",
        ("organizations:DisablePolicyType", "organizations:EnablePolicyType"),
        (arns.arn(owner, arns.ROOT),),
        {**_if_of(_types(config.protections)), **but_for(*_trusted_with_the_whole(config), own_roles)},
    )


def _of_pins(config: GuardrailConfig, owner: Owner, own_roles: str) -> Iterator[Statement]:
    pinning = [entry for entry in config.protections if entry.pin_accounts]
    for number, protection in enumerate(pinning, start=1):
        yield Statement(
            _numbered("KeepAccountsInPlace", number),
            ("organizations:MoveAccount",),
            tuple(arns.arn(owner, arns.path_of(pin)) for pin in protection.pin_accounts),
            but_for(*config.trusted_in(protection), own_roles),
        )


def _delegation(config: GuardrailConfig, own_roles: str) -> Statement:
    # DeleteResourcePolicy knows no resource, and of the other's the id is not known before it exists.
    return Statement(
        "KeepDelegation",
        ("organizations:DeleteResourcePolicy", "organizations:PutResourcePolicy"),
        ("*",),
        but_for(*_trusted_with_the_whole(config), own_roles),
    )


def _types(protections: Iterable[Protection]) -> tuple[str, ...]:
    covered = {kind for protection in protections for kind in protection.policy_types}
    return tuple(kind for kind in FULL_ACCESS if kind in covered)


def _if_of(types: tuple[str, ...]) -> Conditions:
    return {"StringEqualsIfExists": {"organizations:PolicyType": list(types)}}


def _is_of_root(protection: Protection) -> bool:
    return config_values.ROOT in protection.targets


def _trusted_anywhere(config: GuardrailConfig) -> list[str]:
    return [arn for entry in config.protections for arn in config.trusted_in(entry)]


def _trusted_with_the_whole(config: GuardrailConfig) -> list[str]:
    """Return who is trusted with the organization as a whole: by Root's protection, if there is one."""
    of_root = [entry for entry in config.protections if _is_of_root(entry)]
    return [arn for entry in of_root or config.protections for arn in config.trusted_in(entry)]


def _numbered(sid: str, number: int) -> str:
    return sid if number == 1 else f"{sid}{number}"
