"""The queue of attachments to put back, on a local SQS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from drill.local_aws import LocalAws
from rootguard.aws.outbox import SqsRestorer, order, read_order
from rootguard.domain.remedy import Attach
from rootguard.ports import OutboxError
from tests.aws.examples import ACCOUNT, OU, POLICY, ROOT, SCP


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    with LocalAws.start() as aws:
        yield aws.client("sqs")


@pytest.fixture
def queue(sqs: Any, request: pytest.FixtureRequest) -> str:
    url: str = sqs.create_queue(QueueName=f"restore-{abs(hash(request.node.name))}")["QueueUrl"]
    return url


def received(sqs: Any, queue: str) -> list[tuple[str, Attach]]:
    messages: list[tuple[str, Attach]] = []
    while batch := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        messages += [read_order(entry["Body"]) for entry in batch]
    return messages


@pytest.mark.parametrize("count", [0, 1, 10, 11, 47])
def test_each_attachment_is_one_message(sqs: Any, queue: str, count: int) -> None:
    attachments = [Attach(f"p-policy{number:03}", OU) for number in range(count)]
    SqsRestorer(queue, lambda: sqs).restore(SCP, attachments)
    assert sorted(received(sqs, queue), key=str) == [(SCP, attachment) for attachment in attachments]


def test_a_queue_that_is_not_there_is_told(sqs: Any, queue: str) -> None:
    with pytest.raises(OutboxError, match="did not take attachments"):
        SqsRestorer(queue + "-not", lambda: sqs).restore(SCP, [Attach(POLICY, ROOT)])


class _Sqs:
    """SQS as it is seldom: it takes a part of a batch, or answers nothing."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self._answer = answer

    def send_message_batch(self, **_: Any) -> dict[str, Any]:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def test_a_batch_that_is_taken_in_part_is_no_success() -> None:
    sqs: Any = _Sqs({"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "Code": "InternalError"}]})
    with pytest.raises(OutboxError, match="did not take 1 attachments: InternalError"):
        SqsRestorer("queue", lambda: sqs).restore(SCP, [Attach(POLICY, ROOT), Attach(POLICY, OU)])


def test_a_silent_network_is_told() -> None:
    sqs: Any = _Sqs(ConnectTimeoutError(endpoint_url="https://sqs"))
    with pytest.raises(OutboxError, match="sqs"):
        SqsRestorer("queue", lambda: sqs).restore(SCP, [Attach(POLICY, ROOT)])


def test_a_message_is_read_as_it_was_written() -> None:
    assert read_order(order(SCP, Attach(POLICY, ACCOUNT))) == (SCP, Attach(POLICY, ACCOUNT))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "7",
        "{}",
        json.dumps({"policy_type": SCP, "policy_id": POLICY}),
        json.dumps({"policy_type": SCP, "policy_id": POLICY, "target_id": "*"}),
        json.dumps({"policy_type": "scp#x", "policy_id": POLICY, "target_id": ROOT}),
        json.dumps({"policy_type": SCP, "policy_id": [POLICY], "target_id": ROOT}),
    ],
)
def test_another_message_is_refused(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own, too
        read_order(body)
