"""Bugs that are planted in the isolation function: in the calls that leave it, and in what answers them."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final
from unittest import mock

from botocore.client import BaseClient

from simulation.deployment import DEPLOYMENT, Deployment
from simulation.history import Ask, History, Kill
from simulation.quarantine import ISOLATION
from tests.simulation.planted import Plant

Call = Callable[[str, Any], Any]
_call: Final = BaseClient._make_api_call  # noqa: SLF001 - every call of the SDK passes here


@contextmanager
def _calls(change: Callable[[Call, str, Any], Any]) -> Iterator[Deployment]:
    """Change each call of the function on its way to AWS."""

    def changed(client: Any, operation: str, parameters: Any) -> Any:
        def call(operation: str, parameters: Any) -> Any:
            return _call(client, operation, parameters)

        if os.environ.get("AWS_LAMBDA_FUNCTION_NAME") != ISOLATION:
            return call(operation, parameters)
        return change(call, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", changed):
        yield DEPLOYMENT


def _moves_before_it_tags() -> AbstractContextManager[Deployment]:
    """It moves an account first, and then writes on it where it came from."""
    kept: list[Any] = []

    def change(call: Call, operation: str, parameters: Any) -> Any:
        if operation == "TagResource":
            kept.append(parameters)
            return {}
        answer = call(operation, parameters)
        while operation == "MoveAccount" and kept:
            call("TagResource", kept.pop())
        return answer

    return _calls(change)


def _takes_one_along() -> AbstractContextManager[Deployment]:
    """It moves an account along that nobody asked for."""

    def change(call: Call, operation: str, parameters: Any) -> Any:
        answer = call(operation, parameters)
        if operation == "MoveAccount":
            beside = call("ListAccountsForParent", {"ParentId": parameters["SourceParentId"]})["Accounts"]
            for other in (each["Id"] for each in beside if each["Name"] != "management"):
                call("MoveAccount", {**parameters, "AccountId": other})
        return answer

    return _calls(change)


def _begins_only_once() -> AbstractContextManager[Deployment]:
    """It takes what is on record of an account for another request that is under way."""

    def change(call: Call, operation: str, parameters: Any) -> Any:
        if operation == "PutItem":
            known = ("ConditionExpression", "ExpressionAttributeValues", "ExpressionAttributeNames")
            rest = {name: value for name, value in parameters.items() if name not in known}
            parameters = {**rest, "ConditionExpression": "attribute_not_exists(pk)"}
        return call(operation, parameters)

    return _calls(change)


def _leaves_tags() -> AbstractContextManager[Deployment]:
    """It leaves the tag on accounts that come back."""
    return _calls(
        lambda call, operation, given: {} if operation == "UntagResource" else call(operation, given)
    )


def _pages_nothing() -> AbstractContextManager[Deployment]:
    """It pages nobody."""
    return _calls(lambda call, operation, given: {} if operation == "SendMessage" else call(operation, given))


def _pages_each_request() -> AbstractContextManager[Deployment]:
    """It takes the same command, run again, for news."""
    count = itertools.count()

    def change(call: Call, operation: str, parameters: Any) -> Any:
        if operation == "SendMessage":
            notice = json.loads(parameters["MessageBody"])
            body = json.dumps(notice | {"key": f"{notice['key']}{next(count)}"})
            parameters = {**parameters, "MessageBody": body}
        return call(operation, parameters)

    return _calls(change)


@contextmanager
def _anyone_may_ask() -> Iterator[Deployment]:
    """It takes whoever is named for the one who asks: STS checks no signature."""

    with mock.patch("simulation.sts.hmac.compare_digest", return_value=True):
        yield DEPLOYMENT


def _asks(history: History) -> list[Ask]:
    return [
        step for step in history.steps if isinstance(step, Ask) and step.proof == "own" and not step.refused
    ]


def _isolates(history: History) -> bool:
    return any(ask.verb == "isolate" and not ask.dry_run for ask in _asks(history))


def _releases(history: History) -> bool:
    asked = [ask for ask in _asks(history) if not ask.dry_run]
    return any(
        ask.verb == "release" and before.verb == "isolate" and {*ask.accounts} & {*before.accounts}
        for place, ask in enumerate(asked)
        for before in asked[:place]
    )


def _asks_again(history: History) -> bool:
    asked = [(ask.verb, ask.accounts) for ask in _asks(history) if not ask.dry_run]
    return len(asked) > len({*asked})


def _is_killed(history: History) -> bool:
    killed = any(isinstance(step, Kill) and step.function == ISOLATION for step in history.steps)
    return killed and _asks_again(history)


def _forges(history: History) -> bool:
    return any(isinstance(step, Ask) and step.proof == "forged" for step in history.steps)


PLANTS: Final = (
    Plant("moves-before-it-tags", _moves_before_it_tags, _isolates, 5, frozenset({"origin-on-record"})),
    Plant("takes-one-along", _takes_one_along, _isolates, 20, frozenset({"only-asked-for"})),
    Plant("begins-only-once", _begins_only_once, _is_killed, 20, frozenset({"isolation-resumes"})),
    Plant("leaves-tags", _leaves_tags, _releases, 10, frozenset({"release-brings-home"})),
    Plant("pages-nothing", _pages_nothing, _isolates, 10, frozenset({"isolation-paged"})),
    Plant("pages-each-request", _pages_each_request, _asks_again, 10, frozenset({"isolation-paged-once"})),
    Plant("anyone-may-ask", _anyone_may_ask, _forges, 10, frozenset({"only-asked-for"})),
)
