"""What leaves the functions: notices and attachments to put back to their queues, pages to SNS topics.

Each queue is a standard one, with one message of JSON for each thing. A message that comes twice changes
nothing: the notifier claims a notice, and an attachment is there already. A client is made for the first
message. Nothing is loaded here that puts pages into words, since the guard publishes, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws.calls import CONFIG
from rootguard.domain.json_data import plain
from rootguard.domain.policy import is_policy_id, is_policy_type, is_target_id
from rootguard.domain.remedy import Attach
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Notice, message_text
from rootguard.ports import OutboxError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

MOST_BYTES: Final = 250_000
"""The stack leaves the queue's limit at 262,144 bytes ("SendMessage", Amazon SQS API Reference)."""
_BEHIND_SECONDS: Final = 10
LATEST: Final = 900
"""The most seconds that SQS delays a message ("SendMessage", Amazon SQS API Reference)."""
_BATCH: Final = 10
"""The most that SQS takes at once ("SendMessageBatch", Amazon SQS API Reference)."""
_SUBJECT: Final = "Rootguard: an incident, and its notice could not be sent"
_MOST_CHARACTERS: Final = 1_500
"""An SMS is cut after 1,600 ("Publish", Amazon SNS API Reference)."""


def client_of(service: Any, config: Config = CONFIG) -> Any:
    """Return a client that gives up soon."""
    return boto3.client(service, config=config)


@contextmanager
def sending(what: str) -> Iterator[None]:
    """Raise OutboxError if AWS does not take what is sent here."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise OutboxError(f"AWS did not take {what}: {error}") from error


class SqsNotices:
    """`ports.Notices` on an SQS queue."""

    def __init__(self, queue_url: str, connect: Callable[[], SQSClient] | None = None) -> None:
        self._queue_url, self._client = queue_url, cache(connect or partial(client_of, "sqs"))

    def send(self, notice: Notice, delay: int = 0) -> None:
        # Of two deliveries at the same moment, one undoes the change, and the other one finds it undone.
        # Their notices have the same key. What the first one says is better, so the other one waits.
        if notice.data.get("result") == Result.ALREADY_UNDONE:
            delay = _BEHIND_SECONDS
        with sending(f"the notice {notice.key}"):
            self._client().send_message(
                QueueUrl=self._queue_url, MessageBody=message(notice), DelaySeconds=delay
            )


class SqsRestorer:
    """`ports.Restorer` on an SQS queue."""

    def __init__(self, queue_url: str, connect: Callable[[], SQSClient] | None = None) -> None:
        self._queue_url, self._client = queue_url, cache(connect or partial(client_of, "sqs"))

    def restore(self, policy_type: str, attachments: Sequence[Attach]) -> None:
        messages = [order(policy_type, attachment) for attachment in attachments]
        for start in range(0, len(messages), _BATCH):
            batch = enumerate(messages[start : start + _BATCH])
            entries: list[Any] = [{"Id": str(i), "MessageBody": body} for i, body in batch]
            with sending("attachments to restore"):
                answer = self._client().send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            # A batch can be taken in part, and the call still succeeds.
            if failed := answer.get("Failed"):
                raise OutboxError(f"AWS did not take {len(failed)} attachments: {failed[0].get('Code')}")


class Topic:
    """One topic that people subscribe to, and `ports.LastResort` on it."""

    def __init__(self, topic_arn: str, connect: Callable[[], SNSClient] | None = None) -> None:
        self._topic_arn, self._client = topic_arn, cache(connect or partial(client_of, "sns"))

    def publish(self, subject: str, message: str) -> None:
        """Publish a page: a text for each protocol, as JSON text. Raises OutboxError.

        A subject, for e-mail, has 99 ASCII characters at most ("Publish", Amazon SNS API Reference).
        """
        with sending(f"the page {subject}"):
            self._client().publish(
                TopicArn=self._topic_arn, Subject=subject, MessageStructure="json", Message=message
            )

    def say(self, line: str) -> None:
        # Half a surrogate pair is no text that can be sent.
        text = line[:_MOST_CHARACTERS].encode("utf-8", "backslashreplace").decode("utf-8")
        with sending(f"the line {text}"):
            self._client().publish(TopicArn=self._topic_arn, Subject=_SUBJECT, Message=text)


def message(notice: Notice) -> str:
    """Return the message of a notice. If it is too large, the contents of policies are left out."""
    data = notice.as_json()
    text = message_text(data)
    return text if len(text.encode()) <= MOST_BYTES else message_text(_without_contents(data))


def _without_contents(data: Any) -> Any:
    """Return the data with a mark in each policy whose content was taken out."""
    if isinstance(data, list):
        return [_without_contents(each) for each in data]
    if not isinstance(data, dict):
        return data
    rest = {name: _without_contents(value) for name, value in data.items()}
    if isinstance(rest.get("content"), str):
        rest |= {"content": None, "content_left_out": True}
    return rest


def order(policy_type: str, attachment: Attach) -> str:
    """Return the message of an attachment to put back."""
    return json.dumps({"policy_type": policy_type, **plain(attachment)})


def read_order(body: str) -> tuple[str, Attach]:
    """Return the policy type and the attachment of a message. Raises ValueError for any other text."""
    said: Any = json.loads(body)
    named = said if isinstance(said, dict) else {}
    names = ("policy_type", "policy_id", "target_id")
    policy_type, policy_id, target_id = (str(named.get(name)) for name in names)
    if not (is_policy_type(policy_type) and is_policy_id(policy_id) and is_target_id(target_id)):
        raise ValueError(f"not an attachment: {body!r}")
    return policy_type, Attach(policy_id, target_id)
