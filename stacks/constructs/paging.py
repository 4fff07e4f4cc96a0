"""Paging: the encrypted topic that every page goes through, and who is subscribed to it.

That something is over, which wakes nobody, goes through a topic of its own, where only channels listen. One
topic would not do: a filter that lets alarms through to people, which have no message attributes, lets all
through ("Key matching", Amazon SNS Developer Guide).

The guard publishes incidents here, the watchdog's alarms publish the guard's own trouble. Pages
name people and policies, so they are encrypted at rest with a key of our own: the key AWS manages
for SNS cannot be opened to CloudWatch and EventBridge.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.config import Pages


class Paging(Construct):
    """The `topic`, with its `key`; and `closings`, the other topic, where there is a channel to listen."""

    def __init__(self, scope: Construct, construct_id: str, *, pages: Pages) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description="Rootguard: encrypts pages while SNS holds them",
            enable_key_rotation=True,
            # SNS holds a page for minutes, so nothing worth keeping is encrypted with it.
            removal_policy=cdk.RemovalPolicy.DESTROY,
            pending_window=cdk.Duration.days(7),
        )
        self.topic = self._topic("Topic")
        self.closings = self._topic("Closings") if pages.channels else None
        self._let_alarms_publish()
        self._let_events_publish()
        for address in pages.email:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))
        for number in pages.sms:
            self.topic.add_subscription(subscriptions.SmsSubscription(number))

    def _topic(self, name: str) -> sns.Topic:
        return sns.Topic(self, name, display_name="Rootguard", master_key=self.key, enforce_ssl=True)

    def _let_alarms_publish(self) -> None:
        stack = cdk.Stack.of(self)
        cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        own_account = {"aws:SourceAccount": stack.account}
        alarms = stack.format_arn(
            service="cloudwatch",
            resource="alarm",
            resource_name="*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsPublish",
                principals=[cloudwatch],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": own_account, "ArnLike": {"aws:SourceArn": alarms}},
            )
        )
        self.key.add_to_resource_policy(_use_key("AlarmsUseKey", cloudwatch, {"StringEquals": own_account}))

    def _let_events_publish(self) -> None:
        # Without conditions: EventBridge sends none of the keys they would test, neither to SNS nor
        # to KMS, so a statement with one would never allow and pages would be lost without a trace
        # (EventBridge guide, "Using resource-based policies"; SNS guide, "Key management").
        events = iam.ServicePrincipal("events.amazonaws.com")
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="EventsPublish",
                principals=[events],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        self.key.add_to_resource_policy(_use_key("EventsUseKey", events))


def _use_key(
    sid: str, service: iam.ServicePrincipal, conditions: dict[str, dict[str, str]] | None = None
) -> iam.PolicyStatement:
    # In a key's own policy `*` means this key.
    return iam.PolicyStatement(
        sid=sid,
        principals=[service],
        actions=["kms:Decrypt", "kms:GenerateDataKey*"],
        resources=["*"],
        conditions=conditions,
    )
