"""What `rootguard doctor` says of each thing that can be broken: decided on plain data, without an AWS."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest
from botocore import xform_name

from cli.doctor.check import Check
from cli.doctor.checks import CHECKS
from cli.doctor.facts.account import Account, PolicyTypes, Where
from cli.doctor.facts.alarms import Alarm
from cli.doctor.facts.code import Deployed
from cli.doctor.facts.functions import Function
from cli.doctor.facts.latency import Latency
from cli.doctor.facts.paging import Secret, SecretState, Subscriptions
from cli.doctor.facts.rehearsals import Rehearsals
from cli.doctor.facts.room import Concurrency
from cli.doctor.facts.sweeps import Adopted, Baseline, Heartbeat
from cli.doctor.facts.trails import Trail, Trails
from cli.doctor.facts.waking import Rule, Waker
from cli.doctor.finding import Finding, Level
from cli.doctor.probe import Stack
from cli.validate.principals import Lookup
from rootguard.notify.subscribers import Address, State, Subscriber
from rootguard.rehearsal.record import Outcome
from rootguard.rehearsal.record import Record as RehearsalRecord
from stacks.config import GuardrailConfig, Pages, Problem, Reading, Slack
from tests.given import NOW, RCP, SCP

REPOSITORY: Final = Path(__file__).parents[2]
BY_NAME: Final[Mapping[str, Check[Any]]] = {check.name: check for check in CHECKS}
CONFIG = GuardrailConfig.model_validate({"protections": [{"name": "root", "targets": ["root"]}]})
ROLE = "arn:aws:iam::111122223333:role/pipeline"
GUARD = "arn:aws:lambda:us-east-1:111122223333:function:Rootguard-Guard"
TOPIC = "arn:aws:sns:us-east-1:111122223333:Rootguard-Topic"
SLACK = Slack(webhook_secret="rootguard/slack")  # noqa: S106 - its name
MINUTE = timedelta(minutes=1)
ALL = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}
STACK_ARN = "arn:aws:cloudformation:us-east-1:111122223333:stack/Rootguard/1"


def stack(status: str) -> Stack:
    return Stack(STACK_ARN, status, NOW, {})


def came(at: datetime | None, seconds: float = 0, deployed_at: datetime = NOW - timedelta(days=9)) -> Latency:
    return Latency(at, seconds, NOW, MINUTE, deployed_at)


def heart(last: datetime | None, deployed_at: datetime = NOW - timedelta(days=9)) -> Heartbeat:
    return Heartbeat(last, NOW, MINUTE, deployed_at, "Rootguard-GuardLogs")


def rehearsed(days: float, outcome: Outcome = Outcome.SUCCEEDED) -> RehearsalRecord:
    began = NOW - timedelta(days=days)
    record = RehearsalRecord("r-1", began)
    if outcome is Outcome.SUCCEEDED:
        return record.undone(began + timedelta(seconds=23)).ended_by(outcome, "", began + MINUTE)
    return record.ended_by(outcome, "The reason.", began + MINUTE)


def rehearsals(last: RehearsalRecord | None) -> Rehearsals:
    return Rehearsals(True, True, last, NOW)


def subscriber(state: State, protocol: str = "email") -> Subscriber:
    return Subscriber(Address(protocol, f"{state}@example.com"), state)


def trail(**changed: Any) -> Trail:
    arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"
    fields: dict[str, Any] = {
        "name": "audit",
        "arn": arn,
        "home": "us-east-1",
        "is_everywhere": True,
        "is_logging": True,
        "selectors": ALL,
    }
    return Trail(**fields | changed)


def trails(*found: Trail) -> Trails:
    return Trails("us-east-1", found)


WELL: dict[str, list[Any]] = {
    "account": [Account("111122223333", "111122223333")],
    "features": ["ALL"],
    "region": [Where("aws", "us-east-1"), Where("aws-us-gov", "us-gov-west-1")],
    "policy-types": [
        PolicyTypes((SCP, RCP), {SCP: "ENABLED", RCP: "ENABLED"}, "r-exam"),
        # Few organizations enable RCPs.
        PolicyTypes((SCP, RCP), {SCP: "ENABLED"}, "r-exam"),
        PolicyTypes((RCP,), {}, "r-exam"),
    ],
    "config": [Reading(CONFIG, (), ())],
    "trusted": [(), (Lookup(ROLE),)],
    "trail": [
        trails(trail()),
        trails(trail(is_everywhere=False)),
        trails(trail(is_logging=False), trail(name="other", home="eu-west-1")),
        trails(trail(refusal="needs cloudtrail:GetTrailStatus"), trail(name="other")),
    ],
    "rules": [[Rule("Rootguard-Changes", "ENABLED", (GUARD,), GUARD)]],
    "schedules": [[Waker("Rootguard-Sweeps", "ENABLED", "Rootguard-Sweeps")]],
    "queues": [[Waker("Rootguard-Notices", "Enabled", "1")]],
    "heartbeat": [heart(NOW - 4 * MINUTE)],
    "event-latency": [came(NOW, 19.0)],
    "last-rehearsal": [
        Rehearsals(False, False, None, NOW),
        rehearsals(rehearsed(7.9)),
        rehearsals(RehearsalRecord("r-1", NOW - MINUTE)),
    ],
    "baseline": [Baseline((Adopted("r-exam", (), NOW - timedelta(days=90)), Adopted("r-b", (), None)), NOW)],
    "functions": [[Function("Rootguard-Guard", "Active", None, "log")]],
    "dead-letters": [{"guard": 0, "slack": 0}],
    "concurrency": [Concurrency(1000, 300), Concurrency(10, 0)],
    "throttling": [{"Rootguard-Guard": 0}],
    "recipients": [
        Pages(email=("a@example.com",)),
        Pages(slack=SLACK, sms=("+4912345678",)),
    ],
    "secrets": [[], [Secret("Slack", "rootguard/slack")]],
    "subscriptions": [Subscriptions(TOPIC, (subscriber(State.CONFIRMED),)), Subscriptions(TOPIC, ())],
    "alarms": [[Alarm("Rootguard-Fights", "OK"), Alarm("Rootguard-Exposure", "INSUFFICIENT_DATA")]],
    "bootstrap": [33, 6],
    "stack": [stack("CREATE_COMPLETE"), stack("UPDATE_COMPLETE")],
    "drift": [Deployed({"mode": "enforce"}, {"mode": "enforce"}, ())],
}
"""What each check should have nothing to say of."""

FAULTS: list[tuple[str, Any, Level, str]] = [
    ("account", Account("444455556666", None), Level.BROKEN, "in no organization"),
    ("account", Account("444455556666", "111122223333"), Level.BROKEN, "444455556666 is a member account"),
    ("features", None, Level.BROKEN, "no organization"),
    ("features", "CONSOLIDATED_BILLING", Level.BROKEN, "CONSOLIDATED_BILLING"),
    ("region", Where("aws-us-gov", "us-east-1"), Level.BROKEN, "aws-us-gov"),
    ("region", Where("aws-iso", "us-iso-east-1"), Level.BROKEN, "partition aws-iso"),
    ("policy-types", PolicyTypes((SCP, RCP), {}, "r-exam"), Level.WARNING, "SCPs are not enabled"),
    ("policy-types", PolicyTypes((SCP,), {SCP: "PENDING_ENABLE"}, "r-exam"), Level.WARNING, "pending enable"),
    (
        "policy-types",
        PolicyTypes((SCP, RCP), {SCP: "ENABLED", RCP: "PENDING_DISABLE"}, "r-exam"),
        Level.WARNING,
        "RCPs are not enabled (pending disable)",
    ),
    (
        "config",
        Reading(
            CONFIG, (Problem("guardrail.yaml", 7, "protections[0]", "nobody is trusted", "name one"),), ()
        ),
        Level.WARNING,
        "protections[0]: nobody is trusted",
    ),
    ("trusted", (Lookup(ROLE, trouble="IAM has no such role; correct it"),), Level.BROKEN, "no such role"),
    (
        "trusted",
        (Lookup(ROLE, remark="is in account 2; look there: aws iam get-role --role-name pipeline"),),
        Level.WARNING,
        "is in account 2",
    ),
    ("trail", trails(), Level.BROKEN, "no trail brings management events to us-east-1"),
    ("trail", trails(trail(is_logging=False)), Level.BROKEN, "audit is not logging"),
    ("trail", trails(trail(home="eu-west-1", is_everywhere=False)), Level.BROKEN, "for eu-west-1 only"),
    ("trail", trails(trail(selectors={})), Level.BROKEN, "does not record all writes"),
    ("trail", trails(trail(refusal="needs cloudtrail:GetTrailStatus")), Level.WARNING, "needs cloudtrail"),
    ("rules", [], Level.BROKEN, "no rule"),
    ("rules", [Rule("Rootguard-Changes", None, (), GUARD)], Level.BROKEN, "is gone"),
    ("rules", [Rule("Rootguard-Changes", "DISABLED", (GUARD,), GUARD)], Level.BROKEN, "is DISABLED"),
    ("rules", [Rule("Rootguard-Changes", "ENABLED", (TOPIC,), GUARD)], Level.BROKEN, "its target"),
    (
        "rules",
        [Rule("Rootguard-Changes", "ENABLED", (GUARD,), GUARD, may=False)],
        Level.BROKEN,
        "Rootguard-Guard does not let Rootguard-Changes invoke it",
    ),
    ("schedules", [Waker("Rootguard-Sweeps", None, "1")], Level.BROKEN, "is gone"),
    ("schedules", [Waker("Rootguard-Sweeps", "DISABLED", "1")], Level.BROKEN, "is DISABLED"),
    ("queues", [Waker("Rootguard-Notices", None, "1")], Level.BROKEN, "is gone"),
    ("queues", [Waker("Rootguard-Notices", "Disabled", "1")], Level.BROKEN, "is Disabled"),
    ("heartbeat", heart(NOW - 6 * MINUTE), Level.BROKEN, "no sweep has completed since"),
    ("heartbeat", heart(None), Level.BROKEN, "in 12 hours"),
    ("heartbeat", heart(None, NOW - MINUTE), Level.WARNING, "no sweep has completed yet"),
    ("baseline", Baseline((Adopted("r-exam", (SCP,), None),), NOW), Level.WARNING, "not adopted yet"),
    ("event-latency", came(NOW, 130.0), Level.WARNING, "2 min 10 s from the call to the guard"),
    ("event-latency", came(NOW - 8 * MINUTE, 19.0), Level.BROKEN, "no event has arrived since"),
    ("event-latency", came(None), Level.BROKEN, "no event has arrived in 12 hours"),
    ("event-latency", came(None, 0, NOW - 2 * MINUTE), Level.WARNING, "no event has arrived yet"),
    ("last-rehearsal", rehearsals(rehearsed(1, Outcome.FAILED)), Level.BROKEN, "FAILED at"),
    ("last-rehearsal", rehearsals(rehearsed(1, Outcome.INTERRUPTED)), Level.WARNING, "INTERRUPTED at"),
    ("last-rehearsal", rehearsals(rehearsed(9)), Level.WARNING, "9 days ago, and succeeded"),
    ("last-rehearsal", rehearsals(RehearsalRecord("r-1", NOW - 30 * MINUTE)), Level.WARNING, "PENDING at"),
    ("last-rehearsal", rehearsals(None), Level.WARNING, "none yet"),
    ("last-rehearsal", Rehearsals(True, False, None, NOW), Level.WARNING, "not deployed yet"),
    ("functions", [Function("Rootguard-Guard")], Level.BROKEN, "is gone"),
    ("functions", [Function("Rootguard-Guard", "Failed")], Level.BROKEN, "Failed"),
    ("functions", [Function("Rootguard-Guard", "Active", 0)], Level.BROKEN, "switched off"),
    (
        "functions",
        [Function("Rootguard-Guard", "Active", None, "log", 2, NOW)],
        Level.WARNING,
        "failed 2 times",
    ),
    ("dead-letters", {"guard": 0, "notices": 2}, Level.BROKEN, "2 dead letters wait in the queue of notices"),
    ("dead-letters", {"guard": None}, Level.BROKEN, "is gone"),
    ("concurrency", Concurrency(10, 4), Level.WARNING, "6 free"),
    ("concurrency", Concurrency(10, 10), Level.BROKEN, "none is free"),
    ("throttling", {"Rootguard-Guard": 3}, Level.WARNING, "throttled 3 times"),
    ("recipients", Pages(), Level.WARNING, "names nobody"),
    ("recipients", Pages(slack=SLACK), Level.WARNING, "Slack alone"),
    ("secrets", [Secret("Slack", "a/b", SecretState.MISSING)], Level.BROKEN, "has no secret a/b"),
    ("secrets", [Secret("Slack", "a/b", SecretState.DELETED)], Level.BROKEN, "marked for deletion"),
    ("secrets", [Secret("Slack", "a/b", SecretState.UNUSABLE, "no https URL")], Level.BROKEN, "no https URL"),
    ("subscriptions", Subscriptions(TOPIC, (subscriber(State.PENDING),)), Level.BROKEN, "not confirmed yet"),
    ("subscriptions", Subscriptions(TOPIC, (subscriber(State.GONE),)), Level.BROKEN, "not subscribed"),
    (
        "subscriptions",
        Subscriptions(TOPIC, (subscriber(State.CONFIRMED), subscriber(State.PENDING))),
        Level.WARNING,
        "not confirmed yet",
    ),
    ("alarms", [Alarm("Rootguard-Fights", None)], Level.BROKEN, "is gone"),
    ("alarms", [Alarm("Rootguard-Fights", "OK", pages=False)], Level.BROKEN, "actions are disabled"),
    ("alarms", [Alarm("Rootguard-Fights", "ALARM")], Level.WARNING, "is in ALARM"),
    ("bootstrap", None, Level.BROKEN, "never bootstrapped"),
    ("bootstrap", 5, Level.BROKEN, "version 5"),
    ("stack", None, Level.WARNING, "not deployed yet"),
    ("stack", stack("ROLLBACK_COMPLETE"), Level.WARNING, "first deployment failed"),
    ("stack", stack("UPDATE_ROLLBACK_COMPLETE"), Level.WARNING, "last deployment failed"),
    ("stack", stack("UPDATE_IN_PROGRESS"), Level.WARNING, "a deployment runs"),
    ("stack", stack("UPDATE_ROLLBACK_FAILED"), Level.BROKEN, "UPDATE_ROLLBACK_FAILED"),
    ("drift", Deployed({"mode": "observe"}, {"mode": "enforce"}, ()), Level.WARNING, "deployed: mode"),
    ("drift", Deployed({}, {}, ("rootguard/a.py",)), Level.WARNING, "rootguard/a.py"),
]


def judged(name: str, fact: Any) -> list[Finding]:
    return list(BY_NAME[name].judge(fact))


@pytest.mark.parametrize(("name", "fact"), [(name, fact) for name, facts in WELL.items() for fact in facts])
def test_what_is_well_is_said_in_a_line(name: str, fact: Any) -> None:
    found = judged(name, fact)
    assert {finding.level for finding in found} == {Level.OK}
    assert all(finding.what and not finding.why and not finding.fix for finding in found)


@pytest.mark.parametrize(("name", "fact", "level", "told"), FAULTS)
def test_what_is_broken_is_said_with_why_and_what_mends_it(
    name: str, fact: Any, level: Level, told: str
) -> None:
    found = judged(name, fact)
    assert any(finding.level is level and told in finding.what for finding in found), found
    assert Level.OK not in {finding.level for finding in found}
    assert all(finding.why.endswith(".") and finding.fix for finding in found)


def test_each_check_has_a_set_up_that_is_well_and_one_that_is_broken() -> None:
    assert set(BY_NAME) == set(WELL) == {name for name, *_ in FAULTS}
    assert len(BY_NAME) == len(CHECKS)


# The CLI's own names, beside those of the API.
OF_THE_CLI = {"--region", "--notification-endpoint"}
COMMANDS = sorted(
    {
        step
        for name, fact, *_ in FAULTS
        for finding in judged(name, fact)
        for step in finding.fix.split(" && ")
    }
)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("aws ")])
def test_each_command_of_the_aws_cli_is_one(command: str) -> None:
    _, service, operation, *options = shlex.split(command)
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(operations[operation]).input_shape
    assert shape
    known = {f"--{xform_name(member, '-')}" for member in shape.members} | OF_THE_CLI
    assert {option for option in options if option.startswith("--")} <= known


def test_each_other_command_is_a_verb_of_make_or_of_this_command() -> None:
    verbs = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    made = {command.split()[1] for command in COMMANDS if command.startswith("make ")}
    assert made
    assert made <= verbs
    own = {command.split()[1] for command in COMMANDS if command.startswith("rootguard ")}
    assert own <= {"doctor", "plan", "redrive", "rehearse", "status"}


def test_a_trail_that_records_writes_only_brings_the_changes_but_not_what_proves_the_way() -> None:
    writes = trail(selectors={"EventSelectors": [{"ReadWriteType": "WriteOnly"}]})
    brings, warned = judged("trail", trails(writes))
    assert (brings.level, warned.level) == (Level.OK, Level.WARNING)
    assert "EventsMissing rings" in warned.why
    (fine,) = judged("trail", trails(writes, trail(name="all")))
    assert fine.what.startswith("all brings")


def test_a_trail_that_is_not_logging_is_started_in_its_home() -> None:
    (found,) = judged("trail", trails(trail(is_logging=False, home="eu-west-1")))
    assert found.fix.startswith("aws cloudtrail start-logging --region eu-west-1 --name arn:")


def test_what_differs_is_named_by_its_protection() -> None:
    here = {"protections": [{"name": "root", "allow": ["p-12345678"]}, {"name": "new"}, {"name": "same"}]}
    there = {"protections": [{"name": "root", "allow": []}, {"name": "old"}, {"name": "same"}]}
    (found,) = judged("drift", Deployed(here, there, ()))
    assert found.what.endswith('deployed: protection "root", protection "new", protection "old"')


def test_of_many_modules_a_few_are_named() -> None:
    (found,) = judged("drift", Deployed({}, {}, tuple(f"{letter}.py" for letter in "abcde")))
    assert found.what.endswith("a.py, b.py, c.py and 2 more")


def test_the_age_of_the_baseline_is_told_in_days() -> None:
    ages = [timedelta(hours=1), timedelta(hours=30), timedelta(days=9)]
    found = judged("baseline", Baseline(tuple(Adopted("r-exam", (), NOW - age) for age in ages), NOW))
    assert [re.findall(r"adopted (.+), at", finding.what) for finding in found] == [
        ["today"],
        ["a day ago"],
        ["9 days ago"],
    ]
