"""`rootguard rehearse`, against a function that answers as it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drill.local_aws import LocalAws
from stacks.names import REHEARSAL_OUTPUT, STACK
from tests.cli.conftest import Rootguard
from tests.cli.deployed import (  # noqa: F401 - fixtures
    OUTPUTS,
    As,
    allowed,
    aws,
    sign_in,
    stack,
    started,
)
from tests.drill.workload import Queue, function

# It writes down what it is asked, and answers.
CODE = """
    import json, boto3
    boto3.client("sqs").send_message(QueueUrl={url!r}, MessageBody=json.dumps(event))
    answer = {answer!r}
    if answer == "fails":
        raise ValueError("out of memory")
    return answer
"""
SUCCEEDED = {
    "request": "request-1",
    "started": "2026-11-27T10:00:00+00:00",
    "before": None,
    "success": None,
    "outcome": "SUCCEEDED",
    "ended": "2026-11-27T10:00:25+00:00",
    "took": 23400,
    "why": "",
}
FAILED = SUCCEEDED | {"outcome": "FAILED", "took": None, "why": "The guard did not detach the SCP."}
WITHOUT_ITS_EVENT = SUCCEEDED | {"outcome": "FAILED", "why": "Its event did not come within 300 seconds."}
INTERRUPTED = FAILED | {"outcome": "INTERRUPTED", "why": "The incident i-1 was opened meanwhile."}


class Deployment:
    """A stack whose function answers as it is told, and what that was asked."""

    def __init__(self, local: LocalAws) -> None:
        self.aws, self.heard = local, Queue(local)

    def answers(self, answer: Any) -> None:
        made = function(self.aws, CODE.strip().format(url=self.heard.url, answer=answer))
        self.aws.client("cloudformation").delete_stack(StackName=STACK)
        stack(self.aws, OUTPUTS | {REHEARSAL_OUTPUT: made["FunctionName"]})

    @property
    def asked(self) -> list[Any]:
        found: list[Any] = self.heard.bodies()
        return found


@pytest.fixture
def deployment(aws: LocalAws, sign_in: As) -> Deployment:  # noqa: F811
    made = Deployment(aws)
    sign_in(allowed("sara", "lambda:InvokeFunction", "cloudformation:DescribeStacks"))
    return made


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (SUCCEEDED, 0, ["SUCCEEDED  The guard detached the SCP after 23 s."]),
        (FAILED, 1, ["FAILED  The guard did not detach the SCP.", "rootguard doctor"]),
        (WITHOUT_ITS_EVENT, 1, ["FAILED  Its event did not come", "rootguard doctor"]),
        (INTERRUPTED, 1, ["INTERRUPTED  The incident i-1 was opened", "rootguard rehearse"]),
    ],
)
def test_it_says_how_it_went(
    rootguard: Rootguard, deployment: Deployment, answer: dict[str, Any], code: int, words: list[str]
) -> None:
    deployment.answers(answer)
    result = rootguard("rehearse")
    assert result.exit_code == code, result.stderr
    for word in words:
        assert word in result.stdout
    assert deployment.asked == [{"scheduled": False, "anyway": False}]
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_as_json_it_prints_the_record(rootguard: Rootguard, deployment: Deployment) -> None:
    deployment.answers(SUCCEEDED)
    result = rootguard("rehearse", "--anyway", "--json")
    assert json.loads(result.stdout) == SUCCEEDED | {"seconds": 23.4}
    assert deployment.asked == [{"scheduled": False, "anyway": True}]


@pytest.mark.parametrize(
    ("answer", "code", "word"),
    [
        ({"refused": "guardrail.yaml blocks rehearsals now: 2026-12-24."}, 2, "blocks rehearsals now"),
        ("fails", 3, "out of memory"),
    ],
)
def test_what_is_in_the_way_is_an_error(
    rootguard: Rootguard, deployment: Deployment, answer: Any, code: int, word: str
) -> None:
    deployment.answers(answer)
    result = rootguard("rehearse")
    assert result.exit_code == code
    assert word in result.stderr


def test_without_a_rehearsal_it_says_how_to_get_one(rootguard: Rootguard, deployment: Deployment) -> None:
    deployment.aws.client("cloudformation").delete_stack(StackName=STACK)
    stack(deployment.aws, OUTPUTS)
    result = rootguard("rehearse")
    assert result.exit_code == 3
    assert "`rehearsal:` into guardrail.yaml" in result.stderr
