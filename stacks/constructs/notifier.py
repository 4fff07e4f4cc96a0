"""The notifier: the function that puts the guard's notices into words.

The guard may write in Organizations and says little: it queues a notice, which is a key and data. The
notifier may write nothing there. It looks names up, counts accounts, writes the page, and publishes it once.
So what parses and renders has none of the permissions that matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from stacks.bundling import notifier_asset
from stacks.config import Pages
from stacks.constructs import acknowledgments, functions, leading_keys, permissions
from stacks.constructs.guard import Guard
from stacks.constructs.ledger import Ledger
from stacks.constructs.notices import TIMEOUT, Notices
from stacks.constructs.paging import Paging

_CLAIMS: Final = "NOTICE#*"
"""The partitions of the ledger in which the notifier notes what it has published."""


class Notifier(Construct):
    """The `function`, with its `role` and `logs`."""

    def __init__(  # noqa: PLR0913 - its neighbours in the stack
        self,
        scope: Construct,
        construct_id: str,
        *,
        pages: Pages,
        organization: str | None,
        paging: Paging,
        ledger: Ledger,
        notices: Notices,
        guard: Guard,
    ) -> None:
        super().__init__(scope, construct_id)
        self.logs = functions.log_group(self)
        stack = cdk.Stack.of(self)
        names = permissions.names(stack, is_named=organization is not None)
        self.role = functions.role(
            self, "puts notices into words", [*names, *self._own(paging, ledger, notices)]
        )
        cdk.Validations.of(self).acknowledge(*acknowledgments.of_wildcards(stack, names))
        self.function = functions.function(
            self,
            "puts notices into words",
            code=notifier_asset().code(),
            module="notifier",
            # People wait for it, and it seldom runs, so nearly each start is a cold one: see the guard's.
            memory_size=1769,
            timeout=TIMEOUT,
            log_group=self.logs,
            role=self.role,
            environment={
                "ROOTGUARD_TABLE": ledger.table.table_name,
                "ROOTGUARD_TOPIC_ARN": paging.topic.topic_arn,
                "ROOTGUARD_NOTICES": notices.queue.queue_url,
                "ROOTGUARD_RUNBOOKS": pages.runbooks,
                "ROOTGUARD_ORGANIZATION": organization or "",
                # The guard's: it names the management account.
                "ROOTGUARD_ROLE_ARN": guard.role.role_arn,
                **({"ROOTGUARD_CLOSINGS_TOPIC_ARN": paging.closings.topic_arn} if paging.closings else {}),
            },
        )
        self.function.add_event_source(
            sources.SqsEventSource(
                notices.queue,
                # Without a window, so that a single notice does not wait. Those of a burst come together,
                # and get one page.
                batch_size=10,
                report_batch_item_failures=True,
                # The least there is: however many notices there are, the guard finds concurrency left, and
                # Organizations some of the calls that it takes from an account.
                max_concurrency=2,
            )
        )

    def _own(self, paging: Paging, ledger: Ledger, notices: Notices) -> Iterator[iam.PolicyStatement]:
        """What it may do in this stack."""
        topics = [topic.topic_arn for topic in (paging.topic, paging.closings) if topic is not None]
        yield functions.may("Page", ["sns:Publish"], *topics)
        yield functions.may("EncryptPages", ["kms:Decrypt", "kms:GenerateDataKey"], paging.key.key_arn)
        yield functions.may_take_messages(notices.queue.queue_arn)
        yield functions.may("AskWhoIsSubscribed", ["sns:ListSubscriptionsByTopic"], paging.topic.topic_arn)
        yield functions.may("AnnounceAgain", ["sqs:SendMessage"], notices.queue.queue_arn)
        yield functions.may_log(self.logs)
        yield leading_keys.allow("Claim", ["DeleteItem", "PutItem"], [ledger.table.table_arn], [_CLAIMS])
