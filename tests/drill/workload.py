"""Throwaway resources for the tests of the local AWS itself: functions, queues, rules."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import uuid4

from drill.local_aws import LocalAws

PATTERN = json.dumps({"source": ["aws.organizations"], "detail-type": ["AWS API Call via CloudTrail"]})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
ALLOW_ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
PATIENCE = 15  # seconds; only a failing test waits for them


T = TypeVar("T")


def eventually(look: Callable[[], T]) -> T:
    """Look until there is something to see; return it, or the last nothing."""
    deadline = time.monotonic() + PATIENCE
    seen = look()
    while not seen and time.monotonic() < deadline:
        time.sleep(0.02)
        seen = look()
    return seen


class Queue:
    """A queue that anyone may send to."""

    def __init__(self, aws: LocalAws) -> None:
        self._sqs = aws.client("sqs")
        self.url = self._sqs.create_queue(QueueName=_unique())["QueueUrl"]
        self.arn = self._attribute("QueueArn")
        policy = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": self.arn}
        document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": document})
        self._seen: list[dict[str, Any]] = []

    def messages(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait for so many messages; return all there are, oldest first."""
        eventually(lambda: len(self._received()) >= count)
        return self._received()

    def bodies(self, count: int = 1) -> list[dict[str, Any]]:
        return [json.loads(m["Body"]) for m in self.messages(count)]

    def _received(self) -> list[dict[str, Any]]:
        found = self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        self._seen += found.get("Messages", [])
        return self._seen

    def _attribute(self, name: str) -> str:
        found = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return str(found["Attributes"][name])


def rule_to(aws: LocalAws, arn: str, dead_letters: str | None = None, state: str = "ENABLED") -> str:
    """Send every Organizations event to a target; return the rule's ARN."""
    events = aws.client("events")
    name = _unique()
    rule = str(events.put_rule(Name=name, EventPattern=PATTERN, State=state)["RuleArn"])
    target: dict[str, Any] = {"Id": "target", "Arn": arn}
    if dead_letters:
        target["DeadLetterConfig"] = {"Arn": dead_letters}
    events.put_targets(Rule=name, Targets=[target])
    return rule


def function(aws: LocalAws, code: str, on_failure: str | None = None) -> dict[str, Any]:
    """Deploy a function whose `handler(event, context)` has this body."""
    name = _unique()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("main.py", f"def handler(event, context):\n    {code}\n")
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]
    aws.client("iam").put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=ALLOW_ALL)
    functions = aws.client("lambda")
    made: dict[str, Any] = functions.create_function(
        FunctionName=name,
        Runtime="python3.14",
        Handler="main.handler",
        Role=role["Arn"],
        Code={"ZipFile": archive.getvalue()},
        Timeout=30,
    )
    if on_failure:
        functions.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": on_failure}}
        )
    return made


def let_in(aws: LocalAws, made: dict[str, Any], rule: str) -> None:
    """Give a rule the permission to invoke a function."""
    aws.client("lambda").add_permission(
        FunctionName=made["FunctionName"],
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )


def may(*resources: str, condition: Mapping[str, object] | None = None) -> str:
    """Return an IAM policy that allows detaching on these resources."""
    statement = {
        "Effect": "Allow",
        "Action": "organizations:DetachPolicy",
        "Resource": list(resources),
        "Condition": condition or {},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _unique() -> str:
    return f"test-{uuid4().hex[:12]}"
