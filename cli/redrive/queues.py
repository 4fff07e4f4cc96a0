"""The queues of dead letters: letters are taken, delivered again, deleted or given back.

What is taken is hidden from others for a while, so two people who redrive at once deliver nothing twice.
SQS's own redrive (StartMessageMoveTask) is not used: it cannot invoke a function, and China has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cli.aws import Aws, DeniedError
from cli.exits import TroubleError, bad_input
from cli.functions import DeployedFunction
from cli.redrive.letter import GUARD, Letter
from stacks.names import DEAD_LETTERS_OUTPUT, FUNCTION_OUTPUT, QUEUE_OUTPUT

HIDDEN_SECONDS: Final = 900
"""How long a letter is hidden once it is taken: to read, to answer, to deliver those before it."""
_MOST: Final = 500
"""The most letters of a queue that are taken at once. The others are next."""
_BATCH: Final = 10
"""The most that SQS gives at once ("ReceiveMessage", Amazon SQS API Reference)."""
_EMPTY: Final = 3
"""SQS asks some of its servers only, so one empty answer does not say that a queue is empty."""
_GUARD_SECONDS: Final = 70
"""The guard may run for 60 seconds."""


class FailedError(Exception):
    """A letter that was not delivered. The message says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """The letters of some queues, oldest first; and how many more someone has taken, or come next."""

    letters: tuple[Letter, ...]
    hidden: int
    more: int


class Queues:
    """The deployed stack's queues of dead letters. Methods raise TroubleError for what AWS refuses.

    Args:
        aws: what to ask.
        only: the name of one queue; empty for all of them.
    """

    def __init__(self, aws: Aws, only: str = "") -> None:
        self._aws = aws
        self._outputs = aws.deployed(DEAD_LETTERS_OUTPUT, FUNCTION_OUTPUT)
        self._urls = _named(self._outputs, DEAD_LETTERS_OUTPUT)
        if only and only not in self._urls:
            raise bad_input(f'--queue: there is no queue "{only}"; there are {", ".join(self._urls)}.')
        if only:
            self._urls = {only: self._urls[only]}
        self._sqs = aws.sqs()
        self._guard = DeployedFunction(aws, self._outputs[FUNCTION_OUTPUT], seconds=_GUARD_SECONDS)

    def take(self) -> Found:
        """Take what there is, and hide it from others for a while."""
        letters: list[Letter] = []
        hidden = more = 0
        for queue, url in self._urls.items():
            found = list(self._take(queue, url))
            letters += found
            with self._aws.asking("GetQueueAttributes"):
                names: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
                counts = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            more += int(counts[names[0]]) if len(found) >= _MOST else 0
            hidden += max(0, int(counts[names[1]]) - len(found))
        letters.sort(key=lambda letter: letter.sent_at)
        return Found(tuple(letters), hidden, more)

    def deliver(self, letter: Letter) -> str:
        """Deliver a letter again; return what came of it. Raises FailedError, and DeniedError."""
        try:
            return self._invoke(letter) if letter.queue == GUARD else self._send(letter)
        except DeniedError:
            raise
        except TroubleError as trouble:
            raise FailedError(str(trouble).splitlines()[0]) from trouble

    def delete(self, letter: Letter) -> None:
        """Delete a letter."""
        with self._aws.asking("DeleteMessage"):
            self._sqs.delete_message(QueueUrl=self._urls[letter.queue], ReceiptHandle=letter.receipt)

    def give_back(self, letters: Iterable[Letter]) -> None:
        """Let others see the letters again at once."""
        for letter in letters:
            with self._aws.asking("ChangeMessageVisibility"):
                self._sqs.change_message_visibility(
                    QueueUrl=self._urls[letter.queue], ReceiptHandle=letter.receipt, VisibilityTimeout=0
                )

    def _take(self, queue: str, url: str) -> Iterator[Letter]:
        taken = empty = 0
        while taken < _MOST and empty < _EMPTY:
            with self._aws.asking("ReceiveMessage"):
                answer = self._sqs.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=_BATCH,
                    VisibilityTimeout=HIDDEN_SECONDS,
                    MessageAttributeNames=["All"],
                    MessageSystemAttributeNames=["SentTimestamp"],
                )
            messages: list[Any] = answer.get("Messages", [])
            empty = 0 if messages else empty + 1
            taken += len(messages)
            for message in messages:
                sent_at = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
                attributes = message.get("MessageAttributes", {})
                yield Letter(
                    queue,
                    message["MessageId"],
                    message["ReceiptHandle"],
                    sent_at,
                    message["Body"],
                    attributes,
                )

    def _invoke(self, letter: Letter) -> str:
        if not isinstance(letter.event, Mapping):
            raise FailedError("it is no event: read it, and delete it in the SQS console")
        verdict = self._guard.invoke(letter.event)
        words = [str(verdict[name]) for name in ("verdict", "reason") if name in verdict]
        return ", ".join(words) or "done"

    def _send(self, letter: Letter) -> str:
        url = _named(self._outputs, QUEUE_OUTPUT).get(letter.queue)
        if url is None:
            raise FailedError("the stack does not name the queue that it came from; run `make deploy`")
        attributes: dict[str, Any] = {
            name: {key: value[key] for key in ("DataType", "StringValue", "BinaryValue") if key in value}
            for name, value in letter.attributes.items()
        }
        with self._aws.asking("SendMessage"):
            self._sqs.send_message(QueueUrl=url, MessageBody=letter.body, MessageAttributes=attributes)
        return "back in its queue"


def _named(outputs: Mapping[str, str], ending: str) -> dict[str, str]:
    """Return the outputs with this ending by what is before it, the guard's first: it has nothing there."""
    found = {name.removesuffix(ending).lower() or GUARD: name for name in outputs if name.endswith(ending)}
    return {name: outputs[found[name]] for name in sorted(found, key=lambda name: (name != GUARD, name))}
