"""A policy type is disabled: it is enabled, what was attached is queued, and sweeps see it all back."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn

import pytest

from rootguard.domain.guardrail import Guardrail, Mode, OnViolation
from rootguard.domain.remedy import Attach
from rootguard.ports import LedgerError, OutboxError
from tests.fakes.ledger import FakeLedger
from tests.given import DENY_EC2, PIPELINE, SCP, attach, guardrail, protection
from tests.house import FULL, RESTORER_ROLE, House


@pytest.fixture
def attached(house: House, tree: dict[str, str]) -> list[Attach]:
    """One SCP of the company's own on Root, one on an OU and an account, all seen by a sweep."""
    house.rules = guardrail(protection(restore_policy_type=True))
    top = house.placed(house.root, "Top", content=DENY_EC2)
    low = house.placed(tree["team"], "Low", content=DENY_EC2)
    house.call("AttachPolicy", PolicyId=low, TargetId=tree["audit"])
    house.first_contact(2)
    return [Attach(top, house.root), Attach(low, tree["team"]), Attach(low, tree["audit"])]


def queued(house: House) -> list[Attach]:
    assert {policy_type for policy_type, _ in house.restorer.queued} <= {SCP}
    return [attachment for _, attachment in house.restorer.queued]


def put_back(house: House, count: int | None = None) -> None:
    """Do as the queue's consumer does, to some or all that is queued."""
    for attachment in queued(house)[:count]:
        if attachment.policy_id not in house.on(attachment.target_id):
            house.call("AttachPolicy", PolicyId=attachment.policy_id, TargetId=attachment.target_id)


# The event


def test_the_type_is_enabled_and_all_that_was_attached_is_queued_from_the_top(
    house: House, attached: list[Attach]
) -> None:
    house.event(house.disable())
    assert queued(house) == attached
    assert house.on(house.root) == {FULL}
    (incident,) = house.incidents
    assert incident.restoring is not None
    assert (incident.restoring.attachments, incident.restoring.takes) == (3, timedelta(seconds=2))
    assert not incident.is_safe


def test_what_a_sweep_saw_between_the_change_and_its_event_takes_nothing_away(
    house: House, attached: list[Attach]
) -> None:
    record = house.disable()
    house.call("EnablePolicyType", RootId=house.root, PolicyType=SCP)
    house.wait(seconds=5)
    house.sweep()
    house.event(record)
    assert queued(house) == attached


def test_before_any_sweep_the_page_says_that_nothing_comes_back(house: House) -> None:
    house.rules = guardrail(protection(restore_policy_type=True))
    house.placed(house.root, content=DENY_EC2)
    house.event(house.disable())
    assert (queued(house), house.incidents[0].restoring) == ([], None)
    assert not house.incidents[0].is_safe


def test_if_nothing_was_attached_it_is_safe_at_once(house: House) -> None:
    house.rules = guardrail(protection(restore_policy_type=True))
    house.first_contact(2)
    house.event(house.disable())
    assert house.incidents[0].is_safe


@pytest.mark.parametrize("broken", ["queue", "inventory"])
def test_what_could_not_be_queued_is_paged_and_tried_again(
    house: House, attached: list[Attach], broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> NoReturn:
        raise LedgerError("the inventory does not answer")

    record = house.disable()
    house.restorer.fail = broken == "queue"
    with monkeypatch.context() as patch:
        if broken == "inventory":
            patch.setattr(FakeLedger, "located", unreadable)
        with pytest.raises((OutboxError, LedgerError)):
            house.event(record)
    assert house.results == ["not-undone"]
    house.restorer.fail = False
    house.event(record)
    assert queued(house) == attached
    assert house.stages == ["found", "undone"]


def test_what_the_restorer_attaches_is_rootguards_own_change(
    house: House, attached: list[Attach], tree: dict[str, str]
) -> None:
    low = house.placed(tree["team"], "Never accepted", content=DENY_EC2)
    house.rules = guardrail(protection(restore_policy_type=True, include_descendants=True))
    answer = house.event(house.record(attach(tree["team"], low), by=RESTORER_ROLE))
    assert answer["reason"] == "own-change"


def test_a_type_that_someone_trusted_disabled_stays_so(house: House, attached: list[Attach]) -> None:
    house.rules = guardrail(protection(restore_policy_type=True, trusted_principals=frozenset({PIPELINE})))
    house.event(house.disable(by=PIPELINE))
    house.sweep(4)
    assert (queued(house), house.pages) == ([], [])
    assert house.on(house.root) == set()


@pytest.mark.parametrize(
    "rules",
    [
        guardrail(),
        guardrail(protection(restore_policy_type=True), mode=Mode.OBSERVE),
        guardrail(protection(restore_policy_type=True, on_violation=OnViolation.ALERT)),
    ],
    ids=["not asked", "observe", "alert"],
)
def test_nothing_is_listed_if_no_type_is_restored(house: House, rules: Guardrail) -> None:
    house.rules = rules
    house.placed(house.root, content=DENY_EC2)
    house.sweep(2)
    assert "ListPolicies" not in house.calls


# The sweeps until it is done


def test_the_incident_is_open_until_all_is_attached_again(house: House, attached: list[Attach]) -> None:
    house.event(house.disable())
    house.sweep()
    put_back(house, 2)
    house.sweep(4)
    assert len(house.open) == 1
    put_back(house)
    house.sweep(2)
    assert house.open == []
    progress = [message for message, _ in house.telemetry.lines if message.startswith("restored ")]
    assert {"restored 0 of 3", "restored 2 of 3"} <= set(progress)
    house.sweep(3, minutes=61)
    assert house.stages == ["found", "over"]


def test_what_is_on_its_way_back_is_no_drift(house: House, attached: list[Attach]) -> None:
    house.event(house.disable())
    house.trace.clear()
    house.sweep(3)
    assert (house.writes, house.on(house.root)) == ([], {FULL})
    assert house.stages == ["found"]


def test_disabled_again_meanwhile_all_that_was_attached_at_first_is_queued(
    house: House, attached: list[Attach]
) -> None:
    house.event(house.disable())
    put_back(house, 1)
    house.sweep()
    house.restorer.queued.clear()
    house.wait(seconds=10)
    house.event(house.disable())
    assert queued(house) == attached


def test_a_restore_is_given_up_after_a_time_and_what_is_missing_is_named(
    house: House, attached: list[Attach]
) -> None:
    house.event(house.disable())
    put_back(house, 1)
    house.sweep(minutes=5)
    assert len(house.open) == 1
    house.sweep(minutes=27)
    house.sweep(minutes=1)
    assert house.open == []
    missing = [fields["missing"] for message, fields in house.telemetry.lines if message == "not restored"]
    assert missing[0] == sorted(f"{a.policy_id} on {a.target_id}" for a in attached[1:])


def test_a_disabled_type_whose_event_was_lost_is_one_incident_of_the_second_sweep(
    house: House, attached: list[Attach], tree: dict[str, str]
) -> None:
    house.rules = guardrail(
        protection(restore_policy_type=True),
        protection(name="team", targets=frozenset({tree["team"]}), restore_policy_type=True),
    )
    house.first_contact(2)
    house.disable()
    house.sweep()
    assert house.pages == []
    house.sweep()
    assert queued(house) == attached
    (incident,) = house.incidents
    assert (incident.result.value, incident.drift.actor) == ("undone", None)
    put_back(house)
    house.sweep(5)
    assert (house.stages, house.open) == (["found", "over"], [])


def test_a_restore_queue_that_does_not_answer_keeps_the_sweep_from_no_other_target(
    house: House, attached: list[Attach], tree: dict[str, str]
) -> None:
    rcp = "RESOURCE_CONTROL_POLICY"
    house.call("EnablePolicyType", RootId=house.root, PolicyType=rcp)
    house.first_contact(2)
    house.disable()
    stranger = house.placed(house.root, kind=rcp, content=DENY_EC2.replace("}]", ',"Principal":"*"}]'))
    house.sweep()
    house.restorer.fail = True
    with pytest.raises(OutboxError):
        house.sweep()
    assert stranger not in house.on(house.root, rcp)
