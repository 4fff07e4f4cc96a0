"""The calls by which someone could change, silence or remove a part of Rootguard.

Parts are known by their names, which begin with the stack's: so a part that is added later is
watched without a word here. The key has no name and is known by its id. A trail is no part of the stack, but
the guard sees through one, whichever it is; so all of them count.

Left out is who only reads, sends, tags, subscribes to pages, or sets an alarm's state until its next look.
Calls and fields are named as in each service's guide, under "Logging API calls using AWS CloudTrail".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from stacks.names import PROTECT

Matchers = list[Any]

_REQUEST = "requestParameters"


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of one service, which count when one of the record's fields names a part of Rootguard.

    Attributes:
        service: the record's eventSource, up to its first dot.
        names: how its eventName begins. Those of Lambda end in a version: DeleteFunction20150331.
        fields: path in the record → EventBridge's matchers of what is there; without any, every such
            call counts.
    """

    service: str
    names: Sequence[str]
    fields: Mapping[str, Matchers] = field(default_factory=dict)

    def patterns(self) -> Iterator[dict[str, Any]]:
        """One pattern for each field, of a record; any of them suffices."""
        call = {
            "eventSource": [f"{self.service}.amazonaws.com"],
            "eventName": [{"prefix": name} for name in self.names],
        }
        if not self.fields:
            yield call
        for path, matchers in self.fields.items():
            nested: Any = matchers
            for step in reversed(path.split(".")):
                nested = {step: nested}
            yield call | nested


def of_what_runs(stack: cdk.Stack) -> list[Calls]:
    """The functions with their queues' mappings, and the rules and the schedule that wake them."""
    name = [_named(stack)]
    return [
        Calls(
            "lambda",
            [
                "AddPermission",
                "DeleteFunction",
                "PutFunction",
                "PutRuntime",
                "RemovePermission",
                "UpdateFunction",
            ],
            # Where a call takes a function's name, it also takes its ARN, whole or from the account on.
            {f"{_REQUEST}.functionName": [*name, {"wildcard": f"*:function:{stack.stack_name}-*"}]},
        ),
        Calls(
            "lambda",
            ["DeleteEventSourceMapping", "UpdateEventSourceMapping"],
            # Asked for by an id of its own; whose it is, the answer says.
            {"responseElements.functionArn": [_arn(stack, "lambda", f"function:{stack.stack_name}-")]},
        ),
        Calls(
            "events",
            ["DeleteEventBus", "DeleteRule", "DisableRule", "PutRule", "UpdateEventBus"],
            {f"{_REQUEST}.name": name},
        ),
        Calls("events", ["PutPermission", "RemovePermission"], {f"{_REQUEST}.eventBusName": name}),
        Calls("events", ["PutTargets", "RemoveTargets"], {f"{_REQUEST}.rule": name}),
        Calls("scheduler", ["DeleteSchedule", "UpdateSchedule"], {f"{_REQUEST}.name": name}),
    ]


def of_what_pages(stack: cdk.Stack, key: kms.IKey) -> list[Calls]:
    """The topic with its key, and the alarms."""
    name = [_named(stack)]
    topic = [_arn(stack, "sns", f"{stack.stack_name}-")]
    return [
        Calls(
            "sns",
            ["AddPermission", "DeleteTopic", "RemovePermission", "SetTopicAttributes"],
            {f"{_REQUEST}.topicArn": topic},
        ),
        # A subscription's ARN begins with its topic's.
        Calls("sns", ["SetSubscriptionAttributes", "Unsubscribe"], {f"{_REQUEST}.subscriptionArn": topic}),
        Calls("sns", ["PutDataProtectionPolicy"], {f"{_REQUEST}.resourceArn": topic}),
        Calls(
            "kms",
            ["DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"],
            {f"{_REQUEST}.keyId": [key.key_id, key.key_arn]},
        ),
        Calls("monitoring", ["PutMetricAlarm"], {f"{_REQUEST}.alarmName": name}),
        Calls("monitoring", ["DeleteAlarms", "DisableAlarmActions"], {f"{_REQUEST}.alarmNames": name}),
        Calls("monitoring", ["PutAlarmMuteRule"], {f"{_REQUEST}.muteTargets.alarmNames": name}),
    ]


def of_what_is_kept(stack: cdk.Stack) -> list[Calls]:
    """The queues, the ledger and the logs."""
    name = [_named(stack)]
    table = _arn(stack, "dynamodb", f"table/{stack.stack_name}-")
    return [
        Calls(
            "sqs",
            ["AddPermission", "DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"],
            # Its host is not always the same: there are older endpoints.
            {f"{_REQUEST}.queueUrl": [{"wildcard": f"*/{stack.stack_name}-*"}]},
        ),
        Calls(
            "dynamodb",
            ["DeleteTable", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive"],
            {f"{_REQUEST}.tableName": [*name, table]},
        ),
        Calls(
            "dynamodb", ["DeleteResourcePolicy", "PutResourcePolicy"], {f"{_REQUEST}.resourceArn": [table]}
        ),
        Calls(
            "logs",
            ["DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy"],
            {f"{_REQUEST}.logGroupName": name},
        ),
    ]


def of_what_it_may(stack: cdk.Stack, for_people: Sequence[iam.IManagedPolicy]) -> list[Calls]:
    """Its roles and policies, those for people too, the stack that makes them, and the trails it sees by."""
    named = f"arn:{stack.partition}:iam::{stack.account}:policy/"
    policies = [
        {"prefix": f"{named}{stack.stack_name}-"},
        # Those that prevent.
        {"prefix": f"{named}{PROTECT}"},
        *(policy.managed_policy_arn for policy in for_people),
    ]
    return [
        Calls(
            "iam",
            ["AttachRolePolicy", "DeleteRole", "DetachRolePolicy", "PutRole", "UpdateAssumeRolePolicy"],
            {f"{_REQUEST}.roleName": [_named(stack)]},
        ),
        Calls(
            "iam",
            ["CreatePolicyVersion", "DeletePolicy", "SetDefaultPolicyVersion"],
            {f"{_REQUEST}.policyArn": policies},
        ),
        Calls(
            "cloudformation",
            # What is asked of CloudFormation it does as the deployment's own role. A change set can be
            # executed by its own ARN, which names no stack; it cannot be created so.
            ["CreateChangeSet", "DeleteStack", "ExecuteChangeSet", "UpdateStack"],
            {
                f"{_REQUEST}.stackName": [
                    stack.stack_name,
                    _arn(stack, "cloudformation", f"stack/{stack.stack_name}/"),
                ]
            },
        ),
        Calls("cloudtrail", ["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"]),
    ]


def _named(stack: cdk.Stack) -> dict[str, str]:
    return {"prefix": f"{stack.stack_name}-"}


def _arn(stack: cdk.Stack, service: str, path: str) -> dict[str, str]:
    return {"prefix": f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{path}"}
