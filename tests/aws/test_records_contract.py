"""What a ledger promises about incidents: held against the one in memory and the one on DynamoDB alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rootguard.incidents.life import Life, Record
from rootguard.ports import Ledger
from tests.aws.examples import LONGEST, at, drift, incident, record

KEY = record().key


def kept(ledger: Ledger, *life: Record) -> Record:
    """Write what a record becomes, one after the other, and return it as it is read then."""
    for step in life:
        found = ledger.record(step.key)
        assert ledger.keep_record(replace(step, revision=found.revision if found else 0))
    found = ledger.record(life[-1].key)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "written",
    [
        record(),
        record(Life.SUSPECTED, acting=True, actors=(), events={}),
        record(Life.CLEAN),
        record(Life.CLEAN, incident=None),
        record(events={"z": "", "a": "", "m": ""}),
        record(drift=drift(0, "event", LONGEST), incident=incident(0, "event", LONGEST)),
    ],
    ids=["open", "suspected", "clean", "no incident", "in order", "longest"],
)
def test_a_record_is_read_as_it_was_written(ledger: Ledger, written: Record) -> None:
    assert ledger.record(written.key) is None
    assert ledger.keep_record(written)
    found = ledger.record(written.key)
    assert found == replace(written, revision=1)
    assert found is not None
    assert list(found.events) == list(written.events), "the last twenty are kept, so their order counts"


def test_a_record_that_was_changed_since_it_was_read_is_not_overwritten(ledger: Ledger) -> None:
    first = record(Life.SUSPECTED)
    assert ledger.keep_record(first)
    assert not ledger.keep_record(record())
    found = ledger.record(KEY)
    assert found is not None
    assert ledger.keep_record(replace(found, acting=True))
    assert not ledger.keep_record(replace(found, actors=()))
    assert not ledger.keep_record(replace(record(Life.CLEAN), revision=9))
    assert ledger.record(KEY) == replace(first, acting=True, revision=2)
    assert ledger.past_records() == ()


def test_the_same_write_twice_is_one(ledger: Ledger) -> None:
    for life in (
        record(Life.SUSPECTED),
        replace(record(), revision=1),
        replace(record(Life.CLEAN), revision=2),
    ):
        assert ledger.keep_record(life)
        assert ledger.keep_record(life), "the SDK tries again if an answer was lost"
    assert ledger.record(KEY) == replace(record(Life.CLEAN), revision=3)


def test_what_is_suspected_or_open_is_listed(ledger: Ledger) -> None:
    suspected, opened = record(Life.SUSPECTED, key="one"), record(key="two")
    for each in (suspected, opened, record(Life.CLEAN, key="three")):
        ledger.keep_record(each)
    listed = {each.key: each for each in ledger.records()}
    assert listed == {"one": replace(suspected, revision=1), "two": replace(opened, revision=1)}
    kept(ledger, replace(listed["one"], life=Life.CLEAN, closed_at=at(9)))
    assert [each.key for each in ledger.records()] == ["two"]


def test_incidents_that_are_over_are_listed(ledger: Ledger) -> None:
    for key, closed_at in [("b", at(20)), ("c", at(10)), ("a", at(30))]:
        kept(ledger, record(key=key), record(Life.CLEAN, key=key, closed_at=closed_at))
    assert {(past.key, past.closed_at) for past in ledger.past_records()} == {
        ("a", at(30)),
        ("b", at(20)),
        ("c", at(10)),
    }


def test_a_suspicion_that_ends_leaves_no_trace_in_the_past(ledger: Ledger) -> None:
    kept(ledger, record(Life.SUSPECTED), record(Life.CLEAN, incident=None))
    assert (ledger.records(), ledger.past_records()) == ((), ())


def test_an_incident_stays_on_record_when_the_next_one_of_its_subject_begins(ledger: Ledger) -> None:
    first, second = record(Life.CLEAN, 0), record(Life.CLEAN, 1000)
    current = kept(ledger, record(second=0), first, record(Life.SUSPECTED, 1000))
    assert current.life is Life.SUSPECTED
    assert [past.opened_at for past in ledger.past_records()] == [at(0)]
    kept(ledger, record(second=1000), second)
    assert {past.opened_at for past in ledger.past_records()} == {at(1000), at(0)}
    assert ledger.records() == ()


def test_what_is_learnt_of_an_incident_after_its_end_is_kept(ledger: Ledger) -> None:
    """Its event came late, and says who did it."""
    kept(ledger, record(actors=()), record(Life.CLEAN, actors=()), record(Life.CLEAN, actors=("diego",)))
    assert [past.actors for past in ledger.past_records()] == [("diego",)]
