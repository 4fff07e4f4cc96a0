"""A notice goes to its queue as one message, within what SQS takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from botocore.exceptions import ConnectTimeoutError

from drill.local_aws import LocalAws
from rootguard.aws.outbox import MOST_BYTES, SqsNotices, message
from rootguard.incidents.incident import Incident
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.ports import OutboxError
from tests.aws.examples import DENY_ALL, LONGEST, incident


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    with LocalAws.start() as aws:
        yield aws.client("sqs")


def notice(**data: Any) -> Notice:
    return Notice("i-0123456789ab/found", About.INCIDENT, Stage.FOUND, incident().as_json() | data)


def test_a_notice_is_read_as_it_was_sent(sqs: Any) -> None:
    queue = sqs.create_queue(QueueName="notices")["QueueUrl"]
    SqsNotices(queue, lambda: sqs).send(notice())
    (got,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    read = Notice.from_json(json.loads(got["Body"]))
    assert read == notice()
    assert Incident.from_json(dict(read.data)) == incident()


def test_a_queue_that_is_not_there_is_told(sqs: Any) -> None:
    queue = sqs.create_queue(QueueName="another")["QueueUrl"]
    with pytest.raises(OutboxError, match="did not take the notice i-0123456789ab/found"):
        SqsNotices(f"{queue}-not", lambda: sqs).send(notice())


@pytest.mark.parametrize(("result", "seconds"), [("undone", 0), ("already-undone", 10)])
def test_what_undid_a_change_is_said_before_what_found_it_undone(result: str, seconds: int) -> None:
    """Two deliveries of an event meet: the notices have one key, and the first one to arrive is paged."""
    sent: list[Any] = []

    class _Queue:
        def send_message(self, **parameters: object) -> None:
            sent.append(parameters["DelaySeconds"])

    queue: Any = _Queue()
    SqsNotices("queue", lambda: queue).send(notice(result=result))
    assert sent == [seconds]


class _Silent:
    def send_message(self, **_: object) -> NoReturn:
        raise ConnectTimeoutError(endpoint_url="https://sqs")


def test_a_silent_queue_is_told() -> None:
    silent: Any = _Silent()
    with pytest.raises(OutboxError, match="sqs"):
        SqsNotices("queue", lambda: silent).send(notice())


def test_nothing_connects_before_the_first_notice() -> None:
    def connect() -> NoReturn:
        raise AssertionError("too early")

    SqsNotices("queue", connect)


def test_the_longest_policies_fit() -> None:
    text = message(notice(**incident(content=LONGEST).as_json()))
    assert len(text.encode()) <= MOST_BYTES
    assert Incident.from_json(json.loads(text)["data"]) == incident(content=LONGEST)


def test_what_is_too_large_goes_without_the_contents_of_policies_and_says_so() -> None:
    text = message(notice(**incident(content="\x00" * 30_000).as_json()))
    assert len(text.encode()) < 10_000
    data = json.loads(text)["data"]
    assert data["drift"]["policy"]["content_left_out"] is True
    found = Incident.from_json(data)
    policy = found.drift.policy
    assert policy is not None
    assert (policy.name, policy.content) == ("Quarantine", None)
    assert replace(found, drift=incident().drift, done=()) == replace(incident(), done=())


@pytest.mark.parametrize("content", ["\ud800", "\uffff", "\ufffe", "\x00", DENY_ALL])
def test_any_text_can_be_sent(content: str) -> None:
    text = message(notice(**incident(content=content).as_json()))
    assert not {"\ud800", "\uffff", "\ufffe", "\x00"} & set(text)
    assert Incident.from_json(json.loads(text)["data"]) == incident(content=content)
