"""What Rootguard's roles may do in Organizations, derived from guardrail.yaml: no write is for `*`.

Organizations writes exist only for protections that revert. AWS authorizes AttachPolicy and
DetachPolicy on the policy and on the target, and MoveAccount on the account and on both parents, so
these are in one statement. A policy's ARN holds its type, so `organizations:PolicyType` bounds these a
second time: only if the key is there, as in AWS's own AWSSecurityHubOrganizationsAccess. Sources: Service
Authorization Reference, "Actions, resources, and condition keys for AWS Organizations"; Organizations User
Guide, "Attaching and detaching policies".
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from rootguard.domain.policy import FULL_ACCESS, RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from rootguard.isolation.records import TAG
from stacks import config_values
from stacks import organization_arns as arns
from stacks.config import GuardrailConfig, Protection

_SHORT_NAMES = {SERVICE_CONTROL_POLICY: "Scp", RESOURCE_CONTROL_POLICY: "Rcp"}


def writes(
    stack: cdk.Stack, config: GuardrailConfig, quarantine: str | None = None, rehearsal: str | None = None
) -> dict[str, list[iam.PolicyStatement]]:
    """Statements to undo violations, by job; none for a job that no protection asks for.

    `quarantine` and `rehearsal` are the ids of the OUs that are called so, or what CloudFormation puts there.

    Detaching and attaching take one statement each per set of policy types: as exact as one per
    protection, since a permission is types x targets, and shorter.
    """
    reverting = config.reverting
    targets_by_types: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for protection in reverting:
        targets_by_types[_types([protection])] += _target_arns(stack, protection)
    pins = {pin for entry in reverting for pin in entry.pin_accounts}
    if quarantine is not None and config.mode == "enforce":
        targets_by_types[_in_order(FULL_ACCESS)].append(arns.arn(stack, f"ou/o-*/{quarantine}"))
        pins.add(quarantine)
    if rehearsal is not None and config.mode == "enforce":
        targets_by_types[_in_order(FULL_ACCESS)].append(arns.arn(stack, f"ou/o-*/{rehearsal}"))
    jobs = {
        "Detach": [_detach(stack, types, targets) for types, targets in targets_by_types.items()],
        "Attach": [_attach(stack, types, targets) for types, targets in targets_by_types.items()],
        "Restore": _restore(stack, _in_order(kind for types in targets_by_types for kind in types)),
        "EnableTypes": _enable(stack, restored_types(config)),
        "MoveBack": _move(stack, pins),
    }
    return {job: statements for job, statements in jobs.items() if statements}


def restored_types(config: GuardrailConfig) -> tuple[str, ...]:
    """The policy types that are enabled again, with all their attachments, when someone disables them."""
    return _types(entry for entry in config.reverting if entry.restore_policy_type)


def restores(stack: cdk.Stack, config: GuardrailConfig) -> list[iam.PolicyStatement]:
    """Statements to attach again what was attached anywhere; full access comes back with its type."""
    types = restored_types(config)
    policies = [arns.policy(stack, kind) for kind in types]
    return [_write("PutBack", "AttachPolicy", types, [*policies, *_every_target(stack)])]


def isolates(stack: cdk.Stack) -> list[iam.PolicyStatement]:
    """Statements to move accounts into quarantine and back, with what has to be read before."""
    accounts = arns.arn(stack, arns.EVERY_ACCOUNT)
    return [
        _allow("ReadAccounts", ["DescribeAccount", "ListParents", "ListTagsForResource"], [accounts]),
        _allow("ReadPlaces", ["DescribeOrganizationalUnit", "ListAccountsForParent"], _every_parent(stack)),
        # It knows no resource to be limited to.
        _allow("ReadAdministrators", ["ListDelegatedAdministrators"], ["*"]),
        *isolating_writes(stack),
    ]


def isolating_writes(stack: cdk.Stack) -> list[iam.PolicyStatement]:
    """Statements to move accounts into quarantine and back, and to tag each with where it came from.

    AWS authorizes MoveAccount on the account and on both parents. IAM cannot say that one of the two parents
    must be the quarantine OU, whichever it is: the function holds that.
    """
    one_tag = {
        "ForAllValues:StringEquals": {"aws:TagKeys": [TAG]},
        # "For all values" is also true of no values.
        "Null": {"aws:TagKeys": ["false"]},
    }
    accounts = arns.arn(stack, arns.EVERY_ACCOUNT)
    return [
        _allow("Move", ["MoveAccount"], [accounts, *_every_parent(stack)]),
        _allow("Tag", ["TagResource", "UntagResource"], [accounts], conditions=one_tag),
    ]


def rehearses(ou_arn: str, policy_arn: str) -> list[iam.PolicyStatement]:
    """Statements to attach and detach one SCP on one OU, with what has to be read for it."""
    return [
        *rehearsing_writes(ou_arn, policy_arn),
        _allow("SeeWhatIsAttached", ["ListPoliciesForTarget"], [ou_arn]),
        _allow("SeeWhereItIsAttached", ["ListTargetsForPolicy"], [policy_arn]),
    ]


def watches(stack: cdk.Stack) -> list[iam.PolicyStatement]:
    """Statements to list what is attached to Root, and nothing else."""
    return [_allow("LookAtRoot", ["ListPoliciesForTarget"], [arns.arn(stack, arns.ROOT)])]


def rehearsing_writes(ou_arn: str, policy_arn: str) -> list[iam.PolicyStatement]:
    """Statements to attach and detach an SCP on an OU. AWS authorizes both on the policy and the target."""
    return [_allow("Rehearse", ["AttachPolicy", "DetachPolicy"], [ou_arn, policy_arn])]


def _types(protections: Iterable[Protection]) -> tuple[str, ...]:
    """The policy types that the protections cover, each once and in one order."""
    return _in_order(kind for protection in protections for kind in protection.policy_types)


def _in_order(types: Iterable[str]) -> tuple[str, ...]:
    covered = set(types)
    return tuple(kind for kind in FULL_ACCESS if kind in covered)


def reads(stack: cdk.Stack, config: GuardrailConfig) -> list[iam.PolicyStatement]:
    """Statements to judge a change, to undo it, and to sweep. Only names are left to the notifier."""
    of_target = {"ListParents", "ListPoliciesForTarget"}
    of_organization = {"ListRoots"}
    if any(entry.include_descendants for entry in config.protections):
        # Each answers with the path from the root down: which protection holds for a descendant?
        of_target |= {"DescribeAccount", "DescribeOrganizationalUnit"}
        of_organization |= {"ListPolicies"}
    if config.quarantine is not None or any(entry.pin_accounts for entry in config.protections):
        of_target |= {"ListAccountsForParent"}
    if config.lockout_alert_accounts is not None:
        of_target |= {"ListAccountsForParent", "ListOrganizationalUnitsForParent"}
        of_organization |= {"ListAccounts"}
    if restored_types(config):
        of_organization |= {"ListPolicies"}
    return [
        _allow("ReadPolicies", ["DescribePolicy", "ListTargetsForPolicy"], _every_policy(stack)),
        # Each of these looks only at the kinds of target that it knows.
        _allow("ReadTargets", sorted(of_target), _every_target(stack)),
        # These know no resource to be limited to.
        _allow("ReadOrganization", sorted(of_organization), ["*"]),
    ]


def names(stack: cdk.Stack, *, is_named: bool) -> list[iam.PolicyStatement]:
    """Statements to call policies and targets by their names, and to count accounts.

    An organization that has no name in guardrail.yaml is called by its id.
    """
    return [
        _allow("NamePolicies", ["DescribePolicy"], _every_policy(stack)),
        _allow(
            "NameTargets",
            [
                "DescribeAccount",
                "DescribeOrganizationalUnit",
                "ListAccountsForParent",
                "ListOrganizationalUnitsForParent",
            ],
            _every_target(stack),
        ),
        # These know no resource to be limited to.
        _allow("CountAccounts", ["ListAccounts"], ["*"]),
        _allow("ReadDelegation", ["DescribeResourcePolicy"], ["*"]),
        *([] if is_named else [_allow("NameOrganization", ["DescribeOrganization"], ["*"])]),
    ]


def _every_policy(stack: cdk.Stack) -> list[str]:
    # Of every type: the event of an attachment does not name the type, so the guard has to read a
    # tag policy, too, to learn that it is none of its business.
    return [arns.policy(stack, "*"), arns.aws_policy(stack, "*", "p-*")]


def _every_target(stack: cdk.Stack) -> list[str]:
    return [arns.arn(stack, path) for path in (arns.ROOT, arns.EVERY_OU, arns.EVERY_ACCOUNT)]


def _every_parent(stack: cdk.Stack) -> list[str]:
    return [arns.arn(stack, path) for path in (arns.ROOT, arns.EVERY_OU)]


def _detach(stack: cdk.Stack, types: tuple[str, ...], targets: Iterable[str]) -> iam.PolicyStatement:
    # AWS's own policies are `organizations::aws:policy/…`. Leaving them out is what keeps the
    # guard from ever detaching full access, whatever the code or a forged event says.
    policies = [arns.policy(stack, kind) for kind in types]
    return _write("Detach", "DetachPolicy", types, [*policies, *targets])


def _attach(stack: cdk.Stack, types: tuple[str, ...], targets: Iterable[str]) -> iam.PolicyStatement:
    # Of AWS's own, full access alone: so that a target is not left without any policy, and where
    # someone took it off. Of the organization's, what was accepted there and taken off.
    full_access = [arns.aws_policy(stack, kind, FULL_ACCESS[kind]) for kind in types]
    policies = [arns.policy(stack, kind) for kind in types]
    return _write("Attach", "AttachPolicy", types, [*full_access, *policies, *targets])


def _restore(stack: cdk.Stack, types: tuple[str, ...]) -> list[iam.PolicyStatement]:
    # An edited policy's own ARN does not say where it is attached: the function looks that up.
    policies = [arns.policy(stack, kind) for kind in types]
    return [_write("Restore", "UpdatePolicy", types, policies)] if types else []


def _enable(stack: cdk.Stack, types: tuple[str, ...]) -> list[iam.PolicyStatement]:
    if not types:
        return []
    # Root's ARN holds no type: without the key, this would be for every type.
    exactly = {"StringEquals": {"organizations:PolicyType": list(types)}}
    root = arns.arn(stack, arns.ROOT)
    return [_allow(_sid("Enable", types), ["EnablePolicyType"], [root], conditions=exactly)]


def _move(stack: cdk.Stack, pins: Collection[str]) -> list[iam.PolicyStatement]:
    if not pins:
        return []
    if all(re.fullmatch(config_values.ACCOUNT_ID, pin) for pin in pins):
        paths = sorted(arns.path_of(pin) for pin in pins)
    else:
        # Any account may have been moved into a pinned place, or out of it.
        paths = [arns.EVERY_ACCOUNT]
    # A pinned account may have been moved anywhere, and goes back to where it was.
    resources = [arns.arn(stack, path) for path in (*paths, arns.ROOT, arns.EVERY_OU)]
    return [_allow("MoveBack", ["MoveAccount"], resources)]


def _write(sid: str, action: str, types: tuple[str, ...], resources: list[str]) -> iam.PolicyStatement:
    bounds = {"StringEqualsIfExists": {"organizations:PolicyType": list(types)}}
    return _allow(_sid(sid, types), [action], resources, conditions=bounds)


def _sid(job: str, types: tuple[str, ...]) -> str:
    return job + "".join(_SHORT_NAMES[kind] for kind in types)


def _allow(
    sid: str,
    actions: list[str],
    resources: list[str],
    conditions: dict[str, dict[str, list[str]]] | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        actions=[f"organizations:{action}" for action in actions],
        resources=list(dict.fromkeys(resources)),
        conditions=conditions,
    )


def _target_arns(stack: cdk.Stack, protection: Protection) -> list[str]:
    found = [arns.arn(stack, arns.path_of(target)) for target in protection.targets]
    if protection.include_descendants:
        # An ARN names no ancestors, so IAM cannot tell a descendant from any other OU or account;
        # the function decides that, from the target's path.
        found += [arns.arn(stack, arns.EVERY_OU), arns.arn(stack, arns.EVERY_ACCOUNT)]
    return found
