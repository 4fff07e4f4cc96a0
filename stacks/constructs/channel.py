"""A channel: the way of every page to one place outside AWS, such as Slack or PagerDuty.

Each has its own subscriptions, queue, function and dead letters, so that trouble with one delays no other.
Its function knows nothing of organizations: it reads one secret and its queue, and talks to the outside.
"""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.bundling import channels_asset
from stacks.config import Pages
from stacks.constructs import functions, queues
from stacks.constructs.paging import Paging
from stacks.constructs.watchdog import Watchdog

# A sender ends within fifteen seconds, so one that hangs leaves the two beside it their time.
_BATCH = 3
_TIMEOUT = cdk.Duration.seconds(45)


class Channel(Construct):
    """The `queue` with its `dead_letters`, and the `function` with its `role` and `logs`.

    Args:
        scope: the stack.
        construct_id: the channel's name, as in "Slack"; its function's entry point is the module of that
            name in small letters, in rootguard.handlers.
        pages: who is paged, for what all pages have in common.
        organization: what people call the organization; None if guardrail.yaml does not say it.
        paging: what the pages come from.
        watchdog: gets an alarm for the dead letters.
        secret: the name of the channel's secret in Secrets Manager.
        settings: what else its function has to know, as environment variables.
    """

    def __init__(  # noqa: PLR0913 - its neighbours in the stack
        self,
        scope: Construct,
        construct_id: str,
        *,
        pages: Pages,
        organization: str | None,
        paging: Paging,
        watchdog: Watchdog,
        secret: str,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.queue, self.dead_letters = queues.with_dead_letters(
            self,
            timeout=_TIMEOUT,
            # Four and a half minutes apart: after 18 minutes, a page is a dead letter. Whoever is to be woken
            # is, by then, by another channel.
            attempts=4,
        )
        for topic in filter(None, (paging.topic, paging.closings)):
            topic.add_subscription(
                subscriptions.SqsSubscription(
                    self.queue, raw_message_delivery=True, dead_letter_queue=self.dead_letters
                )
            )
        self.logs = functions.log_group(self)
        self.role = self._role(secret)
        self.function = functions.function(
            self,
            f"sends pages to {construct_id}",
            code=channels_asset().code(),
            module=construct_id.lower(),
            # It waits for an answer most of the time.
            memory_size=512,
            timeout=_TIMEOUT,
            log_group=self.logs,
            role=self.role,
            environment={
                "ROOTGUARD_SECRET": secret,
                "ROOTGUARD_RUNBOOKS": pages.runbooks,
                "ROOTGUARD_ORGANIZATION": organization or "",
                **(settings or {}),
            },
        )
        self.function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=_BATCH,
                report_batch_item_failures=True,
                # The least there is: however many pages there are, the guard finds concurrency left.
                max_concurrency=2,
            )
        )
        watchdog.dead_letters(
            f"{construct_id}DeadLetters",
            self.dead_letters,
            f"{construct_id} did not take a page, and nobody was notified there: it waits in the channel's "
            "dead-letter queue for 14 days. First read the page, in the queue or from another channel. Then "
            "read the log of the channel's function, fix what it names, such as the secret "
            f'"{secret}", and run `rootguard redrive --queue {construct_id.lower()}`.',
            of=self.queue,
        )

    def _role(self, secret: str) -> iam.Role:
        # Secrets Manager puts a dash and six characters of its own behind a name ("Secrets Manager ARN
        # format", AWS Secrets Manager guide), so this is one secret.
        arn = cdk.Stack.of(self).format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{secret}-??????",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        return functions.role(
            self,
            f"sends pages to {self.node.id}",
            [
                functions.may("ReadItsSecret", ["secretsmanager:GetSecretValue"], arn),
                functions.may_take_messages(self.queue.queue_arn),
                functions.may_log(self.logs),
            ],
        )
