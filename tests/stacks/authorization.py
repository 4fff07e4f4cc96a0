"""What a function's role may do, judged as IAM would, from every policy in the template that is the role's.

Of a call that names several resources, the Organizations User Guide wants all in one statement ("Attaching
and detaching policies"), and IAM elsewhere judges each on its own. So what must be allowed is asked by the
first reading (`may`), and what must not be by the second, which allows more (`could`).
"""

from fnmatch import fnmatchcase
from typing import Any

from stacks.config import GuardrailConfig
from tests.stacks.synthesis import as_list, role_of, template

SCP, RCP, TAG = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"
OF_ORGANIZATION = "arn:aws:organizations::111122223333"
OF_AWS = "arn:aws:organizations::aws"
CUSTOMER = {
    kind: f"{OF_ORGANIZATION}:policy/o-exampleorgid/{kind.lower()}/p-examplepolicyid111"
    for kind in (SCP, RCP, TAG)
}
FULL_ACCESS = {
    SCP: f"{OF_AWS}:policy/service_control_policy/p-FullAWSAccess",
    RCP: f"{OF_AWS}:policy/resource_control_policy/p-RCPFullAWSAccess",
}
OTHER_OF_AWS = f"{OF_AWS}:policy/service_control_policy/p-SomethingElse"
ROOT = f"{OF_ORGANIZATION}:root/o-exampleorgid/r-exam"
OU = f"{OF_ORGANIZATION}:ou/o-exampleorgid/ou-exam-12345678"
OTHER_OU = f"{OF_ORGANIZATION}:ou/o-exampleorgid/ou-exam-87654321"
ACCOUNT = f"{OF_ORGANIZATION}:account/o-exampleorgid/444455556666"
OTHER_ACCOUNT = f"{OF_ORGANIZATION}:account/o-exampleorgid/777788889999"
EVERYWHERE = [ROOT, OU, OTHER_OU, ACCOUNT, OTHER_ACCOUNT]


def documents(
    config: GuardrailConfig, region: str = "us-east-1", function: str = "guard"
) -> dict[str, dict[str, Any]]:
    """Every policy document of the role, by name: those in it, and those of policies that it or they name."""
    name, _ = role_of(function, config)
    deployed = {key: entry["Properties"] for key, entry in template(config, region)["Resources"].items()}
    role = deployed[name]
    named = [arn["Ref"] for arn in role.get("ManagedPolicyArns", [])]
    naming = [key for key, entry in deployed.items() if {"Ref": name} in entry.get("Roles", [])]
    return {policy["PolicyName"]: policy["PolicyDocument"] for policy in role.get("Policies", [])} | {
        key: deployed[key]["PolicyDocument"] for key in (*named, *naming)
    }


def statements(config: GuardrailConfig, function: str = "guard") -> list[dict[str, Any]]:
    """Every statement of the role's policies."""
    found = documents(config, function=function).values()
    return [entry for document in found for entry in as_list(document["Statement"])]


def statement(config: GuardrailConfig, function: str, sid: str) -> dict[str, Any]:
    """The one statement of that id."""
    (found,) = [each for each in statements(config, function) if each["Sid"] == sid]
    return found


def actions(config: GuardrailConfig, function: str = "guard") -> set[str]:
    """Every action that the role's policies name."""
    return {action for each in statements(config, function) for action in as_list(each["Action"])}


def may(config: GuardrailConfig, action: str, *arns: str, policy_type: str | None = None) -> bool:
    """Whether one statement allows an Organizations call on all of its resources."""
    return any(_allows(statement, action, arns, policy_type) for statement in statements(config))


def could(config: GuardrailConfig, action: str, *arns: str, policy_type: str | None = None) -> bool:
    """Whether some statement allows it on each of its resources."""
    return all(may(config, action, arn, policy_type=policy_type) for arn in arns)


def _allows(statement: dict[str, Any], action: str, arns: tuple[str, ...], policy_type: str | None) -> bool:
    assert statement["Effect"] == "Allow"
    condition = dict(statement.get("Condition", {}))
    exactly = condition.pop("StringEquals", {}).get("organizations:PolicyType")
    if_known = condition.pop("StringEqualsIfExists", {}).get("organizations:PolicyType")
    assert not condition, "a condition that this judge does not know"
    patterns = [text for text in as_list(statement["Resource"]) if isinstance(text, str)]
    return (
        f"organizations:{action}" in as_list(statement["Action"])
        and all(any(fnmatchcase(arn, pattern) for pattern in patterns) for arn in arns)
        and (exactly is None or policy_type in as_list(exactly))
        and (if_known is None or policy_type is None or policy_type in as_list(if_known))
    )
