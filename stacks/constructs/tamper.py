"""Tamper: pages when someone other than a deployment touches what Rootguard is made of.

Whoever may change the function, its roles, its rules or the topic can disarm the guard before they do harm.
This does not stop them. It pages on-call, straight from EventBridge to the topic, past all code that they may
have changed. `tamper_calls` names the calls.

What it cannot report: that the topic or its key is gone, since the page would have to go through them; that
the whole stack is, since that is done before CloudTrail reports it; what IAM refused, since the record then
names no resource. CloudTrail shows IAM's calls where IAM is: in us-east-1 and us-gov-west-1, as those of
Organizations, but for China in cn-north-1, where the stack is not. And calls about a trail are made in its
home region, and reported if that is the stack's own.
"""

from collections.abc import Sequence

import aws_cdk as cdk
import jsii
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk.interfaces.aws_events import IRuleRef
from constructs import Construct

from stacks import plain_texts
from stacks.constructs import deployments, tamper_calls
from stacks.constructs.paging import Paging
from stacks.constructs.tamper_calls import Calls


class Tamper(Construct):
    """The `rules`, by what they watch. Several, since an event pattern holds 2,048 characters at most."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        paging: Paging,
        policies: Sequence[iam.IManagedPolicy],
        organization: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        watched = {
            "TamperRunning": ("what runs it", tamper_calls.of_what_runs(stack)),
            "TamperPaging": ("what it pages by", tamper_calls.of_what_pages(stack, paging.key)),
            "TamperKeeping": ("what it keeps", tamper_calls.of_what_is_kept(stack)),
            "TamperAllowing": (
                "what it may, its stack and its trails",
                tamper_calls.of_what_it_may(stack, policies),
            ),
        }
        self.rules = {
            name: events.Rule(
                self,
                name,
                description=f"Rootguard: tampering with {what}",
                event_pattern=_pattern(stack, calls),
                targets=[_Page(paging.topic, _message(calls, organization))],
            )
            for name, (what, calls) in watched.items()
        }


@jsii.implements(events.IRuleTarget)
class _Page:
    """The topic as a target. The CDK's own would let EventBridge in a second time: `Paging` has."""

    def __init__(self, topic: sns.ITopic, message: events.RuleTargetInput) -> None:
        self._topic, self._message = topic, message

    def bind(self, rule: IRuleRef, id: str | None = None) -> events.RuleTargetConfig:  # noqa: A002, ARG002
        return events.RuleTargetConfig(arn=self._topic.topic_arn, input=self._message)


def _pattern(stack: cdk.Stack, calls: Sequence[Calls]) -> events.EventPattern:
    return events.EventPattern(
        # PutEvents refuses a source of aws.*, so nobody can cry wolf.
        source=events.Match.prefix("aws."),
        detail_type=["AWS API Call via CloudTrail"],
        detail={
            "$or": [pattern for some in calls for pattern in some.patterns()],
            # `anything-but` does not match where the field is missing, and the record of a root user, an
            # IAM user or a link to unsubscribe has none.
            "userIdentity": {
                "$or": [
                    {"sessionContext": {"sessionIssuer": {"arn": arn}}}
                    for arn in ([{"exists": False}], [{"anything-but": deployments.roles(stack)}])
                ]
            },
        },
    )


def _message(calls: Sequence[Calls], organization: str | None) -> events.RuleTargetInput:
    """One string, as an SMS takes it. What the record does not have is left out of it."""
    # EventBridge does not escape what it fills in: only fields that can hold no quotation mark. The name of
    # an alarm can.
    who, what, where, at, source, error, event_id = (
        events.EventField.from_path(f"$.detail.{field}")
        for field in (
            "userIdentity.arn",
            "eventName",
            "eventSource",
            "eventTime",
            "sourceIPAddress",
            "errorCode",
            "eventID",
        )
    )
    fields = (field for some in calls if some.service != "monitoring" for field in some.fields)
    parts = "".join(events.EventField.from_path(f"$.detail.{field}") for field in dict.fromkeys(fields))
    return events.RuleTargetInput.from_text(
        plain_texts.tamper_notice(
            what=what,
            service=where,
            parts=parts,
            who=who,
            source=source,
            at=at,
            error=error,
            event_id=event_id,
            organization=organization,
        )
    )
