"""Detection: the EventBridge rules that wake the guard.

CloudTrail reports each Organizations call of the management account to its default bus, in the
partition's Organizations region. One rule takes the changes, one the attempts that were denied:
they change nothing, but someone tried. The guard looks at the state anyway, so the rules only
have to be sure to miss nothing. `DelegatedCalls` takes what other accounts forward.

A third rule proves that the way is open: each sweep's own first read comes back as an event. A trail that
was stopped, wherever its home Region is, shows in nothing else until a change is missed.
"""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from stacks.constructs import organizations_calls
from stacks.constructs.guard import Guard


class Detection(Construct):
    """The rules: `changes`, `denied` attempts, and `proof`, which each sweep sends itself."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        guard: Guard,
    ) -> None:
        super().__init__(scope, construct_id)
        # The guard's own calls are not filtered out here: that takes `anything-but` on
        # sessionIssuer.arn, which does not match where the field is missing, and a root user's
        # record has none. The worst change of all would pass unseen. `decide` filters instead.
        self.changes = events.Rule(
            self,
            "Changes",
            description="Rootguard: changes of policies, accounts and OUs",
            event_pattern=organizations_calls.pattern(organizations_calls.SUCCEEDED),
            targets=[waking(guard)],
        )
        self.denied = events.Rule(
            self,
            "DeniedAttempts",
            description="Rootguard: attempts at such changes that were denied",
            event_pattern=organizations_calls.pattern(organizations_calls.DENIED),
            targets=[waking(guard)],
        )
        self.proof = events.Rule(
            self,
            "Proof",
            description="Rootguard: each sweep's own read, which proves that events still come",
            event_pattern=organizations_calls.read_by(guard.role.role_arn),
            targets=[waking(guard)],
        )
        rule = self.proof.node.default_child
        if not isinstance(rule, events.CfnRule):
            raise TypeError("an EventBridge rule is no CfnRule any more: the state cannot be set")
        # Other rules get no reads ("Read-only management events from AWS services", EventBridge guide).
        rule.state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def waking(guard: Guard) -> events.IRuleTarget:
    """The guard as a rule's target."""
    return targets.LambdaFunction(
        guard.function,
        # EventBridge's maximum for both: a late hint is still right, a lost one is not.
        retry_attempts=185,
        max_event_age=cdk.Duration.hours(24),
        dead_letter_queue=guard.dead_letters,
    )
