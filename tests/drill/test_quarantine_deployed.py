"""The real stack with a quarantine on a local AWS: the OU is as it should be, and the guard keeps it so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from drill.deployment import Deployment, deploy
from drill.local_aws import LocalAws
from drill.principals import Principal
from tests.drill.organizations import Given, OverTheWire
from tests.drill.workload import eventually

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
DIEGO = Principal(role="Admin", session="diego", console=True, mfa=True)


class Quarantined:
    """A deployed stack, the organization it is in, and a sweep behind it."""

    def __init__(self, aws: LocalAws, given: Given, deployment: Deployment) -> None:
        self.aws, self.given, self.outputs = aws, given, deployment.outputs
        self.unit = self.outputs["QuarantineOu"]

    def sweep(self) -> None:
        payload = json.dumps({"source": "rootguard.sweep"})
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.outputs["GuardFunctionName"], Payload=payload
        )
        assert "FunctionError" not in answer, answer["Payload"].read()

    def names(self, kind: str) -> list[str]:
        found = self.given.call("ListPoliciesForTarget", TargetId=self.unit, Filter=kind)["Policies"]
        return sorted(policy["Name"] for policy in found)

    def id_of(self, name: str, kind: str) -> str:
        found = self.given.call("ListPolicies", Filter=kind)["Policies"]
        return str(next(policy["Id"] for policy in found if policy["Name"] == name))

    def place(self, account: str) -> str:
        return str(self.given.call("ListParents", ChildId=account)["Parents"][0]["Id"])

    def by_the_guard(self) -> list[tuple[str, Any]]:
        return [
            (call["operation"], call["error"])
            for call in self.aws.journal()
            if call["role_arn"] == self.outputs["GuardRoleArn"]
        ]


@pytest.fixture(scope="module")
def quarantined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarantined]:
    with LocalAws.start() as aws:
        given = Given(OverTheWire(aws.client("organizations", as_=DIEGO)))
        given.enable(SCP, RCP)
        config = tmp_path_factory.mktemp("config") / "guardrail.yaml"
        config.write_text(
            "protections: [{name: root, targets: [root]}]\n"
            "pages: {email: [oncall@example.com]}\n"
            f"quarantine: {{root_id: {given.root}, forensic_roles: ['arn:aws:iam::*:role/Forensics']}}\n"
        )
        made = Quarantined(aws, given, deploy(aws, config))
        made.sweep()
        yield made


def test_the_ou_has_both_policies_beside_full_access(quarantined: Quarantined) -> None:
    assert quarantined.names(SCP) == ["FullAWSAccess", "Rootguard-Quarantine-Scp"]
    assert quarantined.names(RCP) == ["RCPFullAWSAccess", "Rootguard-Quarantine-Rcp"]


@pytest.mark.parametrize(("kind", "name"), [(SCP, "Scp"), (RCP, "Rcp")])
def test_a_policy_that_someone_takes_off_comes_back(quarantined: Quarantined, kind: str, name: str) -> None:
    policy = quarantined.id_of(f"Rootguard-Quarantine-{name}", kind)
    quarantined.given.detach(policy, quarantined.unit)
    assert eventually(lambda: f"Rootguard-Quarantine-{name}" in quarantined.names(kind))
    assert {error for _, error in quarantined.by_the_guard()} == {None}


def test_an_account_that_someone_moves_in_is_moved_back(quarantined: Quarantined) -> None:
    given = quarantined.given
    account = given.account()
    quarantined.sweep()
    given.call(
        "MoveAccount", AccountId=account, SourceParentId=given.root, DestinationParentId=quarantined.unit
    )
    assert eventually(lambda: quarantined.place(account) == given.root)
    assert ("MoveAccount", None) in quarantined.by_the_guard()
