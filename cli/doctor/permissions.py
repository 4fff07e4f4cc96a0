"""The IAM policy by which everything can be looked at: reads only, and each on as little as IAM takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cli.doctor.check import Check
from cli.doctor.facts.deployment import BOOTSTRAP
from stacks.config import GuardrailConfig
from stacks.names import STACK

ALWAYS: Final = ("cloudformation:DescribeStacks", "cloudformation:ListStackResources")
"""What finds the stack and its parts, for many of the checks."""


@dataclass(frozen=True, slots=True)
class _Place:
    config: GuardrailConfig
    partition: str
    region: str

    def arn(self, service: str, resource: str) -> list[str]:
        # Whatever account it is attached in: an identity's policy reaches into no other one by itself.
        return [f"arn:{self.partition}:{service}:{self.region}:*:{resource}"]


def _anywhere(_: _Place) -> list[str]:
    return ["*"]


def _stack(place: _Place) -> list[str]:
    return place.arn("cloudformation", f"stack/{STACK}/*")


def _of(service: str, resource: str) -> Callable[[_Place], list[str]]:
    return lambda place: place.arn(service, resource)


def _principals(kind: str) -> Callable[[_Place], list[str]]:
    def of(place: _Place) -> list[str]:
        config, found = place.config, list[str]()
        for arn in dict.fromkeys(arn for entry in config.protections for arn in config.trusted_in(entry)):
            beginning, resource = arn.rsplit(":", 1)
            if resource.startswith(f"{kind}/"):
                # It is asked for by its name alone. If it has another path, that is what is to be found.
                name = resource.rpartition("/")[2]
                found += [f"{beginning}:{kind}/{name}", f"{beginning}:{kind}/*/{name}"]
        return found

    return of


def _secrets(place: _Place) -> list[str]:
    pages = place.config.pages
    names = [
        *([pages.slack.webhook_secret] if pages.slack else []),
        *([pages.pagerduty.routing_key_secret] if pages.pagerduty else []),
    ]
    # Secrets Manager puts a dash and six characters behind a name ("Secrets Manager ARN format").
    return [arn for name in names for arn in place.arn("secretsmanager", f"secret:{name}-??????")]


_ON: Final[Mapping[str, Callable[[_Place], list[str]]]] = {
    "cloudformation:DescribeStacks": _stack,
    "cloudformation:ListStackResources": _stack,
    "cloudtrail:DescribeTrails": _anywhere,
    # A trail has whatever name, and lies in whatever Region.
    "cloudtrail:GetEventSelectors": _anywhere,
    "cloudtrail:GetTrailStatus": _anywhere,
    "cloudwatch:DescribeAlarms": _anywhere,
    "cloudwatch:GetMetricData": _anywhere,
    "dynamodb:GetItem": _of("dynamodb", f"table/{STACK}-*"),
    "dynamodb:Query": _of("dynamodb", f"table/{STACK}-*"),
    "events:DescribeRule": _of("events", f"rule/{STACK}-*"),
    "events:ListTargetsByRule": _of("events", f"rule/{STACK}-*"),
    "iam:GetRole": _principals("role"),
    "iam:GetUser": _principals("user"),
    "lambda:GetAccountSettings": _anywhere,
    "lambda:GetEventSourceMapping": _anywhere,
    "lambda:GetFunction": _of("lambda", f"function:{STACK}-*"),
    "lambda:GetPolicy": _of("lambda", f"function:{STACK}-*"),
    "organizations:DescribeOrganization": _anywhere,
    "organizations:ListRoots": _anywhere,
    "scheduler:GetSchedule": _of("scheduler", f"schedule/default/{STACK}-*"),
    "secretsmanager:GetSecretValue": _secrets,
    "sns:ListSubscriptionsByTopic": _of("sns", f"{STACK}-*"),
    "sqs:GetQueueAttributes": _of("sqs", f"{STACK}-*"),
    "ssm:GetParameter": _of("ssm", f"parameter{BOOTSTRAP}"),
}
"""What each call can be allowed on, by the Service Authorization Reference."""


def policy(
    checks: Iterable[Check[Any]], config: GuardrailConfig, partition: str, region: str
) -> dict[str, Any]:
    """Return the policy that these checks need with a guardrail.yaml, for an identity to have."""
    place = _Place(config, partition, region)
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for action in sorted({*ALWAYS, *(action for check in checks for action in check.asks)}):
        if resources := tuple(_ON[action](place)):
            by_resources.setdefault(resources, []).append(action)
    statements = [
        {
            "Effect": "Allow",
            "Action": actions,
            "Resource": resources[0] if len(resources) == 1 else [*resources],
        }
        for resources, actions in by_resources.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}
