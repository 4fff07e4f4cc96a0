"""Notices: the queue from the guard, which must not wait for words, to the notifier, which writes them.

It is made before both of them: the guard's role names it, and the notifier needs the guard's role.
"""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from constructs import Construct

from stacks.constructs import queues

TIMEOUT: Final = cdk.Duration.seconds(20)
"""The notifier's. A notice that it failed on is hidden for six times as long, and somebody waits for it."""


class Notices(Construct):
    """The `queue` with its `dead_letters`."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        # Two minutes apart: after ten minutes, a notice is a dead letter, which has an alarm.
        self.queue, self.dead_letters = queues.with_dead_letters(self, timeout=TIMEOUT, attempts=5)
