"""SQS and SNS in memory: queues with their dead letters, and topics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any, Final

from simulation.identities import MANAGEMENT_ACCOUNT, REGION, event_id
from simulation.wire import Reply

_MOST_BYTES: Final = 1024 * 1024
_MOST_PUBLISHED: Final = 262_144
_MOST_IN_BATCH: Final = 10


def queue_url(name: str) -> str:
    """Return a queue's URL."""
    return f"https://sqs.{REGION}.amazonaws.com/{MANAGEMENT_ACCOUNT}/{name}"


def queue_arn(name: str) -> str:
    """Return a queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{MANAGEMENT_ACCOUNT}:{name}"


def topic_arn(name: str) -> str:
    """Return a topic's ARN."""
    return f"arn:aws:sns:{REGION}:{MANAGEMENT_ACCOUNT}:{name}"


@dataclass(slots=True)
class Message:
    """A message in a queue: when it was sent (seconds since the epoch), and how often it was received."""

    id: str
    body: str
    sent_at: float
    attributes: Mapping[str, Any] = field(default_factory=dict)
    received: int = 0
    first_received_at: float = 0.0

    def as_record(self, queue: str) -> dict[str, Any]:
        """Return it as Lambda hands it to a function ("Using Lambda with Amazon SQS", Lambda guide)."""
        return {
            "messageId": self.id,
            "receiptHandle": f"{self.id}#{self.received}",
            "body": self.body,
            "attributes": {
                "ApproximateReceiveCount": str(self.received),
                "SentTimestamp": str(int(self.sent_at * 1000)),
                "SenderId": "AROASIMULATED",
                "ApproximateFirstReceiveTimestamp": str(int(self.first_received_at * 1000)),
            },
            "messageAttributes": dict(self.attributes),
            "md5OfBody": _digest(self.body),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn(queue),
            "awsRegion": REGION,
        }


class Queues:
    """All queues of the account. `arrived` hears of each queue that has a new message.

    Args:
        names: the queues.
        now: returns seconds since the epoch.
        arrived: called with a queue's name.
    """

    def __init__(
        self, names: tuple[str, ...], now: Callable[[], float], arrived: Callable[[str], None]
    ) -> None:
        self.visible: dict[str, list[Message]] = {name: [] for name in names}
        self._now, self._arrived = now, arrived
        self._sent = 0

    def send(self, queue: str, body: str, attributes: Mapping[str, Any] | None = None) -> Message:
        """Put a message into a queue."""
        self._sent += 1
        message = Message(event_id("message", self._sent), body, self._now(), attributes or {})
        self.give_back(queue, message)
        return message

    def give_back(self, queue: str, message: Message) -> None:
        """Let a message be received again."""
        self.visible[queue].append(message)
        self._arrived(queue)

    def take(self, queue: str, most: int) -> list[Message]:
        """Receive messages, the oldest first."""
        taken, self.visible[queue] = self.visible[queue][:most], self.visible[queue][most:]
        for message in taken:
            message.received += 1
            message.first_received_at = message.first_received_at or self._now()
        return taken

    def call(self, operation: str, p: Mapping[str, Any]) -> Reply | None:
        """Carry out one operation of SQS; None if it is not known here."""
        name = str(p.get("QueueUrl", "")).rpartition("/")[2]
        if name not in self.visible:
            return Reply(error="AWS.SimpleQueueService.NonExistentQueue", message="The queue does not exist.")
        if operation == "SendMessage":
            if len(p["MessageBody"].encode()) > _MOST_BYTES:
                return Reply(error="InvalidParameterValue", message="The message is too long.")
            message = self.send(name, p["MessageBody"], p.get("MessageAttributes"))
            return Reply({"MessageId": message.id, "MD5OfMessageBody": _digest(message.body)})
        if operation == "SendMessageBatch":
            return self._batch(name, p["Entries"])
        if operation == "GetQueueAttributes":
            count = str(len(self.visible[name]))
            return Reply({"Attributes": {"ApproximateNumberOfMessages": count, "QueueArn": queue_arn(name)}})
        return None

    def _batch(self, name: str, entries: list[dict[str, Any]]) -> Reply:
        if not entries:
            return Reply(error="EmptyBatchRequest", message="There should be at least one entry.")
        if len(entries) > _MOST_IN_BATCH:
            return Reply(error="TooManyEntriesInBatchRequest", message="At most 10 entries are allowed.")
        if len({entry["Id"] for entry in entries}) < len(entries):
            return Reply(error="BatchEntryIdsNotDistinct", message="Ids must be distinct.")
        done = []
        for entry in entries:
            message = self.send(name, entry["MessageBody"], entry.get("MessageAttributes"))
            done.append(
                {"Id": entry["Id"], "MessageId": message.id, "MD5OfMessageBody": _digest(message.body)}
            )
        return Reply({"Successful": done, "Failed": []})


class Topics:
    """All topics of the account. `published` hears of each message: topic, subject, text and structure."""

    def __init__(self, names: tuple[str, ...], published: Callable[[str, str, str], None]) -> None:
        self._arns = {topic_arn(name): name for name in names}
        self._published = published
        self._count = 0

    def call(self, operation: str, p: Mapping[str, Any]) -> Reply | None:
        """Carry out one operation of SNS; None if it is not known here."""
        if operation not in ("Publish", "ListSubscriptionsByTopic"):
            return None
        name = self._arns.get(str(p.get("TopicArn")))
        if name is None:
            return Reply(error="NotFound", message="Topic does not exist")
        if operation == "ListSubscriptionsByTopic":
            arn = f"{p['TopicArn']}:oncall"
            oncall = {"Protocol": "email", "Endpoint": "oncall@example.com", "SubscriptionArn": arn}
            return Reply({"Subscriptions": [oncall]})
        message, subject = str(p.get("Message", "")), str(p.get("Subject", ""))
        if not message:
            return Reply(error="InvalidParameter", message="Invalid parameter: Empty message")
        if len(message.encode()) > _MOST_PUBLISHED:
            return Reply(error="InvalidParameter", message="Invalid parameter: Message too long")
        # "Publish", SNS API reference: below 100 characters, no line breaks, in ASCII.
        if subject and (len(subject) > 100 or not subject.isascii() or not subject.isprintable()):  # noqa: PLR2004
            return Reply(error="InvalidParameter", message="Invalid parameter: Subject")
        self._count += 1
        self._published(name, subject, message)
        return Reply({"MessageId": event_id("publish", self._count)})


def _digest(body: str) -> str:
    return md5(body.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
