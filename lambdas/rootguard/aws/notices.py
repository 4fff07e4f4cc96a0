"""The queue from the guard to the notifier: one message for each notice, as JSON.

The guard loads nothing for it before its write is done: the client is made for the first notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws.calls import CONFIG
from rootguard.aws.connection import Connection, client
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Notice
from rootguard.ports import NoticeError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_BYTES: Final = 250_000
"""The stack leaves the queue's limit at 262,144 bytes ("SendMessage", Amazon SQS API Reference)."""
_UNSENDABLE: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""Halves of surrogate pairs are no text, and the two characters more SQS refuses."""

_BEHIND_SECONDS: Final = 10


def connect() -> SQSClient:
    """Return a client for SQS."""
    made: SQSClient = client("sqs", CONFIG)
    return made


class SqsNotices:
    """`ports.Notices` on an SQS queue.

    Args:
        queue_url: the queue.
        connect: makes an SQS client; asked for the first notice.
    """

    def __init__(self, queue_url: str, connect: Callable[[], SQSClient] = connect) -> None:
        self._queue_url = queue_url
        self._client = Connection(connect)

    def send(self, notice: Notice) -> None:
        """Send a notice. Raises NoticeError if the queue does not take it."""
        try:
            self._client().send_message(
                QueueUrl=self._queue_url, MessageBody=message(notice), DelaySeconds=_delay(notice)
            )
        except (ClientError, BotoCoreError) as error:
            raise NoticeError(f"the queue of notices did not take {notice.key}: {error}") from error


def _delay(notice: Notice) -> int:
    """Return how many seconds a notice waits in the queue.

    Of two deliveries at the same moment, one undoes the change, and the other one finds it undone. What the
    first one says is better, so the other one lets it go ahead: their notices have the same key.
    """
    return _BEHIND_SECONDS if notice.data.get("result") == Result.ALREADY_UNDONE else 0


def message(notice: Notice) -> str:
    """Return the message of a notice. If it is too large, the contents of policies are left out."""
    data = notice.as_json()
    text = _as_text(data)
    return text if len(text.encode()) <= MOST_BYTES else _as_text(_without_contents(data))


def _as_text(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False)
    return _UNSENDABLE.sub(lambda character: f"\\u{ord(character[0]):04x}", text)


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
