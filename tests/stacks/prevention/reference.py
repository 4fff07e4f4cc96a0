"""Which actions AWS authorizes on which types of resources, from its Service Authorization Reference.

Read in November 2026. A statement about an action denies nothing on a resource of another type.
"""

from typing import Final

_ARNS: Final = {
    "organizations root": "arn:*:organizations::*:root/o-*/r-*",
    "organizations ou": "arn:*:organizations::*:ou/o-*/ou-*",
    "organizations account": "arn:*:organizations::*:account/o-*/*",
    "organizations policy": "arn:*:organizations::*:policy/o-*/*/p-*",
    "organizations resourcepolicy": "arn:*:organizations::*:resourcepolicy/o-*/rp-*",
    "lambda function": "arn:*:lambda:*:*:function:*",
    "lambda mapping": "arn:*:lambda:*:*:event-source-mapping:*",
    "events rule": "arn:*:events:*:*:rule/*",
    "scheduler schedule": "arn:*:scheduler:*:*:schedule/*/*",
    "sns topic": "arn:*:sns:*:*:*",
    "kms key": "arn:*:kms:*:*:key/*",
    "cloudwatch alarm": "arn:*:cloudwatch:*:*:alarm:*",
    "cloudwatch dashboard": "arn:*:cloudwatch::*:dashboard/*",
    "sqs queue": "arn:*:sqs:*:*:*",
    "dynamodb table": "arn:*:dynamodb:*:*:table/*",
    "logs group": "arn:*:logs:*:*:log-group:*",
    "iam role": "arn:*:iam::*:role/*",
    "iam user": "arn:*:iam::*:user/*",
    "iam policy": "arn:*:iam::*:policy/*",
    "cloudformation stack": "arn:*:cloudformation:*:*:stack/*/*",
    "cloudtrail trail": "arn:*:cloudtrail:*:*:trail/*",
}
_ACTIONS: Final = {
    "organizations policy root ou account": "AttachPolicy DetachPolicy",
    "organizations policy": "DeletePolicy UpdatePolicy",
    "organizations root": "DisablePolicyType EnablePolicyType",
    "organizations root ou account": "MoveAccount",
    "organizations resourcepolicy": "PutResourcePolicy",
    "organizations": "DeleteResourcePolicy",
    "lambda function": "AddPermission CreateAlias CreateFunction CreateFunctionUrlConfig DeleteAlias "
    "DeleteFunction DeleteFunctionCodeSigningConfig DeleteFunctionConcurrency "
    "DeleteFunctionEventInvokeConfig DeleteFunctionUrlConfig InvokeFunction PutFunctionCodeSigningConfig "
    "PutFunctionConcurrency PutFunctionEventInvokeConfig PutFunctionRecursionConfig PutFunctionScalingConfig "
    "PutRuntimeManagementConfig RemovePermission UpdateAlias UpdateFunctionCode "
    "UpdateFunctionCodeSigningConfig UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig "
    "UpdateFunctionUrlConfig",
    "lambda mapping": "DeleteEventSourceMapping UpdateEventSourceMapping",
    "events rule": "DeleteRule DisableRule PutRule PutTargets RemoveTargets",
    "scheduler schedule": "DeleteSchedule UpdateSchedule",
    "sns topic": "AddPermission DeleteTopic PutDataProtectionPolicy RemovePermission SetTopicAttributes",
    "sns": "SetSubscriptionAttributes Unsubscribe",
    "kms key": "DisableKey DisableKeyRotation PutKeyPolicy ScheduleKeyDeletion",
    "cloudwatch alarm": "DeleteAlarms DisableAlarmActions PutAlarmMuteRule PutCompositeAlarm PutMetricAlarm",
    "cloudwatch dashboard": "DeleteDashboards PutDashboard",
    "sqs queue": "AddPermission DeleteQueue PurgeQueue RemovePermission SetQueueAttributes",
    "dynamodb table": "DeleteResourcePolicy DeleteTable DeleteTableReplica PutResourcePolicy "
    "UpdateContinuousBackups UpdateTable UpdateTableReplicaAutoScaling UpdateTimeToLive",
    # A stream's ARN begins with its group's.
    "logs group": "DeleteDataProtectionPolicy DeleteLogGroup DeleteLogStream DeleteMetricFilter "
    "DeleteRetentionPolicy DeleteSubscriptionFilter DeleteTransformer PutRetentionPolicy",
    "iam role": "AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy "
    "DetachRolePolicy PassRole PutRolePermissionsBoundary PutRolePolicy UpdateAssumeRolePolicy UpdateRole "
    "UpdateRoleDescription",
    "iam user": "AttachUserPolicy CreateUser DeleteUserPermissionsBoundary PutUserPermissionsBoundary "
    "PutUserPolicy",
    "iam policy": "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion SetDefaultPolicyVersion",
    "cloudformation stack": "CreateChangeSet CreateStack CreateStackRefactor DeleteChangeSet DeleteStack "
    "ExecuteChangeSet ExecuteStackRefactor SetStackPolicy UpdateStack UpdateTerminationProtection",
    "cloudtrail trail": "DeleteTrail PutEventSelectors StopLogging UpdateTrail",
}

AUTHORIZED_ON: Final = {
    f"{on.split()[0]}:{action}": tuple(_ARNS[f"{on.split()[0]} {kind}"] for kind in on.split()[1:])
    for on, actions in _ACTIONS.items()
    for action in actions.split()
}
"""service:Action → ARN patterns of the resources that it is authorized on; none if it knows no resource."""
