"""What rehearses: one harmless SCP, one empty OU, one function that may put one onto the other."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest

from tests.stacks.authorization import (
    ACCOUNT,
    CUSTOMER,
    OTHER_OU,
    RCP,
    ROOT,
    SCP,
    actions,
    could,
    statement,
    statements,
)
from tests.stacks.synthesis import (
    ROOT_ONLY,
    attribute,
    function,
    guard_function,
    guardrail,
    named,
    only,
    resources,
    role_of,
    template,
)

REHEARSAL = {"root_id": "r-exam"}
REHEARSING = guardrail({"targets": ["root"]}, rehearsal=REHEARSAL)
OU_KIND, POLICY_KIND = "AWS::Organizations::OrganizationalUnit", "AWS::Organizations::Policy"


def schedule(config: Any = REHEARSING) -> dict[str, Any]:
    (found,) = [
        each
        for each in resources("AWS::Scheduler::Schedule", config).values()
        if each["Name"] == "Rootguard-Rehearsals"
    ]
    return found


def test_nothing_of_it_is_there_unless_it_is_asked_for() -> None:
    parts = template(ROOT_ONLY)["Resources"]
    assert not [name for name in parts if name.startswith("Rehearsal")]
    assert "ROOTGUARD_REHEARSAL_OU" not in guard_function()[1]["Environment"]["Variables"]


def test_the_ou_is_empty_and_the_scp_is_attached_to_nothing() -> None:
    assert {"Name": "Rehearsal", "ParentId": "r-exam"}.items() <= only(OU_KIND, REHEARSING)[1].items()
    _, policy = only(POLICY_KIND, REHEARSING)
    assert "TargetIds" not in policy
    assert (policy["Name"], policy["Type"]) == ("Rootguard-Rehearsal", SCP)


def test_the_scp_would_harm_nobody_even_on_root() -> None:
    _, policy = only(POLICY_KIND, REHEARSING)
    (only_statement,) = policy["Content"]["Statement"]
    assert only_statement["Action"] == "organizations:LeaveOrganization"


def test_its_role_puts_that_scp_onto_that_ou_and_does_little_else() -> None:
    assert actions(REHEARSING, "rehearsal") == {
        "organizations:AttachPolicy",
        "organizations:DetachPolicy",
        "organizations:ListPoliciesForTarget",
        "organizations:ListTargetsForPolicy",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "sqs:SendMessage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    unit, _ = only(OU_KIND, REHEARSING)
    policy, _ = only(POLICY_KIND, REHEARSING)
    assert statement(REHEARSING, "rehearsal", "Rehearse")["Resource"] == [attribute(unit), attribute(policy)]


def test_it_writes_its_own_item_and_reads_what_the_guard_did() -> None:
    def leading(sid: str) -> Any:
        return statement(REHEARSING, "rehearsal", sid)["Condition"]["ForAllValues:StringLike"][
            "dynamodb:LeadingKeys"
        ]

    writing = [each for each in statements(REHEARSING, "rehearsal") if "dynamodb:PutItem" in each["Action"]]
    assert [each["Sid"] for each in writing] == ["RecordHowItWent"]
    assert leading("RecordHowItWent") == ["REHEARSAL#"]
    assert leading("SeeWhatTheGuardDid") == ["INCIDENT#*", "BASELINE#*", "FIGHT#*"]
    assert leading("SeeOpenIncidents") == ["INCIDENT"]


def test_it_waits_longer_than_the_guard_may_take() -> None:
    config = guardrail({"targets": ["root"]}, rehearsal=REHEARSAL | {"within_seconds": 600})
    assert function("rehearsal", config)[1]["Timeout"] == 720
    assert function("rehearsal", REHEARSING)[1]["Timeout"] == 420


def test_it_knows_what_guardrail_yaml_says() -> None:
    blocked = {"blocked_windows": ["Mon:08:30-Mon:18:00"], "blocked_dates": ["2026-12-24"]}
    config = guardrail({"targets": ["root"]}, rehearsal=REHEARSAL | blocked, mode="observe")
    _, rehearsal = function("rehearsal", config)
    variables = rehearsal["Environment"]["Variables"]
    assert json.loads(variables["ROOTGUARD_CALENDAR"]) == blocked
    assert (variables["ROOTGUARD_WITHIN_SECONDS"], variables["ROOTGUARD_MODE"]) == ("300", "observe")


def test_the_guard_and_the_function_know_a_rehearsal_by_the_same() -> None:
    unit, _ = only(OU_KIND, REHEARSING)
    policy, _ = only(POLICY_KIND, REHEARSING)
    role, _ = role_of("rehearsal", REHEARSING)
    known_by = {
        "ROOTGUARD_REHEARSAL_OU": {"Ref": unit},
        "ROOTGUARD_REHEARSAL_POLICY": {"Ref": policy},
        "ROOTGUARD_REHEARSAL_ROLE_ARN": attribute(role),
    }
    for name in ("guard", "rehearsal"):
        assert known_by.items() <= function(name, REHEARSING)[1]["Environment"]["Variables"].items()


def test_the_schedule_asks_each_day_and_may_do_nothing_else() -> None:
    name, _ = function("rehearsal", REHEARSING)
    asked = schedule()
    assert (asked["ScheduleExpression"], asked["ScheduleExpressionTimezone"]) == ("cron(0 10 * * ? *)", "UTC")
    assert json.loads(asked["Target"]["Input"]) == {"scheduled": True}
    assert asked["Target"]["Arn"] == attribute(name)
    early = guardrail({"targets": ["root"]}, rehearsal=REHEARSAL | {"at": "03:05"})
    assert schedule(early)["ScheduleExpression"] == "cron(5 3 * * ? *)"


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_the_guard_may_detach_there_if_it_undoes_at_all(mode: str) -> None:
    config = guardrail({"targets": ["444455556666"]}, rehearsal=REHEARSAL, mode=mode)
    unit, _ = only(OU_KIND, config)
    detaching = [each for each in statements(config) if each["Action"] == "organizations:DetachPolicy"]
    there = [each for each in detaching if {"Ref": unit} in _parts(each["Resource"])]
    assert len(there) == (1 if mode == "enforce" else 0)
    for each in there:
        types = each["Condition"]["StringEqualsIfExists"]["organizations:PolicyType"]
        assert types == [SCP, RCP]


def test_the_ou_is_as_protected_as_any_other_where_root_protects_what_is_below() -> None:
    # The nearest protection counts alone: one for SCPs only would let an RCP onto this OU.
    rules = guardrail({"targets": ["root"], "include_descendants": True}, rehearsal=REHEARSAL).render()
    root, own = rules["protections"]
    assert set(own["policy_types"]) >= set(root["policy_types"])


def test_it_is_made_after_the_quarantine_since_organizations_refuses_two_changes_at_once() -> None:
    config = guardrail({"targets": ["root"]}, rehearsal=REHEARSAL, quarantine={"root_id": "r-exam"})
    made = resources(OU_KIND, config) | resources(POLICY_KIND, config)
    waits = {name: set(template(config)["Resources"][name].get("DependsOn", ())) & set(made) for name in made}
    # In a line: of two, one waits for the other, be it by way of others.
    for one, other in combinations(made, 2):
        assert other in _before(one, waits) or one in _before(other, waits), (one, other)


def _before(name: str, waits: dict[str, set[str]]) -> set[str]:
    return set().union(*({each} | _before(each, waits) for each in waits[name]))


def test_it_opens_no_other_target_to_the_guard() -> None:
    config = guardrail({"targets": ["444455556666"]}, rehearsal=REHEARSAL)
    for target in (ROOT, OTHER_OU):
        assert not could(config, "DetachPolicy", CUSTOMER[SCP], target)
    assert could(config, "DetachPolicy", CUSTOMER[SCP], ACCOUNT)


def test_four_alarms_watch_it_and_the_dashboard_shows_the_trend() -> None:
    names = {each["AlarmName"] for each in resources("AWS::CloudWatch::Alarm", REHEARSING).values()}
    assert {f"Rootguard-Rehearsal{what}" for what in ("Failed", "Overdue", "Errors", "Throttles")} <= names
    _, dashboard = only("AWS::CloudWatch::Dashboard", REHEARSING)
    assert "RehearsalSecondsToDetach" in json.dumps(dashboard)
    assert "RehearsalSecondsToDetach" not in json.dumps(only("AWS::CloudWatch::Dashboard", ROOT_ONLY)[1])


def test_the_ledger_lets_it_write() -> None:
    _, table = named("AWS::DynamoDB::Table", "Ledger", REHEARSING)
    assert "Rootguard-RehearsalRole*" in json.dumps(table["ResourcePolicy"])


def _parts(resource: Any) -> list[Any]:
    """What the ARNs of a statement are joined of."""
    found = resource if isinstance(resource, list) else [resource]
    return [part for each in found if isinstance(each, dict) for part in each.get("Fn::Join", ["", []])[1]]
