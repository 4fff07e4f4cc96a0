"""Beside the rules: lockouts that reach many accounts are paged, and lockouts that are written are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Incident
from rootguard.incidents.notice import About, Stage
from rootguard.ports import OrganizationsError
from tests.domain import records
from tests.fakes.wire import account, create, unit
from tests.given import DENY_ALL, DENY_EC2, PIPELINE, guardrail, protection
from tests.house import FULL, House


@pytest.fixture
def workloads(house: House) -> str:
    """A protected OU of three accounts, where a lockout of more than two is paged."""
    ou = unit(house.wire, house.root, "Workloads")
    for number in range(3):
        account(house.wire, f"member-{number}", ou)
    protected = protection(targets=frozenset({ou}), trusted_principals=frozenset({PIPELINE}))
    house.rules = replace(guardrail(protected), lockout_alert_accounts=2)
    house.first_contact()
    return ou


def paged(house: House) -> Incident:
    (page,) = house.pages
    return Incident.from_json(page.data)


def created(house: House, content: str, **changed: Any) -> tuple[str, dict[str, Any]]:
    """A new policy's id, and the record of its creation."""
    name = f"New {house.events}"
    policy_id, record = create(house.wire, name=name, content=content), records.create()
    summary = record["responseElements"]["policy"]["policySummary"] | {"id": policy_id, "name": name}
    answer = {"policy": {"policySummary": summary, "content": content}}
    return policy_id, house.record(record, responseElements=answer, **changed)


def test_a_trusted_lockout_is_accepted_and_paged(house: House, workloads: str) -> None:
    policy_id = house.placed(workloads, content=DENY_ALL)
    answer = house.event(house.record(records.attach(workloads, policy_id), by=PIPELINE))
    assert (answer["verdict"], answer["reason"]) == ("alert", "trusted-principal")
    assert policy_id in house.accepts(workloads)
    assert policy_id in house.on(workloads)
    assert house.writes == []
    incident = paged(house)
    assert (incident.lockout, incident.verdict.obstacle) == (True, Obstacle.APPROVED)
    house.sweep(3)
    assert len(house.pages) == 1
    assert policy_id in house.on(workloads)


def test_a_copy_of_its_event_pages_nobody_again(house: House, workloads: str) -> None:
    policy_id = house.placed(workloads, content=DENY_ALL)
    record = house.record(records.attach(workloads, policy_id), by=PIPELINE)
    house.event(record, record)
    assert len(house.queue.sent) == 1


def test_full_access_that_goes_somewhere_else_is_paged_by_name(house: House, workloads: str) -> None:
    elsewhere = unit(house.wire, house.root, "Elsewhere")
    for number in range(3):
        account(house.wire, f"other-{number}", elsewhere)
    house.placed(elsewhere, content=DENY_EC2)
    house.event(house.detach(FULL, elsewhere))
    incident = paged(house)
    assert (incident.verdict.reason, incident.target_id) == (Reason.LOCKOUT_ELSEWHERE, elsewhere)
    assert (incident.lockout, incident.drift.policy_id) == (True, FULL)
    assert house.writes == []


def test_what_is_left_open_elsewhere_is_no_news(house: House, workloads: str) -> None:
    elsewhere = unit(house.wire, house.root, "Elsewhere")
    account(house.wire, "other", elsewhere)
    narrow = house.placed(elsewhere, content=DENY_EC2)
    house.event(house.detach(narrow, elsewhere))
    house.event(house.record(records.detach("ou-gone-12345678", FULL)))
    assert house.queue.sent == []


def test_what_cannot_be_read_is_accepted_all_the_same_and_tried_again(house: House, workloads: str) -> None:
    policy_id = house.placed(workloads, content=DENY_ALL)
    record = house.record(records.attach(workloads, policy_id), by=PIPELINE)
    house.refuse("ListAccountsForParent", "AccessDeniedException", times=9)
    with pytest.raises(OrganizationsError):
        house.event(record)
    assert policy_id in house.accepts(workloads)
    assert house.queue.sent == [], "it is accepted: nobody shall undo it for that"
    house.wire.faults.clear()
    house.event(record)
    assert paged(house).verdict.obstacle is Obstacle.APPROVED


# Written


def test_whoever_writes_a_lockout_is_named_once_and_wakes_nobody(house: House, workloads: str) -> None:
    policy_id, record = created(house, DENY_ALL)
    house.event(record, record)
    (notice,) = house.queue.sent
    assert (notice.about, notice.stage) == (About.WRITTEN, Stage.FOUND)
    assert (notice.data["policy_id"], notice.data["change"]["actor"]["kind"]) == (policy_id, "Root")
    assert house.pages == []


def test_an_edit_into_a_lockout_is_told_also_if_its_record_lacks_the_text(
    house: House, workloads: str
) -> None:
    policy_id = create(house.wire, name="Mine", content=DENY_EC2)
    record = house.edit(policy_id, DENY_ALL)
    record["responseElements"] = None
    del record["requestParameters"]["content"]
    house.event(record)
    assert [notice.about for notice in house.queue.sent] == [About.WRITTEN]


def test_nobody_is_told_of_anything_less_or_of_what_failed(house: House, workloads: str) -> None:
    house.event(created(house, DENY_EC2)[1])
    house.event(created(house, DENY_ALL, errorCode="ConstraintViolationException")[1])
    house.event(created(house, DENY_ALL, errorCode="AccessDenied")[1])
    _, record = created(house, DENY_ALL)
    record["responseElements"]["policy"]["policySummary"]["type"] = "TAG_POLICY"
    house.event(record)
    assert house.queue.sent == []


def test_an_edit_that_is_undone_is_told_by_its_page_alone(house: House, workloads: str) -> None:
    policy_id = house.accepted(workloads)
    house.event(house.edit(policy_id, DENY_ALL))
    assert [notice.about for notice in house.queue.sent] == [About.INCIDENT]
