"""The SCP and the RCP of the quarantine OU: together they deny everything but to the forensic roles.

The SCP stops what the isolated accounts' own users and roles do, the root user included. The RCP stops access
to their resources from outside, by anyone. Neither binds service-linked roles, and an RCP reaches only the
services that honour RCPs. Sources: "SCP syntax", "RCP syntax", and "Resources and entities not restricted by
RCPs", AWS Organizations User Guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

Document = dict[str, Any]

_FIRST: Final = ("kms", "s3", "secretsmanager", "sqs", "sts")
"""The services that honoured RCPs from the beginning, in every partition."""
_SERVICES: Final = (
    *_FIRST,
    *("aoss", "appconfig", "appstream", "autoscaling", "autoscaling-plans", "budgets", "clouddirectory"),
    *("cloudfront", "cloudsearch", "cloudtrail-data", "codeartifact", "codebuild", "codecommit"),
    *("codepipeline", "cognito-identity", "cognito-idp", "comprehend", "comprehendmedical"),
    *("compute-optimizer", "cost-optimization-hub", "dax", "dsql", "dynamodb", "ecr", "ecr-public", "events"),
    *("firehose", "fis", "fms", "gamelift", "health", "inspector-scan", "kendra", "kinesisvideo", "logs"),
    *("memorydb", "networkmonitor", "notifications", "opensearch", "pca-connector-ad", "personalize"),
    *("polly", "pricing", "resource-groups", "rolesanywhere", "servicediscovery", "signin", "support"),
    *("swf", "textract", "timestream-influxdb", "transcribe", "transfer", "translate", "wafv2", "workspaces"),
    "xray",
)
"""By their prefixes, the services that honour RCPs ("List of AWS services that support RCPs", AWS
Organizations User Guide, November 2026). An RCP names each: a customer's may not have "*" as its action."""


def scp(forensic_roles: Sequence[str]) -> Document:
    """Return the SCP: no principal of an isolated account may do anything, but for the forensic roles."""
    deny: Document = {"Sid": "Isolate", "Effect": "Deny", "Action": "*", "Resource": "*"}
    return _document(deny, _spared(forensic_roles))


def rcp(forensic_roles: Sequence[str], partition: str) -> Document:
    """Return the RCP: nobody may do anything with an isolated account's resources, but the forensic roles.

    AWS's own services still may: else logs of CloudTrail, of VPC flows and of AWS Config would not reach the
    account's buckets, and isolation would lose evidence. What a service does on behalf of someone
    carries that principal, and is denied. So is a request that carries neither key: nobody signed it.
    """
    services = _SERVICES if partition == "aws" else _FIRST
    deny: Document = {
        "Sid": "Isolate",
        "Effect": "Deny",
        "Principal": "*",
        "Action": [f"{service}:*" for service in services],
        "Resource": "*",
    }
    no_service = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    return _document(deny, no_service | _spared(forensic_roles))


def _spared(roles: Sequence[str]) -> Document:
    """The condition that spares roles. A session's `aws:PrincipalArn` is its role's ARN, with the path."""
    return {"ArnNotLike": {"aws:PrincipalArn": list(roles)}} if roles else {}


def _document(deny: Document, condition: Document) -> Document:
    statement = deny | {"Condition": condition} if condition else deny
    return {"Version": "2012-10-17", "Statement": [statement]}
