"""The simulator's table of what is deployed, held against the template that synth writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from simulation.deployment import DEPLOYMENT, Deployment, Feed, Function
from simulation.environments import NOTICES, WATCH
from simulation.history import Rehearse
from simulation.identities import MANAGEMENT_ACCOUNT, REGION
from simulation.rehearsal import REHEARSAL
from stacks.config import GuardrailConfig
from tests.stacks.synthesis import ROOT_ONLY, attribute, guardrail, resources, template

RESTORING = guardrail({"targets": ["root"], "restore_policy_type": True})
ISOLATING = guardrail({"targets": ["root"]}, quarantine={"root_id": "r-exam"})
REHEARSING = guardrail(
    {"targets": ["root"]},
    rehearsal={
        "root_id": "r-exam",
        "within_seconds": 90,
        "blocked_windows": ["Mon:08:30-Mon:18:00"],
        "blocked_dates": ["2026-12-24"],
    },
)
WATCHING = guardrail({"targets": ["root"]}, watch={"when": "always"})
CONFIGS = pytest.mark.parametrize(
    "config",
    [ROOT_ONLY, RESTORING, ISOLATING, REHEARSING, WATCHING],
    ids=["as shipped", "with restore", "with a quarantine", "with rehearsals", "with the watch"],
)


def _functions(config: GuardrailConfig) -> dict[str, tuple[str, dict[str, Any]]]:
    """Handler → logical id and properties, of the functions that are Rootguard's own."""
    return {
        properties["Handler"]: (name, properties)
        for name, properties in resources("AWS::Lambda::Function", config).items()
        if properties["Handler"].startswith("rootguard.")
    }


def _there(config: GuardrailConfig) -> list[Function]:
    return [*DEPLOYMENT.deployed(config)]


@CONFIGS
def test_the_functions_are_those_of_the_template(config: GuardrailConfig) -> None:
    functions = _functions(config)
    assert functions.keys() == {function.handler for function in _there(config)}
    for function in _there(config):
        _, properties = functions[function.handler]
        assert properties["Timeout"] == function.timeout
        named = properties["Environment"]["Variables"]
        assert named.keys() == function.environment(config).keys()


@CONFIGS
def test_plain_settings_are_the_same_and_references_lead_to_the_same_kind(config: GuardrailConfig) -> None:
    for function in _there(config):
        given = function.environment(config)
        for name, value in _functions(config)[function.handler][1]["Environment"]["Variables"].items():
            if isinstance(value, str):
                assert given[name] == value
            else:
                assert _kind_of(given[name]) == _type_of(value, config)


def _kind_of(value: str) -> str:
    """Tell which kind of resource the simulator's value names."""
    if value in DEPLOYMENT.tables:
        return "AWS::DynamoDB::Table"
    if value.startswith(f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/"):
        return "AWS::IAM::Role"
    if value.startswith(f"https://sqs.{REGION}."):
        return "AWS::SQS::Queue"
    if value.startswith("ou-"):
        return "AWS::Organizations::OrganizationalUnit"
    if value.startswith("p-"):
        return "AWS::Organizations::Policy"
    if value == WATCH:
        return "AWS::Lambda::Function"
    return "AWS::SNS::Topic"


def _type_of(reference: Mapping[str, Any], config: GuardrailConfig) -> str:
    name = reference.get("Ref") or reference["Fn::GetAtt"][0]
    return str(template(config)["Resources"][name]["Type"])


@CONFIGS
def test_asynchronous_invocations_are_tried_as_often_and_end_in_dead_letters(config: GuardrailConfig) -> None:
    found = {entry["FunctionName"]["Ref"]: entry for entry in _all("AWS::Lambda::EventInvokeConfig", config)}
    for function in _there(config):
        name, _ = _functions(config)[function.handler]
        if name in found:
            assert found[name]["MaximumRetryAttempts"] == function.retries
            destinations = found[name].get("DestinationConfig", {})
            assert bool(function.dead_letters) == ("OnFailure" in destinations)
        else:
            assert not function.dead_letters


@CONFIGS
def test_queues_feed_the_same_functions_in_the_same_way(config: GuardrailConfig) -> None:
    queues = resources("AWS::SQS::Queue", config)
    feeds = {feed.function: feed for feed in DEPLOYMENT.feeds if feed.only_if(config)}
    mappings = _all("AWS::Lambda::EventSourceMapping", config)
    assert len(mappings) == len(feeds)
    names = {name: handler for handler, (name, _) in _functions(config).items()}
    by_handler = {function.handler: function.name for function in DEPLOYMENT.functions}
    for mapping in mappings:
        feed: Feed = feeds[by_handler[names[mapping["FunctionName"]["Ref"]]]]
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        # The oracle looks for a page of each notice, so none of them is put into a digest.
        assert feed.batch == (1 if feed.queue == NOTICES else mapping["BatchSize"])
        assert mapping["ScalingConfig"]["MaximumConcurrency"] == feed.most_at_once
        assert (mapping.get("FunctionResponseTypes") == ["ReportBatchItemFailures"]) is feed.reports_failures
        assert queue["VisibilityTimeout"] == feed.visibility
        assert queue["RedrivePolicy"]["maxReceiveCount"] == feed.attempts


@CONFIGS
def test_the_tables_have_the_same_keys_indexes_and_time_to_live(config: GuardrailConfig) -> None:
    def keys(schema: list[dict[str, str]]) -> tuple[str, ...]:
        by_type = {entry["KeyType"]: entry["AttributeName"] for entry in schema}
        return tuple(by_type[kind] for kind in ("HASH", "RANGE") if kind in by_type)

    synthesized = {
        (
            keys(table["KeySchema"]),
            tuple(
                sorted(
                    (i["IndexName"], keys(i["KeySchema"])) for i in table.get("GlobalSecondaryIndexes", [])
                )
            ),
            table.get("TimeToLiveSpecification", {}).get("AttributeName", ""),
            frozenset(
                index["IndexName"]
                for index in table.get("GlobalSecondaryIndexes", [])
                if index["Projection"]["ProjectionType"] == "KEYS_ONLY"
            ),
        )
        for table in _all("AWS::DynamoDB::Table", config)
    }
    assert synthesized == {
        (
            layout.keys.names,
            tuple(sorted((name, index.names) for name, index in layout.indexes)),
            layout.expires,
            layout.only_keys,
        )
        for layout in DEPLOYMENT.tables.values()
    }


def test_the_rules_hand_over_the_same_events() -> None:
    rule, proof = DEPLOYMENT.rules
    (name, _) = _functions(ROOT_ONLY)[_handler_of(DEPLOYMENT, rule.function)]
    found = [
        entry
        for entry in _all("AWS::Events::Rule", ROOT_ONLY)
        if any(target["Arn"] == attribute(name) for target in entry["Targets"])
    ]
    details = [entry["EventPattern"]["detail"] for entry in found if entry["State"] == "ENABLED"]
    (reading,) = [entry["EventPattern"]["detail"] for entry in found if entry["State"] != "ENABLED"]
    assert (set(reading["eventName"]), proof.function) == (proof.reads, rule.function)
    assert list(reading["userIdentity"]) == ["sessionContext"]
    assert all(set(detail["eventName"]) == rule.event_names for detail in details)
    codes = {json.dumps(code) for detail in details for code in detail["errorCode"]}
    assert codes == {json.dumps({"exists": False}), *map(json.dumps, rule.denials)}


def test_the_schedule_sends_the_same_to_the_same_function() -> None:
    (schedule,) = _all("AWS::Scheduler::Schedule", ROOT_ONLY)
    (name, _) = _functions(ROOT_ONLY)[_handler_of(DEPLOYMENT, DEPLOYMENT.sweeper)]
    assert schedule["Target"]["Arn"] == attribute(name)
    sent = json.loads(schedule["Target"]["Input"])
    assert sent == DEPLOYMENT.sweep("<aws.scheduler.scheduled-time>", 1)


def test_each_day_the_schedule_sends_the_same_to_the_rehearsal() -> None:
    (name, _) = _functions(REHEARSING)[_handler_of(DEPLOYMENT, REHEARSAL)]
    (sent,) = [
        json.loads(schedule["Target"]["Input"])
        for schedule in _all("AWS::Scheduler::Schedule", REHEARSING)
        if schedule["Target"]["Arn"] == attribute(name)
    ]
    assert sent == DEPLOYMENT.rehearses(Rehearse(0, "due"))


def test_the_metric_of_a_completed_sweep_is_the_one_that_an_alarm_watches() -> None:
    assert DEPLOYMENT.sweep_metric in {
        alarm.get("MetricName") for alarm in _all("AWS::CloudWatch::Alarm", ROOT_ONLY)
    }


def test_the_stack_has_the_outputs_that_the_command_reads() -> None:
    assert DEPLOYMENT.outputs.keys() <= template(ROOT_ONLY)["Outputs"].keys()


def test_every_queue_and_topic_that_something_names_is_there() -> None:
    named = {queue for feed in DEPLOYMENT.feeds for queue in (feed.queue, feed.dead_letters)}
    named |= {function.dead_letters for function in DEPLOYMENT.functions if function.dead_letters}
    assert named | DEPLOYMENT.notices <= set(DEPLOYMENT.queues)


def _handler_of(deployment: Deployment, name: str) -> str:
    return next(function.handler for function in deployment.functions if function.name == name)


def _all(kind: str, config: GuardrailConfig) -> list[dict[str, Any]]:
    return list(resources(kind, config).values())
