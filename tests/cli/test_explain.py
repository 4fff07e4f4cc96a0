"""`rootguard explain` with facts from a file: what the guard would do, and on which assumptions."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import REPOSITORY, Rootguard, Written, process
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

EVERYTHING: dict[str, Any] = {
    "organization": {
        "id": "o-exampleorgid",
        "root_id": "r-exam",
        "management_account_id": "111122223333",
    },
    "own_role_arn": OWN_ROLE,
    "now": "2023-04-25T00:33:44Z",
    "policies": {
        POLICY: {
            "name": "Quarantine",
            "type": "SERVICE_CONTROL_POLICY",
            "aws_managed": False,
            "content": DENY_ALL,
        }
    },
    "parents": {"444455556666": "ou-exam-workload", "ou-exam-workload": "r-exam"},
    "attachments": {"r-exam": ["p-FullAWSAccess", POLICY]},
    "baseline": {},
    "exceptions": [],
}
SCP = {"name": "Quarantine", "type": "SERVICE_CONTROL_POLICY", "content": DENY_ALL}


@pytest.fixture
def explained(rootguard: Rootguard, written: Written) -> Any:
    """Explain a record with facts, and return the JSON document with the exit code in it."""

    def explain(record: Any, facts: Any, *more: str) -> dict[str, Any]:
        written("event.json", record)
        written("facts.json", facts)
        result = rootguard("explain", "event.json", "--facts", "facts.json", "--json", *more)
        assert result.stderr == ""
        return {**json.loads(result.stdout), "exit_code": result.exit_code}

    return explain


def guarding(written: Written, **changed: Any) -> str:
    entry = {"name": "root", "targets": ["root"], **changed}
    return written("other.yaml", {"protections": [entry]})


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
        attach(userIdentity="x"),
    ],
)
def test_what_is_a_malformed_record_is_ignored(explained: Any, record: Any) -> None:
    document = explained(json.dumps(record), {})
    assert (document["verdict"], document["exit_code"]) == ("ignore", 0)
    assert document["actions"] == []


@pytest.mark.parametrize(
    ("content", "but"),
    [
        ({"Records": [attach(), attach()]}, ", not a log file of several (take one of `Records`)"),
        ({"Records": []}, ", not a log file of several (take one of `Records`)"),
        ({"Records": [7]}, ", not a log file of several (take one of `Records`)"),
        (
            {"Events": [{"CloudTrailEvent": json.dumps(attach())}]},
            ", not the answer of lookup-events (take the text of one `CloudTrailEvent`)",
        ),
        (
            {"EventName": "AttachPolicy", "CloudTrailEvent": json.dumps(attach())},
            ", not an event of lookup-events (take the text of its `CloudTrailEvent`)",
        ),
        ([attach()], ""),
        ([], ""),
        ({}, ""),
        ({"source": "rootguard.sweep"}, ""),
        ("null", ""),
        ("NaN", ""),
        ("7", ""),
        ('"text"', ""),
    ],
    ids=repr,
)
def test_what_is_no_record_is_bad_input(
    rootguard: Rootguard, written: Written, content: Any, but: str
) -> None:
    result = rootguard("explain", written("event.json", content), "--facts", written("facts.json", {}))
    assert (result.exit_code, result.stdout) == (2, "")
    expected = "one record or one EventBridge event is expected"
    assert result.stderr == f"event.json: no CloudTrail record: {expected}{but}.\n"


def test_a_log_file_of_one_record_is_explained_as_that_record(explained: Any) -> None:
    assert explained({"Records": [attach()]}, EVERYTHING) == explained(attach(), EVERYTHING)


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
    assert explained(attach(), {"policies": {POLICY: None}})["reason"] == "policy-gone"


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


def exception(**changed: Any) -> dict[str, Any]:
    return {
        "policy_id": POLICY,
        "target_id": "r-exam",
        "content_sha256": sha256(DENY_ALL.encode()).hexdigest().upper(),
        "granted_by": "AIDAIOSFODNN7EXAMPLE",
        "expires_at": "2023-04-25T02:00:00+02:00",
        "reason": "forensics",
        **changed,
    }


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


# What the facts leave open is assumed, and said.


def test_an_unknown_policy_counts_as_an_scp(explained: Any) -> None:
    document = explained(attach(), {"policies": {POLICY: {"name": "Quarantine"}}})
    said = f"Assuming {POLICY} is an SCP: the facts do not say."
    assert document["reason"] == "violation"
    assert document["assumptions"] == [said]
    assert document["summary"].endswith(said)
    assert '"Quarantine"' in document["summary"]


def test_what_is_assumed_to_be_an_scp_is_left_to_a_protection_that_covers_scps(
    explained: Any, written: Written
) -> None:
    config = guarding(written, policy_types=["RESOURCE_CONTROL_POLICY"])
    assert explained(attach(), {}, "-c", config)["reason"] == "policy-type-not-covered"


def test_unknown_ancestry_counts_as_below_the_root_only(explained: Any, written: Written) -> None:
    config = guarding(written, targets=["ou-exam-workload"], include_descendants=True)
    document = explained(attach("444455556666"), {}, "-c", config)
    assert document["reason"] == "target-not-protected"
    assert "Assuming 444455556666 is below the root only" in document["summary"]


def test_an_unknown_own_role_counts_as_another(explained: Any) -> None:
    document = explained(attach(userIdentity=by_role()), {"policies": {POLICY: SCP}})
    assert document["assumptions"] == ["Assuming the caller is not Rootguard itself: its role is not known."]


@pytest.mark.parametrize(
    ("facts", "reason", "said"),
    [
        ({"baseline": {"r-exam": {POLICY: {}}}}, "in-baseline", "Assuming nobody rewrote"),
        ({}, "trusted-principal", "Assuming no lockout in"),
        (
            {"exceptions": [exception()], "now": "2023-04-25T00:33:44Z"},
            "violation",
            "Assuming no exception matches",
        ),
    ],
)
def test_unknown_content_is_told_where_it_would_have_decided(
    explained: Any, written: Written, facts: dict[str, Any], reason: str, said: str
) -> None:
    trusted = [PIPELINE] if reason == "trusted-principal" else []
    config = guarding(written, trusted_principals=trusted)
    known = {"own_role_arn": OWN_ROLE, "policies": {POLICY: {"type": "SERVICE_CONTROL_POLICY"}}}
    document = explained(attach(userIdentity=by_role()), {**known, **facts}, "-c", config)
    assert document["reason"] == reason
    assert len(document["assumptions"]) == 1
    assert document["assumptions"][0].startswith(said)


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


# What cannot be used.


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a":\n 1,}', "event.json:2:4: not JSON"),
        (b"", "event.json:1:1: not JSON"),
        (b'{\n"a": "\xe9"}', "event.json:2: not UTF-8"),
        (b"[" * 100_000, "event.json: not JSON that can be read"),
        (b"1" * 5_000, "event.json: not JSON that can be read"),
        (b" " * (10 * 1024 * 1024 + 1), "event.json: longer than"),
    ],
)
def test_an_event_file_that_is_no_json_is_bad_input(
    rootguard: Rootguard, written: Written, content: bytes, said: str
) -> None:
    result = rootguard("explain", written("event.json", content), "--facts", written("facts.json", {}))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(said)


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ('{"own_role_arn": "a", "own_role_arn": "b"}', "own_role_arn"),
        (f'{{"policies": {{"{POLICY}": null, "p-12345678": null, "{POLICY}": {{}}}}}}', POLICY),
    ],
)
def test_facts_that_say_something_twice_are_bad_input(
    rootguard: Rootguard, written: Written, facts: str, key: str
) -> None:
    result = rootguard("explain", written("e.json", attach()), "--facts", written("facts.json", facts))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f'facts.json: "{key}" stands twice')


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_file_that_cannot_be_read_is_bad_input(rootguard: Rootguard, written: Written, name: str) -> None:
    for arguments in (
        (name, "--facts", written("f.json", {})),
        (written("e.json", attach()), "--facts", name),
    ):
        result = rootguard("explain", *arguments)
        assert result.exit_code == 2
        assert "cannot be read" in result.stderr


def test_a_file_in_utf_16_is_read(rootguard: Rootguard, written: Written) -> None:
    event = written("event.json", json.dumps(attach()).encode("utf-16"))
    result = rootguard("explain", event, "--facts", written("facts.json", EVERYTHING), "--json")
    assert json.loads(result.stdout)["verdict"] == "revert"


def test_a_broken_configuration_is_bad_input_with_its_problems(
    rootguard: Rootguard, written: Written
) -> None:
    config = written("mine.yaml", "mode: enforc\nprotections: []\n")
    result = rootguard("explain", written("e.json", attach()), "-c", config)
    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == ["mine.yaml:1", "mine.yaml:2"]


def test_with_facts_nothing_of_aws_is_loaded(folder: Path, written: Written) -> None:
    event, facts = written("event.json", attach()), written("facts.json", EVERYTHING)
    no_aws = "import sys; sys.modules |= dict.fromkeys(('boto3', 'botocore', 'aws_cdk'))"
    result = process(
        "explain", event, "--facts", facts, "--json", first=no_aws, env={"PYTHONPATH": str(REPOSITORY)}
    )
    assert (result.returncode, result.stderr) == (1, "")
    assert json.loads(result.stdout)["verdict"] == "revert"
