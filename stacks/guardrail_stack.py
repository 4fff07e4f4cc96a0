"""The stack: the guard, what it remembers, what wakes it, how people hear of it, and what watches it.

It belongs in the management account, in the partition's Organizations region, and refuses any
other region. What it protects comes from guardrail.yaml.
"""

import functools
import os
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from stacks.config import GuardrailConfig, PagerDuty, Pages
from stacks.constructs import permissions
from stacks.constructs.channel import Channel
from stacks.constructs.dashboard import Dashboard
from stacks.constructs.delegated_calls import DelegatedCalls
from stacks.constructs.detection import Detection
from stacks.constructs.exceptions import Exceptions
from stacks.constructs.guard import Guard
from stacks.constructs.isolation import Isolation
from stacks.constructs.ledger import Ledger
from stacks.constructs.notices import Notices
from stacks.constructs.notifier import Notifier
from stacks.constructs.paging import Paging
from stacks.constructs.prevention import Prevention
from stacks.constructs.rehearsal import Rehearsal
from stacks.constructs.restore import Restore
from stacks.constructs.subscribers import Subscribers
from stacks.constructs.sweeps import Sweeps
from stacks.constructs.tamper import Tamper
from stacks.constructs.watch import Watch
from stacks.constructs.watchdog import Watchdog
from stacks.names import (
    DEAD_LETTERS_OUTPUT,
    EXCEPTIONS_OUTPUT,
    FUNCTION_OUTPUT,
    GRANTER_OUTPUT,
    LOGS_OUTPUT,
    QUEUE_OUTPUT,
    ROLE_OUTPUT,
    TABLE_OUTPUT,
    TOPIC_OUTPUT,
    RegionError,
    partition_of,
)


class GuardrailStack(cdk.Stack):
    """Rootguard, complete.

    Raises:
        RegionError: `env` names no region, or one where Organizations calls are not shown.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, config: GuardrailConfig, **options: Any
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Rootguard: undoes policy changes that would lock the organization out",
            **options,
        )
        partition = partition_of(self.region)
        if partition is None:
            region = "not given" if cdk.Token.is_unresolved(self.region) else self.region
            raise RegionError(region)
        # GovCloud and China take no tags on event source mappings, and fail the deployment ("Using tags on
        # event source mappings", Lambda guide). The stack's own tags would come to them as well, so
        # cdk.json has explicitStackTags.
        untagged = [] if partition == "aws" else [lambda_.CfnEventSourceMapping.CFN_RESOURCE_TYPE_NAME]
        cdk.Tags.of(self).add("application", "rootguard", exclude_resource_types=untagged)
        _warn_of_silence(self, config.pages)
        _warn_of_sms_to_the_usa(self, config.pages)
        _warn_of_another_partition(self)

        paging = Paging(self, "Paging", pages=config.pages)
        ledger = Ledger(self, "Ledger")
        exceptions = Exceptions(self, "Exceptions", ledger=ledger)
        notices = Notices(self, "Notices")
        restore = (
            Restore(self, "Restore", config=config, ledger=ledger)
            if permissions.restored_types(config)
            else None
        )
        isolation = (
            Isolation(
                self,
                "Isolation",
                config=config,
                quarantine=config.quarantine,
                ledger=ledger,
                notices=notices,
            )
            if config.quarantine
            else None
        )
        rehearsal = (
            Rehearsal(
                self,
                "Rehearsal",
                rehearsal=config.rehearsal,
                mode=config.mode,
                ledger=ledger,
                notices=notices,
            )
            if config.rehearsal
            else None
        )
        if rehearsal is not None and isolation is not None:
            # Each makes an OU and policies, and Organizations refuses two changes at once.
            rehearsal.node.add_dependency(isolation.quarantine)
        watch = Watch(self, "Watch") if config.watch.when != "never" else None
        guard = Guard(
            self,
            "Guard",
            config=config,
            paging=paging,
            ledger=ledger,
            exceptions=exceptions,
            notices=notices,
            restore=restore,
            isolation=isolation,
            rehearsal=rehearsal,
            watch=watch,
        )
        notifier = Notifier(
            self,
            "Notifier",
            pages=config.pages,
            organization=config.name,
            paging=paging,
            ledger=ledger,
            notices=notices,
            guard=guard,
        )
        detection = Detection(self, "Detection", guard=guard)
        rules = {"Changes": detection.changes, "Denied": detection.denied, "Proof": detection.proof}
        if config.delegated_administrators:
            rules |= DelegatedCalls(
                self, "DelegatedCalls", administrators=config.delegated_administrators, guard=guard
            ).rules
        sweep_minutes = config.sweep.every_minutes
        Sweeps(self, "Sweeps", guard=guard, every_minutes=sweep_minutes)
        tamper = Tamper(
            self,
            "Tamper",
            paging=paging,
            policies=_for_people(exceptions, isolation),
            organization=config.name,
        )
        watchdog = Watchdog(
            self,
            "Watchdog",
            guard=guard,
            notices=notices,
            notifier=notifier,
            rules=rules | tamper.rules,
            sweep_minutes=sweep_minutes,
            topic=paging.topic,
            restore=restore,
            isolation=isolation,
            rehearsal=rehearsal,
            watch=watch,
            organization=config.name,
        )
        pages = config.pages
        channel = functools.partial(
            Channel, self, pages=pages, organization=config.name, paging=paging, watchdog=watchdog
        )
        fed: dict[str, Notices | Restore | Channel] = {"Notices": notices}
        if restore is not None:
            fed["Restore"] = restore
        if pages.slack:
            fed["Slack"] = channel("Slack", secret=pages.slack.webhook_secret)
        if pages.pagerduty:
            fed["PagerDuty"] = channel(
                "PagerDuty", secret=pages.pagerduty.routing_key_secret, settings=_settings(pages.pagerduty)
            )
        channels = [queues for queues in fed.values() if isinstance(queues, Channel)]
        if expected := pages.addresses(each.queue.queue_name for each in channels):
            Subscribers(self, "Subscribers", notices=notices, expected=expected)
            watchdog.watch_subscribers()
        Dashboard(
            self,
            "Dashboard",
            functions=_functions(
                guard=guard,
                notifier=notifier,
                restore=restore,
                isolation=isolation,
                rehearsal=rehearsal,
                watch=watch,
            ),
            watchdog=watchdog,
            sweep_minutes=sweep_minutes,
        )
        Prevention(self, "Prevention", config=config)

        for name, value in {
            ROLE_OUTPUT: guard.role.role_arn,
            FUNCTION_OUTPUT: guard.function.function_name,
            TOPIC_OUTPUT: paging.topic.topic_arn,
            DEAD_LETTERS_OUTPUT: guard.dead_letters.queue_url,
            TABLE_OUTPUT: ledger.table.table_name,
            EXCEPTIONS_OUTPUT: exceptions.table.table_name,
            GRANTER_OUTPUT: exceptions.granter.managed_policy_arn,
            **(isolation.outputs if isolation else {}),
            **(rehearsal.outputs if rehearsal else {}),
        }.items():
            cdk.CfnOutput(self, name, value=value)
        for name, queues in fed.items():
            cdk.CfnOutput(self, f"{name}{DEAD_LETTERS_OUTPUT}", value=queues.dead_letters.queue_url)
            cdk.CfnOutput(self, f"{name}{QUEUE_OUTPUT}", value=queues.queue.queue_url)
            if isinstance(queues, Channel):
                cdk.CfnOutput(self, f"{name}{LOGS_OUTPUT}", value=queues.logs.log_group_name)


def _functions(
    **parts: Guard | Notifier | Restore | Isolation | Rehearsal | Watch | None,
) -> dict[str, lambda_.IFunction]:
    return {name: part.function for name, part in parts.items() if part is not None}


def _for_people(exceptions: Exceptions, isolation: Isolation | None) -> list[iam.IManagedPolicy]:
    """The policies that are attached to nobody."""
    return [exceptions.granter, *([isolation.isolator] if isolation else [])]


def _warn_of_silence(stack: cdk.Stack, pages: Pages) -> None:
    """Say so, at synth, if a page reaches nobody. It deploys all the same: undoing needs no page."""
    if pages.email or pages.sms:
        return
    warnings = cdk.Annotations.of(stack)
    if not pages.channels:
        warnings.add_warning_v2(
            "rootguard:nobody-is-paged",
            "guardrail.yaml names nobody under `pages`: what is undone, what could not be, and each alarm "
            "goes unheard. Name someone there, such as `email: [oncall@example.com]`.",
        )
    elif len(pages.channels) == 1:
        (only,) = (type(channel).__name__ for channel in pages.channels)
        warnings.add_warning_v2(
            "rootguard:one-channel-alone",
            f"{only} alone is paged: when it takes no page, the alarm that says so goes there too, and "
            "nobody hears of either. Name an e-mail address besides, under `pages`.",
        )


def _warn_of_sms_to_the_usa(stack: cdk.Stack, pages: Pages) -> None:
    """Say at synth what no deployment tells: SNS accepts such a text message and drops it."""
    numbers = [number for number in pages.sms if number.startswith("+1")]
    if numbers:
        cdk.Annotations.of(stack).add_warning_v2(
            "rootguard:sms-to-the-usa",
            f"{', '.join(numbers)} under `pages.sms` may be in the USA: text messages arrive there only from "
            "an origination number that you registered in AWS End User Messaging, and only until the "
            "account's monthly spend limit is reached, which is 1 US dollar at first. See docs/deploying.md.",
        )


def _warn_of_another_partition(stack: cdk.Stack) -> None:
    """Say why the CDK found no account: it asks the Region of the environment, whose credentials differ."""
    asked = os.environ.get("CDK_DEFAULT_REGION")
    if not cdk.Token.is_unresolved(stack.account) or asked is None:
        return
    if RegionInfo.get(asked).partition != RegionInfo.get(stack.region).partition:
        cdk.Annotations.of(stack).add_warning_v2(
            "rootguard:another-partition",
            f"The CDK looked the account up in {asked}, which is not in the partition of {stack.region}, and "
            "found none, so it cannot deploy. Name a Region of that partition in the environment, too: "
            f'AWS_REGION={stack.region} make deploy ARGS="-c region={stack.region}".',
        )


def _settings(pagerduty: PagerDuty) -> dict[str, str]:
    return {
        "ROOTGUARD_EVENTS_URL": pagerduty.events_url,
        "ROOTGUARD_RESOLVE_WHEN_CLEAN": "true" if pagerduty.resolve_when_clean else "false",
    }
