"""The guard undoes a rehearsal as any violation, and marks it, so that nobody is woken."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.guardrail import Rehearsal
from rootguard.incidents.life import Record, key_of
from rootguard.ports import OrganizationsError
from tests.fakes.wire import create, unit
from tests.given import DENY_ALL, DENY_EC2, SCP, protection
from tests.house import House

ROLE = "arn:aws:iam::111122223333:role/Rootguard-RehearsalRole"
DENY_S3 = DENY_EC2.replace("ec2", "s3")
OTHER = "arn:aws:iam::111122223333:role/people/Operator"


@dataclass
class Place:
    """A guard that knows rehearsals, with the OU and the SCP of theirs."""

    house: House
    ou: str
    scp: str

    def attach(self, by: str = ROLE) -> object:
        return self.house.attach(self.scp, self.ou, by)

    @property
    def kept(self) -> Record:
        """What is on record of the SCP on the OU."""
        drift = Drift(ChangeKind.ATTACHED, self.house.now, self.scp, self.ou)
        record = self.house.ledger.record(key_of(drift))
        assert record is not None
        return record

    @property
    def is_clean(self) -> bool:
        return self.scp not in self.house.on(self.ou)


@pytest.fixture
def place(house: House) -> Place:
    ou = unit(house.wire, house.root, "Rehearsal")
    scp = create(house.wire, "Rehearsal", content=DENY_EC2)
    own = protection(name="rehearsal", targets=frozenset({ou}), policy_types=frozenset({SCP}))
    protections = (*house.rules.protections, own)
    house.rules = replace(house.rules, protections=protections, rehearsal=Rehearsal(scp, ou, ROLE, DENY_EC2))
    house.first_contact()
    return Place(house, ou, scp)


def test_it_is_undone_and_told_for_the_record(place: Place) -> None:
    place.house.event(place.attach())
    assert place.is_clean
    assert (place.house.stages, place.house.pages, place.house.open) == (["rehearsed"], [], [])
    place.house.sweep(5)
    assert place.house.stages == ["rehearsed"]


def test_a_copy_of_the_event_says_nothing_more(place: Place) -> None:
    record = place.attach()
    place.house.event(record, record)
    assert place.house.stages == ["rehearsed"]


def test_a_sweep_undoes_it_as_quietly_and_the_late_event_adds_nothing(place: Place) -> None:
    record = place.attach()
    place.house.sweep(2)
    assert place.is_clean
    assert place.house.stages == ["rehearsed"]
    assert not place.kept.events  # by this the function knows that no event came
    place.house.event(record)
    assert len(place.kept.events) == 1
    assert place.kept.incident is not None
    assert place.kept.incident.undone_at is not None
    place.house.sweep(5)
    assert place.house.stages == ["rehearsed"]


def test_each_week_it_is_told_once(place: Place) -> None:
    for _ in range(3):
        place.house.event(place.attach())
        place.house.wait(minutes=7 * 24 * 60)
    assert place.house.stages == ["rehearsed"] * 3


def test_the_same_by_anyone_else_is_a_violation(place: Place) -> None:
    place.house.event(place.attach(OTHER))
    assert place.is_clean
    assert place.house.stages == ["found"]


def test_an_edited_scp_that_locks_out_is_a_violation(place: Place) -> None:
    place.house.edit(place.scp, DENY_ALL, OTHER)
    place.house.event(place.attach())
    assert place.is_clean
    assert "found" in place.house.stages


@pytest.mark.parametrize("is_told", [True, False])
def test_an_edited_scp_that_denies_something_else_is_a_violation(place: Place, is_told: bool) -> None:
    edit = place.house.edit(place.scp, DENY_S3, OTHER)
    if is_told:
        place.house.event(edit)
    place.house.event(place.attach())
    assert place.is_clean
    assert place.house.stages == ["found"]


def test_an_scp_that_cannot_be_read_may_deny_anything(place: Place) -> None:
    record = place.attach()
    place.house.refuse("DescribePolicy", times=9)
    place.house.event(record)
    assert place.is_clean
    assert place.house.stages == ["found"]


def test_another_policy_or_another_place_is_a_violation(place: Place) -> None:
    other = create(place.house.wire, "Other", content=DENY_EC2)
    place.house.event(place.house.attach(other, place.ou, ROLE))
    place.house.event(place.house.attach(place.scp, place.house.root, ROLE))
    assert place.house.stages == ["found", "found"]


def test_what_cannot_be_undone_wakes_people(place: Place) -> None:
    record = place.attach()
    place.house.refuse("DetachPolicy")
    with pytest.raises(OrganizationsError):
        place.house.event(record)
    assert place.house.stages == ["found"]
    place.house.event(record)
    assert place.house.stages == ["found", "undone"]


def test_it_uses_no_exception(place: Place) -> None:
    place.house.grant(place.scp, place.ou, DENY_EC2)
    place.house.event(place.attach())
    assert place.is_clean
    assert place.house.stages == ["rehearsed"]
