"""Service control policies, which the emulator's IAM does not know: they bind every call of a member account.

Whatever the emulator authorizes passes its `evaluate` once, and that is where SCPs are put in front: a Deny
anywhere denies, and each level, from the account up to Root, must allow ("SCP evaluation", AWS Organizations
User Guide). The same evaluator judges them that judges IAM policies.

Three things are simpler than on AWS. RCPs are not evaluated. `aws:PrincipalOrgID` is unknown for members.
Systems Manager and CloudWatch Logs deny, too, but their message names an identity-based policy. What is used
of ministack here is listed in `emulator.USED`, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from drill.emulator import module
from drill.service_control import Levels

_EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_SERVICES_OWN = ":role/aws-service-role/"


class _Reason(str):
    """Why an SCP denies; it travels where the emulator has the ARN of the policy that denied."""

    __slots__ = ()


def know_scps(levels_over: Callable[[str], Levels]) -> None:
    """Let the SCPs over an account bind what its users, roles and root user call."""
    _bind(levels_over)
    _bind_root_users(levels_over)
    _word_denials()


def _bind(levels_over: Callable[[str], Levels]) -> None:
    evaluator = module("core.iam_evaluator")
    original = evaluator.evaluate

    def evaluate(context: Any, policies: Any, *limits: Any) -> Any:
        levels = levels_over(context.principal_account)
        who = evaluator._resolve_condition_key("aws:PrincipalArn", context)  # noqa: SLF001
        if levels and _SERVICES_OWN not in who:
            parsed = [[evaluator.parse_policy_document(content) for content in level] for level in levels]
            decided = original(context, *parsed)
            if decided.decision != "Allow":
                reason = _reason(decided.decision, context.action)
                # A Deny even if nothing allows: no policy of a resource may make good for it.
                return replace(decided, decision="Deny", resource_policy_arn=reason)
        return original(context, policies, *limits)

    evaluator.evaluate = evaluate


def _bind_root_users(levels_over: Callable[[str], Levels]) -> None:
    """Have a member's root user judged, too: the emulator asks nothing about root users."""
    evaluator = module("core.iam_evaluator")
    original = evaluator.resolve_principal

    def resolve(*asked: Any) -> Any:
        found = original(*asked)
        is_root = getattr(found, "type", "") == "Root"
        if not is_root or not levels_over(found.account):
            return found
        return replace(found, policies=[evaluator.parse_policy_document(_EVERYTHING)])

    evaluator.resolve_principal = resolve


def _word_denials() -> None:
    actions = module("core.iam_actions")
    original = actions._resource_policy_denial  # noqa: SLF001

    def denial(service: str, action: str, principal_arn: str, policy: str) -> str:
        if isinstance(policy, _Reason):
            return f"User: {principal_arn} is not authorized to perform: {action} {policy}"
        return str(original(service, action, principal_arn, policy))

    actions._resource_policy_denial = denial  # noqa: SLF001


def _reason(decision: str, action: str) -> _Reason:
    """Return it as AWS words it ("Troubleshoot access denied error messages", IAM User Guide)."""
    if decision == "Deny":
        return _Reason("with an explicit deny in a service control policy")
    return _Reason(f"because no service control policy allows the {action} action")
