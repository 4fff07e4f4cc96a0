"""A stack whose function that isolates answers as it is told, and what that was asked."""

from __future__ import annotations

from typing import Any

import pytest

from drill.local_aws import LocalAws
from rootguard.isolation.request import digest_of, read_request
from stacks.names import ISOLATION_OUTPUT, STACK
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

SHOP, BANK = "444455556666", "555566667777"
QUARANTINE = {"id": "ou-exam-quarant1", "name": "Quarantine"}
# It writes down what it is asked, and answers what the reason says, if that is JSON.
CODE = """
    import json, boto3
    boto3.client("sqs").send_message(QueueUrl={url!r}, MessageBody=json.dumps(event))
    answers = {answers!r}
    answer = answers["list" if event["verb"] == "list" else "seen" if event["dry_run"] else "done"]
    if answer == "fails":
        raise ValueError("out of memory")
    return answer
"""


def account(id_: str = SHOP, outcome: str = "would-isolate", **more: Any) -> dict[str, Any]:
    place = {"id": "ou-exam-customer1", "name": "Customers"}
    return {
        "id": id_,
        "name": "shop",
        "email": "shop@example.com",
        "state": "ACTIVE",
        "parent": place,
        "outcome": outcome,
        "why": "",
        "unless_twice": False,
        "done_before": False,
        "origin": place,
        "home": {"id": "", "name": ""},
        "since": "2026-11-27T09:00:00+00:00",
        "by": "AROAEXAMPLE:sara",
        "arn": "arn",
        "reason": "ticket 4711",
        "request": "request-1",
        "released": None,
        "released_by": "",
        "released_arn": "",
        "released_reason": "",
    } | more


def answer(*accounts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "request": "request-1",
        "verb": "isolate",
        "dry_run": False,
        "by": {"user_id": "AROAEXAMPLE:sara", "arn": "arn"},
        "quarantine": QUARANTINE,
        "refused": any(each["outcome"] == "refused" for each in accounts),
        "paged": True,
        "accounts": list(accounts),
    } | more


SEEN = answer(account(), account(BANK), dry_run=True, paged=None)
DONE = answer(account(outcome="isolated"), account(BANK, "isolated"))


class Deployment:
    """A stack whose function answers as it is told, and what that was asked."""

    def __init__(self, local: LocalAws) -> None:
        self.aws, self.heard = local, Queue(local)

    def answers(self, seen: Any = SEEN, done: Any = DONE, listed: Any = None) -> None:
        answers = {"seen": seen, "done": done, "list": listed}
        made = function(self.aws, CODE.strip().format(url=self.heard.url, answers=answers))
        self.aws.client("cloudformation").delete_stack(StackName=STACK)
        stack(self.aws, OUTPUTS | {ISOLATION_OUTPUT: made["FunctionName"]})

    @property
    def asked(self) -> list[tuple[str, bool]]:
        """The verb and whether it was a dry run, of each request; each of them can be read."""
        found: list[Any] = self.heard.bodies()
        for each in found:
            read_request(each)
            assert each["identity"]["X-Rootguard-Request"] == digest_of(each)
        return [(each["verb"], each["dry_run"]) for each in found]


@pytest.fixture(name="deployment")
def deploying(aws: LocalAws, sign_in: As) -> Deployment:  # noqa: F811
    made = Deployment(aws)
    made.answers()
    sign_in(allowed("sara", "lambda:InvokeFunction", "cloudformation:DescribeStacks"))
    return made
