"""The ledger's one item of the last rehearsal: of two that begin at once, one does."""

from __future__ import annotations

import pytest

from rootguard.aws.dynamo import Table
from rootguard.aws.rehearsals import DynamoRehearsals
from rootguard.rehearsal.record import Outcome, Record
from tests.aws.examples import at

FIRST, OTHER = Record("request-1", at(0)), Record("request-2", at(1), before=at(0))


def succeeded(seconds: float) -> Record:
    return FIRST.undone(at(seconds)).ended_by(Outcome.SUCCEEDED, "", at(25))


@pytest.fixture
def records(table: Table) -> DynamoRehearsals:
    return DynamoRehearsals(table)


def test_what_is_kept_is_read_again(records: DynamoRehearsals) -> None:
    assert records.last() is None
    for record, before in (
        (FIRST, None),
        (succeeded(23.4), FIRST),
        (OTHER, succeeded(23.4)),
        (OTHER.ended_by(Outcome.FAILED, "why", at(90)), OTHER),
    ):
        assert records.keep(record, before)
        assert records.last() == record


def test_of_two_that_begin_at_once_one_does(records: DynamoRehearsals) -> None:
    assert records.keep(FIRST, None)
    assert not records.keep(OTHER, None)
    ended = succeeded(23)
    assert records.keep(ended, FIRST)
    assert records.keep(OTHER, ended)
    assert not records.keep(FIRST, ended)
    assert records.last() == OTHER


def test_an_answer_that_was_lost_is_no_other_writer(records: DynamoRehearsals) -> None:
    assert records.keep(FIRST, None)
    assert records.keep(FIRST, None)
    ended = succeeded(23)
    assert records.keep(ended, FIRST)
    assert records.keep(ended, FIRST)
