"""Rehearsal: an empty OU, a harmless SCP, and the function that attaches it there once a week.

The guard protects the OU and detaches the SCP, as it would a lockout from Root. So it is known that events
arrive, that the guard may undo, and that people can be told. The SCP denies member accounts to leave the
organization, and so it would harm nobody on Root either.
"""

from __future__ import annotations

import json
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_organizations as organizations
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from rootguard.domain.policy import SERVICE_CONTROL_POLICY
from rootguard.rehearsal.calendar import Calendar
from stacks import config
from stacks.bundling import rehearsal_asset
from stacks.constructs import functions, leading_keys, permissions, schedules
from stacks.constructs.ledger import Ledger
from stacks.constructs.notices import Notices
from stacks.constructs.schedules import ON_TIME
from stacks.names import (
    REHEARSAL_OU_OUTPUT,
    REHEARSAL_OUTPUT,
    REHEARSAL_POLICY_OUTPUT,
    REHEARSAL_ROLE_OUTPUT,
)
from stacks.rehearsal_rules import HARMLESS, OU_VARIABLE, POLICY_VARIABLE, ROLE_VARIABLE

_AROUND: Final = 120
"""Seconds that the function has beside waiting: to start, to attach, to clean up."""


class Rehearsal(Construct):
    """The `function` with its `role`, and the OU by its `ou_id`, which CloudFormation fills in."""

    def __init__(  # noqa: PLR0913 - its neighbours in the stack
        self,
        scope: Construct,
        construct_id: str,
        *,
        rehearsal: config.Rehearsal,
        mode: str,
        ledger: Ledger,
        notices: Notices,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        unit = organizations.CfnOrganizationalUnit(
            self, "Ou", name=rehearsal.ou_name, parent_id=rehearsal.root_id
        )
        policy = organizations.CfnPolicy(
            self,
            "Scp",
            name=f"{stack.stack_name}-Rehearsal",
            description="Rootguard attaches it to an empty OU once a week, and has to detach it again",
            type=SERVICE_CONTROL_POLICY,
            content=HARMLESS,
        )
        # One after the other: Organizations refuses two changes at once ("AWS::Organizations::Policy", AWS
        # CloudFormation User Guide).
        policy.add_resource_dependency(unit)
        self.ou_id, self._policy_id = unit.ref, policy.ref
        self.logs = functions.log_group(self)
        self.role = functions.role(
            self,
            "rehearses on an empty OU",
            [
                *permissions.rehearses(unit.attr_arn, policy.attr_arn),
                leading_keys.allow(
                    "RecordHowItWent",
                    ["GetItem", "PutItem"],
                    [ledger.table.table_arn],
                    ["REHEARSAL#"],
                ),
                leading_keys.allow(
                    "SeeWhatTheGuardDid",
                    ["GetItem", "Query"],
                    [ledger.table.table_arn],
                    ["INCIDENT#*", "BASELINE#*", "FIGHT#*"],
                ),
                leading_keys.allow("SeeOpenIncidents", ["Query"], [ledger.index_arn], ["INCIDENT"]),
                functions.may("Notify", ["sqs:SendMessage"], notices.queue.queue_arn),
                functions.may_log(self.logs),
            ],
        )
        calendar = Calendar(rehearsal.blocked_windows, rehearsal.blocked_dates)
        self.function = functions.function(
            self,
            "attaches a harmless SCP and waits until the guard has detached it",
            code=rehearsal_asset().code(),
            module="rehearsal",
            # It waits nearly all of the time.
            memory_size=256,
            timeout=cdk.Duration.seconds(rehearsal.within_seconds + _AROUND),
            # A retry goes on with what was cut off. What still fails is tried by the next day's schedule.
            retry_attempts=2,
            max_event_age=cdk.Duration.hours(1),
            log_group=self.logs,
            role=self.role,
            environment={
                "ROOTGUARD_TABLE": ledger.table.table_name,
                "ROOTGUARD_NOTICES": notices.queue.queue_url,
                "ROOTGUARD_CALENDAR": json.dumps(calendar.as_json(), separators=(",", ":")),
                "ROOTGUARD_WITHIN_SECONDS": str(rehearsal.within_seconds),
                "ROOTGUARD_MODE": mode,
                **self.known_by,
            },
        )
        self._each_day(rehearsal.at)

    @property
    def known_by(self) -> dict[str, str]:
        """The variables by which the guard and the function know a rehearsal."""
        return {
            OU_VARIABLE: self.ou_id,
            POLICY_VARIABLE: self._policy_id,
            ROLE_VARIABLE: self.role.role_arn,
        }

    @property
    def outputs(self) -> dict[str, str]:
        """What the command line looks up, by the outputs' names."""
        return {
            REHEARSAL_OUTPUT: self.function.function_name,
            REHEARSAL_OU_OUTPUT: self.ou_id,
            REHEARSAL_POLICY_OUTPUT: self._policy_id,
            REHEARSAL_ROLE_OUTPUT: self.role.role_arn,
        }

    def _each_day(self, at: str) -> None:
        """Ask each day: the function knows when a week is over, and what was in the way before."""
        stack = cdk.Stack.of(self)
        # A role of its own beside the function's, so a construct of its own.
        scope = Construct(self, "Schedule")
        role = schedules.role(
            scope, "start a rehearsal", {"lambda:InvokeFunction": self.function.function_arn}
        )
        hour, minute = at.split(":")
        scheduler.CfnSchedule(
            scope,
            "Schedule",
            name=f"{stack.stack_name}-Rehearsals",
            description="Rootguard: rehearses, if that is due",
            schedule_expression=f"cron({int(minute)} {int(hour)} * * ? *)",
            schedule_expression_timezone="UTC",
            flexible_time_window=ON_TIME,
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self.function.function_arn,
                role_arn=role.role_arn,
                input=json.dumps({"scheduled": True}),
                # The next day does it.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_retry_attempts=2, maximum_event_age_in_seconds=3600
                ),
            ),
        )
