"""When DynamoDB does not answer, refuses, or answers in part: what it costs, and what it is called."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from rootguard.aws.dynamo import CONFIG, Dynamo, Table, connect, packed
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.aws.ledger import DynamoLedger
from rootguard.domain.drift import Subject, SubjectKind
from rootguard.domain.json_data import plain
from rootguard.incidents.life import Life
from rootguard.ports import LedgerError, Recall
from tests.aws.conftest import no_warning
from tests.aws.examples import OTHER, POLICY, ROOT, SCP, present, record

SUBJECT = Subject(SubjectKind.ATTACHMENT, (POLICY, ROOT))


@pytest.fixture
def knocks() -> Iterator[tuple[str, list[object]]]:
    """Something that takes connections and never answers, and the connections it took."""
    taken: list[object] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", taken
        server.shutdown(socket.SHUT_RDWR)
    for connection in taken:
        connection.close()  # type: ignore[attr-defined]


def ledger_of(client: Any) -> DynamoLedger:
    return DynamoLedger(Table("ledger", Dynamo(client)), no_warning)


@pytest.mark.usefixtures("credentials")
def test_two_attempts_are_made_in_all_and_then_no_more(knocks: tuple[str, list[object]]) -> None:
    endpoint, taken = knocks
    client = boto3.client("dynamodb", endpoint_url=endpoint, config=CONFIG)
    dynamo = Dynamo(client)
    table, exceptions = (Table(name, dynamo) for name in ("ledger", "exceptions"))
    ledger = DynamoLedger(table, no_warning)
    for ask in (
        lambda: ledger.recall("event", POLICY, ROOT, SUBJECT),
        lambda: ledger.record("key"),
        ledger.baseline,
        lambda: ledger.keep_record(record()),
        lambda: ledger.located(SCP),
        lambda: DynamoExceptions(exceptions, no_warning).permits(POLICY, ROOT),
    ):
        with pytest.raises(LedgerError, match="BatchGetItem on the ledger failed with ReadTimeoutError"):
            ask()
    assert len(taken) == 2


def test_its_patience_is_two_seconds() -> None:
    settings: Any = CONFIG
    assert (settings.connect_timeout, settings.read_timeout) == (1, 1)
    assert settings.retries == {"mode": "legacy", "total_max_attempts": 2}


@pytest.mark.usefixtures("credentials")
def test_after_an_error_of_dynamodb_itself_it_is_not_asked_again() -> None:
    client = connect()
    ledger = ledger_of(client)
    with Stubber(client) as stub:
        stub.add_client_error("get_item", "InternalServerError", "no", 500)
        with pytest.raises(LedgerError, match="GetItem on the ledger failed with InternalServerError: no"):
            ledger.record("key")
        stub.add_response("get_item", {})
        with pytest.raises(LedgerError, match="InternalServerError"):
            ledger.record("key")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "ThrottlingException"])
def test_a_refusal_says_nothing_of_the_next_call(code: str) -> None:
    client = connect()
    ledger = ledger_of(client)
    with Stubber(client) as stub:
        stub.add_client_error("get_item", code, "no", 400)
        with pytest.raises(LedgerError, match=code):
            ledger.record("key")
        stub.add_response("get_item", {})
        assert ledger.record("key") is None


@pytest.mark.usefixtures("credentials")
def test_an_event_asks_once_and_for_all_of_it() -> None:
    client = connect()
    asked: list[dict[str, Any]] = []
    client.meta.events.register(
        "provide-client-params.dynamodb.BatchGetItem", lambda params, **_: asked.append(params)
    )
    with Stubber(client) as stub:
        stub.add_response("batch_get_item", {"Responses": {"ledger": []}})
        assert ledger_of(client).recall("event", POLICY, ROOT, SUBJECT) == Recall()
        stub.assert_no_pending_responses()
    (wanted,) = asked[0]["RequestItems"].values()
    assert wanted["ConsistentRead"] is True
    kinds = ["BASELINE"] * 3 + ["EVENT", "FIGHT", "PLACE"] + ["POLICY"] * 2 + ["ROUND"] * 2
    assert [key["pk"]["S"].partition("#")[0] for key in wanted["Keys"]] == kinds


def _item(key: tuple[str, str], **values: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in {"pk": key[0], "sk": key[1], **values}.items()}


_COMING = {"Keys": [_item((f"BASELINE#{ROOT}", POLICY))]}
_WORD = _item((f"BASELINE#{ROOT}", POLICY), data=packed(plain(present())))


@pytest.mark.usefixtures("credentials")
def test_what_dynamodb_leaves_out_is_asked_for_twice_more() -> None:
    client = connect()
    left_out = {"Responses": {"ledger": []}, "UnprocessedKeys": {"ledger": _COMING}}
    ledger = ledger_of(client)
    with Stubber(client) as stub:
        stub.add_response("batch_get_item", left_out)
        stub.add_response(
            "batch_get_item", {"Responses": {"ledger": [_WORD]}}, {"RequestItems": {"ledger": _COMING}}
        )
        assert ledger.recall("event", POLICY, ROOT, SUBJECT).acceptance == present()
        for _ in range(3):
            stub.add_response("batch_get_item", left_out)
        with pytest.raises(LedgerError, match="left out 1 of"):
            ledger.recall("event", POLICY, ROOT, SUBJECT)
        stub.assert_no_pending_responses()


@pytest.mark.usefixtures("credentials")
def test_exceptions_that_dynamodb_leaves_out_cost_a_warning() -> None:
    client = connect()
    warnings: list[str] = []
    exceptions = DynamoExceptions(Table("ledger", Dynamo(client)), warnings.append)
    key = _item(("AIDA", f"{POLICY}#{ROOT}"))
    left_out = {"Responses": {"ledger": []}, "UnprocessedKeys": {"ledger": {"Keys": [key]}}}
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": [key]})
        for _ in range(3):
            stub.add_response("batch_get_item", left_out)
        assert exceptions.permits(POLICY, ROOT) == ()
        stub.assert_no_pending_responses()
    assert warnings == ["1 of 1 items with exceptions were not read"]


@pytest.mark.usefixtures("credentials")
def test_a_long_answer_is_read_to_its_end() -> None:
    client = connect()
    key = _item((f"BASELINE#{ROOT}", POLICY))
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": [_WORD], "LastEvaluatedKey": key})
        of_the_index = dict.fromkeys(
            ("TableName", "IndexName", "KeyConditionExpression", "ExpressionAttributeValues"), ANY
        )
        rest = {"Items": [_WORD | {"sk": {"S": OTHER}}]}
        stub.add_response("query", rest, {**of_the_index, "ExclusiveStartKey": key})
        assert ledger_of(client).baseline() == {ROOT: {POLICY: present(), OTHER: present()}}
        stub.assert_no_pending_responses()


@pytest.mark.usefixtures("credentials")
def test_a_sweep_reads_twenty_megabytes_of_exceptions_at_most() -> None:
    client = connect()
    key = _item(("AIDA", "#" * 1_000))
    with Stubber(client) as stub:
        for _ in range(20):
            stub.add_response("scan", {"Items": [key], "LastEvaluatedKey": key})
        assert DynamoExceptions(Table("ledger", Dynamo(client)), no_warning).all() == ()
        stub.assert_no_pending_responses()


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("ConditionalCheckFailed", False),
        ("TransactionConflict", False),
        ("ProvisionedThroughputExceeded", None),
    ],
)
def test_a_transaction_that_is_cancelled_says_why(reason: str, outcome: bool | None) -> None:
    client = connect()
    ledger = ledger_of(client)
    with Stubber(client) as stub:
        stub.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            "no",
            400,
            response_meta={},
            modeled_fields={"CancellationReasons": [{"Code": reason}, {"Code": "None"}]},
        )
        if outcome is None:
            with pytest.raises(LedgerError, match="TransactionCanceledException"):
                ledger.keep_record(record(Life.CLEAN))
        else:
            assert ledger.keep_record(record(Life.CLEAN)) is outcome
