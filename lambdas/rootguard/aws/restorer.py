"""The queue of attachments to put back: one message each, for `rootguard.handlers.restore`.

A standard queue is enough: a message that comes twice changes nothing, since the policy is attached already.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from rootguard.aws.connection import Connection
from rootguard.aws.notices import connect
from rootguard.domain.ids import is_policy_id, is_policy_type, is_target_id
from rootguard.domain.remedy import Attach
from rootguard.ports import RestorerError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH: Final = 10
"""The most that SQS takes at once ("SendMessageBatch", Amazon SQS API Reference)."""


class SqsRestorer:
    """`ports.Restorer` on an SQS queue. It connects when there is something to restore."""

    def __init__(self, queue_url: str, connect: Callable[[], SQSClient] = connect) -> None:
        self._queue_url = queue_url
        self._client = Connection(connect)

    def restore(self, policy_type: str, attachments: Sequence[Attach]) -> None:
        """Send one message for each attachment, in batches of ten."""
        client = self._client()
        for start in range(0, len(attachments), _BATCH):
            batch = attachments[start : start + _BATCH]
            try:
                answer = client.send_message_batch(
                    QueueUrl=self._queue_url,
                    Entries=[
                        {"Id": str(number), "MessageBody": message(policy_type, attachment)}
                        for number, attachment in enumerate(batch)
                    ],
                )
            except (ClientError, BotoCoreError) as error:
                raise RestorerError(f"the queue of attachments to restore refused them: {error}") from error
            # A batch can be taken in part, and the call still succeeds.
            if failed := answer.get("Failed"):
                raise RestorerError(
                    f"the queue of attachments to restore refused {len(failed)}: {failed[0].get('Code')}"
                )


def message(policy_type: str, attachment: Attach) -> str:
    """Return the message of one attachment."""
    return json.dumps(
        {
            "policy_type": policy_type,
            "policy_id": attachment.policy_id,
            "target_id": attachment.target_id,
        }
    )


def read_message(body: str) -> tuple[str, Attach]:
    """Return the policy type and the attachment of a message. Raises ValueError for any other text."""
    said: Any = json.loads(body)
    named = said if isinstance(said, dict) else {}
    policy_type, policy_id, target_id = (
        str(named.get(name)) for name in ("policy_type", "policy_id", "target_id")
    )
    if not (is_policy_type(policy_type) and is_policy_id(policy_id) and is_target_id(target_id)):
        raise ValueError(f"not an attachment: {body!r}")
    return policy_type, Attach(policy_id, target_id)
