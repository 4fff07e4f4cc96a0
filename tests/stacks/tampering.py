"""CloudTrail records of calls to Rootguard's parts, whoever makes them, and parts by their deployed names."""

from __future__ import annotations

from typing import Any

from tests.stacks.synthesis import MANAGEMENT_ACCOUNT

ACCOUNT = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}"
SUFFIX = f"{MANAGEMENT_ACCOUNT}-us-east-1"
EXECUTION = f"{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{SUFFIX}"
DEPLOY = f"{ACCOUNT}:role/cdk-hnb659fds-deploy-role-{SUFFIX}"
Call = tuple[str, str, dict[str, Any] | None, dict[str, Any] | None]
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"


def physical(value: Any) -> Any:
    """A template's value as it is deployed: references in it are followed."""
    if isinstance(value, list):
        return [physical(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]} if "Key" in name:
            return KEY_ID if "Ref" in value else f"arn:aws:kms:us-east-1:{MANAGEMENT_ACCOUNT}:key/{KEY_ID}"
        case {"Ref": str(name)} if "Granter" in name:
            return f"{ACCOUNT}:policy/RootguardExceptionGranter"
        case {"Ref": str(name)} if "Isolator" in name:
            return f"{ACCOUNT}:policy/RootguardIsolator"
    assert not any(key in ("Ref", "Fn::Join") or key.startswith("Fn::") for key in value), value
    return {key: physical(entry) for key, entry in value.items()}


def issued(role_arn: str, **more: Any) -> dict[str, Any]:
    """The userIdentity of a role's session."""
    name = role_arn.rpartition("/")[2]
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{MANAGEMENT_ACCOUNT}:assumed-role/{name}/session",
        "accountId": MANAGEMENT_ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role_arn, "userName": name}},
        **more,
    }


ADMIN = issued(f"{ACCOUNT}:role/Admin")
"""Whoever else has the permissions."""


def record(
    service: str,
    name: str,
    parameters: dict[str, Any] | None,
    answer: dict[str, Any] | None = None,
    identity: dict[str, Any] = ADMIN,
    **more: Any,
) -> dict[str, Any]:
    """What CloudTrail writes of a call."""
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": "2026-11-20T09:15:02Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": parameters,
        "responseElements": answer,
        "requestID": "5bd0f1a2-6a8e-4b39-8a53-000000000001",
        "eventID": "5bd0f1a2-6a8e-4b39-8a53-000000000002",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": MANAGEMENT_ACCOUNT,
        "eventCategory": "Management",
        **more,
    }


HERE = f"us-east-1:{MANAGEMENT_ACCOUNT}"
NAME = "Rootguard-GuardFunctionF2AD72C1-x8Z0Q1"
TOPIC = f"arn:aws:sns:{HERE}:Rootguard-PagingTopicF7F4870D-x8Z0Q1"
QUEUE = f"https://sqs.us-east-1.amazonaws.com/{MANAGEMENT_ACCOUNT}/Rootguard-GuardDeadLetters-x8Z0Q1"
FUNCTION = f"arn:aws:lambda:{HERE}:function:{NAME}"
TABLE = f"arn:aws:dynamodb:{HERE}:table/Rootguard-LedgerTable-x8Z0Q1"
KEY = f"arn:aws:kms:us-east-1:{MANAGEMENT_ACCOUNT}:key/{KEY_ID}"
POLICY = f"{ACCOUNT}:policy/Rootguard-GuardDetach-x8Z0Q1"

CALLS: list[Call] = [
    ("lambda", "DeleteFunction20150331", {"functionName": NAME}, None),
    ("lambda", "DeleteFunction20150331", {"functionName": FUNCTION}, None),
    (
        "lambda",
        "UpdateFunctionCode20150331v2",
        {"functionName": f"{MANAGEMENT_ACCOUNT}:function:{NAME}"},
        None,
    ),
    ("lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": NAME}, None),
    (
        "lambda",
        "PutFunctionConcurrency20171031",
        {"functionName": NAME, "reservedConcurrentExecutions": 0},
        None,
    ),
    ("lambda", "PutFunctionEventInvokeConfig", {"functionName": NAME, "maximumRetryAttempts": 0}, None),
    ("lambda", "UpdateFunctionEventInvokeConfig", {"functionName": NAME}, None),
    ("lambda", "DeleteFunctionEventInvokeConfig", {"functionName": NAME}, None),
    ("lambda", "PutRuntimeManagementConfig", {"functionName": NAME}, None),
    ("lambda", "AddPermission20150331v2", {"functionName": NAME, "statementId": "other"}, None),
    ("lambda", "RemovePermission20150331v2", {"functionName": NAME, "statementId": "rule"}, None),
    ("lambda", "DeleteEventSourceMapping20150331", {"uUID": "5bd0"}, {"functionArn": FUNCTION}),
    ("lambda", "UpdateEventSourceMapping20150331", {"uUID": "5bd0"}, {"functionArn": FUNCTION}),
    ("events", "DisableRule", {"name": NAME}, None),
    ("events", "DeleteRule", {"name": NAME}, None),
    ("events", "PutRule", {"name": NAME, "eventPattern": "{}"}, None),
    ("events", "DeleteEventBus", {"name": "Rootguard-DelegatedCalls"}, None),
    ("events", "UpdateEventBus", {"name": "Rootguard-DelegatedCalls"}, None),
    ("events", "PutPermission", {"eventBusName": "Rootguard-DelegatedCalls", "principal": "*"}, None),
    ("events", "RemovePermission", {"eventBusName": "Rootguard-DelegatedCalls"}, None),
    ("events", "PutTargets", {"rule": NAME, "targets": [{"id": "Target0"}]}, None),
    ("events", "RemoveTargets", {"rule": NAME, "ids": ["Target0"]}, None),
    ("scheduler", "DeleteSchedule", {"name": NAME}, None),
    ("scheduler", "UpdateSchedule", {"name": NAME, "state": "DISABLED"}, None),
    ("iam", "AttachRolePolicy", {"roleName": NAME, "policyArn": "arn:aws:iam::aws:policy/AWSDenyAll"}, None),
    ("iam", "DetachRolePolicy", {"roleName": NAME, "policyArn": POLICY}, None),
    ("iam", "PutRolePolicy", {"roleName": NAME, "policyName": "deny"}, None),
    ("iam", "DeleteRolePolicy", {"roleName": NAME, "policyName": "Guard"}, None),
    ("iam", "PutRolePermissionsBoundary", {"roleName": NAME}, None),
    ("iam", "UpdateAssumeRolePolicy", {"roleName": NAME}, None),
    ("iam", "DeleteRole", {"roleName": NAME}, None),
    ("iam", "CreatePolicyVersion", {"policyArn": POLICY, "setAsDefault": True}, None),
    ("iam", "SetDefaultPolicyVersion", {"policyArn": POLICY, "versionId": "v1"}, None),
    ("iam", "DeletePolicy", {"policyArn": POLICY}, None),
    ("iam", "CreatePolicyVersion", {"policyArn": f"{ACCOUNT}:policy/RootguardExceptionGranter"}, None),
    ("iam", "CreatePolicyVersion", {"policyArn": f"{ACCOUNT}:policy/RootguardProtectTargets"}, None),
    ("iam", "DeletePolicy", {"policyArn": f"{ACCOUNT}:policy/RootguardProtectBoundary"}, None),
    ("sns", "DeleteTopic", {"topicArn": TOPIC}, None),
    ("sns", "SetTopicAttributes", {"topicArn": TOPIC, "attributeName": "Policy"}, None),
    ("sns", "AddPermission", {"topicArn": TOPIC, "label": "other"}, None),
    ("sns", "RemovePermission", {"topicArn": TOPIC, "label": "EventsPublish"}, None),
    ("sns", "Unsubscribe", {"subscriptionArn": f"{TOPIC}:5bd0f1a2"}, None),
    ("sns", "SetSubscriptionAttributes", {"subscriptionArn": f"{TOPIC}:5bd0f1a2"}, None),
    ("sns", "PutDataProtectionPolicy", {"resourceArn": TOPIC}, None),
    ("kms", "DisableKey", {"keyId": KEY_ID}, None),
    ("kms", "PutKeyPolicy", {"keyId": KEY_ID, "policyName": "default"}, None),
    ("kms", "ScheduleKeyDeletion", {"keyId": KEY, "pendingWindowInDays": 7}, None),
    ("sqs", "DeleteQueue", {"queueUrl": QUEUE}, None),
    ("sqs", "PurgeQueue", {"queueUrl": QUEUE}, None),
    ("sqs", "SetQueueAttributes", {"queueUrl": QUEUE, "attributes": {"Policy": ""}}, None),
    ("sqs", "DeleteQueue", {"queueUrl": QUEUE.replace("sqs.us-east-1", "queue")}, None),
    ("dynamodb", "DeleteTable", {"tableName": NAME}, None),
    ("dynamodb", "UpdateTable", {"tableName": TABLE, "deletionProtectionEnabled": False}, None),
    ("dynamodb", "UpdateContinuousBackups", {"tableName": NAME}, None),
    ("dynamodb", "UpdateTimeToLive", {"tableName": NAME}, None),
    ("dynamodb", "DeleteResourcePolicy", {"resourceArn": TABLE}, None),
    ("dynamodb", "PutResourcePolicy", {"resourceArn": TABLE}, None),
    ("monitoring", "PutMetricAlarm", {"alarmName": "Rootguard-Fights", "threshold": 9.0}, None),
    ("monitoring", "DeleteAlarms", {"alarmNames": ["another", "Rootguard-Fights"]}, None),
    ("monitoring", "DisableAlarmActions", {"alarmNames": ["Rootguard-Fights"]}, None),
    ("monitoring", "PutAlarmMuteRule", {"muteTargets": {"alarmNames": ["Rootguard-Fights"]}}, None),
    ("logs", "DeleteLogGroup", {"logGroupName": NAME}, None),
    ("logs", "DeleteLogStream", {"logGroupName": NAME, "logStreamName": "one"}, None),
    ("logs", "PutRetentionPolicy", {"logGroupName": NAME, "retentionInDays": 1}, None),
    ("cloudformation", "CreateChangeSet", {"stackName": "Rootguard", "changeSetName": "quiet"}, None),
    ("cloudformation", "UpdateStack", {"stackName": "Rootguard"}, None),
    ("cloudformation", "ExecuteChangeSet", {"stackName": "Rootguard", "changeSetName": "quiet"}, None),
    (
        "cloudformation",
        "DeleteStack",
        {"stackName": f"arn:aws:cloudformation:{HERE}:stack/Rootguard/5bd0f1a2"},
        None,
    ),
    ("cloudtrail", "StopLogging", {"name": f"arn:aws:cloudtrail:{HERE}:trail/organization"}, None),
    ("cloudtrail", "DeleteTrail", {"name": "organization"}, None),
    ("cloudtrail", "UpdateTrail", {"name": "organization", "includeGlobalServiceEvents": False}, None),
    ("cloudtrail", "PutEventSelectors", {"trailName": "organization"}, None),
]
"""Tampering: service, event name, requestParameters, responseElements."""

NO_TAMPERING: list[Call] = [
    ("lambda", "DeleteFunction20150331", {"functionName": "billing"}, None),
    ("lambda", "DeleteFunction20150331", {"functionName": "Rootguards-billing"}, None),
    (
        "lambda",
        "UpdateFunctionCode20150331v2",
        {"functionName": f"arn:aws:lambda:{HERE}:function:my-Rootguard-x"},
        None,
    ),
    ("lambda", "TagResource20170331v2", {"resource": FUNCTION}, None),
    ("lambda", "Invoke", {"functionName": NAME}, None),
    ("lambda", "DeleteEventSourceMapping20150331", {"uUID": "5bd0"}, {"functionArn": FUNCTION[:-40]}),
    ("events", "DisableRule", {"name": "nightly-report"}, None),
    ("events", "PutTargets", {"rule": "nightly-report", "targets": [{"arn": FUNCTION}]}, None),
    ("scheduler", "DeleteSchedule", {"name": "nightly-report"}, None),
    (
        "iam",
        "DetachRolePolicy",
        {"roleName": "Admin", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        None,
    ),
    # Who may grant exceptions is for people to say.
    (
        "iam",
        "AttachRolePolicy",
        {"roleName": "Lead", "policyArn": f"{ACCOUNT}:policy/RootguardExceptionGranter"},
        None,
    ),
    ("iam", "CreatePolicyVersion", {"policyArn": f"{ACCOUNT}:policy/developers"}, None),
    ("iam", "CreateRole", {"roleName": "another"}, None),
    ("sns", "DeleteTopic", {"topicArn": f"arn:aws:sns:{HERE}:billing"}, None),
    (
        "sns",
        "Subscribe",
        {"topicArn": TOPIC, "protocol": "email"},
        {"subscriptionArn": "pending confirmation"},
    ),
    ("sns", "ConfirmSubscription", {"topicArn": TOPIC}, {"subscriptionArn": f"{TOPIC}:5bd0"}),
    ("sns", "Publish", {"topicArn": TOPIC}, None),
    ("kms", "DisableKey", {"keyId": "9999abcd-12ab-34cd-56ef-1234567890ab"}, None),
    ("kms", "GenerateDataKey", {"keyId": KEY}, None),
    ("sqs", "PurgeQueue", {"queueUrl": QUEUE.replace("Rootguard-", "billing-")}, None),
    ("sqs", "DeleteMessage", {"queueUrl": QUEUE}, None),
    ("sqs", "StartMessageMoveTask", {"sourceArn": f"arn:aws:sqs:{HERE}:{NAME}"}, None),
    ("dynamodb", "DeleteTable", {"tableName": "billing"}, None),
    ("dynamodb", "PutItem", {"tableName": NAME}, None),
    ("dynamodb", "UpdateItem", {"tableName": NAME}, None),
    ("monitoring", "DeleteAlarms", {"alarmNames": ["another"]}, None),
    ("monitoring", "PutMetricAlarm", {"alarmName": "another"}, None),
    ("logs", "CreateLogStream", {"logGroupName": NAME, "logStreamName": "one"}, None),
    ("logs", "DeleteLogGroup", {"logGroupName": "/aws/lambda/billing"}, None),
    ("cloudformation", "UpdateStack", {"stackName": "Rootguard-forwarder"}, None),
    ("cloudformation", "DeleteStack", {"stackName": "billing"}, None),
    ("cloudtrail", "CreateTrail", {"name": "another"}, None),
    ("cloudtrail", "LookupEvents", {}, None),
    # Refused by IAM: the record names nothing.
    ("lambda", "DeleteFunction20150331", None, None),
]
"""What others do, or may do: in the same order."""
