"""Who may do what with the policies that prevent, as deployed, judged by the drill's IAM.

It is the evaluator of the pinned emulator (`drill.emulator`): the one that enforces IAM in the drill, with
conditions, boundaries and explicit denials. It is more lenient than AWS in what it takes for a policy, so
`problems` stands in front of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from drill.emulator import Asked, decision
from stacks.config import GuardrailConfig
from stacks.prevention.documents import LIMIT
from tests.stacks.prevention.reference import AUTHORIZED_ON
from tests.stacks.synthesis import MANAGEMENT_ACCOUNT, ROOT_ONLY, as_list, template

IAM = f"arn:aws:iam::{MANAGEMENT_ACCOUNT}"
OF_ORGANIZATION = f"arn:aws:organizations::{MANAGEMENT_ACCOUNT}"
DIEGO = f"{IAM}:user/diego"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
KEY = f"arn:aws:kms:us-east-1:{MANAGEMENT_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
_OPERATORS = {"ArnLike", "ArnNotLike", "StringEquals", "StringEqualsIfExists", "StringNotEquals"}
"""Those that are used. The evaluator takes one that it does not know for one that never holds."""


def policies(config: GuardrailConfig = ROOT_ONLY) -> dict[str, dict[str, Any]]:
    """The documents of the managed policies as deployed, by their names."""
    found = [entry["Properties"] for entry in template(config)["Resources"].values()]
    return {
        entry["ManagedPolicyName"]: physical(entry["PolicyDocument"])
        for entry in found
        if entry.get("ManagedPolicyName", "").startswith("RootguardProtect")
    }


def physical(value: Any) -> Any:
    """A document as it is deployed: what only CloudFormation knows is filled in."""
    if isinstance(value, list):
        return [physical(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return KEY if name.startswith("PagingKey") else role(name)
    assert not any(key == "Ref" or key.startswith("Fn::") for key in value), value
    return {key: physical(entry) for key, entry in value.items()}


def role(logical_id: str) -> str:
    """The ARN of a role of the stack."""
    return f"{IAM}:role/Rootguard-{logical_id}-x8Z0Q1"


def may(
    documents: Iterable[dict[str, Any]],
    action: str,
    *resources: str,
    principal: str = DIEGO,
    boundary: dict[str, Any] | None = None,
    region: str = "us-east-1",
    **keys: str,
) -> bool:
    """Whether somebody who may do everything else may do this with some policies added, or with a boundary.

    AWS asks once for each resource of a call. A key is written with underscores: organizations_PolicyType.
    """
    sent = {key.replace("_", ":"): value for key, value in keys.items()}
    added = [EVERYTHING, *documents]
    return all(
        decision(added, boundary, Asked(principal, action, resource, region, sent)) == "Allow"
        for resource in resources
    )


def problems(document: dict[str, Any]) -> list[str]:
    """Why AWS would refuse a document, or take a statement of it for one that says nothing."""
    found = []
    statements = document["Statement"]
    sids = [statement["Sid"] for statement in statements]
    if len(set(sids)) < len(sids) or not all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids):
        found.append(f"statement ids must be unique letters and digits: {sids}")
    if len(json.dumps(document, separators=(",", ":"))) > LIMIT:
        found.append("it is too long")
    for statement in statements:
        sid = statement["Sid"]
        found += [
            f"{sid}: unknown operator {name}"
            for name in statement.get("Condition", {})
            if name not in _OPERATORS
        ]
        found += _idle(sid, as_list(statement["Action"]), as_list(statement["Resource"]))
    return found


def _idle(sid: str, actions: list[str], resources: list[str]) -> list[str]:
    """Actions that are not authorized on any resource that their statement names, and such resources."""
    known = {action: [name for name in AUTHORIZED_ON if fnmatchcase(name, action)] for action in actions}
    if unknown := [action for action in actions if action != "*" and not known[action]]:
        return [f"{sid}: no such actions: {unknown}"]
    if resources == ["*"]:
        return []
    kinds = {action: {kind for name in known[action] for kind in AUTHORIZED_ON[name]} for action in actions}
    return [
        *(f"{sid}: {action} denies nothing" for action in actions if not _any_of(resources, kinds[action])),
        *(
            f"{sid}: nothing is denied on {arn}"
            for arn in resources
            if not _any_of([arn], set().union(*kinds.values()))
        ),
    ]


def _any_of(arns: Iterable[str], patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(arn, pattern) for arn in arns for pattern in patterns)
