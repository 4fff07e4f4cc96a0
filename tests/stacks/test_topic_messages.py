"""What the stack makes CloudWatch and EventBridge say on the topic, and what the channels read in it."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from rootguard.notify import messages
from rootguard.notify.page import Kind, Page
from tests.notify.laid_out import of_the_topic
from tests.notify.test_alarm_page import ALARM
from tests.stacks.synthesis import guardrail, resources
from tests.stacks.tampering import ADMIN, record

CONFIG = guardrail({"targets": ["root"], "restore_policy_type": True})
RECEIVED = datetime(2026, 11, 20, 9, 16, tzinfo=UTC)
ALARMS = {alarm["AlarmName"]: alarm for alarm in resources("AWS::CloudWatch::Alarm", CONFIG).values()}
TEMPLATES = [
    target["InputTransformer"]
    for rule in resources("AWS::Events::Rule", CONFIG).values()
    for target in rule["Targets"]
    if "TAMPERED" in target.get("InputTransformer", {}).get("InputTemplate", "")
]
CALLS = {
    "function": record("lambda", "DeleteFunction20150331", {"functionName": "Rootguard-Guard"}),
    "topic": record("sns", "DeleteTopic", {"topicArn": "arn:aws:sns:us-east-1:111122223333:Rootguard-Topic"}),
    "role": record(
        "iam", "DetachRolePolicy", {"roleName": "Rootguard-Role", "policyArn": "arn:aws:iam::aws:policy/A"}
    ),
}


def page_of_alarm(name: str) -> Page:
    told = {"AlarmName": name, "AlarmDescription": ALARMS[name]["AlarmDescription"]}
    return of_the_topic(ALARM | told, RECEIVED)


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_each_alarm_says_what_it_means_and_what_to_do_first(name: str) -> None:
    page = page_of_alarm(name)
    assert page.kind is Kind.ALARM
    assert page.steps[0].startswith("First ")
    assert re.split(r" (?=First )|\n(?=Then )| (?=Then )", ALARMS[name]["AlarmDescription"]) == [
        page.sentences[0],
        *page.steps,
    ]


def test_the_alarms_after_which_a_violation_may_stand_are_there() -> None:
    assert {f"Rootguard-{name}" for name in messages.CRITICAL_ALARMS} <= set(ALARMS)
    assert any(name.endswith("RuleFailed") for name in ALARMS)


def filled(transformer: dict[str, Any], call: dict[str, Any]) -> object:
    """What EventBridge makes of a template: a field that the event does not have leaves nothing."""

    def field(placeholder: re.Match[str]) -> str:
        value: Any = {"detail": call}
        for step in transformer["InputPathsMap"][placeholder[1]].split(".")[1:]:
            value = value.get(step, {}) if isinstance(value, dict) else {}
        return value if isinstance(value, str) else ""

    return json.loads(re.sub(r"<([^>]+)>", field, transformer["InputTemplate"]))


@pytest.mark.parametrize("transformer", TEMPLATES, ids=lambda told: "-".join(told["InputPathsMap"])[-30:])
@pytest.mark.parametrize("call", CALLS)
def test_a_notice_says_who_did_what(transformer: dict[str, Any], call: str) -> None:
    page = of_the_topic(filled(transformer, CALLS[call]), RECEIVED)
    facts = {field.label: field.lines for field in page.fields}
    assert (page.kind, page.headline, page.about) == (Kind.TAMPERED, "TAMPERED", CALLS[call]["eventID"])
    assert facts["Call"] == (f"{CALLS[call]['eventName']} ({CALLS[call]['eventSource']})",)
    assert facts["By"][:2] == ("session (role Admin)", ADMIN["arn"])


def test_each_part_is_named_in_the_notice_of_its_rule() -> None:
    assert len(TEMPLATES) >= 3
    for call, part in {
        "function": "Rootguard-Guard",
        "topic": "Rootguard-Topic",
        "role": "Rootguard-Role",
    }.items():
        pages = [of_the_topic(filled(transformer, CALLS[call]), RECEIVED) for transformer in TEMPLATES]
        assert any(page.title.endswith(f" on {part}") for page in pages)
