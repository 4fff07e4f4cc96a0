"""Two invocations at the same moment: both write what they must, and a person hears of it once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.ports import LedgerError
from tests.given import DENY_EC2, PIPELINE, attach, guardrail, protection
from tests.house import FULL, House


class Busy:
    """A ledger, before one of whose calls something else happens, once or each time."""

    def __init__(self, house: House, method: str, meanwhile: Any, *, once: bool = True) -> None:
        self._ledger, self._house, self._method = house.ledger, house, method
        self._meanwhile, self._once = meanwhile, once

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            if self._once:
                self._house.ledger = self._ledger
                self._method = ""
            self._meanwhile()
        return getattr(self._ledger, name)


def busy(house: House, method: str, meanwhile: Any, *, once: bool = True) -> None:
    house.ledger = Busy(house, method, meanwhile, once=once)  # type: ignore[assignment]


@pytest.mark.parametrize("method", ["recall", "keep_fight", "record", "keep_record", "mark"])
def test_two_deliveries_of_an_event_page_once(house: House, method: str) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    ledger = house.ledger
    busy(house, method, lambda: house.event(record))
    house.event(record)
    house.ledger = ledger
    assert house.on(house.root) == {FULL}
    assert house.stages == ["found"]
    assert len(house.open) == 1


@pytest.mark.parametrize("method", ["record", "keep_record", "mark"])
def test_a_sweep_beside_an_event_pages_once(house: House, method: str) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    ledger = house.ledger
    busy(house, method, house.sweep)
    house.event(record)
    house.ledger = ledger
    assert house.on(house.root) == {FULL}
    assert house.stages == ["found"]
    house.sweep(5)
    assert (house.stages, house.open) == (["found", "over"], [])


def test_two_uses_of_an_exception_at_the_same_moment_let_one_pass(house: House) -> None:
    house.first_contact()
    policy_id = house.placed(house.root, content=DENY_EC2)
    permit = house.grant(policy_id, house.root, DENY_EC2)
    role = "arn:aws:iam::111122223333:role/operator"
    first = house.record(attach(house.root, policy_id), by=role)
    ledger = house.ledger
    busy(house, "use", lambda: ledger.use(permit, "another-event", house.now))
    with pytest.raises(LedgerError, match="used by another change"):
        house.event(first)
    house.ledger = ledger
    house.event(first)
    assert policy_id not in house.on(house.root)


def test_an_incident_that_others_change_all_the_time_is_given_back_to_lambda(house: House) -> None:
    house.first_contact()
    record = house.record(attach(house.root, house.placed(house.root)))
    ledger = house.ledger

    house.event(record)
    ledger.marks.clear()
    house.forget()

    def changed() -> None:
        ledger.incidents = {
            key: replace(kept, revision=kept.revision + 1) for key, kept in ledger.incidents.items()
        }

    busy(house, "keep_record", changed, once=False)
    with pytest.raises(LedgerError, match="changed by others 5 times in a row"):
        house.event(record | {"eventID": "another"})


def test_an_approval_beside_a_sweep_ends_what_the_sweep_suspects(house: House) -> None:
    house.rules = guardrail(protection(trusted_principals=frozenset({PIPELINE})))
    house.first_contact()
    policy_id = house.placed(house.root, content=DENY_EC2)
    record = house.record(attach(house.root, policy_id), by=PIPELINE)
    ledger = house.ledger
    busy(house, "keep_record", lambda: house.event(record))
    house.sweep()
    house.ledger = ledger
    house.sweep(4)
    assert policy_id in house.on(house.root)
    assert house.pages == []
