"""The ledger on its table: what is kept for how long, and what happens if someone else wrote there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rootguard.aws.dynamo import stamp
from rootguard.aws.ledger import DynamoLedger
from rootguard.domain.baseline import Acceptance, Approval
from rootguard.domain.drift import Subject, SubjectKind
from rootguard.domain.fights import Fight
from rootguard.domain.policy import Policy
from rootguard.incidents.life import Life, Record
from rootguard.ports import EventMark, LedgerError, Recall
from tests.aws.examples import (
    ACCOUNT,
    LONGEST,
    OTHER,
    OU,
    POLICY,
    ROOT,
    at,
    document,
    gone,
    permit,
    present,
    record,
)

DAY = 24 * 3600
SUBJECT = Subject(SubjectKind.ATTACHMENT, (POLICY, ROOT))
Items = Callable[[], dict[tuple[str, str], dict[str, Any]]]


def left(items: dict[tuple[str, str], dict[str, Any]], sk: str, since: datetime) -> float:
    """For how many days an item is kept."""
    (item,) = [item for key, item in items.items() if key[1] == sk]
    return (int(item["expires"]["N"]) - int(since.timestamp())) / DAY


def test_what_was_accepted_is_kept_for_good(on_dynamodb: DynamoLedger, written: Items) -> None:
    on_dynamodb.adopt(ROOT, {"SERVICE_CONTROL_POLICY"})
    on_dynamodb.accept(POLICY, ROOT, present())
    on_dynamodb.accept(OTHER, ROOT, gone())
    on_dynamodb.accept_document(document())
    assert all("expires" not in item for item in written().values())


@pytest.mark.parametrize(
    ("write", "sk", "days"),
    [
        (lambda ledger: ledger.mark("event", EventMark("allow", at(0))), "#mark", 40),
        (lambda ledger: ledger.keep_fight(SUBJECT, Fight((at(-9), at(0)))), "#latest", 3),
        (lambda ledger: ledger.use(permit(expires_at=at(0)), "event", at(-9)), "#use", 90),
    ],
    ids=["mark", "fight", "use"],
)
def test_what_is_only_for_a_while_expires(
    on_dynamodb: DynamoLedger, written: Items, write: Callable[[DynamoLedger], object], sk: str, days: int
) -> None:
    write(on_dynamodb)
    assert left(written(), sk, at(0)) == days


def test_an_incident_is_kept_while_it_is_open_and_for_a_year(
    on_dynamodb: DynamoLedger, written: Items
) -> None:
    for step in (record(Life.SUSPECTED), replace(record(), revision=1)):
        assert on_dynamodb.keep_record(step)
        assert all("expires" not in item for item in written().values())
    on_dynamodb.keep_record(replace(record(Life.CLEAN, closed_at=at(300)), revision=2))
    assert left(written(), "#current", at(300)) == 365
    assert left(written(), stamp(at(0)), at(300)) == 365


def test_a_suspicion_that_ended_expires_with_the_marks_of_events(
    on_dynamodb: DynamoLedger, written: Items
) -> None:
    on_dynamodb.keep_record(record(Life.CLEAN, incident=None, closed_at=at(0)))
    assert left(written(), "#current", at(0)) == 40


def test_a_record_and_its_copy_are_written_together_or_not_at_all(
    on_dynamodb: DynamoLedger, written: Items
) -> None:
    on_dynamodb.keep_record(record())
    before = written()
    assert not on_dynamodb.keep_record(record(Life.CLEAN))
    assert written() == before


def test_the_longest_incident_has_room(on_dynamodb: DynamoLedger, written: Items) -> None:
    longest = Policy(POLICY, "SERVICE_CONTROL_POLICY", "x" * 128, content=LONGEST, description="x" * 512)
    kept = record()
    assert kept.incident is not None
    events = {f"{number:036}": f"i-0123456789ab/again/{number:012}" for number in range(20)}
    actors = tuple(f"arn:aws:sts::111122223333:assumed-role/{'r' * 64}/{number:064}" for number in range(50))
    drift = kept.drift.seen_as(longest)
    kept = replace(
        kept, drift=drift, incident=replace(kept.incident, drift=drift), events=events, actors=actors
    )
    assert on_dynamodb.keep_record(kept)
    ((_, item),) = written().items()
    assert len(item["data"]["S"]) < 50_000
    assert on_dynamodb.record(kept.key) == replace(kept, revision=1)


def test_nobody_reads_what_an_interrupted_adoption_left_as_a_baseline(on_dynamodb: DynamoLedger) -> None:
    on_dynamodb.accept(POLICY, ROOT, present())
    assert not on_dynamodb.adopted(ROOT).types


Put = Callable[..., None]


def recalled(ledger: DynamoLedger) -> Recall:
    return ledger.recall("event", POLICY, ROOT, SUBJECT)


@pytest.fixture
def put(dynamodb: Any, table_name: str) -> Put:
    """Writes what an administrator can write: anything."""

    def put(pk: str, sk: str, **attributes: str) -> None:
        item = {name: {"S": value} for name, value in {"pk": pk, "sk": sk, **attributes}.items()}
        dynamodb.put_item(TableName=table_name, Item=item)

    return put


@pytest.mark.parametrize(
    ("pk", "sk", "read"),
    [
        (f"BASELINE#{ROOT}", POLICY, recalled),
        (f"BASELINE#{ROOT}", POLICY, lambda ledger: ledger.adopted(ROOT)),
        (f"BASELINE#{ROOT}", "#SERVICE_CONTROL_POLICY", lambda ledger: ledger.adopted(ROOT)),
        (f"POLICY#{POLICY}", "#accepted", lambda ledger: ledger.documents([POLICY])),
        (f"POLICY#{POLICY}", "#latest", recalled),
        (f"PLACE#{ACCOUNT}", "#latest", lambda ledger: ledger.recall("event", POLICY, ACCOUNT, SUBJECT)),
        (f"FIGHT#{SUBJECT.key}", "#latest", lambda ledger: ledger.fight(SUBJECT)),
        ("INCIDENT#x", "#current", lambda ledger: ledger.record("x")),
        (f"USE#{permit().key}", "#use", lambda ledger: ledger.with_uses([permit()])),
        ("COVERAGE#", "#latest", lambda ledger: ledger.coverage()),
        ("EVENT#event", "#mark", recalled),
    ],
)
@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"data": "{"},
        {"data": "zlib:AAAA"},
        {"data": "[" * 30_000},
        {"data": "[]"},
        {"data": "7"},
        {"data": json.dumps({"present": "perhaps", "at": "now", "by": "me", "policy": {}, "reverts": ""})},
    ],
    ids=["empty", "no JSON", "not packed", "too deep", "a list", "a number", "wrong"],
)
def test_what_someone_else_wrote_wrongly_is_an_error_that_names_the_item(
    on_dynamodb: DynamoLedger,
    put: Put,
    pk: str,
    sk: str,
    read: Callable[[DynamoLedger], object],
    wrong: dict[str, str],
) -> None:
    put(pk, sk, **wrong)
    with pytest.raises(LedgerError, match="cannot be read") as failed:
        read(on_dynamodb)
    assert f"{pk}/{sk}" in str(failed.value)


@pytest.mark.parametrize("kind", ["INCIDENT", "CLOSED"])
def test_an_incident_that_cannot_be_read_hides_no_other(
    on_dynamodb: DynamoLedger, put: Put, warnings: list[str], kind: str
) -> None:
    life = Life.OPEN if kind == "INCIDENT" else Life.CLEAN
    on_dynamodb.keep_record(record(life))
    put("INCIDENT#broken", "#current", kind=kind, entry="\x00", data="{", revision="1")

    def read() -> tuple[Record, ...]:
        return on_dynamodb.records() if kind == "INCIDENT" else on_dynamodb.past_records()

    assert [found.key for found in read()] == [record().key]
    assert len(warnings) == 1
    assert "INCIDENT#broken" in warnings[0]


def test_an_acceptance_that_cannot_be_read_counts(
    on_dynamodb: DynamoLedger, put: Put, warnings: list[str]
) -> None:
    """An approved policy is not detached because its item is broken."""
    on_dynamodb.accept(POLICY, ROOT, present())
    put(f"BASELINE#{OU}", OTHER, kind="BASELINE", entry=f"{OTHER}#{OU}")
    doubtful = Acceptance(True, "", datetime(1970, 1, 1, tzinfo=UTC), Approval.ADOPTED)
    assert on_dynamodb.baseline() == {ROOT: {POLICY: present()}, OU: {OTHER: doubtful}}
    assert len(warnings) == 1
    assert f"BASELINE#{OU}/{OTHER}" in warnings[0]


def test_a_placement_that_cannot_be_read_hides_no_other(
    on_dynamodb: DynamoLedger, put: Put, warnings: list[str]
) -> None:
    put(f"PLACE#{ACCOUNT}", "#latest", kind="PLACE", entry=ACCOUNT)
    assert on_dynamodb.placements() == {}
    assert len(warnings) == 1


def test_a_broken_item_is_replaced_by_the_next_word(on_dynamodb: DynamoLedger, put: Put) -> None:
    put(f"BASELINE#{ROOT}", POLICY)
    on_dynamodb.accept(POLICY, ROOT, present())
    assert recalled(on_dynamodb).acceptance == present()
