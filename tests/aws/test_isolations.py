"""The ledger's items of isolated accounts: one for each, and of two that write at once, one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rootguard.aws.dynamo import Table
from rootguard.aws.isolations import DynamoIsolations
from rootguard.aws.ledger import DynamoLedger
from rootguard.domain.baseline import Approval, Placement
from rootguard.isolation.identity import Caller
from rootguard.isolation.records import Record
from tests.aws.examples import at

ACCOUNT = "444455556666"
FIRST = Record("ou-exam-12345678", at(0), "request-1", "AROAEXAMPLE:sara", "arn", "forensics")
OTHER = Record("ou-exam-87654321", at(60), "request-2", "AROAEXAMPLE:diego", "arn", "a rehearsal")
ENDED = FIRST.ended(at(90), Caller("AROAEXAMPLE:diego", "arn"), "over")


@pytest.fixture
def records(table: Table) -> DynamoIsolations:
    return DynamoIsolations(table)


def test_what_is_kept_is_read_again(records: DynamoIsolations) -> None:
    assert records.get(ACCOUNT) is None
    assert records.keep(ACCOUNT, FIRST, None)
    assert records.get(ACCOUNT) == FIRST
    assert records.get("555566667777") is None


def test_only_what_was_read_is_written_over(records: DynamoIsolations) -> None:
    assert records.keep(ACCOUNT, FIRST, None)
    assert not records.keep(ACCOUNT, OTHER, None)
    assert records.get(ACCOUNT) == FIRST
    assert records.keep(ACCOUNT, OTHER, FIRST)
    assert not records.keep(ACCOUNT, ENDED, FIRST)
    assert records.get(ACCOUNT) == OTHER


def test_an_answer_that_was_lost_is_no_other_writer(records: DynamoIsolations) -> None:
    assert records.keep(ACCOUNT, FIRST, None)
    assert records.keep(ACCOUNT, FIRST, None)
    assert records.keep(ACCOUNT, ENDED, FIRST)
    assert records.keep(ACCOUNT, ENDED, FIRST)


def test_one_that_came_out_again_is_kept_for_a_while_and_no_other(
    records: DynamoIsolations, written: Any
) -> None:
    records.keep(ACCOUNT, FIRST, None)
    ((key, item),) = written().items()
    assert key == (f"ISOLATION#{ACCOUNT}", "#latest")
    assert "expires" not in item
    records.keep(ACCOUNT, ENDED, FIRST)
    ((_, item),) = written().items()
    assert int(item["expires"]["N"]) == int((at(90) + timedelta(days=90)).timestamp())
    records.keep(ACCOUNT, OTHER, ENDED)
    ((_, item),) = written().items()
    assert "expires" not in item


def test_where_an_account_belongs_is_where_the_guard_reads_it(
    table: Table, records: DynamoIsolations
) -> None:
    ledger = DynamoLedger(table, str)
    records.place(ACCOUNT, "ou-exam-12345678", at(60))
    records.place(ACCOUNT, "ou-exam-87654321", at(30))  # an older word
    assert ledger.placements() == {ACCOUNT: Placement("ou-exam-12345678", at(60), Approval.TRUSTED)}
    assert records.belongs(ACCOUNT) == "ou-exam-12345678"
