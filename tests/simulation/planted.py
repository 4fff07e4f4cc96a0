"""Bugs that are planted, each as a context manager, to see whether the seeds find them.

None of them knows the guard's inside. They are planted where the guard meets the world: in what is
deployed, in the records that reach it, in the rules of AWS, and in the calls that leave it. So they stay
what they are if the guard is written anew.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from unittest import mock

import boto3
from botocore.client import BaseClient

from drill import records
from drill.organization_policies import Policies
from simulation import engine
from simulation.deployment import DEPLOYMENT, Deployment, Function
from simulation.environments import TOPIC
from simulation.history import FULL_ACCESS, Call, Fault, History, Kill, Redeliver
from simulation.identities import PIPELINE, caller
from simulation.organizations import Organizations
from simulation.queues import topic_arn

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plant:
    """A planted bug.

    Attributes:
        shows: tells of a history whether it may show the bug.
        within: how many seeds with such a history are enough to find it.
        found_by: the invariants of which at least one must break.
    """

    name: str
    plant: Callable[[], AbstractContextManager[Deployment]]
    shows: Callable[[History], bool]
    within: int
    found_by: frozenset[str]


@contextmanager
def _records(change: Callable[[Record], Record]) -> Iterator[None]:
    """Change each record on its way to the guard."""

    def changed(record: Record, event_id: str) -> Record:
        return records.envelope(change(record), event_id)

    with mock.patch.object(engine, "envelope", changed):
        yield


def _as_pipeline(record: Record) -> Record:
    """Return a record of Mallory's as one of the pipeline's, and any other one as it is."""
    if record["userIdentity"].get("userName") != "mallory":
        return record
    call = records.Call("AttachPolicy", {}, caller(PIPELINE, 0), 0, "-", "-")
    return record | {"userIdentity": records.record(call)["userIdentity"]}


def _now() -> str:
    """Return the time of the run, as CloudTrail writes it."""
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _with_functions(change: Callable[[Function], Function]) -> Deployment:
    return replace(DEPLOYMENT, functions=tuple(map(change, DEPLOYMENT.functions)))


@contextmanager
def _own_role_unknown() -> Iterator[Deployment]:
    """The guard does not know its own role."""

    def change(function: Function) -> Function:
        def environment(config: Any) -> Mapping[str, str]:
            other = {"ROOTGUARD_ROLE_ARN": "arn:aws:iam::111122223333:role/Another"}
            return {**function.environment(config), **other}

        return replace(function, environment=environment)

    yield _with_functions(change)


@contextmanager
def _never_tried_again() -> Iterator[Deployment]:
    """What fails once is forgotten: no retry, no dead letter."""
    yield _with_functions(lambda function: replace(function, retries=0, dead_letters=""))


@contextmanager
def _session_name_trusted() -> Iterator[Deployment]:
    """The guard takes Mallory for the pipeline, since she called her session like that."""
    with _records(_as_pipeline):
        yield DEPLOYMENT


@contextmanager
def _copies_taken_for_new() -> Iterator[Deployment]:
    """The guard takes each copy of an event for a new change."""
    seen: set[str] = set()
    count = itertools.count()

    def renewed(record: dict[str, Any]) -> dict[str, Any]:
        event_id = record["eventID"]
        if event_id not in seen:
            seen.add(event_id)
            return record
        return record | {"eventID": f"{event_id[:-4]}{next(count):04d}", "eventTime": _now()}

    with _records(renewed):
        yield DEPLOYMENT


@contextmanager
def _last_policy_first() -> Iterator[Deployment]:
    """The guard takes the last policy off before full access is there: AWS, too, lets it."""
    detach, by_function = Policies.detach, Organizations.by_function
    calling: list[str] = []

    def noted(self: Organizations, operation: str, *more: Any) -> Any:
        calling.append(operation)
        try:
            return by_function(self, operation, *more)
        finally:
            calling.pop()

    def lenient(self: Policies, policy_id: str, target_id: str) -> None:
        attached = self.attached(target_id, self.get(policy_id).type)
        if calling and [policy.id for policy in attached] == [policy_id]:
            self._attached[target_id].remove(policy_id)
        else:
            detach(self, policy_id, target_id)

    with (
        mock.patch.object(Organizations, "by_function", noted),
        mock.patch.object(Policies, "detach", lenient),
    ):
        yield DEPLOYMENT


@contextmanager
def _paged_before_the_write() -> Iterator[Deployment]:
    """A page goes out before each detach."""
    call = BaseClient._make_api_call  # noqa: SLF001 - every call of the SDK passes here

    def paging_first(self: Any, operation: str, parameters: Any) -> Any:
        if operation == "DetachPolicy":
            boto3.client("sns").publish(
                TopicArn=topic_arn(TOPIC), Message="something is about to be detached"
            )
        return call(self, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", paging_first):
        yield DEPLOYMENT


_MISTAKES: Final = ("AttachPolicy", "DetachPolicy", "UpdatePolicy")
_OVER: Final = 300
"""Seconds after which the incident of an undone change is over for sure."""


def _kills(history: History) -> bool:
    return any(isinstance(step, Kill) for step in history.steps)


def _copies(history: History) -> bool:
    """Tell whether the event of someone's mistake comes again after its incident is over."""
    for number, step in enumerate(history.steps):
        if not isinstance(step, Call) or step.call not in _MISTAKES or step.by == PIPELINE or not step.event:
            continue
        again = [each.at - step.at for each in _copies_of(history, number)]
        if max((*step.event, *again)) - min(step.event) > _OVER:
            return True
    return False


def _copies_of(history: History, number: int) -> list[Redeliver]:
    return [step for step in history.steps if isinstance(step, Redeliver) and step.again == number]


def _loses_the_ledger(history: History) -> bool:
    return any(isinstance(step, Fault) and step.kind == "ledger" for step in history.steps)


def _by_mallory(history: History) -> bool:
    return any(isinstance(step, Call) and step.by == "mallory" and not step.refused for step in history.steps)


def _takes_full_access_off(history: History) -> bool:
    return any(
        isinstance(step, Call) and step.parameters.get("policy") == FULL_ACCESS[0] for step in history.steps
    )


def _attaches(history: History) -> bool:
    return any(isinstance(step, Call) and step.call == "AttachPolicy" for step in history.steps)


_STAYS: Final = frozenset({"unapproved-stays", "event-undoes", "quiet-is-clean"})
_UNTOLD: Final = frozenset({"every-violation-paged", "actor-named"})
PLANTS: Final = (
    Plant("own-role-unknown", _own_role_unknown, _loses_the_ledger, 20, frozenset({"nothing-invented"})),
    Plant(
        "last-policy-first", _last_policy_first, _takes_full_access_off, 10, frozenset({"always-a-policy"})
    ),
    Plant("session-name-trusted", _session_name_trusted, _by_mallory, 20, _STAYS),
    Plant("never-tried-again", _never_tried_again, _kills, 40, _UNTOLD),
    Plant("copies-taken-for-new", _copies_taken_for_new, _copies, 45, frozenset({"paged-once"})),
    Plant("paged-before-the-write", _paged_before_the_write, _attaches, 5, frozenset({"undo-first"})),
)
