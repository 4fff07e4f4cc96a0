"""What IAM is asked about calls on parts of Rootguard, by the records of these calls."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.stacks.prevention.judging import IAM
from tests.stacks.tampering import HERE, Call

_ARNS: Final = {
    "cloudformation": f"arn:aws:cloudformation:{HERE}:stack/{{name}}/5bd0f1a2",
    "cloudtrail": f"arn:aws:cloudtrail:{HERE}:trail/{{name}}",
    "dynamodb": f"arn:aws:dynamodb:{HERE}:table/{{name}}",
    "events": f"arn:aws:events:{HERE}:rule/{{name}}",
    "iam": f"{IAM}:role/{{name}}",
    "kms": f"arn:aws:kms:{HERE}:key/{{name}}",
    "lambda": f"arn:aws:lambda:{HERE}:function:{{name}}",
    "logs": f"arn:aws:logs:{HERE}:log-group:{{name}}",
    "monitoring": f"arn:aws:cloudwatch:{HERE}:alarm:{{name}}",
    "scheduler": f"arn:aws:scheduler:{HERE}:schedule/default/{{name}}",
    "sqs": f"arn:aws:sqs:{HERE}:{{name}}",
}
_KNOW_NO_RESOURCE: Final = ("Unsubscribe", "SetSubscriptionAttributes")


def request(call: Call) -> tuple[str, str, dict[str, str]]:
    """The action, the resource and the service's own condition keys of a call."""
    service, name, parameters, answer = call
    # The names of Lambda's records end in a version.
    operation = re.sub(r"20\d{6}(v\d)?$", "", name)
    action = f"{service}:{operation}".replace("monitoring:", "cloudwatch:")
    if operation == "Invoke":
        action = "lambda:InvokeFunction"
    if "EventSourceMapping" in operation:
        mapping = f"arn:aws:lambda:{HERE}:event-source-mapping:5bd0"
        return action, mapping, {"lambda_FunctionArn": (answer or {})["functionArn"]}
    return action, "*" if operation in _KNOW_NO_RESOURCE else _resource(service, parameters), {}


def _resource(service: str, named: Any) -> str:
    """The ARN of what the first parameter names: by an ARN, by a name, or by what ends in a name."""
    if isinstance(named, dict):
        return _resource(service, next(iter(named.values())))
    if isinstance(named, list):
        return _resource(service, named[-1])
    if named is None or named.startswith("arn:"):
        return named or "*"
    return _ARNS[service].format(name=re.split("[/:]", named)[-1])
