"""`explain` says how much is denied, alone and together, and who can still work."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Rootguard, Written
from tests.cli.explaining import EVERYTHING
from tests.domain.records import update
from tests.given import POLICY, attach

OTHER = "p-another1"


def saying(*statements: dict[str, Any]) -> dict[str, Any]:
    content = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return {"name": "Guardrail", "type": "SERVICE_CONTROL_POLICY", "content": content}


def unless(region: str) -> dict[str, Any]:
    condition = {"StringNotEquals": {"aws:RequestedRegion": region}}
    return {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}


@pytest.fixture
def explained(rootguard: Rootguard, written: Written) -> Any:
    def explain(*arguments: str, event: Any = None, **policies: dict[str, Any]) -> str:
        known = {"p-" + name: policy for name, policy in policies.items()}
        facts = {**EVERYTHING, "policies": known, "attachments": {"r-exam": ["p-FullAWSAccess", *known]}}
        event, known_facts = written("event.json", event or attach()), written("facts.json", facts)
        return rootguard("explain", event, "--facts", known_facts, *arguments).stdout

    return explain


ID, OTHER_ID = POLICY.removeprefix("p-"), OTHER.removeprefix("p-")


def test_what_is_no_lockout_has_a_witness(explained: Any) -> None:
    document = json.loads(explained("--json", **{ID: saying(unless("eu-west-1"))}))
    assert (document["classification"], document["together"]) == ("broad", "broad")
    assert document["witness"] == "A role in eu-west-1 can still use s3, sqs, dynamodb and 17 more services."


def test_two_halves_of_a_lockout_are_one_together_and_nobody_is_left(explained: Any) -> None:
    halves = {ID: saying(unless("eu-west-1")), OTHER_ID: saying(unless("us-east-1"))}
    document = json.loads(explained("--json", **halves))
    assert (document["classification"], document["together"]) == ("broad", "total")
    assert document["witness"] is None


def test_an_edit_is_judged_together_with_what_is_on_its_target(explained: Any) -> None:
    edited = {"Version": "2012-10-17", "Statement": [unless("eu-west-1")]}
    halves = {ID: saying(unless("us-east-1")), OTHER_ID: saying(unless("us-east-1"))}
    document = json.loads(explained("--json", event=update(content=json.dumps(edited)), **halves))
    assert (document["classification"], document["together"]) == ("broad", "total")


def test_full_access_for_rcps_is_attached_whether_a_file_says_so_or_not(explained: Any) -> None:
    closes_s3 = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    rcp = saying(closes_s3) | {"type": "RESOURCE_CONTROL_POLICY"}
    document = json.loads(explained("--json", **{ID: rcp}))
    assert (document["classification"], document["together"]) == ("broad", "broad")


def test_people_read_it_too(explained: Any) -> None:
    shown = " ".join(explained(**{ID: saying(unless("eu-west-1"))}).split())
    assert "The policy denies: broad." in shown
    assert "All policies of its type there deny together: broad." in shown
    assert "A role in eu-west-1 can still use s3, sqs, dynamodb and 17 more services." in shown


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ({"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, "A role from 198.51.100.0 can"),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, "A role with MFA can"),
        ({"StringNotEquals": {"saml:sub": "ann"}}, "A role with saml:sub ann can"),
    ],
)
def test_a_witness_says_in_what_circumstances_it_is(explained: Any, condition: Any, who: str) -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    assert json.loads(explained("--json", **{ID: saying(deny)}))["witness"].startswith(who)
