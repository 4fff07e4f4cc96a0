"""One run: AWS in memory is set up, the history's steps are planned, and the schedule carries all out."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from drill.records import envelope
from simulation import expectations, founding, guardrails
from simulation.asking import Asking
from simulation.aws import Aws, Services
from simulation.baton import Strand, threads_of
from simulation.chance import fixed_order
from simulation.clock import DEPLOYED_AT, Clock
from simulation.deployment import Deployment, Function
from simulation.dynamodb.service import DynamoDb
from simulation.dynamodb.table import Table
from simulation.faults import Faults
from simulation.handlers import forget_caches
from simulation.identities import REGION, caller, event_id
from simulation.lambdas import Invocation, Lambdas, Order
from simulation.organizations import Organizations
from simulation.printed import Printed
from simulation.queues import Queues, Topics, topic_arn
from simulation.schedule import Schedule
from simulation.steps import (
    Ask,
    Call,
    Expectation,
    Fault,
    Grant,
    History,
    Kill,
    Redeliver,
    Redrive,
    Rehearse,
    Step,
)
from simulation.sts import Sts
from simulation.trace import (
    DeadLetter,
    Delivered,
    FaultChanged,
    Granted,
    Paged,
    PersonCall,
    Record,
    Swept,
)
from simulation.wire import Request, answered_by
from simulation.world import World
from stacks import rules_text

_LAST: Final = 0.001
"""How much later than all else of a second its expectations are looked at."""
_HIDDEN: Final = ("AWS_", "ROOTGUARD_", "POWERTOOLS_", "LAMBDA_")
_AT_AWS: Final = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "AWS_SESSION_TOKEN": "simulated",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What every function finds in its environment, and no file of the machine's own."""


class Engine:
    """A history and the AWS in memory on which it runs. Good for one run."""

    def __init__(self, history: History, deployment: Deployment) -> None:
        self._history, self._deployment = history, deployment
        self._config = guardrails.config(history)
        self.trace: list[Record] = []
        self.unmet: list[str] = []
        self._clock = Clock()
        self._schedule = Schedule(self._clock)
        self._faults = Faults(self._clock, self._goes_to)
        self.world = World(founding.founded(history), lambda: self._clock.epoch)
        self._organizations = Organizations(
            self.world,
            self._clock,
            self._faults.read_lag,
            keeps_past=any(isinstance(s, Fault) and s.kind == "reads" for s in history.steps),
            recorded_reads=frozenset().union(*(rule.reads for rule in deployment.rules)),
        )
        self._queues = Queues(deployment.queues, lambda: self._clock.epoch, self._arrived)
        self._functions = deployment.deployed(self._config)
        self._feeds = {feed.queue: feed for feed in deployment.feeds if feed.only_if(self._config)}
        self._dead_letters = {function.dead_letters for function in self._functions} | {
            feed.dead_letters for feed in self._feeds.values()
        }
        self._lambdas = Lambdas(
            self._functions,
            self._schedule,
            self._queues,
            note=self.trace.append,
            enter=self._enter,
            ended=self._ended,
        )
        sts = Sts()
        self._asking = Asking(self.world, self._clock, self._lambdas, sts, deployment, self.trace.append)
        self._aws = Aws(
            self._schedule,
            self._lambdas,
            self._faults,
            Services(
                self._organizations,
                DynamoDb({name: self._table(layout) for name, layout in deployment.tables.items()}),
                self._queues,
                Topics(deployment.topics, self._published),
                sts,
            ),
            outputs=deployment.outputs,
            deliver=lambda record: self._deliver(record, None),
            note=self.trace.append,
        )
        self._records: dict[int, Mapping[str, Any]] = {}
        self._printed = Printed()
        self._entered = ""
        self._folder = ""
        self._deliveries = 0

    @property
    def now(self) -> float:
        """The time of the run, in seconds since the deployment."""
        return self._clock.now

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take over time, network, threads and environment of the process until the block ends."""
        with ExitStack() as stack:
            self._folder = stack.enter_context(tempfile.TemporaryDirectory())
            rendered = rules_text.as_text(self._config.render())
            Path(self._folder, "guardrail.json").write_text(rendered, "utf-8")
            stack.enter_context(_environment())
            stack.enter_context(_quiet())
            stack.enter_context(contextlib.redirect_stdout(self._printed))
            stack.enter_context(answered_by(self._aws.serve))
            stack.enter_context(threads_of(self._strand))
            stack.enter_context(self._clock.shown(self._aws.sleep))
            stack.enter_context(fixed_order())
            forget_caches()
            try:
                self._plan()
                yield
            finally:
                self._lambdas.abandon()

    def _strand(self) -> Strand | None:
        return self._lambdas.current.strand if self._lambdas.current else None

    def step(self) -> bool:
        """Carry out what is due next; tell whether there was something before the history's end."""
        return self._schedule.step(self._history.ends_at + 2 * _LAST)

    def close(self) -> None:
        """Look at the expectations that count."""
        found = (expectations.of_trace(entry, self.trace, self.world) for entry in self._history.expect)
        self.unmet += [sentence for sentence in found if sentence]

    def _plan(self) -> None:
        self._clock.advance(min([0.0, *(step.at for step in self._history.steps)]))
        for number, step in enumerate(self._history.steps):
            self._schedule.at(step.at, partial(self._take, number, step))
            if isinstance(step, Fault) and step.until is not None:
                self._schedule.at(step.until, partial(self._end_fault, step))
        sweep = self._history.sweep
        self._schedule.at(sweep.first, self._sweep)
        for entry in self._history.expect:
            at = getattr(entry, "at", None)
            if at is not None:
                self._schedule.at(at + _LAST, partial(self._look, entry))
        # What sleeps past the end is over then.
        self._schedule.at(self._history.ends_at + _LAST, lambda: None)

    # What the history says

    def _take(self, number: int, step: Step) -> None:
        match step:
            case Call():
                self._call(number, step)
            case Grant():
                self._grant(number, step)
            case Ask():
                self._asking.ask(number, step)
            case Rehearse():
                self._asking.rehearse(number, step)
            case Fault():
                self._faults.begin(step)
                self.trace.append(FaultChanged(self.now, _name(step), began=True))
            case Kill():
                self._faults.kills.append(step)
            case Redeliver():
                if step.again in self._records:
                    self._deliver(self._records[step.again], step.again)
            case Redrive():
                self._lambdas.redrive()
                for feed in self._feeds.values():
                    self._lambdas.redrive_queue(feed)

    def _call(self, number: int, step: Call) -> None:
        who = caller(step.by, self._clock.epoch)
        parameters, record, error = self._organizations.by_person(
            step.call, step.parameters, who, refused=step.refused
        )
        self._records[number] = record
        self.trace.append(PersonCall(self.now, number, step.by, step.call, parameters, error, record))
        for delay in step.event:
            at = step.at + delay
            if step.interleave is not None:
                self._lambdas.interleavings.setdefault(max(at, self.now), random.Random(step.interleave))  # noqa: S311
            self._schedule.at(at, lambda: self._deliver(record, number))

    def _grant(self, number: int, step: Grant) -> None:
        policy_id, target_id = self.world.id_of(step.policy), self.world.id_of(step.target)
        self._aws.person = step.by
        with self._clock.right():
            error = self._deployment.grant(step, policy_id, target_id)
        self.trace.append(Granted(self.now, number, step.by, policy_id, target_id, error))

    def _end_fault(self, fault: Fault) -> None:
        self._faults.end(fault)
        self.trace.append(FaultChanged(self.now, _name(fault), began=False))

    def _look(self, entry: Expectation) -> None:
        sentence = expectations.of_state(entry, self.world)
        if sentence:
            self.unmet.append(sentence)

    # What wakes functions

    def _sweep(self) -> None:
        sweep = self._history.sweep
        self._schedule.after(sweep.every, self._sweep)
        due = datetime.fromtimestamp(DEPLOYED_AT + self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        order = Order(dict(self._deployment.sweep(due, sweep.every // 60)), "sweep")
        self._lambdas.invoke(self._deployment.sweeper, order)

    def _deliver(self, record: Mapping[str, Any], step: int | None) -> None:
        if self.now < 0:
            return  # nobody listens yet
        for rule in self._deployment.rules:
            if rule.matches(record):
                self._deliveries += 1
                event = envelope(dict(record), event_id("event", self._deliveries))
                delivered = Delivered(
                    self.now, str(record["eventID"]), str(record["eventName"]), step, record
                )
                self.trace.append(delivered)
                self._lambdas.invoke(rule.function, Order(event, "event"))

    def _arrived(self, queue: str) -> None:
        feed = self._feeds.get(queue)
        if feed is not None:
            self._schedule.after(0, lambda: self._lambdas.poll(feed))
        elif queue in self._dead_letters:
            self.trace.append(DeadLetter(self.now, queue, self._queues.visible[queue][-1].body))

    # What comes of it

    def _published(self, topic: str, subject: str, message: str) -> None:
        self.trace.append(Paged.of(self.now, topic, subject, message))

    def _ended(self, invocation: Invocation) -> None:
        if self._deployment.sweep_metric in self._printed.metrics.pop(invocation.number, ()):
            self.trace.append(Swept(self.now, invocation.number))

    def _enter(self, function: Function) -> None:
        """Let the process look like the function's environment, whenever one of its invocations goes on."""
        self._printed.current = lambda: self._lambdas.current.number if self._lambdas.current else 0
        if self._entered == function.name:
            return
        for name in [name for name in os.environ if name.startswith(_HIDDEN)]:
            del os.environ[name]
        os.environ.update(
            {
                **_AT_AWS,
                "AWS_LAMBDA_FUNCTION_NAME": function.name,
                "LAMBDA_TASK_ROOT": self._folder if function.has_guardrail else "/nonexistent",
                **function.environment(self._config),
            }
        )
        self._entered = function.name

    def _table(self, layout: Any) -> Table:
        return Table(layout, lambda: self._clock.epoch, lambda: DEPLOYED_AT + self._faults.index_shows_at())

    def _goes_to(self, kind: str, request: Request) -> bool:
        """Tell whether a call goes to the ledger, the notices or a topic."""
        p = request.parameters
        if kind == "ledger":
            return request.service == "dynamodb"
        if kind == "notices":
            return (
                request.service == "sqs"
                and str(p.get("QueueUrl", "")).rpartition("/")[2] in self._deployment.notices
            )
        return request.service == "sns" and p.get("TopicArn") in {
            topic_arn(t) for t in self._deployment.topics
        }


@contextmanager
def _environment() -> Iterator[None]:
    kept = dict(os.environ)
    for name in kept:
        if name.startswith(_HIDDEN):
            del os.environ[name]
    os.environ.update(_AT_AWS)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


@contextmanager
def _quiet() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _name(fault: Fault) -> str:
    return f"{fault.call} {fault.error}" if fault.kind == "call" else fault.kind
