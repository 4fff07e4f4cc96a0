"""What the emulator's IAM lacks of conditions: `dynamodb:LeadingKeys`, variables in values, a session's role.

The first two together hold people to the items of their own in a table ("Using IAM policy conditions for
fine-grained access control", Amazon DynamoDB Developer Guide). What is used of ministack here is listed in
`emulator.USED`, too.
"""

from __future__ import annotations

import json
import re
from typing import Any

from drill.emulator import module
from drill.leading_keys import leading_keys

_VARIABLE = re.compile(r"\$\{([\w:/-]+)\}")


def know_leading_keys() -> None:
    """Let a DynamoDB request carry the partition keys that it touches."""
    actions = module("core.iam_actions")
    original = actions.dynamodb_service_context

    def context(body: bytes) -> dict[str, Any]:
        keys = leading_keys(json.loads(body), _partition_key)
        return {**original(body), **({"dynamodb:LeadingKeys": keys} if keys else {})}

    actions.dynamodb_service_context = context


def _partition_key(table: str, index: str) -> str | None:
    """Return the name of the partition key of a table, or of an index; None if there is none."""
    found = module("services.dynamodb")._tables.get(table.rpartition("/")[2])  # noqa: SLF001
    if found is None or not index:
        return found and str(found["pk_name"])
    schemas = {entry["IndexName"]: entry["KeySchema"] for entry in found["GlobalSecondaryIndexes"]}
    return next((key["AttributeName"] for key in schemas.get(index, ()) if key["KeyType"] == "HASH"), None)


def know_policy_variables() -> None:
    """Let `${aws:userid}` and the like in a condition's values stand for what the caller has.

    A variable that the request does not have matches nothing ("IAM policy elements: Variables and tags",
    IAM User Guide), and neither does the text that stays.
    """
    evaluator = module("core.iam_evaluator")
    original = evaluator._conditions_met  # noqa: SLF001

    def met(conditions: dict[str, Any], context: Any) -> bool:
        def value(variable: re.Match[str]) -> str:
            # Within JSON text, so that a quote in a name stays a quote.
            known = context.principal_keys.get(variable[1].lower(), variable[0])
            return json.dumps(str(known))[1:-1]

        return bool(original(json.loads(_VARIABLE.sub(value, json.dumps(conditions))), context))

    evaluator._conditions_met = met  # noqa: SLF001


def know_the_roles_of_sessions() -> None:
    """Let `aws:PrincipalArn` of a session be the ARN of its role, with the role's path.

    The emulator has the session's own there ("AWS global condition context keys", IAM User Guide).
    """
    evaluator = module("core.iam_evaluator")
    original = evaluator._resolve_condition_key  # noqa: SLF001

    def resolve(key: str, context: Any) -> Any:
        value = original(key, context)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in value:
            return value
        name = value.split("/")[1]
        role = module("services.iam")._roles.get_scoped(context.principal_account, None, name)  # noqa: SLF001
        return role["Arn"] if role else value

    evaluator._resolve_condition_key = resolve  # noqa: SLF001
