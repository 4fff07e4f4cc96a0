"""How the emulator is made to run functions: the targets of rules, their runs, and what was not delivered.

What is used of ministack here is listed in `emulator.USED`, too.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from drill.emulator import module, region


@dataclass(frozen=True, slots=True)
class RuleTarget:
    """One Lambda target of a rule that an event matched."""

    rule_name: str
    rule_arn: str
    account: str
    function_arn: str
    dead_letters: str | None


def route_lambda_targets(route: Callable[[RuleTarget, dict[str, Any]], None]) -> None:
    """Let `route(target, event)` do what ministack's one bare attempt at a function does."""
    eventbridge = module("services.eventbridge")
    original = eventbridge._invoke_target  # noqa: SLF001
    current: ContextVar[RuleTarget] = ContextVar("current")

    def invoke_target(
        target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: object = None
    ) -> None:
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
        current.set(RuleTarget(rule["Name"], rule["Arn"], event["Account"], target["Arn"], dead_letters))
        original(target, event, rule, view)

    def dispatch(_arn: str, payload: str) -> None:
        route(current.get(), json.loads(payload))

    eventbridge._invoke_target = invoke_target  # noqa: SLF001
    eventbridge._dispatch_to_lambda = dispatch  # noqa: SLF001


def give_reads_to_rules_that_ask() -> None:
    """Let a rule have CloudTrail's reads if its state says so, and no other rule.

    ministack takes a rule in that state for a disabled one, and knows no reads ("Read-only management events
    from AWS services", EventBridge guide).
    """
    eventbridge = module("services.eventbridge")
    original = eventbridge._dispatch_event  # noqa: SLF001

    def dispatch(event: dict[str, Any], view: Any = None) -> None:
        view = view or eventbridge._pattern_event_view(event)  # noqa: SLF001
        if not json.loads(event["Detail"]).get("readOnly"):
            original(event, view)
        for key, rule in list(eventbridge._rules.items()):  # noqa: SLF001
            if rule.get("State") != "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS":
                continue
            if eventbridge._matches_pattern_view(rule["EventPattern"], view, key):  # noqa: SLF001
                for target in eventbridge._targets.get(key, []):  # noqa: SLF001
                    eventbridge._invoke_target(target, event, rule, view)  # noqa: SLF001

    eventbridge._dispatch_event = dispatch  # noqa: SLF001


def pass_events_between_accounts() -> None:
    """Let an event reach another account's bus, whole, where ministack says that there is none.

    Neither the role that sends it nor the bus's policy is asked: ministack keeps no policy of a bus.
    """
    eventbridge = module("services.eventbridge")
    original = eventbridge._dispatch_to_event_bus  # noqa: SLF001

    def dispatch(bus: Any, event: dict[str, Any], rule: dict[str, Any], *rest: Any) -> None:
        with module("core.responses").request_scope(bus.account_id, bus.region):
            original(bus, event, rule, *rest)

    eventbridge._dispatch_to_event_bus = dispatch  # noqa: SLF001


def may_invoke(target: RuleTarget) -> bool:
    """Tell whether the function's resource policy lets EventBridge in for this rule."""
    evaluator = module("core.iam_evaluator")
    found = module("services.lambda_svc").function_policy_for_arn(target.function_arn)
    if found is None:
        return False
    keys = {"aws:sourcearn": target.rule_arn, "aws:sourceaccount": target.account}
    request = evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=target.function_arn,
        region=region(),
        service_context=keys,
    )
    decided = evaluator.evaluate_resource_policy(found[0], request, service="events.amazonaws.com").decision
    return bool(decided == "Allow")


def invoke_asynchronously(target: RuleTarget, event: dict[str, Any]) -> None:
    """Hand an event to Lambda's asynchronous invocation: retries, then the destination."""
    functions = module("services.lambda_svc")
    function, config, _ = functions._get_func_record_for_ref(target.function_arn)  # noqa: SLF001
    execution = functions._execution_record_for_config(function, config)  # noqa: SLF001
    functions.invoke_async_with_retry(execution, event)


def watch_functions(begin: Callable[[Any], Callable[[bool], None]]) -> None:
    """Call `begin(event)` as a function starts, and what that returned, with whether it failed, at its end.

    The logs do not tell: ministack reads a function's lines for some milliseconds after its answer, and what
    comes later goes to the next invocation's log, or to none.
    """
    functions = module("services.lambda_svc")
    original = functions._execute_function  # noqa: SLF001

    def execute(function: dict[str, Any], event: Any) -> dict[str, Any]:
        end = begin(event)
        failed = True
        try:
            result: dict[str, Any] = original(function, event)
            failed = bool(result.get("error"))
        finally:
            end(failed)
        return result

    functions._execute_function = execute  # noqa: SLF001


def send_to_dead_letters(target: RuleTarget, body: str, attributes: dict[str, str]) -> bool:
    """Put a message on the rule's dead-letter queue; False where there is none that takes it."""
    sqs = module("services.sqs")
    queue = sqs._queue_by_arn(target.dead_letters) if target.dead_letters else None  # noqa: SLF001
    if queue is None or not sqs.queue_policy_allows(
        target.dead_letters, "events.amazonaws.com", target.rule_arn, target.account
    ):
        return False
    typed = {k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()}
    now = time.time()
    message = {
        "id": str(uuid.uuid4()),
        "body": body,
        "message_attributes": typed,
        "md5_attrs": sqs._md5_msg_attrs(typed),  # noqa: SLF001
        "sent_at": now,
        "visible_at": now,
    }
    sqs._ensure_msg_fields(message)  # noqa: SLF001
    queue["messages"].append(message)
    return True


def count(metric: str, target: RuleTarget) -> None:
    """Add one to a metric of the rule, in AWS/Events."""
    dimensions = {"RuleName": target.rule_name}
    module("services.cloudwatch").record_metric("AWS/Events", metric, 1, "Count", dimensions)


def stop_functions() -> None:
    """End every Lambda worker process."""
    module("core.lambda_runtime").reset()
