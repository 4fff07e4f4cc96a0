"""AWS Organizations as the functions meet it: the strict model, reads that can be stale, and CloudTrail.

Every call that changes something becomes a CloudTrail record, whether it is a person's or a function's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drill.api_error import ApiError
from drill.caller import Caller
from drill.organization import Organization
from drill.records import Call, read_only, record
from simulation.clock import Clock
from simulation.identities import REGION, event_id
from simulation.steps import Says
from simulation.wire import Reply
from simulation.world import World


class Organizations:
    """The service.

    Args:
        world: the live organization.
        clock: the run's.
        lag: returns how many seconds ago it was what the next read shows.
        keeps_past: whether reads can be stale, so that what was must be kept.
        recorded_reads: the reads that someone wants to hear of.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        lag: Callable[[], float],
        *,
        keeps_past: bool,
        recorded_reads: frozenset[str] = frozenset(),
    ) -> None:
        self._world, self._clock, self._lag = world, clock, lag
        self._past: list[tuple[float, Organization]] = []
        self._keeps_past, self._recorded_reads = keeps_past, recorded_reads
        self._calls = 0
        self._keep()

    def by_function(
        self, operation: str, parameters: Mapping[str, Any], caller: Caller
    ) -> tuple[Reply, dict[str, Any] | None]:
        """Serve a function's call; return the answer, and the record if somebody may want to hear of it."""
        if read_only(operation):
            reply = self._read(operation, dict(parameters))
            if operation not in self._recorded_reads or reply.error:
                return reply, None
            return reply, self._record(operation, dict(parameters), caller, None, None)
        answer, error = self._attempt(lambda: self._world.organization.call(operation, dict(parameters)))
        written = self._record(operation, dict(parameters), caller, answer, error)
        return _reply(answer, error), written

    def by_person(
        self, call: str, given: Mapping[str, Says], caller: Caller, *, refused: bool
    ) -> tuple[dict[str, Any], dict[str, Any], str | None]:
        """Carry out a person's call; return its parameters, its record and its error code."""
        parameters = self._world.parameters(call, given)
        if refused:
            told = (
                f"User: {caller.arn} is not authorized to perform: organizations:{call} "
                f"because no identity-based policy allows the organizations:{call} action"
            )
            answer, error = self._refused(told)
        else:
            answer, error = self._attempt(lambda: self._world.call(call, given)[1])
        written = self._record(call, parameters, caller, answer, error)
        return parameters, written, error.code if error else None

    def _refused(self, told: str) -> tuple[dict[str, Any] | None, ApiError | None]:
        return None, ApiError("AccessDeniedException", told)

    def _attempt(self, change: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any] | None, ApiError | None]:
        try:
            answer = change()
        except ApiError as refusal:
            return None, refusal
        self._keep()
        return answer, None

    def _read(self, operation: str, parameters: dict[str, Any]) -> Reply:
        organization = self._world.organization
        lag = self._lag()
        if lag and self._past:
            # The state of that time; before anything was kept, the oldest one.
            seen = [then for at, then in self._past if at <= self._clock.now - lag]
            organization = seen[-1] if seen else self._past[0][1]
        try:
            return Reply(organization.call(operation, parameters))
        except ApiError as refusal:
            return _reply(None, refusal)

    def _keep(self) -> None:
        if self._keeps_past:
            self._past.append((self._clock.now, self._world.organization.as_it_is()))

    def _record(
        self,
        operation: str,
        parameters: dict[str, Any],
        caller: Caller,
        answer: dict[str, Any] | None,
        error: ApiError | None,
    ) -> dict[str, Any]:
        self._calls += 1
        return record(
            Call(
                operation=operation,
                params=parameters,
                caller=caller,
                at=self._clock.epoch,
                request_id=event_id("call", self._calls),
                event_id=event_id("record", self._calls),
                region=REGION,
                answer=answer,
                error=error,
                shows_refused=True,
            )
        )


def _reply(answer: dict[str, Any] | None, error: ApiError | None) -> Reply:
    if error is None:
        return Reply(answer or {})
    more = {"Reason": error.reason} if error.reason else {}
    return Reply(more, error.code, error.message)
