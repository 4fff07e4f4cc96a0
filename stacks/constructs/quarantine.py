"""Quarantine: the OU into which accounts are moved to isolate them, with the SCP and the RCP that do it.

Nobody attaches a policy to isolate an account: these two are attached once, by a deployment, in review. The
guard protects the OU as guardrail.json says.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_organizations as organizations
from constructs import Construct

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from stacks import config, quarantine_policies

# If the stack goes, or no longer has a quarantine, the accounts in it stay isolated. A first deployment that
# fails leaves nothing: the next one would find the names taken.
_STAYS = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


class Quarantine(Construct):
    """The OU, by its `ou_id`, which CloudFormation fills in."""

    def __init__(self, scope: Construct, construct_id: str, *, quarantine: config.Quarantine) -> None:
        super().__init__(scope, construct_id)
        unit = organizations.CfnOrganizationalUnit(
            self, "Ou", name=quarantine.ou_name, parent_id=quarantine.root_id
        )
        self.ou_id = unit.ref
        roles, partition = quarantine.forensic_roles, cdk.Stack.of(self).partition
        documents = {
            SERVICE_CONTROL_POLICY: ("Scp", quarantine_policies.scp(roles)),
            RESOURCE_CONTROL_POLICY: ("Rcp", quarantine_policies.rcp(roles, partition)),
        }
        made: list[cdk.CfnResource] = [unit]
        for policy_type, (short_name, document) in documents.items():
            made.append(
                organizations.CfnPolicy(
                    self,
                    short_name,
                    name=f"{cdk.Stack.of(self).stack_name}-Quarantine-{short_name}",
                    description="Denies everything in quarantine but to the forensic roles. Do not detach it",
                    type=policy_type,
                    content=document,
                    target_ids=[self.ou_id],
                )
            )
            # One after the other: Organizations refuses two changes at once ("AWS::Organizations::Policy",
            # AWS CloudFormation User Guide).
            made[-1].add_resource_dependency(made[-2])
        for each in made:
            each.apply_removal_policy(_STAYS)
