"""When DynamoDB does not answer, or refuses: what it costs, and what it is called."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoRegionError
from botocore.stub import Stubber

from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_table import CONFIG, Table, connect
from rootguard.aws.snapshots import DynamoSnapshots
from rootguard.aws.surveys import DynamoSurveys
from rootguard.ports import LedgerError
from tests.aws.test_ledger_contract import KEY, POLICY, ROOT, at


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


@pytest.mark.usefixtures("credentials")
def test_two_attempts_are_made_in_all_and_then_no_more(knocks: tuple[str, list[object]]) -> None:
    endpoint, taken = knocks
    client = boto3.client("dynamodb", endpoint_url=endpoint, config=CONFIG)
    table = Table("ledger", lambda: client)
    ledger = DynamoLedger(table)
    for ask in (
        lambda: ledger.policy(POLICY),
        lambda: ledger.baseline(ROOT),
        lambda: ledger.open_incident(KEY, {}, at(0)),
        DynamoSurveys(table).survey,
        lambda: DynamoSnapshots(table).snapshot("SERVICE_CONTROL_POLICY"),
    ):
        with pytest.raises(LedgerError, match="GetItem on the ledger failed with ReadTimeoutError"):
            ask()
    assert len(taken) == 2


def test_its_patience_is_two_seconds() -> None:
    settings: Any = CONFIG
    assert (settings.connect_timeout, settings.read_timeout) == (1, 1)
    assert settings.retries == {"mode": "legacy", "total_max_attempts": 2}


@pytest.mark.usefixtures("credentials")
def test_after_an_error_of_dynamodb_itself_it_is_not_asked_again() -> None:
    client = connect()
    ledger = DynamoLedger(Table("ledger", lambda: client))
    with Stubber(client) as stub:
        stub.add_client_error("get_item", "InternalServerError", "no", 500)
        with pytest.raises(LedgerError, match="GetItem on the ledger failed with InternalServerError: no"):
            ledger.policy(POLICY)
        stub.add_response("get_item", {})
        with pytest.raises(LedgerError, match="InternalServerError"):
            ledger.policy(POLICY)


@pytest.mark.usefixtures("credentials")
def test_a_refusal_says_nothing_of_the_next_call() -> None:
    client = connect()
    ledger = DynamoLedger(Table("ledger", lambda: client))
    with Stubber(client) as stub:
        stub.add_client_error("get_item", "ValidationException", "no", 400)
        with pytest.raises(LedgerError, match="ValidationException"):
            ledger.policy("x" * 3000)
        stub.add_response("get_item", {})
        assert ledger.policy(POLICY) is None


def test_a_client_that_cannot_be_made_is_an_error_of_the_ledger() -> None:
    def connect() -> Any:
        raise NoRegionError

    with pytest.raises(LedgerError, match="GetItem on the ledger failed with NoRegionError"):
        DynamoLedger(Table("ledger", connect)).policy(POLICY)
