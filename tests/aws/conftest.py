"""Ledgers, in memory and on the table that the stack deploys, on one local AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from drill.local_aws import LocalAws
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_exceptions import Exceptions
from rootguard.aws.ledger_table import Table
from rootguard.ports import Ledger
from tests.fakes.ledger import FakeLedger

Ledgers = Callable[[], tuple[Ledger, Exceptions | FakeLedger]]
_SHAPE = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[Any]:
    """A DynamoDB client of a local AWS."""
    with LocalAws.start() as aws:
        yield aws.client("dynamodb")


@pytest.fixture(scope="session")
def new_table(dynamodb: Any) -> Callable[[], str]:
    """Creates an empty table as the stack's template has it, and returns its name."""
    # Imported here: the CDK's Node process starts with it, for the tests that need it only.
    from tests.stacks.synthesis import only  # noqa: PLC0415

    _, properties = only("AWS::DynamoDB::Table")
    shape = {name: properties[name] for name in _SHAPE}
    names = (f"ledger-{number}" for number in count())

    def create() -> str:
        name = next(names)
        dynamodb.create_table(TableName=name, **shape)
        return name

    return create


@pytest.fixture(scope="session", params=["memory", "dynamodb"])
def ledgers(request: pytest.FixtureRequest) -> Ledgers:
    """Makes an empty ledger, and gives its people's side with it."""
    if request.param == "memory":

        def in_memory() -> tuple[Ledger, FakeLedger]:
            fake = FakeLedger()
            return fake, fake

        return in_memory
    client = request.getfixturevalue("dynamodb")
    new_table = request.getfixturevalue("new_table")

    def on_dynamodb() -> tuple[Ledger, Exceptions]:
        name = new_table()
        return DynamoLedger(Table(name, lambda: client)), Exceptions(Table(name, lambda: client))

    return on_dynamodb


@pytest.fixture
def table(new_table: Callable[[], str]) -> str:
    return new_table()


@pytest.fixture
def ledger(dynamodb: Any, table: str) -> DynamoLedger:
    return DynamoLedger(Table(table, lambda: dynamodb))


@pytest.fixture
def written(dynamodb: Any, table: str) -> Callable[[], dict[tuple[str, str], dict[str, Any]]]:
    """All items as they lie in the table, by pk and sk."""

    def read() -> dict[tuple[str, str], dict[str, Any]]:
        items = dynamodb.scan(TableName=table)["Items"]
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}

    return read
