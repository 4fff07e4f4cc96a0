"""A page as a PagerDuty event: what wakes whom, what belongs together, and PagerDuty's limits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given

from rootguard.incidents.incident import Result
from rootguard.incidents.notice import WAKING, Stage
from rootguard.notify.layouts.pagerduty import events
from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.words import incidents
from tests.given import NOW
from tests.notify.laid_out import of_the_topic
from tests.notify.pages import pages
from tests.notify.stories import ID, story

RUNBOOKS = "https://example.com/runbooks/"
PAGE = incidents.page(story()).with_runbook(RUNBOOKS)
ALARM = {
    "AlarmName": "Rootguard-SweepsMissing",
    "AlarmDescription": "No sweep was completed. First look. Then fix.",
    "NewStateReason": "Threshold Crossed",
    "StateChangeTime": "2026-11-23T10:00:00.000+0000",
    "AWSAccountId": "111122223333",
    "Region": "US East (N. Virginia)",
}


def triggered(page: Page) -> dict[str, Any]:
    """The event of a page that wakes someone."""
    (made,) = events(page, resolve_when_clean=True)
    assert made["event_action"] == "trigger"
    return made


def details(page: Page) -> dict[str, str]:
    return dict(triggered(page)["payload"]["custom_details"])


@pytest.mark.parametrize(
    ("result", "severity"),
    [
        (Result.NOT_UNDONE, "critical"),
        (Result.WATCHED, "critical"),
        (Result.UNDONE, "warning"),
        (Result.ALREADY_UNDONE, "warning"),
    ],
)
def test_the_danger_is_the_severity(result: Result, severity: str) -> None:
    payload = triggered(incidents.page(story(result=result)))["payload"]
    assert payload["severity"] == severity


@pytest.mark.parametrize("stage", sorted(WAKING - {Stage.ATTRIBUTED}))
def test_all_stages_of_an_incident_are_one_incident_of_pagerduty(stage: Stage) -> None:
    assert triggered(incidents.page(story(stage=stage)))["dedup_key"] == ID


def test_who_did_what_is_undone_can_wait_for_the_morning() -> None:
    undone, failed = (
        incidents.page(story(result=result, stage=Stage.ATTRIBUTED))
        for result in (Result.UNDONE, Result.NOT_UNDONE)
    )
    assert events(undone, resolve_when_clean=True) == []
    assert triggered(failed)["dedup_key"] == ID


def test_the_event_tells_what_where_and_when() -> None:
    made = triggered(PAGE)
    assert made["dedup_key"] == PAGE.about
    assert made["links"] == [{"href": f"{RUNBOOKS}undone.md", "text": "Runbook"}]
    payload = made["payload"]
    assert payload["summary"].startswith('Rootguard UNDONE: SCP "Quarantine" attached to Root, after ')
    assert payload["source"].startswith("Root")
    assert datetime.fromisoformat(payload["timestamp"]) == PAGE.at
    assert (payload["component"], payload["class"]) == ("AWS Organizations", "undone")


def test_the_details_hold_the_whole_page() -> None:
    told = json.dumps(details(PAGE), ensure_ascii=False)
    steps = [line for step in PAGE.steps for line in step.split("\n")]
    for text in (*PAGE.sentences, *steps, *PAGE.origin, PAGE.runbook):
        assert json.dumps(text, ensure_ascii=False)[1:-1] in told
    for field in PAGE.fields:
        assert details(PAGE)[field.label] == "\n".join(field.lines)
    assert list(details(PAGE))[:2] == ["What happened", PAGE.fields[0].label]
    assert details(PAGE)["What to do next"].startswith(f"1. {PAGE.steps[0]}")


def test_the_policy_is_cut_and_says_so() -> None:
    assert details(PAGE)["What the policy says"] == ",\n".join(PAGE.statements)
    said = details(replace(PAGE, statements=("x" * 10_240,)))["What the policy says"]
    assert said.endswith(f"… (+{10_240 - said.count('x')} characters)")
    assert 3_950 <= len(said) <= 4_000


def test_a_runbook_that_cannot_be_opened_is_no_link() -> None:
    page = PAGE.with_runbook("docs/runbooks/")
    assert triggered(page)["links"] == []
    assert details(page)["Runbook"] == "docs/runbooks/undone.md"


@pytest.mark.parametrize("stage", [Stage.OVER, Stage.PUT_BACK])
def test_the_closing_resolves_what_was_opened(stage: Stage) -> None:
    closed = incidents.page(story(stage=stage, closed_at=NOW))
    assert events(closed, resolve_when_clean=True) == [
        {"event_action": "resolve", "dedup_key": triggered(PAGE)["dedup_key"]}
    ]
    assert events(closed, resolve_when_clean=False) == []


def test_an_alarm_that_is_over_resolves_its_own() -> None:
    opened = triggered(of_the_topic(ALARM | {"NewStateValue": "ALARM"}, NOW))
    assert opened["payload"]["severity"] == "critical"
    (over,) = events(of_the_topic(ALARM | {"NewStateValue": "OK"}, NOW), resolve_when_clean=True)
    assert over == {"event_action": "resolve", "dedup_key": opened["dedup_key"]}


@pytest.mark.parametrize("kind", [Kind.EXCEPTION, Kind.REFUSED, Kind.UNDONE])
def test_what_needs_nobody_awake_opens_and_ends_nothing(kind: Kind) -> None:
    page = replace(PAGE, severity=Severity.INFO, kind=kind)
    assert events(page, resolve_when_clean=True) == []


@pytest.mark.parametrize(
    ("severity", "actions"),
    [(Severity.INFO, ["trigger", "acknowledge"]), (Severity.CRITICAL, ["trigger"])],
)
def test_first_contact_arrives_and_wakes_people_for_a_lockout_only(
    severity: Severity, actions: list[str]
) -> None:
    made = events(replace(PAGE, severity=severity, kind=Kind.ADOPTED), resolve_when_clean=False)
    assert [event["event_action"] for event in made] == actions
    assert {event["dedup_key"] for event in made} == {PAGE.about}
    assert made[0]["payload"]["severity"] == severity.value


def test_a_key_that_is_too_long_is_still_one_of_its_own() -> None:
    one, other = (triggered(replace(PAGE, about="a" * 400 + end))["dedup_key"] for end in "xy")
    assert one != other
    assert len(one) <= 255
    assert triggered(replace(PAGE, about="a" * 400 + "x"))["dedup_key"] == one
    assert triggered(replace(PAGE, about="a" * 255))["dedup_key"] == "a" * 255


def test_a_page_about_no_place_has_a_source_all_the_same() -> None:
    for fields in ((), (Field("Where", (" ",)),)):
        assert triggered(replace(PAGE, fields=fields))["payload"]["source"] == "AWS Organizations"


@given(pages)
def test_every_page_stays_within_pagerdutys_limits(page: Page) -> None:
    for made in events(page, resolve_when_clean=True):
        assert 1 <= len(made["dedup_key"]) <= 255
        # Half a surrogate pair would not encode.
        assert len(json.dumps(made, ensure_ascii=False).encode()) > 0
        if made["event_action"] == "trigger":
            assert 1 <= len(made["payload"]["summary"]) <= 1_024
            assert made["payload"]["source"]
            assert all(link["href"].startswith("http") for link in made["links"])
