"""What a person can write, in the partition of their own: an exception, and nothing else that counts."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.aws.ledger import MOST_PERMITS, DynamoLedger
from rootguard.aws.ledger_exceptions import Exceptions
from rootguard.aws.ledger_table import Table
from rootguard.ports import LedgerError
from tests.aws.test_ledger_contract import KEY, POLICY, ROOT, SARA, at, permit

SK = f"EXCEPTION#{POLICY}#{ROOT}#{'ab' * 32}#2023-12-05T10:15:00.000000+00:00"
ENTRY = f"{POLICY}#{ROOT}#anything"


def put(dynamodb: Any, table: str, **attributes: str) -> None:
    """What a granter can write: anything, in the partition that is their own."""
    item = {name: {"S": value} for name, value in {"pk": SARA, **attributes}.items()}
    dynamodb.put_item(TableName=table, Item=item)


def test_the_granter_is_the_partition_whatever_the_item_says(
    dynamodb: Any, table: str, ledger: DynamoLedger
) -> None:
    put(
        dynamodb,
        table,
        sk=SK,
        kind="EXCEPTION",
        entry=ENTRY,
        granted_by="AIDAEXAMPLE",
        reason="x",
    )
    assert ledger.permits(POLICY, ROOT) == (permit(reason="x"),)


@pytest.mark.parametrize(
    "sk",
    [
        "EXCEPTION",
        f"EXCEPTION#{POLICY}#{ROOT}",
        f"EXCEPTION#{POLICY}#{ROOT}#digest#tomorrow",
        f"EXCEPTION#{POLICY}#{ROOT}#digest#2023-12-05T10:15:00",
        f"EXCEPTION#{POLICY}#ou-exam-12345678#digest#2023-12-05T10:15:00.000000+00:00",
        f"EXCEPTION#{POLICY}#{ROOT}#digest#0001-01-01T00:00:00.000000+14:00",
        f"EXCEPTION#{POLICY}#{ROOT}#digest#9999-12-31T23:59:59.999999-14:00",
        f"ANYTHING#{POLICY}#{ROOT}#digest#2023-12-05T10:15:00.000000+00:00",
    ],
)
def test_what_is_no_exception_for_this_is_passed_over(
    dynamodb: Any, table: str, ledger: DynamoLedger, sk: str
) -> None:
    put(dynamodb, table, sk=sk, kind="EXCEPTION", entry=ENTRY)
    Exceptions(Table(table, lambda: dynamodb)).grant(permit(), at(0))
    assert ledger.permits(POLICY, ROOT) == (permit(),)


def test_a_revocation_counts_even_if_its_time_makes_no_sense(
    dynamodb: Any, table: str, ledger: DynamoLedger
) -> None:
    put(dynamodb, table, sk=SK, kind="EXCEPTION", entry=ENTRY, revoked_at="now")
    assert ledger.permits(POLICY, ROOT) == ()


@pytest.mark.parametrize("partition", [f"USE#{SARA}", "BASELINE#x", "POLICY#x", "INCIDENT#x"])
def test_nobody_is_granted_anything_by_a_partition_that_is_nobodys(
    dynamodb: Any, table: str, ledger: DynamoLedger, partition: str
) -> None:
    """The table's own policy leaves these to the guard, and so to administrators."""
    put(dynamodb, table, pk=partition, sk=SK, kind="EXCEPTION", entry=ENTRY)
    assert ledger.permits(POLICY, ROOT) == ()


def test_what_ended_long_ago_does_not_hide_what_holds(
    dynamodb: Any, table: str, ledger: DynamoLedger
) -> None:
    people = Exceptions(Table(table, lambda: dynamodb))
    for number in range(MOST_PERMITS + 1):
        people.grant(permit(expires_at=at(-86_400 * number)), at(-86_400 * (number + 1)))
    people.grant(permit(), at(0))
    assert permit() in ledger.permits(POLICY, ROOT)


def test_nobody_can_make_up_a_baseline_an_incident_or_a_use(
    dynamodb: Any, table: str, ledger: DynamoLedger
) -> None:
    put(dynamodb, table, sk=POLICY, kind="BASELINE", entry=f"{POLICY}#{ROOT}")
    put(dynamodb, table, sk="#current", kind="INCIDENT", entry=KEY, document="{}")
    forged = {"document": '{"event_id": "forged"}', "closed_at": at(0).isoformat()}
    put(dynamodb, table, sk=at(0).isoformat(timespec="microseconds"), kind="CLOSED", entry="9", **forged)
    put(dynamodb, table, sk=SK + "9", kind="USE", entry=ENTRY, used_at="x")
    Exceptions(Table(table, lambda: dynamodb)).grant(permit(), at(0))
    assert ledger.targets_of(POLICY) == frozenset()
    assert ledger.open_incidents() == {}
    assert ledger.incidents() == ()
    assert ledger.permits(POLICY, ROOT) == (permit(),)


def test_a_use_is_not_written_where_its_granter_could_take_it_back(
    dynamodb: Any, table: str, ledger: DynamoLedger, written: Any
) -> None:
    Exceptions(Table(table, lambda: dynamodb)).grant(permit(), at(0))
    before = set(written())
    ledger.use(permit(), "event", at(1))
    ((partition, _),) = set(written()) - before
    assert partition == f"USE#{SARA}"


def test_what_someone_else_wrote_wrongly_is_an_error_of_the_ledger(
    dynamodb: Any, table: str, ledger: DynamoLedger
) -> None:
    put(dynamodb, table, pk=f"POLICY#{POLICY}", sk="#latest")
    put(dynamodb, table, pk="INCIDENT#x", sk="#current", kind="INCIDENT", entry="x", document="{")
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.policy(POLICY)
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.open_incidents()
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.incidents()
