"""The real CDK CLI deploys the real stack onto a local AWS, and the incident is undone there."""

from pathlib import Path

import pytest

from drill.deployment import Deployment, DeploymentError, deploy
from drill.local_aws import LocalAws
from drill.principals import Principal
from tests.drill.organizations import Given, OverTheWire
from tests.drill.workload import eventually

ATTACHER = Principal(role="Admin", session="diego", console=True, mfa=True)


def test_the_stack_says_where_its_parts_are(deployed: tuple[LocalAws, Deployment]) -> None:
    aws, deployment = deployed
    role = aws.client("lambda").get_function_configuration(
        FunctionName=deployment.outputs["GuardFunctionName"]
    )["Role"]
    assert deployment.outputs["GuardRoleArn"] == role
    assert deployment.outputs["TopicArn"].startswith(f"arn:aws:sns:us-east-1:{aws.account}:")
    assert deployment.outputs["DeadLettersUrl"].startswith("http://")


def test_the_incident_is_undone_and_paged(deployed: tuple[LocalAws, Deployment]) -> None:
    aws, deployment = deployed
    given = Given(OverTheWire(aws.client("organizations", as_=ATTACHER)))
    given.enable("SERVICE_CONTROL_POLICY")
    given.account()
    policy = given.policy("isolate")
    given.attach(policy, given.root)
    undone = 'Rootguard UNDONE: SCP "isolate" attached to Root'
    assert eventually(
        lambda: (
            sorted(p["channel"] for p in aws.pages() if p["subject"].startswith(undone)) == ["email", "sms"]
        )
    )
    assert given.attached(given.root) == ["p-FullAWSAccess"]
    own = [c for c in aws.journal() if c["role_arn"] == deployment.outputs["GuardRoleArn"]]
    assert all(c["error"] is None for c in own)


def test_a_bad_configuration_ends_the_deployment_with_its_own_message(tmp_path: Path) -> None:
    config = tmp_path / "guardrail.yaml"
    config.write_text("mode: sometimes\n")
    lines: list[str] = []
    with LocalAws.start() as aws, pytest.raises(DeploymentError, match=r"cdk synth failed") as told:
        deploy(aws, config, progress=lines.append)
    assert "guardrail.yaml:1" in str(told.value)
    assert any("guardrail.yaml:1" in line for line in lines)
