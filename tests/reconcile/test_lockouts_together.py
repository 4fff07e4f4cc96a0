"""Two policies on Root that lock everyone out together: the page of the second one says so."""

from __future__ import annotations

import json

import pytest

from rootguard.domain.guardrail import Mode
from tests.given import DENY_EC2, PIPELINE, attach, guardrail, protection
from tests.house import FULL, House

HALF, OTHER_HALF = (
    DENY_EC2.replace('"ec2:*"', json.dumps([f"{letter}*" for letter in letters]))
    for letters in ("abcdefghijklm", "nopqrstuvwxyz")
)


@pytest.mark.parametrize("by", ["", PIPELINE])
@pytest.mark.parametrize("mode", Mode)
def test_whoever_completes_a_lockout_on_root_is_paged_for_it(house: House, by: str, mode: Mode) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})), mode=mode)
    house.accepted(house.root, content=HALF)
    policy_id = house.placed(house.root, "Second", content=OTHER_HALF)
    house.event(house.record(attach(house.root, policy_id), by=by))
    assert (policy_id in house.on(house.root)) == (mode is Mode.OBSERVE)
    (incident,) = house.incidents
    assert incident.lockout, "it takes both"


def test_a_half_alone_is_no_lockout(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root, "Second", content=OTHER_HALF)
    house.event(house.record(attach(house.root, policy_id)))
    assert [incident.lockout for incident in house.incidents] == [False]


def test_full_access_that_was_put_back_had_locked_everyone_out(house: House) -> None:
    house.accepted(house.root, content=HALF)
    house.event(house.detach(FULL, house.root))
    assert FULL in house.on(house.root)
    assert [incident.lockout for incident in house.incidents] == [True]


def test_what_cannot_be_read_keeps_no_page_back(house: House) -> None:
    house.accepted(house.root, content=HALF)
    policy_id = house.placed(house.root, "Second", content=OTHER_HALF)
    record = house.record(attach(house.root, policy_id))
    house.refuse("ListPoliciesForTarget", times=9)
    house.event(record)
    assert policy_id not in house.on(house.root)
    assert [incident.lockout for incident in house.incidents] == [False]
