"""What others know the stack by: its name, its outputs, and the regions where it can be deployed.

The command line and the drill look the stack up by these; nothing here needs the CDK.
"""

from __future__ import annotations

from typing import Final

STACK: Final = "Rootguard"

BUS: Final = f"{STACK}-DelegatedCalls"
"""The event bus for what delegated administrators' accounts forward. They name it, so it is fixed."""
FORWARDER: Final = "RootguardForwarder"
"""The stack in such an account, and the role by which its EventBridge puts events on that bus."""

ROLE_OUTPUT: Final = "GuardRoleArn"
FUNCTION_OUTPUT: Final = "GuardFunctionName"
TOPIC_OUTPUT: Final = "TopicArn"
DEAD_LETTERS_OUTPUT: Final = "DeadLettersUrl"
"""The guard's. Before that of another queue is the queue's name, as in NoticesDeadLettersUrl."""
QUEUE_OUTPUT: Final = "QueueUrl"
"""The end of the name of the queue to which those dead letters go back, as in NoticesQueueUrl."""
LOGS_OUTPUT: Final = "LogGroup"
"""The end of the name of a channel's log group, as in SlackLogGroup."""
TABLE_OUTPUT: Final = "LedgerTable"
EXCEPTIONS_OUTPUT: Final = "ExceptionsTable"
GRANTER_OUTPUT: Final = "ExceptionGranterArn"
ISOLATION_OUTPUT: Final = "IsolationFunction"
ISOLATION_ROLE_OUTPUT: Final = "IsolationRoleArn"
ISOLATOR_OUTPUT: Final = "IsolatorArn"
QUARANTINE_OUTPUT: Final = "QuarantineOu"
REHEARSAL_OUTPUT: Final = "RehearsalFunction"
REHEARSAL_OU_OUTPUT: Final = "RehearsalOu"
REHEARSAL_POLICY_OUTPUT: Final = "RehearsalPolicy"
REHEARSAL_ROLE_OUTPUT: Final = "RehearsalRoleArn"

PROTECT: Final = "RootguardProtect"
PROTECT_TARGETS: Final = f"{PROTECT}Targets"
PROTECT_ITSELF: Final = f"{PROTECT}Itself"
PROTECT_BOUNDARY: Final = f"{PROTECT}Boundary"
"""Managed policies for people and pipelines, by the names that permission sets refer to."""

ORGANIZATIONS_REGIONS: Final = {
    "aws": "us-east-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-cn": "cn-northwest-1",
}
"""Partition → the region where CloudTrail and EventBridge show Organizations calls."""


class RegionError(ValueError):
    """The stack was asked for in a region where it would never see an Organizations call."""

    def __init__(self, region: str) -> None:
        super().__init__(
            f'Rootguard cannot work in region "{region}": AWS shows Organizations calls only in '
            "us-east-1 (us-gov-west-1 in GovCloud, cn-northwest-1 in China), so nothing would "
            "wake it. Deploy it there: leave the region out for us-east-1, or run "
            '`AWS_REGION=us-gov-west-1 make deploy ARGS="-c region=us-gov-west-1"`, or the same with '
            "cn-northwest-1."
        )


def partition_of(region: str) -> str | None:
    """The partition whose Organizations region this is; None where it is nobody's."""
    return next((name for name, its_own in ORGANIZATIONS_REGIONS.items() if its_own == region), None)
