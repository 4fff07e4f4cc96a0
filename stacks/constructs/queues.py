"""Queues: what the functions take messages from, and where what was given up is kept.

All of them are encrypted, refuse plain HTTP, and keep what was given up for as long as SQS can: 14 days.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def dead_letters(scope: Construct, reason: str) -> sqs.Queue:
    """A queue of dead letters. `reason` answers cdk-nag, which looks for dead letters of this one."""
    queue = _queue(scope, "DeadLetters", retention_period=cdk.Duration.days(14))
    cdk.Validations.of(queue).acknowledge(
        cdk.Acknowledgment(id="AwsSolutions::AwsSolutions-SQS3", reason=reason)
    )
    return queue


def with_dead_letters(
    scope: Construct, *, timeout: cdk.Duration, attempts: int
) -> tuple[sqs.Queue, sqs.Queue]:
    """A queue that a function works through, and its dead letters.

    Args:
        scope: whose queues they are.
        timeout: the function's. A message that failed is hidden for six times as long ("Using Lambda with
            Amazon SQS", Lambda guide).
        attempts: how often a message is tried.
    """
    kept_apart = dead_letters(scope, "This is the dead-letter queue of the other.")
    queue = _queue(
        scope,
        "Queue",
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.seconds(6 * timeout.to_seconds()),
        dead_letter_queue=sqs.DeadLetterQueue(queue=kept_apart, max_receive_count=attempts),
    )
    return queue, kept_apart


def _queue(scope: Construct, name: str, **options: Any) -> sqs.Queue:
    return sqs.Queue(scope, name, encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True, **options)
