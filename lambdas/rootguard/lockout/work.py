"""Ordinary work: the calls that every policy is judged by, and the thresholds of a lockout, in one place.

No list of all of AWS's actions is needed. A policy closes a service by wildcards and `NotAction`, and then
denies the few calls below, too, or an action that no document can name (`NOBODY`): all the rest of a service.

What IAM, STS, KMS, CloudWatch, CloudFormation, SSM and Secrets Manager do serves other work. Under SCPs
they do not count: a quarantine that leaves logging open is still a quarantine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rootguard.lockout.grammar import NOBODY

SCP: Final = "SERVICE_CONTROL_POLICY"
RCP: Final = "RESOURCE_CONTROL_POLICY"

MOST_LEFT: Final = 1
"""Who can use no more services than this is locked out."""
WORKING: Final = 0.5
"""A service works if this part of its ordinary calls is open."""
ALL_TOGETHER: Final = {"s3", "sts", "kms", "sqs", "secretsmanager"}
"""Without all of these nobody works, whatever else is open under RCPs. They were the first to honour RCPs;
about sixty services do by now ("List of AWS services that support RCPs", AWS Organizations User Guide). A
service that is not in the table below counts only as a whole: one that is closed makes an RCP broad."""
TO_EVERYONE: Final = {"sts:assumerole", "signin:authenticate"}
"""An RCP that denies one of these to everyone locks everyone out, whatever else is open. Sessions last some
hours at most; whoever can take no role, or not sign in, is out when the last one ends ("Resource control
policies", AWS Organizations User Guide; "Console access control", AWS Sign-In User Guide)."""

ACCOUNT: Final = NOBODY * 12
_BOTH: Final = """
s3: PutObject {n}/{n}, DeleteObject {n}/{n}, GetObject {n}/{n}, ListBucket {n}
sqs: CreateQueue {n}, SendMessage {n}, ReceiveMessage {n}, GetQueueUrl {n}
dynamodb: CreateTable table/{n}, PutItem table/{n}, GetItem table/{n}, Query table/{n}
ecr: CreateRepository repository/{n}, PutImage repository/{n}, BatchGetImage repository/{n}, \
ListImages repository/{n}
"""
_TABLES: Final = {
    SCP: _BOTH
    + """
ec2: RunInstances instance/{n}, StopInstances instance/{n}, GetConsoleOutput instance/{n}, DescribeInstances
lambda: CreateFunction function:{n}, InvokeFunction function:{n}, GetFunction function:{n}, ListFunctions
sns: CreateTopic {n}, Publish {n}, GetTopicAttributes {n}, ListTopics
ecs: RunTask task-definition/{n}:1, UpdateService service/{n}/{n}, DescribeTasks task/{n}/{n}, ListClusters
eks: CreateCluster cluster/{n}, UpdateClusterConfig cluster/{n}, DescribeCluster cluster/{n}, ListClusters
rds: CreateDBInstance db:{n}, ModifyDBInstance db:{n}, DescribeDBInstances db:{n}, ListTagsForResource db:{n}
elasticloadbalancing: CreateLoadBalancer loadbalancer/app/{n}/{n}, RegisterTargets targetgroup/{n}/{n}, \
DescribeTags loadbalancer/app/{n}/{n}, DescribeLoadBalancers
autoscaling: CreateAutoScalingGroup autoScalingGroup:{n}, SetDesiredCapacity autoScalingGroup:{n}, \
GetPredictiveScalingForecast autoScalingGroup:{n}, DescribeAutoScalingGroups
states: CreateStateMachine stateMachine:{n}, StartExecution stateMachine:{n}, \
DescribeStateMachine stateMachine:{n}, ListExecutions stateMachine:{n}
events: PutRule rule/{n}, PutEvents event-bus/{n}, DescribeRule rule/{n}, ListRules rule/{n}
kinesis: CreateStream stream/{n}, PutRecord stream/{n}, GetRecords stream/{n}, ListStreams
glue: CreateJob job/{n}, StartJobRun job/{n}, GetJob job/{n}, ListJobs
athena: CreateWorkGroup workgroup/{n}, StartQueryExecution workgroup/{n}, GetQueryResults workgroup/{n}, \
ListWorkGroups
sagemaker: CreateTrainingJob training-job/{n}, InvokeEndpoint endpoint/{n}, \
DescribeTrainingJob training-job/{n}, ListTrainingJobs
codebuild: CreateProject project/{n}, StartBuild project/{n}, BatchGetBuilds project/{n}, ListProjects
bedrock: CreateGuardrail guardrail/{n}, InvokeModel provisioned-model/{n}, GetGuardrail guardrail/{n}, \
ListFoundationModels
""",
    RCP: _BOTH
    + """
sts: AssumeRole role/{n}
kms: Encrypt key/{n}, GenerateDataKey key/{n}, Decrypt key/{n}, DescribeKey key/{n}
secretsmanager: PutSecretValue secret:{n}, DeleteSecret secret:{n}, GetSecretValue secret:{n}, \
DescribeSecret secret:{n}
logs: CreateLogGroup log-group:{n}, PutLogEvents log-group:{n}:log-stream:{n}, \
GetLogEvents log-group:{n}:log-stream:{n}, FilterLogEvents log-group:{n}
signin: Authenticate console
""",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of call: what is asked for, of which resource."""

    service: str  # its prefix in actions
    action: str  # in lower case
    resource: str = "*"  # an ARN with the place {region}
    creates: bool = False


def rest_of(service: str) -> Call:
    """Return the call that stands for all of a service that no document names."""
    return Call(service, f"{service}:{NOBODY}", _arn(service, "{n}/{n}"))


def _arn(service: str, resource: str) -> str:
    of_no_region = {"s3": "arn:aws:s3:::", "sts": f"arn:aws:iam::{ACCOUNT}:"}
    head = of_no_region.get(service, f"arn:aws:{service}:{{region}}:{ACCOUNT}:")
    return head + resource.replace("{n}", NOBODY)


def _calls(table: str) -> Iterable[Call]:
    for row in filter(None, table.splitlines()):
        service, _, calls = row.partition(": ")
        for place, call in enumerate(calls.split(", ")):
            name, _, resource = call.partition(" ")
            arn = _arn(service, resource) if resource else "*"
            yield Call(service, f"{service}:{name.lower()}", arn, creates=place == 0)


CALLS: Final = {policy_type: tuple(_calls(table)) for policy_type, table in _TABLES.items()}
"""What workloads and people do all day, by policy type: of most services two calls that change something, of
which the first creates it, and two that read, at most one of them without a resource ("Actions, resources,
and condition keys for AWS services", Service Authorization Reference)."""
