"""Lambda: invocations in their environments, retries, dead letters, and queues that feed functions.

An asynchronous invocation that fails is tried again after 60 and 120 seconds, and then goes to the on-failure
destination ("Asynchronous invocation", Lambda guide). A queue's batch that fails is visible again later.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from simulation.baton import Ended, Strand
from simulation.clock import Clock
from simulation.deployment import Feed, Function
from simulation.handlers import Environment, fresh
from simulation.identities import MANAGEMENT_ACCOUNT, REGION, event_id
from simulation.queues import Message, Queues
from simulation.schedule import Schedule
from simulation.steps import OWN_EVENTS_AFTER
from simulation.trace import Began, How, Record
from simulation.trace import Ended as EndedRecord

_RETRIES_AFTER: Final = (60, 120)
_MOST_CALLS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Order:
    """What a function is invoked with, and why: as `trace.Began` has it.

    Attributes:
        own_events: how many seconds after a call that changes something its event arrives, each time.
    """

    payload: Any
    why: str
    attempt: int = 1
    request_id: str = ""
    own_events: tuple[float, ...] = (OWN_EVENTS_AFTER,)


@dataclass(slots=True)
class Invocation:
    """One attempt of a function at one order."""

    number: int
    function: Function
    order: Order
    deadline: float
    request_id: str
    interleaving: random.Random | None
    strand: Strand
    over: Callable[[Invocation], None]
    how: How = "well"
    error: str = ""
    answer: Any = None
    calls: int = 0

    @property
    def is_dead(self) -> bool:
        """Whether it was killed, or timed out."""
        return self.how in ("killed", "timed out")


class _Context:
    """What Lambda hands over beside the event."""

    def __init__(self, invocation: Invocation, clock: Clock) -> None:
        self._invocation, self._clock = invocation, clock
        self.aws_request_id = invocation.request_id
        self.function_name = invocation.function.name
        self.function_version = "$LATEST"
        self.memory_limit_in_mb = "1769"
        self.invoked_function_arn = function_arn(invocation.function.name)
        self.log_group_name = self.log_stream_name = invocation.function.name

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still run."""
        return max(0, int((self._invocation.deadline - self._clock.now) * 1000))


class Lambdas:
    """All functions. The attributes `current` and `sides` are for those who serve their calls.

    Args:
        schedule: what is to come.
        queues: for dead letters, and for the queues that feed functions.
        note: takes a record for the trace.
        enter: called when an invocation of a function goes on, so that its environment variables are there.
        ended: called when an invocation is over.
    """

    def __init__(  # noqa: PLR0913 - what Lambda has around it
        self,
        functions: tuple[Function, ...],
        schedule: Schedule,
        queues: Queues,
        *,
        note: Callable[[Record], None],
        enter: Callable[[Function], None],
        ended: Callable[[Invocation], None],
    ) -> None:
        self._functions = {function.name: function for function in functions}
        self._schedule, self._clock, self._queues = schedule, schedule.clock, queues
        self._note, self._enter, self._ended = note, enter, ended
        self._idle: dict[str, list[Environment]] = {name: [] for name in self._functions}
        self._running: list[Invocation] = []
        self._busy: dict[str, int] = {}
        self._count = 0
        self.current: Invocation | None = None
        self.interleavings: dict[float, random.Random] = {}

    def invoke(self, name: str, order: Order, heard: Callable[[Invocation], None] = lambda _: None) -> None:
        """Invoke a function asynchronously, now. `heard` is called when an attempt is over."""
        function = self._functions[name]

        def over(invocation: Invocation) -> None:
            heard(invocation)
            if invocation.how == "well":
                return
            if order.attempt <= min(function.retries, len(_RETRIES_AFTER)):
                again = replace(order, attempt=order.attempt + 1, request_id=invocation.request_id)
                self._schedule.after(
                    _RETRIES_AFTER[order.attempt - 1], partial(self.invoke, name, again, heard)
                )
            elif function.dead_letters:
                self._queues.send(function.dead_letters, json.dumps(_wrapped(invocation, self._clock.epoch)))

        self._run(function, order, over)

    @property
    def next_number(self) -> int:
        """The number of the invocation that begins next."""
        return self._count + 1

    def ask(self, name: str, order: Order, over: Callable[[Invocation], None]) -> None:
        """Invoke a function for someone who waits for its answer: nothing is tried again."""
        self._run(self._functions[name], order, over)

    def knows(self, name: str) -> bool:
        """Tell whether there is a function of this name."""
        return name in self._functions

    def poll(self, feed: Feed) -> None:
        """Hand what waits in a queue to its function, as far as the function may run at once."""
        while self._queues.visible[feed.queue] and self._busy.get(feed.queue, 0) < feed.most_at_once:
            messages = self._queues.take(feed.queue, feed.batch)
            spent = [message for message in messages if message.received > feed.attempts]
            for message in spent:
                self._queues.send(feed.dead_letters, message.body, message.attributes)
            left = [message for message in messages if message not in spent]
            if left:
                self._feed(feed, left)

    def _feed(self, feed: Feed, messages: list[Message]) -> None:
        self._busy[feed.queue] = self._busy.get(feed.queue, 0) + 1
        payload = {"Records": [message.as_record(feed.queue) for message in messages]}
        visible_at = self._clock.now + feed.visibility

        def over(invocation: Invocation) -> None:
            self._busy[feed.queue] -= 1
            failed = _failed(invocation, feed, messages)
            for message in messages:
                if message.id in failed:
                    self._schedule.at(visible_at, partial(self._queues.give_back, feed.queue, message))
            self._schedule.after(0, lambda: self.poll(feed))

        attempt = max(message.received for message in messages)
        self._run(self._functions[feed.function], Order(payload, feed.queue, attempt), over)

    def _run(self, function: Function, order: Order, over: Callable[[Invocation], None]) -> None:
        self._count += 1
        invocation = Invocation(
            number=self._count,
            function=function,
            order=order,
            deadline=self._clock.now + function.timeout,
            request_id=order.request_id or event_id("request", self._count),
            interleaving=self.interleavings.get(self._clock.now),
            strand=Strand(lambda: self._work(invocation)),
            over=over,
        )
        self._note(
            Began(self._clock.now, invocation.number, function.name, order.why, order.attempt, order.payload)
        )
        self._running.append(invocation)
        self._resume(invocation)

    def _resume(self, invocation: Invocation) -> None:
        before, self.current = self.current, invocation
        try:
            self._enter(invocation.function)
            invocation.strand.resume()
        finally:
            self.current = before
        if invocation.strand.is_over:
            self._running.remove(invocation)
            ended = EndedRecord(
                self._clock.now,
                invocation.number,
                invocation.function.name,
                invocation.how,
                invocation.error,
            )
            self._note(ended)
            self._ended(invocation)
            invocation.over(invocation)

    def _work(self, invocation: Invocation) -> None:
        function = invocation.function
        idle = self._idle[function.name]
        environment: Environment | None = None
        try:
            environment = idle.pop() if idle else Environment(function.name, fresh(function.handler))
            # Lambda hands over a copy: what one attempt does to its event, the next one does not see.
            payload = copy.deepcopy(invocation.order.payload)
            invocation.answer = environment.handler(payload, _Context(invocation, self._clock))
        except Ended:
            environment = None
        except Exception as error:  # noqa: BLE001 - Lambda takes whatever a function raises
            if not invocation.is_dead:  # A `finally` that raises revives nobody.
                invocation.how, invocation.error = "failed", f"{type(error).__name__}: {error}"
        if invocation.is_dead:
            environment = None
        if environment is not None:
            idle.append(environment)

    def check(self, invocation: Invocation) -> None:
        """Raise Ended if the invocation is over: it was killed, or has no time left."""
        if not invocation.is_dead and self._clock.now >= invocation.deadline:
            invocation.how, invocation.error = (
                "timed out",
                f"Task timed out after {invocation.function.timeout} seconds",
            )
        if invocation.is_dead:
            raise Ended

    def kill(self, invocation: Invocation, why: str) -> None:
        """End an invocation at once. Raises Ended."""
        invocation.how, invocation.error = "killed", why
        raise Ended

    def before_call(self, invocation: Invocation) -> None:
        """Let others go first, by the toss of a coin, if the invocation runs side by side with them."""
        invocation.calls += 1
        if invocation.calls > _MOST_CALLS:
            self.kill(invocation, f"more than {_MOST_CALLS} calls in one invocation")
        if invocation.interleaving is not None and invocation.interleaving.random() < 0.5:  # noqa: PLR2004 - a coin
            self._schedule.after(0, lambda: self._resume(invocation))
            invocation.strand.pause()
        self.check(invocation)

    def sleep(self, invocation: Invocation, seconds: float, *, aside: bool) -> None:
        """Let virtual time pass for an invocation; others run meanwhile, unless it is a thread `aside`."""
        until = self._clock.now + max(seconds, 0)
        if aside or self._schedule.is_free_until(until):
            self._clock.advance(min(until, max(invocation.deadline, self._clock.now)))
        else:
            self._schedule.at(min(until, invocation.deadline), lambda: self._resume(invocation))
            invocation.strand.pause()
        self.check(invocation)

    def abandon(self) -> None:
        """End all invocations that still run: the history is over."""
        for invocation in list(self._running):
            invocation.how, invocation.error = "killed", "the history is over"
            while not invocation.strand.is_over:
                before, self.current = self.current, invocation
                try:
                    invocation.strand.resume()
                finally:
                    self.current = before
            self._running.remove(invocation)

    def redrive(self) -> None:
        """Send each dead letter to its function again, as Lambda wrapped it."""
        for function in self._functions.values():
            for message in self._take_all(function.dead_letters) if function.dead_letters else []:
                again = Order(json.loads(message.body), "redrive")
                self._schedule.after(0, partial(self.invoke, function.name, again))

    def redrive_queue(self, feed: Feed) -> None:
        """Move a queue's dead letters back to it."""
        for message in self._take_all(feed.dead_letters):
            self._queues.send(feed.queue, message.body, message.attributes)

    def _take_all(self, queue: str) -> list[Message]:
        return self._queues.take(queue, len(self._queues.visible[queue]))


def function_arn(name: str) -> str:
    """Return a function's ARN."""
    return f"arn:aws:lambda:{REGION}:{MANAGEMENT_ACCOUNT}:function:{name}"


def _failed(invocation: Invocation, feed: Feed, messages: list[Message]) -> frozenset[str]:
    """Return the ids of the messages that come again ("Reporting batch item failures", Lambda guide)."""
    everything = frozenset(message.id for message in messages)
    if invocation.how != "well":
        return everything
    answer = invocation.answer
    if not feed.reports_failures or not answer:
        return frozenset()
    listed = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
    if listed is None:
        return frozenset()
    named = frozenset(str(entry.get("itemIdentifier", "")) for entry in listed)
    # An id that is none makes the whole batch fail.
    return everything if named - everything else named


def _wrapped(invocation: Invocation, epoch: float) -> dict[str, Any]:
    """Return what the on-failure destination gets of an event."""
    kind, _, message = invocation.error.partition(": ")
    return {
        "version": "1.0",
        "timestamp": datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"{function_arn(invocation.function.name)}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": invocation.order.attempt,
        },
        "requestPayload": invocation.order.payload,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": message, "errorType": kind, "stackTrace": []},
    }
