"""How EventBridge reaches a Lambda function on AWS, in place of the emulator's one bare attempt.

The function's resource policy must let this rule in, or the event goes to the rule's dead letters;
then Lambda takes it asynchronously: two retries, then the on-failure destination. Sources: "Using
dead-letter queues to process undelivered events" in the EventBridge guide, "How Lambda handles
errors and retries with asynchronous invocation" in Lambda's. The waits between retries, a minute
and two on AWS, are cut to fractions of a second (`local_aws.py`).
"""

from __future__ import annotations

import json
import logging
from typing import Any

from drill import emulator_functions

_logger = logging.getLogger("drill.event_targets")


def route(target: emulator_functions.RuleTarget, event: dict[str, Any]) -> None:
    """Deliver one event to one Lambda target of one rule."""
    emulator_functions.count("Invocations", target)
    if emulator_functions.may_invoke(target):
        emulator_functions.invoke_asynchronously(target, event)
        return
    # A missing function or permission is not retried: EventBridge gives up at once.
    emulator_functions.count("FailedInvocations", target)
    attributes = {
        "RULE_ARN": target.rule_arn,
        "TARGET_ARN": target.function_arn,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "User is not authorized to invoke the function.",
        "RETRY_ATTEMPTS": "0",
    }
    if emulator_functions.send_to_dead_letters(target, json.dumps(event), attributes):
        emulator_functions.count("InvocationsSentToDlq", target)
    else:
        emulator_functions.count("InvocationsFailedToBeSentToDlq", target)
        _logger.warning("%s: event lost, no dead-letter queue took it", target.rule_arn)
