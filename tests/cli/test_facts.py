"""FACTS.json: every mistake is told at its key, and all of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from cli.exits import TroubleError
from cli.explain.facts_file import FactsFile, parse
from tests.given import POLICY

DIGEST = "0" * 64


def test_a_key_of_null_is_not_given() -> None:
    nothing = dict.fromkeys(FactsFile.model_fields)
    assert parse(nothing, "facts.json") == parse({}, "facts.json")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "should be an object"),
        ({"organisation": {}}, "organisation: unknown key; write organization"),
        ({"organization": {"root": "r-exam"}}, "organization.root: unknown key; write root_id"),
        ({"policies": {POLICY: {"arn": ""}}}, f"policies.{POLICY}.arn: unknown key; write one of name, type"),
        ({"baseline": {"r-exam": {POLICY: {"type": ""}}}}, f"baseline.r-exam.{POLICY}.type: unknown key"),
        ({"organization": {"root_id": "ou-exam-12345678"}}, "organization.root_id: is no root's id"),
        (
            {"organization": {"management_account_id": "1"}},
            "organization.management_account_id: is no account",
        ),
        ({"own_role_arn": 7}, "own_role_arn: should be a valid string"),
        ({"own_role_arn": "\ud800"}, "cannot be taken as facts"),
        ({"now": "2023-04-25T00:33:44"}, "now: is no time with a time zone"),
        ({"now": 1682382807}, "now: is no time with a time zone"),
        ({"now": "9999-12-31T23:59:59-23:00"}, "now: is outside the years 1 to 9999"),
        ({"now": "soon"}, "now: is no time with a time zone"),
        ({"policies": []}, "policies: should be an object"),
        ({"policies": {"lockout": {}}}, "policies.lockout: is no policy's id"),
        ({"policies": {POLICY: {"type": "SCP"}}}, f"policies.{POLICY}.type: is no policy type"),
        ({"policies": {POLICY: {"content": 7}}}, f"policies.{POLICY}.content: should be a valid string"),
        ({"parents": {"444455556666": "Workload"}}, "parents.444455556666: is no target"),
        ({"parents": {"Workload": "r-exam"}}, "parents.Workload: is no target"),
        ({"attachments": {"r-exam": POLICY}}, "attachments.r-exam: should be a valid array"),
        ({"attachments": {"r-exam": ["p-1"]}}, "attachments.r-exam[0]: is no policy's id"),
        ({"exceptions": {}}, "exceptions: should be a valid array"),
        ({"exceptions": [{"granted_by": "x"}]}, "exceptions[0].policy_id: is missing"),
        ({"exceptions": [{"content_sha256": "0"}]}, "exceptions[0].content_sha256: is no SHA-256"),
        ({"exceptions": [{"expires_at": "x"}]}, "exceptions[0].expires_at: is no time with a time zone"),
    ],
)
def test_each_mistake_is_told_at_its_key(document: Any, said: str) -> None:
    with pytest.raises(TroubleError) as trouble:
        parse(document, "facts.json")
    assert trouble.value.exit_code == 2
    assert any(line.startswith(f"facts.json: {said}") for line in str(trouble.value).splitlines())


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(TroubleError) as trouble:
        parse({"now": 1, "root": "r-exam", "parents": 2}, "facts.json")
    assert len(str(trouble.value).splitlines()) == 3


def test_every_key_is_optional() -> None:
    facts = parse({}, "facts.json")
    assert facts.now is None
    entry = {
        "policy_id": POLICY,
        "target_id": "r-exam",
        "content_sha256": DIGEST,
        "granted_by": "AIDAIOSFODNN7EXAMPLE",
        "expires_at": "2023-04-25T02:00:00Z",
    }
    parse({"organization": {}, "policies": {POLICY: {}}, "exceptions": [entry]}, "facts.json")
