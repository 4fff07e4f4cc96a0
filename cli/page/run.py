"""`rootguard page --test`: send a notice of a test, and watch how far its page comes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from cli import output, paged
from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from cli.inputs import read_config
from cli.page.arrival import FINE, Arrival, State, by_subscription, in_log
from cli.page.look import show
from cli.progress import steps
from rootguard.aws.claims import Claims
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.outbox import message
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.notify.subscribers import Subscriber, subscribers
from stacks.names import QUEUE_OUTPUT, TABLE_OUTPUT, TOPIC_OUTPUT

_NOTICES: Final = f"Notices{QUEUE_OUTPUT}"
_PATIENCE: Final = 60.0  # seconds for each of the two waits
_PAUSE: Final = 1.0
_T = TypeVar("_T")


def run(config: Path, *, as_json: bool) -> ExitCode:
    """Send, wait, print, and return the exit code. Raises TroubleError."""
    pages, aws = read_config(config).pages, Aws()
    outputs = aws.deployed(_NOTICES, TABLE_OUTPUT, TOPIC_OUTPUT)
    logs = paged.logs(outputs)
    found = subscribers(paged.addresses(pages, outputs), aws.subscriptions(outputs[TOPIC_OUTPUT]))
    if not found:
        raise TroubleError(ExitCode.FINDING, f"{config} names nobody under `pages`: no page goes anywhere.")
    key, at = f"test/{secrets.token_hex(6)}", datetime.now(UTC)
    with steps(output.stderr()) as step:
        step("Sending a notice to the queue of notices")
        data = {"at": at.isoformat(), "by": aws.caller()}
        with aws.asking("SendMessage"):
            body = message(Notice(key, About.TEST, Stage.FOUND, data))
            aws.sqs().send_message(QueueUrl=outputs[_NOTICES], MessageBody=body)
        step("Waiting until the notifier has published the page")
        _await_publishing(aws, Claims(Table(outputs[TABLE_OUTPUT], Dynamo(aws.dynamodb()))), key)
        step("Waiting until each channel has sent it")
        arrivals = _arrivals(aws, found, logs, key, at)
    if as_json:
        output.write_json({"key": key, "channels": [arrival.as_json() for arrival in arrivals]})
    else:
        show(arrivals, outputs[TOPIC_OUTPUT], key, output.stdout())
    return ExitCode.FINE if all(each.state in FINE for each in arrivals) else ExitCode.FINDING


def waited(
    ask: Callable[[], _T | None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> _T | None:
    """Return the first answer that is not None; None if there was none within a minute."""
    until = clock() + _PATIENCE
    while (answer := ask()) is None and clock() < until:
        sleep(_PAUSE)
    return answer


def _await_publishing(aws: Aws, claims: Claims, key: str) -> None:
    """Wait until the page is on the topic. Raises TroubleError if it does not come there."""

    def published() -> datetime | None:
        with aws.asking("BatchGetItem"):
            return claims.published([key]).get(key)

    if waited(published) is None:
        raise TroubleError(
            ExitCode.FINDING,
            f"The notifier did not publish the page within {_PATIENCE:.0f} seconds: no page arrives now.\n"
            "Read the notifier's log, fix what it names, and run `rootguard redrive --queue notices`.",
        )


def _arrivals(
    aws: Aws, found: tuple[Subscriber, ...], logs: dict[str, str], key: str, since: datetime
) -> tuple[Arrival, ...]:
    """Return how far the page came to each. The channels' logs are asked until each has told it."""
    known = {subscriber: by_subscription(subscriber) for subscriber in found}

    def told() -> bool | None:
        for subscriber in [each for each in found if known[each].state is State.UNKNOWN]:
            lines = aws.log_lines(logs[subscriber.address.endpoint], since)
            known[subscriber] = in_log(subscriber, lines, key) or known[subscriber]
        return None if any(each.state is State.UNKNOWN for each in known.values()) else True

    waited(told)
    return tuple(known.values())
