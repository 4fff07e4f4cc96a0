"""`rootguard explain` with facts from AWS: a local one over HTTP, with IAM and the rules of Organizations."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from drill.local_aws import LocalAws
from drill.principals import Principal
from stacks.names import ROLE_OUTPUT, STACK
from tests.cli.conftest import Rootguard, Written
from tests.domain.records import update
from tests.given import DENY_ALL, OWN_ROLE, attach, by_role

TEMPLATE = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {ROLE_OUTPUT: {"Value": OWN_ROLE}},
}
READS_POLICIES = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": "*"}],
    }
)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws.start() as started:
        organizations = started.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        yield started


@pytest.fixture
def root(aws: LocalAws) -> dict[str, Any]:
    return dict(aws.client("organizations").list_roots()["Roots"][0])


@pytest.fixture
def policy(aws: LocalAws, root: dict[str, Any]) -> Iterator[str]:
    organizations = aws.client("organizations")
    made = organizations.create_policy(
        Name="Quarantine", Description="-", Type="SERVICE_CONTROL_POLICY", Content=DENY_ALL
    )["Policy"]["PolicySummary"]["Id"]
    yield made
    organizations.delete_policy(PolicyId=made)


@pytest.fixture
def stack(aws: LocalAws) -> Iterator[None]:
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(TEMPLATE))
    yield
    cloudformation.delete_stack(StackName=STACK)


@pytest.fixture(autouse=True)
def signed_in(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.settings().items():
        monkeypatch.setenv(name, value)


def test_the_policy_is_read_from_aws(
    rootguard: Rootguard, written: Written, root: dict[str, Any], policy: str
) -> None:
    result = rootguard("explain", written("event.json", attach(root["Id"], policy)), "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    document = json.loads(result.stdout)
    assert (document["verdict"], document["rule"]) == ("revert", 8)
    assert f'SCP "Quarantine" ({policy}) attached to Root' in document["summary"]
    (assumption,) = document["assumptions"]
    assert assumption.startswith("Without the ledger: There is no stack Rootguard in this account. ")
    assert document["actions"] == [{"action": "detach", "policy_id": policy, "target_id": root["Id"]}]


def test_a_policy_that_is_gone_may_have_been_of_any_type(
    rootguard: Rootguard, written: Written, root: dict[str, Any]
) -> None:
    result = rootguard("explain", written("event.json", attach(root["Id"])), "--json")
    assert (json.loads(result.stdout)["reason"], result.exit_code) == ("violation", 1)


def test_where_an_edited_policy_is_attached_is_read_from_aws(
    rootguard: Rootguard, written: Written, aws: LocalAws, root: dict[str, Any], policy: str
) -> None:
    event = written("event.json", update(policy=policy))
    assert json.loads(rootguard("explain", event, "--json").stdout)["reason"] == "stands-nowhere-protected"
    organizations = aws.client("organizations")
    organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(PolicyId=policy, TargetId=root["Id"])
    try:
        result = rootguard("explain", event, "--json")
    finally:
        organizations.detach_policy(PolicyId=policy, TargetId=root["Id"])
    document = json.loads(result.stdout)
    assert (document["verdict"], document["rule"], result.exit_code) == ("revert", 8, 1)
    assert [action["action"] for action in document["actions"]] == ["detach"]


def test_the_ancestors_are_read_from_aws(
    rootguard: Rootguard, written: Written, aws: LocalAws, root: dict[str, Any], policy: str
) -> None:
    organizations = aws.client("organizations")
    names = ("Workload", "Team")
    above, below = root["Id"], ""
    units = []
    for name in names:
        below = organizations.create_organizational_unit(ParentId=above, Name=name)["OrganizationalUnit"][
            "Id"
        ]
        units.append(below)
        above = below
    entry = {"name": "work", "targets": [units[0]], "include_descendants": True}
    config = written("mine.yaml", {"protections": [entry]})
    event = written("event.json", attach(below, policy))
    assert json.loads(rootguard("explain", event, "-c", config, "--json").stdout)["protection"] == "work"


def test_the_guards_own_role_is_read_from_its_stack(
    rootguard: Rootguard, written: Written, root: dict[str, Any], policy: str, stack: None
) -> None:
    event = written("event.json", attach(root["Id"], policy, userIdentity=by_role(OWN_ROLE)))
    assert json.loads(rootguard("explain", event, "--json").stdout)["reason"] == "own-change"


def test_without_a_stack_the_caller_counts_as_another_and_that_is_said(
    rootguard: Rootguard, written: Written, root: dict[str, Any], policy: str
) -> None:
    event = written("event.json", attach(root["Id"], policy, userIdentity=by_role(OWN_ROLE)))
    document = json.loads(rootguard("explain", event, "--json").stdout)
    assert document["reason"] == "violation"
    assert "Assuming the caller is not Rootguard itself" in document["summary"]


def test_the_stack_is_looked_for_in_its_region(
    rootguard: Rootguard,
    written: Written,
    root: dict[str, Any],
    policy: str,
    stack: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The operator's usual region is another; without any, it works too.
    event = written("event.json", attach(root["Id"], policy, userIdentity=by_role(OWN_ROLE)))
    for region in ("eu-west-1", None):
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name) if region is None else monkeypatch.setenv(name, region)
        assert json.loads(rootguard("explain", event, "--json").stdout)["reason"] == "own-change"


def test_what_iam_refuses_is_told_with_the_call_and_what_to_do(
    rootguard: Rootguard,
    written: Written,
    aws: LocalAws,
    root: dict[str, Any],
    policy: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = aws.session(as_=Principal(user="diego", policy=READS_POLICIES))
    found = session.get_credentials().get_frozen_credentials()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", found.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", found.secret_key)
    result = rootguard("explain", written("event.json", attach(root["Id"], policy)), "--json")
    assert result.exit_code == 3
    # If the policy cannot be read, its type is looked for on the target, as the guard does it.
    assert "ListPoliciesForTarget" in json.loads(result.stdout)["error"]
    assert "ListPoliciesForTarget failed with AccessDenied" in result.stderr
    assert "may call ListPoliciesForTarget" in result.stderr
    assert "--facts" in result.stderr


def test_without_credentials_people_are_told_to_sign_in(
    rootguard: Rootguard, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = rootguard("explain", written("event.json", attach()))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "NoCredentialsError" in result.stderr
    assert "Sign in to the management account" in result.stderr


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("AWS_PROFILE", "nobody", "Sign in"),
        ("AWS_ENDPOINT_URL", "no address", "AWS_ENDPOINT_URL"),
        ("AWS_REGION", "the moon", "AWS_REGION"),
    ],
)
def test_settings_that_lead_nowhere_are_told(
    rootguard: Rootguard,
    written: Written,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.setenv(setting, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", value if setting == "AWS_REGION" else "us-east-1")
    result = rootguard("explain", written("event.json", attach()))
    assert (result.exit_code, result.stdout) == (3, "")
    assert said in result.stderr


@pytest.fixture
def impostor() -> Iterator[str]:
    """Something that answers every request with a page of HTML."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>It works!")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("service", ["", "_ORGANIZATIONS"])
def test_what_is_not_aws_is_told(
    rootguard: Rootguard, written: Written, monkeypatch: pytest.MonkeyPatch, impostor: str, service: str
) -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL{service}", impostor)
    result = rootguard("explain", written("event.json", attach()))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "is not AWS" in result.stderr


@pytest.mark.parametrize("record", [{"detail": {}}, attach(errorCode="ServiceException")])
def test_aws_is_not_asked_for_what_no_rule_needs(
    rootguard: Rootguard, written: Written, monkeypatch: pytest.MonkeyPatch, record: Any
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert rootguard("explain", written("event.json", record)).exit_code == 0
