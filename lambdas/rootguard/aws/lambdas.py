"""Functions of Rootguard's that wake one another: Lambda takes the event, and runs them on their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from rootguard.aws.outbox import client_of, sending
from rootguard.domain.watch import WATCH, WatchHint, WatchOrder


class LambdaWatch:
    """`ports.Watch`: the function that watches Root."""

    def __init__(self, function: str, guard: str, connect: Callable[[], Any] | None = None) -> None:
        self._function, self._guard = function, guard
        self._client = cache(connect or partial(client_of, "lambda"))

    def start(self, order: WatchOrder) -> None:
        # It learns here whom to wake: in the template each of the two would have to be made first.
        _invoke(self._client(), self._function, {"guard": self._guard, "order": order.as_json()}, "the watch")


class LambdaGuard:
    """`ports.WatchedGuard`: the guard, by its function's name."""

    def __init__(self, function: str, connect: Callable[[], Any] | None = None) -> None:
        self._function = function
        self._client = cache(connect or partial(client_of, "lambda"))

    def wake(self, hint: WatchHint) -> None:
        _invoke(self._client(), self._function, {**WATCH, "hint": hint.as_json()}, "a hint to the guard")


def _invoke(client: Any, function: str, event: Mapping[str, Any], what: str) -> None:
    with sending(what):
        client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode())
