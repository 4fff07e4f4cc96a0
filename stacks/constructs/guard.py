"""The guard: the function that judges each change and undoes a violation, and its role.

Detection and the sweeps' schedule wake it, the notifier puts what it reports into words, the watchdog watches
it. Its queue of dead letters takes every event that was not handled, whichever step lost it: the rule or the
schedule that could not invoke the function, or the function that failed. It is one queue, because the fix is
the same (send the event to the function again) and on-call should have to look in one place only.
"""

import itertools
from collections.abc import Iterable, Iterator

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from stacks.bundling import guard_asset
from stacks.config import GuardrailConfig
from stacks.constructs import acknowledgments, deployments, functions, permissions, queues
from stacks.constructs.exceptions import Exceptions
from stacks.constructs.isolation import Isolation
from stacks.constructs.ledger import Ledger
from stacks.constructs.notices import Notices
from stacks.constructs.paging import Paging
from stacks.constructs.rehearsal import Rehearsal
from stacks.constructs.restore import Restore
from stacks.constructs.watch import Watch
from stacks.quarantine_rules import DEPLOYMENT_VARIABLE, OU_VARIABLE, ROLE_VARIABLE


class Guard(Construct):
    """The function, with `role`, `logs` and `dead_letters`."""

    def __init__(  # noqa: PLR0913 - its neighbours in the stack
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: GuardrailConfig,
        paging: Paging,
        ledger: Ledger,
        exceptions: Exceptions,
        notices: Notices,
        restore: Restore | None = None,
        isolation: Isolation | None = None,
        rehearsal: Rehearsal | None = None,
        watch: Watch | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = queues.dead_letters(
            self,
            "This is the dead-letter queue: of both rules, of the sweeps' schedule, and of the function as "
            "its on-failure destination, none of which the check looks at.",
        )
        self.logs = functions.log_group(self)
        stack = cdk.Stack.of(self)
        writes, reads = (
            permissions.writes(
                stack,
                config,
                isolation.quarantine.ou_id if isolation else None,
                rehearsal.ou_id if rehearsal else None,
            ),
            permissions.reads(stack, config),
        )
        own = [*self._own(paging, ledger, exceptions, notices, restore), *_may_start(watch)]
        self.role = functions.role(
            self,
            "undoes policy changes that would lock the organization out",
            [*reads, *own],
            # Each job in a policy of its own, which IAM lets be 6,144 characters long: the targets are in
            # two of them, and would soon fill the 10,240 characters of all inline policies together.
            managed_policies=[
                iam.ManagedPolicy(self, job, description=f"Rootguard: {job}", statements=statements)
                for job, statements in writes.items()
            ],
        )
        self._acknowledge([*itertools.chain(*writes.values()), *reads])
        self.function = functions.function(
            self,
            "judges each policy change and undoes a violation",
            code=guard_asset(config).code(),
            module="guard",
            # 1769 MB buys one whole vCPU (Lambda guide, "Configure memory"). Imports, handshakes
            # and JSON are one core's work: less memory makes the answer slower, and more buys a
            # second core that would be idle.
            memory_size=1769,
            # A revert takes about a second; the rest is for retries while Organizations is busy
            # with another change. What still fails then is tried again by Lambda, from the start.
            timeout=cdk.Duration.seconds(60),
            # No reserved concurrency: it would fail the deployment in an account with the small
            # quota of 10, and it would also be a ceiling. A throttled event waits in Lambda's own
            # queue for up to max_event_age, and the watchdog's Throttles alarm pages meanwhile.
            retry_attempts=2,
            # An old event is still worth handling: it is a hint to look, and the state decides.
            max_event_age=cdk.Duration.hours(6),
            on_failure=destinations.SqsDestination(self.dead_letters),
            log_group=self.logs,
            role=self.role,
            environment={
                "ROOTGUARD_TABLE": ledger.table.table_name,
                "ROOTGUARD_EXCEPTIONS": exceptions.table.table_name,
                "ROOTGUARD_NOTICES": notices.queue.queue_url,
                "ROOTGUARD_TOPIC_ARN": paging.topic.topic_arn,
                "ROOTGUARD_ROLE_ARN": self.role.role_arn,
                **(_restore_environment(restore) if restore else {}),
                **(_isolation_environment(stack, isolation) if isolation else {}),
                **(rehearsal.known_by if rehearsal else {}),
                **({"ROOTGUARD_WATCH": watch.function.function_name} if watch else {}),
            },
        )

        if watch is not None:
            watch.may_wake(self.function.function_arn)

    def _acknowledge(self, statements: Iterable[iam.PolicyStatement]) -> None:
        wildcards = acknowledgments.of_wildcards(cdk.Stack.of(self), statements)
        cdk.Validations.of(self).acknowledge(*wildcards)

    def _own(
        self,
        paging: Paging,
        ledger: Ledger,
        exceptions: Exceptions,
        notices: Notices,
        restore: Restore | None,
    ) -> Iterator[iam.PolicyStatement]:
        """What it may do in this stack: one job on one resource each."""
        yield functions.may("Notify", ["sqs:SendMessage"], notices.queue.queue_arn)
        # One plain line, if the queue does not take a notice.
        yield functions.may("NotifyInTheLastResort", ["sns:Publish"], paging.topic.topic_arn)
        yield functions.may(
            "EncryptTheLastResort", ["kms:Decrypt", "kms:GenerateDataKey"], paging.key.key_arn
        )
        yield functions.may(
            "Remember",
            [
                "dynamodb:BatchGetItem",
                "dynamodb:DeleteItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
            ],
            ledger.table.table_arn,
        )
        yield functions.may("ListWhatIsRemembered", ["dynamodb:Query"], ledger.index_arn)
        yield functions.may("ReadExceptions", ["dynamodb:BatchGetItem"], exceptions.table.table_arn)
        yield functions.may("FindExceptions", ["dynamodb:Query", "dynamodb:Scan"], exceptions.index_arn)
        yield functions.may_log(self.logs)
        # Lambda delivers a failed event to the on-failure destination as this role.
        yield functions.may("KeepFailedEvents", ["sqs:SendMessage"], self.dead_letters.queue_arn)
        if restore is not None:
            yield functions.may("QueueWhatToPutBack", ["sqs:SendMessage"], restore.queue.queue_arn)


def _may_start(watch: Watch | None) -> list[iam.PolicyStatement]:
    if watch is None:
        return []
    return [functions.may("StartTheWatch", ["lambda:InvokeFunction"], watch.function.function_arn)]


def _isolation_environment(stack: cdk.Stack, isolation: Isolation) -> dict[str, str]:
    """What guardrail.json names by these variables."""
    return {
        OU_VARIABLE: isolation.quarantine.ou_id,
        ROLE_VARIABLE: isolation.role.role_arn,
        DEPLOYMENT_VARIABLE: deployments.roles(stack)[0],
    }


def _restore_environment(restore: Restore) -> dict[str, str]:
    return {
        "ROOTGUARD_RESTORE_QUEUE": restore.queue.queue_url,
        "ROOTGUARD_RESTORER_ROLE_ARN": restore.role.role_arn,
    }
