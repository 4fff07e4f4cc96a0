"""An incident's story: how what is on record of it becomes one timeline."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cli.incident import sample
from cli.incident.look import show_list, show_story
from cli.incident.report.draft import ReportContext, drafted
from cli.incident.report.look import FORMATS
from cli.incident.story import MomentKind, Story, notices_of
from rootguard.domain.drift import ChangeKind
from rootguard.domain.policy import Policy
from rootguard.incidents import life
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Stage
from rootguard.notify.story import Around, Reach
from tests.cli.telling import AT, DRIFT, SAMPLE, after, changed, incident, record, story, unattributed
from tests.given import DENY_ALL_OF_ANOTHER, DENY_EC2, POLICY, SCP


def kinds(told: Story) -> list[MomentKind]:
    return [moment.kind for moment in told.timeline]


def test_a_story_goes_from_the_change_to_the_clean_sweep() -> None:
    told = story(closed_after=58, found=18)
    assert [(moment.kind, told.since(moment)) for moment in told.timeline] == [
        (MomentKind.CHANGED, ""),
        (MomentKind.UNDONE, "+17 s"),
        (MomentKind.PAGED, "+18 s"),
        (MomentKind.CLOSED, "+58 s"),
    ]
    first = told.timeline[0]
    assert first.at == datetime(2023, 12, 5, 8, 15, 2, tzinfo=UTC)
    assert first.what == ('SCP "QuarantineDenyAll" attached to Root, by diego (role organization-operator)')
    assert not told.is_open
    assert (told.in_force, told.reached) == ("17 s", "15 accounts")
    assert told.writes == ("detached p-8vq2m7xa from r-exam",)


def test_not_undone_at_first_and_undone_by_the_retry_is_one_story() -> None:
    opened, _ = life.happened(None, incident(Result.NOT_UNDONE), after(19))
    again, _ = life.happened(opened, incident(undone_at=after(80)), after(81))
    paged = {f"{again.id}/found": after(20), f"{again.id}/undone": after(82)}
    told = Story(again, sample.around(), paged)
    assert kinds(told) == [MomentKind.CHANGED, MomentKind.PAGED, MomentKind.UNDONE, MomentKind.PAGED]
    assert [moment.what for moment in told.timeline if moment.kind is MomentKind.PAGED] == [
        "On-call was paged",
        "On-call was paged: UNDONE",
    ]
    assert (told.page.headline, told.in_force) == ("UNDONE", "1 min 20 s")


def test_what_a_sweep_found_says_who_did_it_as_soon_as_the_event_has_come() -> None:
    seen = replace(unattributed(), at=after(40))
    suspected = life.suspect(None, seen, after(40))
    told = Story(suspected)
    assert (told.headline, told.is_suspected, told.is_open) == ("SUSPECTED", True, False)
    assert "its event has not arrived yet" in told.timeline[0].what
    opened, _ = life.happened(suspected, incident(drift=seen, undone_at=after(100)), after(100))
    late, _ = life.happened(opened, incident(Result.ALREADY_UNDONE, undone_at=after(100)), after(300))
    known = Story(late, paged={f"{late.id}/found": after(101), f"{late.id}/attributed": after(301)})
    assert kinds(known)[:2] == [MomentKind.CHANGED, MomentKind.FOUND]
    assert known.timeline[0].at == AT
    assert "diego" in known.timeline[0].what
    assert "its event came and says who did it" in known.timeline[-1].what


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    assert "unknown number" in story(around=Around()).reached
    early = story(around=Around(reach=Reach(200, complete=False)))
    assert early.reached.startswith("more than 200 accounts")
    drift = changed(kind=ChangeKind.RESOURCE_POLICY_PUT, target_id="", policy_id="", policy=None)
    unnamed = story(incident(Result.WATCHED, drift))
    assert unnamed.reached.startswith("unknown")
    assert (unnamed.statements, unnamed.target_id) == ((), "")


def test_what_is_still_in_force_is_said_to_be() -> None:
    assert story(incident(Result.NOT_UNDONE)).in_force == "still in force"
    assert story(incident(Result.NOT_UNDONE), closed_after=300).in_force == "at most 5 min 0 s"


def test_a_page_that_is_not_known_to_have_gone_out_is_not_claimed() -> None:
    moments = story().timeline
    assert not any("On-call was paged" in moment.what for moment in moments)
    assert any("no page is known of" in moment.what for moment in moments)


def test_what_was_put_back_ends_as_approved() -> None:
    opened, _ = life.happened(None, incident(drift=unattributed()), after(20))
    back, notice = life.closed(opened, after(300), Stage.PUT_BACK)
    assert notice is not None
    told = Story(back, paged={notice.key: after(301), f"{back.id}/found": after(21)})
    assert told.ending.headline == "PUT BACK"
    assert "approved" in told.timeline[-1].what


@pytest.mark.parametrize(
    ("told", "locked"),
    [
        (SAMPLE, True),
        (
            incident(drift=DRIFT.seen_as(Policy(POLICY, SCP, "NoServers", content=DENY_EC2)), lockout=False),
            False,
        ),
        (incident(drift=DRIFT.seen_as(None), lockout=False), False),
        (incident(drift=changed(kind=ChangeKind.UPDATED)), True),
        (incident(drift=changed(kind=ChangeKind.DETACHED), lockout=False), False),
        (incident(Result.REFUSED), False),
    ],
    ids=["deny all", "deny ec2", "unread", "edited", "detached", "refused"],
)
def test_locked_out_is_said_of_a_lockout_that_took_force(told: Any, locked: bool) -> None:
    assert story(told).locked_out is locked


def test_the_statements_that_decide_are_marked() -> None:
    assert [(statement.name, statement.decides) for statement in story().statements] == [
        ("KeepAuditTrail", False),
        ("IsolateForForensics", True),
    ]


def test_a_policy_is_judged_by_the_organization_that_it_is_of() -> None:
    statements = [json.loads(content)["Statement"][0] for content in (DENY_ALL_OF_ANOTHER, DENY_EC2)]
    content = json.dumps({"Version": "2012-10-17", "Statement": statements})
    for organization_id, decides in (("o-exampleorgid", [True, False]), (None, [True, True])):
        known = Policy(POLICY, SCP, content=content, organization_id=organization_id)
        found = story(incident(drift=DRIFT.seen_as(known))).statements
        assert [statement.decides for statement in found] == decides


@pytest.mark.parametrize("result", list(Result))
@pytest.mark.parametrize("closed_after", [None, 60.0])
def test_every_outcome_has_a_story_and_its_json(result: Result, closed_after: float | None) -> None:
    told = story(incident(result), closed_after, found=18)
    document = told.as_json()
    assert document["result"] == result
    assert document["open"] is told.record.is_open
    times = [moment["at"] for moment in document["timeline"]]
    assert times == sorted(times)
    assert json.dumps(document)


@pytest.mark.parametrize("kind", list(ChangeKind))
@pytest.mark.parametrize("result", list(Result))
@pytest.mark.parametrize("is_known", [True, False])
def test_every_kind_of_incident_can_be_shown(kind: ChangeKind, result: Result, is_known: bool) -> None:
    drift = changed(kind=kind)
    told = story(incident(result, drift if is_known else unattributed(drift)), found=18)
    show_list([told], Console(file=StringIO()), open_only=False)
    show_story(told, UTC, Console(file=StringIO()))
    draft = drafted(told, ReportContext("us-east-1"), UTC)
    assert all(write(draft) for write in FORMATS.values())


def test_each_notice_that_an_incident_led_to_is_looked_for() -> None:
    opened = record()
    actor = replace(SAMPLE.drift.actor, session="arn:aws:sts::111122223333:assumed-role/x/eve")
    other = incident(drift=changed(actor=actor, id="another"))
    again, notice = life.happened(opened, other, after(60))
    assert notice is not None
    assert notice.key in notices_of(again)
    assert {f"{again.id}/found", f"{again.id}/over"} <= notices_of(again)
