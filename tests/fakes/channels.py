"""A channel in memory, and messages as Lambda hands them over from its queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rootguard.notify.delivery import SenderError
from rootguard.notify.page import Page


class FakeSender:
    """`Sender` that keeps the pages, and refuses those about what it was told to refuse."""

    def __init__(self, *refused: str, refusal: Exception | None = None) -> None:
        self.pages: list[Page] = []
        self._refused = refused
        self._refusal = refusal or SenderError("it answered 500")

    def send(self, page: Page) -> None:
        if page.about in self._refused:
            raise self._refusal
        self.pages.append(page)


def queue_event(*bodies: str, at: datetime) -> dict[str, Any]:
    """The event of some messages that came to a queue at a time ("Using Lambda with Amazon SQS")."""
    milliseconds = str(int(at.timestamp() * 1000))
    return {
        "Records": [_record(f"message-{number}", body, milliseconds) for number, body in enumerate(bodies)]
    }


def _record(message_id: str, body: str, milliseconds: str) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": milliseconds,
            "SenderId": "AIDAIT2UOQQY3AUEKVGXU",
            "ApproximateFirstReceiveTimestamp": milliseconds,
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:rootguard-slack",
        "awsRegion": "us-east-1",
    }
