"""AWS as one door: whose call it is, what fault it meets, which service answers, and a line in the trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from drill.caller import Caller
from simulation.dynamodb.errors import DynamoDbError
from simulation.dynamodb.service import DynamoDb
from simulation.errors import NotSimulatedError
from simulation.faults import ANSWER_LOST, DOWN, TIMEOUT, Faults
from simulation.identities import MANAGEMENT_ACCOUNT, caller, role_caller
from simulation.lambdas import Invocation, Lambdas, Order
from simulation.organizations import Organizations
from simulation.queues import Queues, Topics
from simulation.schedule import Schedule
from simulation.steps import OWN_EVENTS_AFTER
from simulation.sts import Sts
from simulation.trace import AwsCall, Record
from simulation.wire import NoAnswerError, NoConnectionError, Reply, Request


@dataclass(frozen=True, slots=True)
class Services:
    """The services that keep something."""

    organizations: Organizations
    dynamodb: DynamoDb
    queues: Queues
    topics: Topics
    sts: Sts


class Aws:
    """All services behind the wire.

    Args:
        outputs: what CloudFormation says of the stack.
        deliver: takes the record of one of Rootguard's own calls when its event arrives.
        note: takes a record for the trace.
    """

    def __init__(  # noqa: PLR0913 - the services
        self,
        schedule: Schedule,
        lambdas: Lambdas,
        faults: Faults,
        services: Services,
        *,
        outputs: Mapping[str, str],
        deliver: Callable[[Mapping[str, Any]], None],
        note: Callable[[Record], None],
    ) -> None:
        self._schedule, self._lambdas, self._faults = schedule, lambdas, faults
        self._services = services
        self._outputs, self._deliver, self._note = outputs, deliver, note
        self.person = ""

    def serve(self, request: Request) -> Reply:
        """Answer one call. Raises NoConnectionError, NoAnswerError, or what ends the invocation."""
        invocation = self._lambdas.current
        if invocation is None:
            # A person's command: people wait no virtual time, and meet what does not answer at all.
            if self._faults.of(request) == DOWN:
                raise NoConnectionError(request.call)
            return self._answer(request, None)
        function = invocation.function.name
        self._lambdas.check(invocation)
        aside = self._is_aside(invocation)
        if not aside:
            invocation.strand.join_helpers()
            self._lambdas.before_call(invocation)
        if self._faults.kills_at("before", request.call, function):
            self._lambdas.kill(invocation, f"before {request.call}")
        at = self._schedule.clock.now
        self._schedule.clock.tick()
        fault = self._faults.of(request)
        reply = Reply() if fault in (TIMEOUT, DOWN) else self._failed(fault)
        if not fault or fault == ANSWER_LOST:
            reply = self._answer(request, invocation)
        error = reply.error or (fault if fault in (TIMEOUT, DOWN, ANSWER_LOST) else "")
        self._note(
            AwsCall(
                at=at,
                invocation=invocation.number,
                function=function,
                role=invocation.function.role_arn,
                service=request.service,
                call=request.call,
                parameters=request.parameters,
                error=error or None,
                event_id=reply.event_id,
            )
        )
        if self._faults.kills_at("after", request.call, function):
            self._lambdas.kill(invocation, f"after {request.call}")
        if fault == DOWN:
            self._lambdas.sleep(invocation, request.connect_seconds, aside=aside)
            raise NoConnectionError(request.call)
        if fault in (TIMEOUT, ANSWER_LOST):
            self._lambdas.sleep(invocation, request.read_seconds, aside=aside)
            raise NoAnswerError(request.call)
        return reply

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass for whoever sleeps."""
        invocation = self._lambdas.current
        if invocation is None:
            return
        self._lambdas.check(invocation)
        self._lambdas.sleep(invocation, seconds, aside=self._is_aside(invocation))

    def _is_aside(self, invocation: Invocation) -> bool:
        return threading.current_thread() is not invocation.strand.thread

    def _failed(self, fault: str) -> Reply:
        return Reply(error=fault, message="The simulation says so.")

    def _answer(self, request: Request, invocation: Invocation | None) -> Reply:
        reply = self._of_service(request, invocation)
        if reply is None:
            raise NotSimulatedError(f"the simulator does not know {request.service} {request.call}")
        return reply

    def _of_service(self, request: Request, invocation: Invocation | None) -> Reply | None:
        match request.service:
            case "organizations":
                return self._organizations_call(request, invocation)
            case "dynamodb" if self._services.dynamodb.knows(request.call):
                try:
                    return Reply(self._services.dynamodb.call(request.call, request.parameters))
                except DynamoDbError as error:
                    return Reply(error.more, error.code, error.message)
            case "sqs":
                return self._services.queues.call(request.call, request.parameters)
            case "sns":
                return self._services.topics.call(request.call, request.parameters)
            case "lambda" if request.call == "Invoke":
                return self._invoke(request)
            case "sts" if request.call == "GetCallerIdentity" and request.signed is not None:
                return self._services.sts.answer(request.signed)
            case "sts" if request.call == "GetCallerIdentity":
                who = self._caller(invocation)
                return Reply({"UserId": who.principal_id, "Account": MANAGEMENT_ACCOUNT, "Arn": who.arn})
            case "cloudformation" if request.call == "DescribeStacks":
                outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self._outputs.items()]
                stack = {"StackName": "Rootguard", "StackStatus": "CREATE_COMPLETE", "Outputs": outputs}
                return Reply({"Stacks": [{**stack, "CreationTime": "2026-01-05T09:00:00Z"}]})
            case _:
                return None

    def _invoke(self, request: Request) -> Reply | None:
        """Plan an invocation that nobody waits for. None for the other kind, which nothing here makes."""
        name = str(request.parameters["FunctionName"])
        if request.parameters["InvocationType"] != "Event":
            return None
        if not self._lambdas.knows(name):
            return Reply(error="ResourceNotFoundException", message=f"Function not found: {name}")
        order = Order(request.parameters["Payload"], "invoke")
        self._schedule.after(0, lambda: self._lambdas.invoke(name, order))
        return Reply()

    def _organizations_call(self, request: Request, invocation: Invocation | None) -> Reply:
        reply, written = self._services.organizations.by_function(
            request.call, request.parameters, self._caller(invocation)
        )
        if reply.error == "InvalidAction":
            raise NotSimulatedError(f"the simulator does not know organizations {request.call}")
        if written is not None:
            reply = replace(reply, event_id=str(written["eventID"]))
            after = invocation.order.own_events if invocation else (OWN_EVENTS_AFTER,)
            for seconds in after:
                self._schedule.after(seconds, lambda: self._deliver(written))
        return reply

    def _caller(self, invocation: Invocation | None) -> Caller:
        epoch = self._schedule.clock.epoch
        if invocation is None:
            return caller(self.person, epoch)
        return role_caller(invocation.function.role_arn, invocation.function.name, epoch)
