"""An incident's story: how what is on record of one event becomes one timeline."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from cli.incident import sample as incident_sample
from cli.incident.file import problem_of_record
from cli.incident.story import Story, Turn, by_event, story_of
from cli.incident.look import show_list, show_story
from cli.preview_incident import with_result
from cli.incident.report.draft import Surroundings, drafted
from cli.incident.report.look import FORMATS
from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.drift import UNSEEN
from rootguard.domain.facts import Policy
from rootguard.incidents.incident import Incident, Reach, RecordedIncident, Result
from rootguard.notify.document import record
from tests.cli.mutations import mutated
from tests.cli.test_report import AROUND
from tests.given import DENY_ALL_OF_ANOTHER, DENY_EC2, POLICY, SCP

SAMPLE = incident_sample.incident()
AT = SAMPLE.change.at


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def recorded(
    incident: Incident, seconds: float = 20, closed: float | None = None, *, paged: bool = True
) -> RecordedIncident:
    """The incident as the ledger keeps it: recorded and closed that long after the change."""
    return RecordedIncident(
        key=incident.key,
        record=record(incident) | {"opened_at": after(seconds).isoformat()},
        opened_at=incident.change.at,
        closed_at=None if closed is None else after(closed),
        was_paged=paged,
    )


def told(*incidents: RecordedIncident) -> Story:
    ((event_id, found),) = by_event(incidents).items()
    return story_of(event_id, found)


def changed(**different: Any) -> Incident:
    return replace(SAMPLE, **different)


def test_a_story_goes_from_the_change_to_the_clean_sweep() -> None:
    story = told(recorded(SAMPLE, 18, closed=58))
    assert [(moment.turn, story.since(moment)) for moment in story.timeline] == [
        (Turn.CHANGED, ""),
        (Turn.UNDONE, "+17 s"),
        (Turn.PAGED, "+18 s"),
        (Turn.CLOSED, "+58 s"),
    ]
    first = story.timeline[0]
    assert first.at == datetime(2023, 12, 5, 8, 15, 2, tzinfo=UTC)
    assert first.what == (
        'SCP "QuarantineDenyAll" attached to Root, by role organization-operator, session diego'
    )
    assert not story.is_open
    assert (story.stood, story.reached) == ("17 s", "15 accounts")
    assert story.deeds == ("detached p-8vq2m7xa from r-exam",)


def test_not_undone_at_first_and_undone_by_the_retry_is_one_story() -> None:
    failed = recorded(with_result(SAMPLE, Result.NOT_UNDONE), 20, closed=130)
    undone = recorded(changed(undone_at=after(80)), 81, closed=120)
    for order in ((failed, undone), (undone, failed)):
        story = told(*order)
        assert [moment.turn for moment in story.timeline] == [
            Turn.CHANGED,
            Turn.FAILED,
            Turn.PAGED,
            Turn.UNDONE,
            Turn.PAGED,
            Turn.CLOSED,
            Turn.CLOSED,
        ]
        assert (story.page.headline, story.stood) == ("UNDONE", "1 min 20 s")


def test_a_story_is_open_while_one_of_its_incidents_is() -> None:
    failed = recorded(with_result(SAMPLE, Result.NOT_UNDONE), 20)
    undone = recorded(changed(undone_at=after(80)), 81, closed=120)
    assert told(failed, undone).is_open
    assert told(failed, undone).ending.headline == "UNDONE"


def test_closed_by_one_sweep_is_one_moment() -> None:
    failed = recorded(with_result(SAMPLE, Result.NOT_UNDONE), 20, closed=120)
    undone = recorded(changed(undone_at=after(80)), 81, closed=120)
    assert [moment.turn for moment in told(failed, undone).timeline].count(Turn.CLOSED) == 1


def test_another_event_is_another_story_in_the_order_of_the_record() -> None:
    other = changed(change=replace(SAMPLE.change, event_id="another"))
    found = by_event([recorded(other), recorded(SAMPLE, closed=60), recorded(other, 90)])
    assert [(event_id, len(incidents)) for event_id, incidents in found.items()] == [
        ("another", 2),
        (SAMPLE.id, 1),
    ]


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    uncounted = told(recorded(changed(reach=Reach())))
    assert "unknown number" in uncounted.reached
    early = told(recorded(changed(reach=Reach(200, complete=False))))
    assert early.reached.startswith("more than 200 accounts")
    nowhere = with_result(SAMPLE, Result.WATCHED)
    change = replace(nowhere.change, kind=ChangeKind.RESOURCE_POLICY_PUT, target_id="", policy_id="")
    verdict = replace(nowhere.verdict, change=change, target_id="")
    unnamed = told(recorded(replace(nowhere, change=change, verdict=verdict, policy=None)))
    assert unnamed.reached.startswith("unknown")
    assert (unnamed.statements, unnamed.target_id) == ((), "")


def test_what_still_stands_is_said_to_stand() -> None:
    story = told(recorded(with_result(SAMPLE, Result.NOT_UNDONE)))
    assert story.stood == "since then, and still does"
    closed = told(recorded(with_result(SAMPLE, Result.NOT_UNDONE), closed=300))
    assert closed.stood == "at most 5 min 0 s"


def test_a_page_that_is_not_known_to_have_gone_out_is_not_claimed() -> None:
    moments = told(recorded(SAMPLE, paged=False)).timeline
    assert not any("On-call was paged" in moment.what for moment in moments)
    assert any("no page is known of" in moment.what for moment in moments)


def test_a_change_that_a_sweep_found_has_nobody_who_did_it() -> None:
    change = replace(SAMPLE.change, actor=UNSEEN, event_id="sweep of 2023-12-05T08:15:02Z")
    story = told(recorded(changed(change=change, verdict=replace(SAMPLE.verdict, change=change))))
    assert "no event told who did it" in story.timeline[0].what
    assert story.stood.startswith("longer than 17 s")


@pytest.mark.parametrize(
    ("different", "locked"),
    [
        ({}, True),
        ({"policy": Policy(POLICY, SCP, "NoServers", content=DENY_EC2)}, False),
        ({"policy": None}, False),
        ({"change": replace(SAMPLE.change, kind=ChangeKind.UPDATED)}, True),
        ({"change": replace(SAMPLE.change, kind=ChangeKind.DETACHED)}, False),
        ({"result": Result.REFUSED, "undone_at": None, "done": ()}, False),
    ],
    ids=["deny all", "deny ec2", "unread", "edited", "detached", "refused"],
)
def test_locked_out_is_said_of_a_lockout_that_took_force(different: dict[str, Any], locked: bool) -> None:
    assert told(recorded(changed(**different))).locked_out is locked


def test_the_statements_that_decide_are_marked() -> None:
    statements = told(recorded(SAMPLE)).statements
    assert [(statement.name, statement.decides) for statement in statements] == [
        ("KeepAuditTrail", False),
        ("IsolateForForensics", True),
    ]


def test_a_policy_is_judged_by_the_organization_that_its_page_judged_it_by() -> None:
    statements = [json.loads(content)["Statement"][0] for content in (DENY_ALL_OF_ANOTHER, DENY_EC2)]
    content = json.dumps({"Version": "2012-10-17", "Statement": statements})
    for organization_id, decides in (("o-exampleorgid", [True, False]), (None, [True, True])):
        known = Policy(POLICY, SCP, content=content, organization_id=organization_id)
        kept = recorded(changed(policy=known))
        assert [statement.decides for statement in told(kept).statements] == decides


def test_a_record_from_before_the_organization_was_kept_has_a_story() -> None:
    kept = recorded(SAMPLE)
    policy = {name: value for name, value in kept.record["policy"].items() if name != "organization_id"}
    assert told(replace(kept, record={**kept.record, "policy": policy})).statements


def test_every_outcome_has_a_story_and_its_json() -> None:
    for result in Result:
        for closed in (None, 60.0):
            story = told(recorded(with_result(SAMPLE, result), closed=closed))
            document = story.as_json()
            assert document["result"] == result
            assert document["open"] is (closed is None)
            times = [moment["at"] for moment in document["timeline"]]
            assert times == sorted(times)


RECORDS = [
    json.loads(json.dumps(recorded(incident).record))
    for incident in (SAMPLE, with_result(SAMPLE, Result.NOT_UNDONE), with_result(SAMPLE, Result.REFUSED))
]


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("opened_at",), "now", "opened_at: is no time with a time zone"),
        (("exposure_seconds",), "17", "exposure_seconds: should be a valid number"),
        (("exposure_seconds",), 1e300, "exposure_seconds: should be less than"),
        (("actor",), None, "actor: should be a JSON object"),
        (("accounts_reached",), -1, "accounts_reached: should be greater than"),
        (("page", "at"), "2023-12-05T08:15:02", "page.at: is no time with a time zone"),
        (("page", "sentences"), ["one"], "page.sentences: List should have at least 2 items"),
        (("page", "fields", 0, "lines"), [], "page.fields[0].lines: List should have at least 1 item"),
        (("policy", "lockout"), None, "policy.lockout: should be a valid boolean"),
        (("page",), None, "page: should be a JSON object"),
    ],
    ids=str,
)
def test_a_records_problem_is_named_at_its_field(
    place: tuple[str | int, ...], value: object, said: str
) -> None:
    kept = json.loads(json.dumps(RECORDS[0]))
    assert problem_of_record(kept) is None
    at: Any = kept
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = value
    assert str(problem_of_record(kept)).startswith(said)


@given(kept=mutated(RECORDS), is_closed=st.booleans())
@settings(deadline=None, max_examples=200)
def test_whatever_a_record_says_it_is_told_or_has_its_problem_named(kept: Any, is_closed: bool) -> None:
    if problem_of_record(kept):
        return
    closed_at = after(90) if is_closed else None
    try:
        story = story_of("x", [RecordedIncident("key", kept, AT, closed_at, was_paged=True)])
    except (KeyError, TypeError, ValueError):
        return  # the page's own words
    assert json.dumps(story.as_json())
    show_list([story], Console(file=StringIO()), open_only=False)
    show_story(story, UTC, Console(file=StringIO()))
    for around in (AROUND, Surroundings("us-east-1")):
        draft = drafted(story, around, UTC)
        assert all(write(draft) for write in FORMATS.values())
