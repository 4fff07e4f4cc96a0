"""Prevention: managed policies that deny what Rootguard would have to undo, attached to nobody.

The two that only deny go beside a principal's own policies, or into a permission set. The third says the same
as a permissions boundary. What they say is plain data (`stacks.prevention`); this deploys it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.config import GuardrailConfig
from stacks.constructs import deployments
from stacks.names import PROTECT, PROTECT_BOUNDARY, PROTECT_ITSELF, PROTECT_TARGETS
from stacks.prevention import boundary, documents, parts, targets
from stacks.prevention.documents import LIMIT
from stacks.prevention.statement import Statement, but_for


class Prevention(Construct):
    """The policies. Build it last, since it protects every part that the stack has by then.

    Raises:
        UncoveredPartError: the stack has a part that nobody said how to keep.
        StatementTooLongError: guardrail.yaml trusts more principals than a policy can name.
    """

    def __init__(self, scope: Construct, construct_id: str, *, config: GuardrailConfig) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        place = parts.Place(stack.partition, stack.region, stack.account, stack.stack_name)
        # By name, as in the ledger's own policy: a boundary has little room for exact ARNs. Whoever
        # may make a role of such a name may make one without these policies as well.
        on_targets = targets.statements(config, stack, place.arn("iam", f"role/{stack.stack_name}-*"))
        # These policies themselves, which are not there yet, however many they will be.
        own = parts.Resource("AWS::IAM::ManagedPolicy", self.node.path, f"{PROTECT}*")
        resources = [*_resources(stack), own]
        but_for_deployments = but_for(deployments.roles(stack)[0])
        on_itself = parts.statements(resources, place, but_for_deployments)
        own_arn = place.arn("iam", f"policy/{PROTECT_BOUNDARY}")
        of_boundary = boundary.statements(own_arn, but_for_deployments)

        self._deny(PROTECT_TARGETS, "what guardrail.yaml protects", on_targets)
        self._deny(PROTECT_ITSELF, "the parts of Rootguard", on_itself)
        self._bound([boundary.LET_THE_REST_THROUGH, *on_targets, *boundary.joined(on_itself), *of_boundary])

    def _deny(self, name: str, what: str, statements: Iterable[Statement]) -> None:
        for number, pack in enumerate(documents.packed(statements, cdk.Stack.of(self).resolve), start=1):
            self._policy(name if number == 1 else f"{name}{number}", f"Rootguard: protects {what}", pack)

    def _bound(self, statements: Sequence[Statement]) -> None:
        stack = cdk.Stack.of(self)
        taken = documents.length(statements, stack.resolve)
        if taken <= LIMIT:
            what = "Rootguard: a permissions boundary that protects both"
            self._policy(PROTECT_BOUNDARY, what, statements)
            cdk.Validations.of(self).acknowledge(*_lets_the_rest_through())
            return
        # A principal has one boundary, so there is nothing to split. The guard is deployed all the same.
        cdk.Annotations.of(stack).add_warning_v2(
            "rootguard:boundary-too-long",
            f"The policy {PROTECT_BOUNDARY} is left out: with guardrail.yaml as it is, it would have {taken} "
            f"characters, and IAM takes {LIMIT}. Name fewer targets, pins or trusted principals, or attach "
            f"{PROTECT_TARGETS} and {PROTECT_ITSELF} instead, which are split as needed: docs/prevention.md.",
        )

    def _policy(self, name: str, description: str, statements: Sequence[Statement]) -> None:
        iam.ManagedPolicy(
            self,
            name.removeprefix(PROTECT),
            # By these names a permission set of IAM Identity Center refers to them.
            managed_policy_name=name,
            description=description,
            document=iam.PolicyDocument.from_json(documents.document(statements)),
        )


def _resources(stack: cdk.Stack) -> Iterator[parts.Resource]:
    for construct in stack.node.find_all():
        if not isinstance(construct, cdk.CfnResource):
            continue
        kind = parts.KINDS.get(construct.cfn_resource_type)
        name = getattr(construct, kind.named) if kind and kind.named else None
        arn = construct.attr_arn if isinstance(construct, kms.CfnKey) else None
        yield parts.Resource(construct.cfn_resource_type, construct.node.path, stack.resolve(name), arn)


def _lets_the_rest_through() -> Iterator[cdk.Acknowledgment]:
    for what in ("Action", "Resource"):
        yield cdk.Acknowledgment(
            id=f"AwsSolutions::AwsSolutions-IAM5[{what}::*]",
            reason="A boundary grants nothing: it allows everything, so that only what it denies is gone.",
        )
