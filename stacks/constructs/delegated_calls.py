"""Delegated calls: what wakes the guard about changes that delegated administrators make.

AWS may show these only in the EventBridge of the account that called. There a forwarder
(`forwarder_stack`) sends them to the bus that is made here, and the rules on it wake the guard.

The guard believes what a record says of who did it, so nobody in such an account may make one up:

- EventBridge passes events on whole: for a bus of another account, `Input` and `InputTransformer` are not
  available ("PutTargets", EventBridge API reference). And PutEvents refuses a source that begins with `aws.`.
- The bus takes events only from the forwarder's role in the accounts that are named, only while they are in
  the organization, and only those of Organizations ("Permissions for event buses", EventBridge guide).
- A rule takes only what AWS reported in its account, and what names as its caller nobody else's principal.
  So no account can speak for a trusted principal of another one, even if the first two should fail.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.config import DelegatedAdministrators
from stacks.constructs import organizations_calls
from stacks.constructs.detection import waking
from stacks.constructs.guard import Guard
from stacks.names import BUS, FORWARDER


class DelegatedCalls(Construct):
    """The bus, and its `rules` by what they watch: one for each account."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        administrators: DelegatedAdministrators,
        guard: Guard,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        made = events.CfnEventBus(
            self,
            "Bus",
            name=BUS,
            description="Rootguard: Organizations calls of delegated administrators",
            # In the same resource, so the bus is never there with another policy.
            policy=iam.PolicyDocument(
                statements=[
                    _permission(stack, account, administrators.organization)
                    for account in administrators.accounts
                ]
            ),
        )
        bus = events.EventBus.from_event_bus_name(self, "Made", made.ref)
        self.rules = {
            f"Delegated{account}": events.Rule(
                self,
                f"Calls{account}",
                event_bus=bus,
                description=f"Rootguard: changes and denied attempts that {account} forwards",
                event_pattern=organizations_calls.pattern(
                    [*organizations_calls.SUCCEEDED, *organizations_calls.DENIED],
                    account=account,
                    record=_of_nobody_else(stack, account),
                ),
                targets=[waking(guard)],
            )
            for account in administrators.accounts
        }


def _permission(stack: cdk.Stack, account: str, organization: str) -> iam.PolicyStatement:
    role = f"arn:{stack.partition}:iam::{account}:role/{FORWARDER}"
    return iam.PolicyStatement(
        sid=f"Forward{account}",
        # The account and not its role: IAM refuses a policy that names a role which is not there yet.
        principals=[iam.AccountPrincipal(account)],
        actions=["events:PutEvents"],
        resources=[f"arn:{stack.partition}:events:{stack.region}:{stack.account}:event-bus/{BUS}"],
        conditions={
            "ArnEquals": {"aws:PrincipalArn": role},
            "StringEquals": {"aws:PrincipalOrgID": organization, "events:source": "aws.organizations"},
        },
    )


def _of_nobody_else(stack: cdk.Stack, account: str) -> dict[str, Any]:
    """What a record has that tells of this account's own principals, or of none."""
    # What AWS did on an account's behalf names no ARN, and neither does the issuer of a root user's session.
    nobody = {"exists": False}
    role, session = ({"prefix": f"arn:{stack.partition}:{service}::{account}:"} for service in ("iam", "sts"))
    return {
        "recipientAccountId": [account],
        "userIdentity": {
            "arn": [role, session, nobody],
            "sessionContext": {"sessionIssuer": {"arn": [role, nobody]}},
        },
    }
