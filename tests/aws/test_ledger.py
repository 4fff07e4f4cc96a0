"""The ledger on its table: what is kept and for how long, and what others do to it in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from botocore.stub import Stubber

from rootguard.aws import ledger_items as items
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_exceptions import Exceptions
from rootguard.aws.ledger_table import Item, Table, connect
from rootguard.domain.exceptions import Grant
from rootguard.domain.facts import BaselinePolicy
from tests.aws.test_ledger_contract import DENY_ALL, KEY, POLICY, ROOT, SARA, at, permit

YEAR = 365 * 24 * 3600


def test_an_exception_lies_under_its_granters_userid_and_outlives_its_end(
    dynamodb: Any, table: str, written: Any
) -> None:
    Exceptions(Table(table, lambda: dynamodb)).grant(permit(), at(0))
    (((partition, _), item),) = written().items()
    assert partition == SARA
    assert int(item["expires"]["N"]) > permit().expires_at.timestamp()


def test_an_open_incident_is_kept_and_a_closed_one_for_a_year(ledger: DynamoLedger, written: Any) -> None:
    partition = f"INCIDENT#{KEY}"
    for opened, closed in [(10, 20), (30, 40)]:
        ledger.open_incident(KEY, {"opened": opened}, at(opened))
        assert "expires" not in written()[partition, "#current"]
        ledger.close_incident(KEY, at(closed))
    items = written()
    assert int(items[partition, "#current"]["expires"]["N"]) == int(at(40).timestamp()) + YEAR
    for opened, closed in [(10, 20), (30, 40)]:
        kept = items[partition, at(opened).isoformat(timespec="microseconds")]
        assert kept["document"]["S"] == f'{{"opened": {opened}}}'
        assert kept["closed_at"]["S"] == at(closed).isoformat(timespec="microseconds")
        assert int(kept["expires"]["N"]) == int(at(closed).timestamp()) + YEAR


def test_an_incident_whose_close_was_interrupted_is_on_record_once_as_open(
    dynamodb: Any, table: str, ledger: DynamoLedger, written: Any
) -> None:
    ledger.open_incident(KEY, {"event_id": "x"}, at(10))
    before = written()[f"INCIDENT#{KEY}", "#current"]
    ledger.close_incident(KEY, at(20))
    assert [incident.closed_at for incident in ledger.incidents()] == [at(20)]
    dynamodb.put_item(TableName=table, Item=before)
    assert [incident.closed_at for incident in ledger.incidents()] == [None]


def test_what_was_accepted_is_kept_for_good(ledger: DynamoLedger, written: Any) -> None:
    ledger.adopt_all(ROOT, {POLICY: BaselinePolicy("A", DENY_ALL)}, at(0))
    ledger.adopt(ROOT, POLICY, None, at(9))
    assert all("expires" not in item for item in written().values())


def test_an_interrupted_adoption_is_finished_by_the_next(dynamodb: Any, table: str) -> None:
    """Cut off after one policy: nothing is a baseline yet, so nothing can look like a violation of it."""
    interrupted = DynamoLedger(Table(table, lambda: dynamodb))
    interrupted.adopt(ROOT, POLICY, BaselinePolicy("A", DENY_ALL), at(0))
    assert interrupted.baseline(ROOT) is None
    rest = {POLICY: BaselinePolicy("A", DENY_ALL), "p-examplepolicy2": BaselinePolicy("B", DENY_ALL)}
    assert interrupted.adopt_all(ROOT, rest, at(60)) is True
    assert interrupted.baseline(ROOT) == rest


def test_a_change_that_someone_else_makes_in_between_is_not_lost(dynamodb: Any, table: str) -> None:
    ledger, other = (DynamoLedger(Table(table, lambda: dynamodb)) for _ in range(2))
    ledger.open_incident(KEY, {}, at(10))
    left = [lambda: other.paged(KEY, at(10))]

    def in_between(**_: object) -> None:
        if left:
            left.pop()()

    dynamodb.meta.events.register("provide-client-params.dynamodb.PutItem", in_between)
    try:
        assert ledger.open_incident(KEY, {}, at(12)) is False, "it was paged meanwhile"
    finally:
        dynamodb.meta.events.unregister("provide-client-params.dynamodb.PutItem", in_between)
    assert ledger.close_incident(KEY, at(11)) is False, "the sighting of 12 is there, too"


def test_a_long_answer_is_read_to_its_end(credentials: None) -> None:
    client = connect()
    key = {"pk": {"S": f"BASELINE#{ROOT}"}, "sk": {"S": POLICY}}
    pages = [
        {"Items": [{**key, "name": {"S": "A"}}], "LastEvaluatedKey": key},
        {"Items": [{**key, "sk": {"S": "#adopted"}}]},
    ]
    with Stubber(client) as stub:
        for page in pages:
            stub.add_response("query", page)
        assert DynamoLedger(Table("ledger", lambda: client)).baseline(ROOT) == {
            POLICY: BaselinePolicy("A", None)
        }
        stub.assert_no_pending_responses()


def test_an_exception_that_the_index_still_has_and_its_granter_took_back_permits_nothing(
    credentials: None,
) -> None:
    client = connect()
    grant = Grant(permit(), granted_at=at(0))
    before, now = (marshalled(items.exception_item(g)) for g in (grant, replace(grant, revoked_at=at(1))))
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": [before]})
        stub.add_response("get_item", {"Item": now})
        assert DynamoLedger(Table("ledger", lambda: client)).permits(POLICY, ROOT) == ()
        stub.assert_no_pending_responses()


def marshalled(item: Item) -> dict[str, Any]:
    return {name: {"N" if isinstance(value, int) else "S": str(value)} for name, value in item.items()}


def test_a_claim_whose_answer_was_lost_is_ones_own_when_the_sdk_tries_again(ledger: DynamoLedger) -> None:
    assert ledger.claim(KEY, at(0))
    assert ledger.claim(KEY, at(0))
    assert not ledger.claim(KEY, at(0) + timedelta(microseconds=1))
