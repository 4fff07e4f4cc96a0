"""A delegated administrator's change, which AWS shows in that administrator's account only.

The forwarder is deployed there with the real CDK, as the stack itself is in the management account. Two
things are simpler than on AWS: any account's principals may call Organizations if their own IAM lets
them, and the bus takes what the forwarder sends without asking its policy.
"""

from __future__ import annotations

from drill.deployment import deploy
from drill.local_aws import ACCOUNT
from drill.principals import Principal
from drill.scenarios.scenario import (
    ADMINISTRATOR,
    ASKED_OF_ROOT,
    ASKING,
    Scenario,
    paged_once,
    root_is_as_before,
)
from drill.stage import DENY_LEAKS, SCP, Stage, content_of
from stacks.names import FORWARDER

_POLICY_ADMIN = Principal(role="policy-admin", session="anna")


def _attach_from_another_account(stage: Stage) -> None:
    account = stage.aws.seen_from(ADMINISTRATOR)
    deploy(account, stack=FORWARDER, context={"management_account": ACCOUNT})
    stage.adopt()
    organizations = account.client("organizations", as_=_POLICY_ADMIN)
    made = organizations.create_policy(
        Name="KeepBucketsPrivate", Description="made by a drill", Type=SCP, Content=content_of(DENY_LEAKS)
    )
    stage.note("anna", f"attaches an SCP to Root from {ADMINISTRATOR}, a delegated administrator")
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=stage.root)
    stage.wait_for_answers("AttachPolicy")


def _came_by_the_forwarder_only(stage: Stage) -> bool:
    """Check that the attach was reported in the administrator's account, so that nothing else brought it."""
    attaches = [
        relayed["record"]
        for relayed in stage.aws.records()
        if relayed["record"]["eventName"] == "AttachPolicy" and relayed["delivered"]
    ]
    accounts = {record["recipientAccountId"] for record in attaches}
    return accounts == {ADMINISTRATOR}


FORWARDED = Scenario(
    name="delegated-admin",
    title="a delegated administrator attaches an SCP to Root from a member account",
    play=_attach_from_another_account,
    guardrail=ASKING,
    protection=ASKED_OF_ROOT,
    must={
        "Root has the policies it had before": root_is_as_before,
        "AWS reported the attach in the member account only": _came_by_the_forwarder_only,
        "each channel got one page, which says that it is undone": paged_once("UNDONE"),
    },
)
