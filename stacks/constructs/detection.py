"""Detection: the EventBridge rules that wake the guard.

CloudTrail reports each Organizations call of the management account to its default bus, in the
partition's Organizations region. One rule takes the changes, one the attempts that were denied:
they change nothing, but someone tried. The guard looks at the state anyway, so the rules only
have to be sure to miss nothing.
"""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from rootguard.cloudtrail.read import DETAIL_TYPES
from rootguard.domain.drift import DENIALS, ChangeKind
from stacks.constructs.guard import Guard

# Every call and event that the guard knows how to judge; it ignores what is none of its business.
_CHANGES = sorted(kind.value for kind in ChangeKind)


class Detection(Construct):
    """The two rules: `changes` and `denied` attempts."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        guard: Guard,
    ) -> None:
        super().__init__(scope, construct_id)
        self.changes = self._rule(
            "Changes", "Rootguard: changes of policies, accounts and OUs", [{"exists": False}]
        )
        self.denied = self._rule(
            "DeniedAttempts", "Rootguard: attempts at such changes that were denied", list(DENIALS)
        )
        for rule in (self.changes, self.denied):
            rule.add_target(
                targets.LambdaFunction(
                    guard.function,
                    # EventBridge's maximum for both: a late hint is still right, a lost one is not.
                    retry_attempts=185,
                    max_event_age=cdk.Duration.hours(24),
                    dead_letter_queue=guard.dead_letters,
                )
            )

    def _rule(self, name: str, description: str, error_code: Sequence[object]) -> events.Rule:
        # The guard's own calls are not filtered out here: that takes `anything-but` on
        # sessionIssuer.arn, which does not match where the field is missing, and a root user's
        # record has none. The worst change of all would pass unseen. `decide` filters instead.
        return events.Rule(
            self,
            name,
            description=description,
            event_pattern=events.EventPattern(
                source=["aws.organizations"],
                detail_type=list(DETAIL_TYPES),
                detail={
                    "eventSource": ["organizations.amazonaws.com"],
                    "eventName": _CHANGES,
                    "errorCode": error_code,
                },
            ),
        )
