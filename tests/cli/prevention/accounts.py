"""An account as iam:GetAccountAuthorizationDetails answers, made by hand, and what the audit says of it."""

from __future__ import annotations

import json
from typing import Any

from cli.prevention.audit.answer import Finding, findings
from cli.prevention.audit.attaching import Attaching
from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.details import principals_of
from cli.prevention.organization import Organization

ACCOUNT = "111122223333"
ORGANIZATION = Organization("o-exampleorgid", "r-exam", ACCOUNT)
ROOT = ORGANIZATION.root_arn
OWN_SCPS = ORGANIZATION.policy_arn("SERVICE_CONTROL_POLICY", "*")
OU = ORGANIZATION.target_arn("ou", "ou-exam-12345678")
YES, UNCERTAIN, NO = Certainty.YES, Certainty.UNCERTAIN, Certainty.NO

Json = dict[str, Any]
ALLOW: Json = {"Effect": "Allow", "Action": "organizations:AttachPolicy", "Resource": "*"}
DENY: Json = ALLOW | {"Effect": "Deny"}
EVERYTHING: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def when(operator: str, key: str, value: object, statement: Json = ALLOW) -> Json:
    """A statement with one condition."""
    return statement | {"Condition": {operator: {key: value}}}


def document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def inline(*statements: Json, name: str = "own") -> list[Json]:
    return [{"PolicyName": name, "PolicyDocument": document(*statements)}]


def arn_of(policy: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/{policy}"


def attached(*policies: str) -> list[Json]:
    return [{"PolicyName": name, "PolicyArn": arn_of(name)} for name in policies]


def managed(name: str, *statements: Json, old: Json | None = None) -> Json:
    """A managed policy; with what an old version of it said."""
    versions = [{"VersionId": "v2", "IsDefaultVersion": True, "Document": document(*statements)}]
    if old is not None:
        versions.insert(0, {"VersionId": "v1", "IsDefaultVersion": False, "Document": document(old)})
    return {"PolicyName": name, "Arn": arn_of(name), "PolicyVersionList": versions}


def trust(*actions: str, **principal: object) -> Json:
    """A trust policy of one statement; by default the account itself is trusted."""
    who = principal or {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    return document({"Effect": "Allow", "Principal": who, "Action": [*(actions or ("sts:AssumeRole",))]})


def role(*statements: Json, name: str = "ops", path: str = "/", **more: Any) -> Json:
    """A role with an inline policy."""
    return {
        "RoleName": name,
        "RoleId": "AROAEXAMPLE",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
        "AssumeRolePolicyDocument": trust(),
        "RolePolicyList": inline(*statements) if statements else [],
        **more,
    }


def user(*statements: Json, name: str = "diego", **more: Any) -> Json:
    """A user with an inline policy."""
    return {
        "UserName": name,
        "UserId": "AIDAEXAMPLE",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "UserPolicyList": inline(*statements) if statements else [],
        **more,
    }


def tags(**values: str) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def bounded(policy: str) -> Json:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn_of(policy)}


def page(*entries: Json, policies: tuple[Json, ...] = (), groups: tuple[Json, ...] = ()) -> Json:
    """One page of the answer, with users and roles among each other."""
    return {
        "UserDetailList": [entry for entry in entries if "UserName" in entry],
        "RoleDetailList": [entry for entry in entries if "RoleName" in entry],
        "GroupDetailList": list(groups),
        "Policies": list(policies),
    }


def audited(*pages: Json, trusted: tuple[str, ...] = (), own: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """What the audit finds on these pages."""
    # As JSON, so that a test cannot hand over what an answer could not hold.
    read = json.loads(json.dumps(pages))
    return findings(principals_of(read), ORGANIZATION, frozenset(trusted), frozenset(own))


def judged(entry: Json, *policies: Json, groups: tuple[Json, ...] = ()) -> Attaching:
    """What the audit says of one user or role."""
    found = audited(page(entry, policies=policies, groups=groups))
    return found[0].attaching if found else Attaching(NO)


def can(*statements: Json, **more: Any) -> Certainty:
    """Whether a role with these statements can attach to Root."""
    return judged(role(*statements, **more)).can
