"""One publish for a page, one plain line if there can be no page; a refusal raises."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from drill.local_aws import LocalAws
from rootguard.aws.outbox import Topic
from rootguard.ports import OutboxError


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws.start() as aws:
        yield aws


@pytest.fixture
def sns(aws: LocalAws) -> Any:
    return aws.client("sns")


@pytest.fixture
def topic(aws: LocalAws, sns: Any, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A topic's ARN, and the URL of a queue that subscribes to it."""
    name = f"topic-{abs(hash(request.node.name))}"
    anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    sqs = aws.client("sqs")
    queue: str = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    arn: str = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=attributes["QueueArn"])
    return arn, queue


def received(aws: LocalAws, queue: str) -> list[dict[str, Any]]:
    for _ in range(50):
        answer = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        if messages := answer.get("Messages"):
            return [json.loads(message["Body"]) for message in messages]
        time.sleep(0.1)
    return []


def test_each_protocol_gets_its_own_text(aws: LocalAws, sns: Any, topic: tuple[str, str]) -> None:
    arn, queue = topic
    Topic(arn, lambda: sns).publish("UNDONE", json.dumps({"default": "for machines", "email": "for people"}))
    (got,) = received(aws, queue)
    assert (got["Subject"], got["Message"]) == ("UNDONE", "for machines")


@pytest.mark.parametrize("line", ["Root is locked out: p-12345678", "x" * 100_000, "half \ud800 a pair"])
def test_a_plain_line_is_published_whatever_is_in_it(
    aws: LocalAws, sns: Any, topic: tuple[str, str], line: str
) -> None:
    arn, queue = topic
    Topic(arn, lambda: sns).say(line)
    (got,) = received(aws, queue)
    assert got["Message"][:5] == line[:5]
    assert len(got["Message"]) <= 1_600


class _Silent:
    def publish(self, **_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://sns")


@pytest.mark.parametrize("silent", [True, False])
def test_a_topic_that_takes_nothing_is_told(aws: LocalAws, sns: Any, silent: bool) -> None:
    client: Any = _Silent() if silent else sns
    arn = "arn:aws:sns:us-east-1:000000000000:not-there"
    with pytest.raises(OutboxError, match="UNDONE"):
        Topic(arn, lambda: client).publish("UNDONE", "{}")
    with pytest.raises(OutboxError, match="did not take the line"):
        Topic(arn, lambda: client).say("a line")


def test_the_guards_way_out_loads_nothing_that_words_pages() -> None:
    loaded = "import rootguard.aws.outbox, sys; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout
    assert not [name for name in modules.split() if name.startswith("rootguard.notify")]
