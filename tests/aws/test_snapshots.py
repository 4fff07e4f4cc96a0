"""The snapshots, in memory and on DynamoDB: the same meaning of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from rootguard.aws.ledger_table import Table
from rootguard.aws.snapshots import DynamoSnapshots
from rootguard.domain.snapshot import Seen, Sight, Snapshot
from rootguard.ports import LedgerError, Snapshots
from tests.fakes.snapshots import FakeSnapshots
from tests.given import ACCOUNT, NOW, OU, POLICY, RCP, ROOT, SCP

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "dynamodb"])
def snapshots(request: pytest.FixtureRequest) -> Snapshots:
    if request.param == "memory":
        return FakeSnapshots()
    client = request.getfixturevalue("dynamodb")
    name = request.getfixturevalue("table")
    return DynamoSnapshots(Table(name, lambda: client))


def seen(*targets: str, at: datetime = NOW, before: Sight | None = None) -> Seen:
    return Seen(Sight(frozenset(targets), at), before)


def test_nothing_is_known_at_first(snapshots: Snapshots) -> None:
    assert snapshots.snapshot(SCP) == Snapshot()
    assert snapshots.seen(SCP, POLICY) is None


def test_what_is_kept_is_found_by_its_type(snapshots: Snapshots) -> None:
    looked = seen(ROOT, OU, ACCOUNT).looked(frozenset({OU}), NOW + MINUTE)
    snapshots.keep_listing(SCP, frozenset({POLICY, "p-another1"}), NOW)
    snapshots.keep(SCP, POLICY, looked)
    snapshots.keep(RCP, "p-ofothertype", seen())
    assert snapshots.snapshot(SCP) == Snapshot(NOW, frozenset({POLICY, "p-another1"}), {POLICY: looked})
    assert snapshots.seen(SCP, POLICY) == looked
    assert snapshots.seen(RCP, POLICY) is None


def test_of_two_looks_the_later_stays(snapshots: Snapshots) -> None:
    snapshots.keep(SCP, POLICY, seen(ROOT, at=NOW + MINUTE))
    snapshots.keep(SCP, POLICY, seen(OU))
    snapshots.keep_listing(SCP, frozenset({POLICY}), NOW + MINUTE)
    snapshots.keep_listing(SCP, frozenset(), NOW)
    assert snapshots.snapshot(SCP) == Snapshot(
        NOW + MINUTE, frozenset({POLICY}), {POLICY: seen(ROOT, at=NOW + MINUTE)}
    )


def test_a_thousand_targets_fit(snapshots: Snapshots) -> None:
    looked = seen(*(f"{number:012}" for number in range(1000)))
    snapshots.keep(SCP, POLICY, looked)
    assert snapshots.seen(SCP, POLICY) == looked


@pytest.mark.parametrize("targets", ["no JSON", "7", "null"])
def test_an_item_that_someone_else_wrote_is_no_answer(dynamodb: Any, table: str, targets: str) -> None:
    item = {"pk": "SNAPSHOT#" + SCP, "sk": POLICY, "targets": targets, "as_of": NOW.isoformat()}
    dynamodb.put_item(TableName=table, Item={name: {"S": text} for name, text in item.items()})
    kept = DynamoSnapshots(Table(table, lambda: dynamodb))
    for read in (lambda: kept.snapshot(SCP), lambda: kept.seen(SCP, POLICY)):
        with pytest.raises(LedgerError, match="cannot be read"):
            _call(read)


def _call(read: Callable[[], object]) -> object:
    return read()
