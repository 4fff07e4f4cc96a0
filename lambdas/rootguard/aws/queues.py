"""The queues that the guard fills: notices for the notifier, attachments to put back for the restorer.

Each is a standard queue, with one message of JSON for each thing. A message that comes twice changes nothing:
the notifier claims a notice, and an attachment is there already. A client is made for the first message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws.calls import CONFIG, client
from rootguard.domain.ids import is_policy_id, is_policy_type, is_target_id
from rootguard.domain.remedy import Attach
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Notice, message_text
from rootguard.ports import NoticeError, RestorerError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_BYTES: Final = 250_000
"""The stack leaves the queue's limit at 262,144 bytes ("SendMessage", Amazon SQS API Reference)."""
_BEHIND_SECONDS: Final = 10
_BATCH: Final = 10
"""The most that SQS takes at once ("SendMessageBatch", Amazon SQS API Reference)."""


def connect() -> SQSClient:
    """Return a client for SQS."""
    made: SQSClient = client("sqs", CONFIG)
    return made


class SqsNotices:
    """`ports.Notices` on an SQS queue."""

    def __init__(self, queue_url: str, connect: Callable[[], SQSClient] = connect) -> None:
        self._queue_url = queue_url
        self._client = cache(connect)

    def send(self, notice: Notice) -> None:
        try:
            self._client().send_message(
                QueueUrl=self._queue_url, MessageBody=message(notice), DelaySeconds=_delay(notice)
            )
        except (ClientError, BotoCoreError) as error:
            raise NoticeError(f"the queue of notices did not take {notice.key}: {error}") from error


class SqsRestorer:
    """`ports.Restorer` on an SQS queue."""

    def __init__(self, queue_url: str, connect: Callable[[], SQSClient] = connect) -> None:
        self._queue_url = queue_url
        self._client = cache(connect)

    def restore(self, policy_type: str, attachments: Sequence[Attach]) -> None:
        bodies = [order(policy_type, attachment) for attachment in attachments]
        for start in range(0, len(bodies), _BATCH):
            batch = enumerate(bodies[start : start + _BATCH])
            try:
                answer = self._client().send_message_batch(
                    QueueUrl=self._queue_url,
                    Entries=[{"Id": str(number), "MessageBody": body} for number, body in batch],
                )
            except (ClientError, BotoCoreError) as error:
                raise RestorerError(f"the queue of attachments to restore refused them: {error}") from error
            # A batch can be taken in part, and the call still succeeds.
            if failed := answer.get("Failed"):
                code = failed[0].get("Code")
                raise RestorerError(f"the queue of attachments to restore refused {len(failed)}: {code}")


def _delay(notice: Notice) -> int:
    """Return how many seconds a notice waits in the queue.

    Of two deliveries at the same moment, one undoes the change, and the other one finds it undone. What the
    first one says is better, so the other one lets it go ahead: their notices have the same key.
    """
    return _BEHIND_SECONDS if notice.data.get("result") == Result.ALREADY_UNDONE else 0


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
    ids = {"policy_id": attachment.policy_id, "target_id": attachment.target_id}
    return json.dumps({"policy_type": policy_type, **ids})


def read_order(body: str) -> tuple[str, Attach]:
    """Return the policy type and the attachment of a message. Raises ValueError for any other text."""
    said: Any = json.loads(body)
    named = said if isinstance(said, dict) else {}
    names = ("policy_type", "policy_id", "target_id")
    policy_type, policy_id, target_id = (str(named.get(name)) for name in names)
    if not (is_policy_type(policy_type) and is_policy_id(policy_id) and is_target_id(target_id)):
        raise ValueError(f"not an attachment: {body!r}")
    return policy_type, Attach(policy_id, target_id)
