"""The words on a rehearsal: one line in Slack if it went well, a critical page if the guard failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rootguard.incidents.incident import Result
from rootguard.incidents.notice import About, Notice, Stage
from rootguard.notify.layouts import pagerduty, slack
from rootguard.notify.page import Kind, Page, Severity
from rootguard.notify.words.rehearsal import Ended as Told
from rootguard.notify.words.rehearsal import line, page
from rootguard.rehearsal.record import Outcome, Record, notice
from tests.given import NOW
from tests.incidents.test_rehearsed import rehearsed
from tests.notify.notifying import Bench
from tests.notify.test_every_page import check

BEGAN = Record("request-1", NOW)


def told(outcome: Outcome, why: str = "The guard did not detach the SCP within 300 seconds.") -> Page:
    made = page(Told.from_json(BEGAN.ended_by(outcome, why, NOW + timedelta(minutes=5)).as_json()))
    check(made)
    return made


def test_a_failed_one_is_critical_and_says_what_to_do() -> None:
    made = told(Outcome.FAILED)
    assert (made.kind, made.severity, made.headline) == (
        Kind.REHEARSAL,
        Severity.CRITICAL,
        "REHEARSAL FAILED",
    )
    assert made.sentences[0] == "The guard did not detach the SCP within 300 seconds."
    assert "nobody knows whether a lockout on Root would be undone" in made.sentences[1]
    assert made.steps[0].endswith("\nrootguard doctor")
    assert pagerduty.events(made, resolve_when_clean=True)[0]["event_action"] == "trigger"


def test_one_that_failed_though_the_guard_detached_it_does_not_say_the_opposite() -> None:
    late = BEGAN.undone(NOW + timedelta(seconds=110))
    ended = late.ended_by(Outcome.FAILED, "Its event did not come.", NOW + timedelta(minutes=5))
    made = page(Told.from_json(ended.as_json()))
    check(made)
    assert (made.severity, made.title) == (Severity.CRITICAL, "the guard was late, or got no event")


def test_an_interrupted_one_opens_nothing_and_has_no_steps() -> None:
    made = told(Outcome.INTERRUPTED, "The incident i-1 was opened meanwhile.")
    assert (made.severity, made.headline, made.steps) == (Severity.INFO, "REHEARSAL INTERRUPTED", ())
    assert pagerduty.events(made, resolve_when_clean=True) == []


@pytest.mark.parametrize(
    ("changed", "title"),
    [
        ({}, "detached after 24 s"),
        ({"result": Result.ALREADY_UNDONE}, "someone else detached the SCP"),
    ],
)
def test_one_that_went_well_is_one_line_in_slack(changed: dict[str, Result], title: str) -> None:
    made = line(replace(rehearsed(), **changed))
    check(made)
    assert (made.severity, made.title, made.safe) == (Severity.INFO, title, True)
    assert pagerduty.events(made, resolve_when_clean=True) == []
    blocks = [block["type"] for block in slack.message(made)["blocks"]]
    assert blocks[:2] == ["header", "rich_text"]
    assert set(blocks[2:]) <= {"context"}


def test_a_line_of_a_sweep_says_so() -> None:
    incident = rehearsed()
    unknown = replace(incident, drift=replace(incident.drift, change=None))
    assert line(unknown).title == "detached by a sweep"


def test_nothing_in_it_can_forge_a_line() -> None:
    made = told(Outcome.FAILED, "A\nb\u202ec.")
    assert all(text.isprintable() for text in made.sentences)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.INTERRUPTED])
def test_the_notifier_tells_each_once_and_wakes_for_a_failure_alone(outcome: Outcome) -> None:
    bench = Bench()
    sent = notice(BEGAN.ended_by(outcome, "So.", NOW + timedelta(minutes=5)))
    assert sent is not None
    assert bench.notify(sent) == bench.notify(sent) == []
    woken, quiet = (["rehearsal"], []) if outcome is Outcome.FAILED else ([], ["rehearsal"])
    assert (bench.topic.kinds, bench.closings.kinds) == (woken, quiet)


def test_the_guards_own_notice_goes_where_only_channels_listen() -> None:
    bench, incident = Bench(), replace(rehearsed(), id="i-1")
    sent = Notice("i-1/rehearsed", About.INCIDENT, Stage.REHEARSED, incident.as_json())
    assert bench.notify(sent) == []
    assert (bench.topic.kinds, bench.closings.kinds) == ([], ["rehearsal"])
