"""`rootguard explain` with facts from a file: what the guard would do, and on which assumptions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Rootguard, Written
from tests.cli.explaining import EVERYTHING, SCP, exception, guarding
from tests.given import (
    DENY_ALL,
    DENY_EC2,
    EVENTS,
    OWN_ROLE,
    PIPELINE,
    POLICY,
    attach,
    by_role,
    envelope,
)


def test_the_incident(explained: Any) -> None:
    document = explained(attach(), EVERYTHING)
    summary = document.pop("summary")
    assert f'SCP "Quarantine" ({POLICY}) attached to Root by the root user' in summary
    assert "Rootguard undoes it and pages on-call." in summary
    assert document == {
        "verdict": "revert",
        "reason": "violation",
        "rule": 8,
        "protection": "root",
        "actions": [{"action": "detach", "policy_id": POLICY, "target_id": "r-exam"}],
        "assumptions": [],
        "classification": "total",
        "together": "total",
        "witness": None,
        "exit_code": 1,
    }


def test_the_envelope_is_explained_as_its_record_is(explained: Any) -> None:
    assert explained(envelope(attach()), EVERYTHING) == explained(attach(), EVERYTHING)


@pytest.mark.parametrize(
    ("name", "verdict", "reason", "rule"),
    [
        ("attach-policy-to-account-by-root-user", "ignore", "target-not-protected", 3),
        ("attach-policy-to-ou-failed-by-iam-user", "ignore", "call-failed", 1),
        ("close-account-result-service-event", "ignore", "not-a-policy-change", 3),
        ("create-scp-by-root-user", "ignore", "stands-nowhere-protected", 3),
        ("disable-scp-type-by-root-user", "alert", "violation", 8),
        ("eventbridge-move-account-by-assumed-role", "ignore", "target-not-protected", 3),
        ("leave-organization-denied-by-assumed-role", "ignore", "call-failed", 1),
        ("update-scp-by-root-user", "ignore", "stands-nowhere-protected", 3),
    ],
)
def test_each_real_record(
    rootguard: Rootguard, written: Written, name: str, verdict: str, reason: str, rule: int
) -> None:
    facts = written("facts.json", {})
    result = rootguard("explain", EVENTS / f"{name}.json", "--facts", facts, "--json")
    document = json.loads(result.stdout)
    assert (document["verdict"], document["reason"], document["rule"]) == (verdict, reason, rule)
    assert (document["actions"], result.exit_code) == ([], 1 if verdict == "alert" else 0)
    assert document["protection"] == ("root" if rule == 8 else None)


@pytest.mark.parametrize(
    "record",
    [
        {"detail": 1},
        {"detail": None, "source": "aws.organizations"},
        {"eventName": 7},
        {"eventSource": None},
        attach(requestParameters=None),
    ],
)
def test_what_is_a_malformed_record_is_ignored(explained: Any, record: Any) -> None:
    document = explained(json.dumps(record), {})
    assert (document["verdict"], document["exit_code"]) == ("ignore", 0)
    assert document["actions"] == []


@pytest.mark.parametrize("identity", ["x", None, {}])
def test_a_record_that_does_not_say_who_did_it_is_judged_as_of_someone_whom_nobody_trusts(
    explained: Any, identity: Any
) -> None:
    document = explained(attach(userIdentity=identity), EVERYTHING)
    assert (document["verdict"], document["reason"]) == ("revert", "violation")
    assert [action["action"] for action in document["actions"]] == ["detach"]


def test_a_log_file_of_one_record_is_explained_as_that_record(explained: Any) -> None:
    assert explained({"Records": [attach()]}, EVERYTHING) == explained(attach(), EVERYTHING)


def test_a_dead_letter_is_explained_as_the_event_that_it_wraps(explained: Any) -> None:
    # Lambda wraps it anew each time that it is sent again and fails.
    event = {"detail-type": "AWS API Call via CloudTrail", "detail": attach()}
    letter = {"requestPayload": {"requestPayload": event}}
    assert explained(letter, EVERYTHING) == explained(attach(), EVERYTHING)


def test_a_refused_attempt_is_a_finding_without_a_write(explained: Any) -> None:
    document = explained(attach(errorCode="AccessDenied"), {})
    assert (document["verdict"], document["rule"], document["exit_code"]) == ("alert", 1, 1)
    assert document["actions"] == []


def test_the_record_comes_from_stdin_too(rootguard: Rootguard, written: Written) -> None:
    facts = written("facts.json", EVERYTHING)
    result = rootguard("explain", "-", "--facts", facts, "--json", stdin=json.dumps(attach()))
    assert json.loads(result.stdout)["verdict"] == "revert"


# Each key of the facts decides something.


def test_another_organizations_root_is_not_protected(explained: Any) -> None:
    document = explained(attach(), {"organization": {"root_id": "r-other"}})
    assert document["reason"] == "target-not-protected"


def test_the_guards_own_role_is_ignored(explained: Any) -> None:
    record = attach(userIdentity=by_role(OWN_ROLE))
    assert explained(record, {"own_role_arn": OWN_ROLE})["reason"] == "own-change"
    assert explained(record, {})["reason"] == "violation"


def test_a_policys_type_decides(explained: Any) -> None:
    document = explained(attach(), {"policies": {POLICY: {"type": "TAG_POLICY"}}})
    assert document["reason"] == "policy-type-not-covered"
    assert document["assumptions"] == []


def test_a_policy_of_null_does_not_exist(explained: Any) -> None:
    assert explained(attach(), {"policies": {POLICY: None}})["reason"] == "violation"


@pytest.mark.parametrize("content", [DENY_ALL, json.loads(DENY_ALL)])
def test_content_is_taken_as_text_and_as_json(explained: Any, written: Written, content: Any) -> None:
    config = guarding(written, trusted_principals=[PIPELINE])
    facts = {"own_role_arn": OWN_ROLE, "policies": {POLICY: {**SCP, "content": content}}}
    document = explained(attach(userIdentity=by_role()), facts, "-c", config)
    assert document["reason"] == "lockout-on-root"


def test_the_parents_lead_to_the_protection_above(explained: Any, written: Written) -> None:
    config = guarding(written, name="work", targets=["ou-exam-workload"], include_descendants=True)
    record = attach("444455556666")
    facts = {"policies": {POLICY: SCP}, "parents": {"444455556666": "ou-exam-workload"}}
    assert explained(record, facts, "-c", config)["protection"] == "work"
    facts["parents"] = {"444455556666": "r-exam"}
    assert explained(record, facts, "-c", config)["protection"] is None


def test_full_access_goes_on_first_where_the_policy_is_the_last(explained: Any) -> None:
    facts = {**EVERYTHING, "attachments": {"r-exam": [POLICY]}}
    assert [(a["action"], a["policy_id"]) for a in explained(attach(), facts)["actions"]] == [
        ("attach", "p-FullAWSAccess"),
        ("detach", POLICY),
    ]


def test_nothing_is_written_where_the_policy_is_off_already(explained: Any) -> None:
    facts = {**EVERYTHING, "attachments": {"r-exam": ["p-FullAWSAccess"]}}
    assert explained(attach(), facts)["actions"] == []


@pytest.mark.parametrize(("accepted", "reason"), [(DENY_ALL, "in-baseline"), (DENY_EC2, "violation")])
def test_the_baseline_allows_what_was_accepted(explained: Any, accepted: str, reason: str) -> None:
    baseline = {"r-exam": {POLICY: {"name": "Quarantine", "content": accepted}}}
    assert explained(attach(), {**EVERYTHING, "baseline": baseline})["reason"] == reason


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ("2023-04-24T23:59:59Z", "exception"),
        ("2023-04-25T00:00:00Z", "violation"),
        (None, "exception"),
    ],
)
def test_an_exception_holds_until_it_expires(explained: Any, now: str | None, reason: str) -> None:
    # Without `now` the record's own time counts, whatever the clock says.
    facts = {**EVERYTHING, "exceptions": [exception()], "now": now}
    document = explained(attach(eventTime="2023-04-24T23:33:27Z"), facts)
    assert document["reason"] == reason
    assert any("`now`" in assumption for assumption in document["assumptions"]) is (now is None)


def test_an_exception_may_end_at_any_time_in_a_file(explained: Any) -> None:
    facts = {**EVERYTHING, "exceptions": [exception(expires_at="2033-01-01T00:00:00Z")]}
    assert explained(attach(), facts)["reason"] == "exception"


# For people.


def test_people_see_the_verdict_the_rule_and_the_writes(rootguard: Rootguard, written: Written) -> None:
    event, facts = written("event.json", attach()), written("facts.json", EVERYTHING)
    result = rootguard("explain", event, "--facts", facts)
    assert result.exit_code == 1
    assert result.stdout.startswith("REVERT  rule 8, violation")
    assert f"1. detach {POLICY} from r-exam" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    answers = [
        line.split()[-1] for line in result.stdout.splitlines() if line[2:3].isdigit() and line[3:5] == "  "
    ]
    assert answers[:8] == ["no"] * 7 + ["yes"]


def test_people_see_which_rules_were_not_reached(rootguard: Rootguard, written: Written) -> None:
    event, facts = written("event.json", attach("444455556666")), written("facts.json", {})
    shown = rootguard("explain", event, "--facts", facts).stdout
    assert shown.startswith("IGNORE  rule 3, target-not-protected")
    assert shown.count("not asked") == 5
    assert "Nothing is written." in shown


def test_a_record_cannot_steer_the_terminal(rootguard: Rootguard, written: Written) -> None:
    record = attach(eventName="Attach\x1b[2J\ud800[red]\nALLOW")
    event, facts = written("event.json", record), written("facts.json", {})
    shown = rootguard("explain", event, "--facts", facts).stdout
    assert "Attach?[2J?[red]?ALLOW" in shown
    document = rootguard("explain", event, "--facts", facts, "--json").stdout
    assert "Attach?[2J?[red]?ALLOW" in json.loads(document)["summary"]
