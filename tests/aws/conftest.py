"""What Rootguard remembers, in memory and on the tables that the stack deploys, on one local AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, NoReturn

import pytest

from cli.exception.grants import Grants
from drill.local_aws import LocalAws
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.exceptions import DynamoExceptions
from rootguard.aws.ledger import DynamoLedger
from rootguard.ports import Ledger
from tests.fakes.exceptions import FakeExceptions
from tests.fakes.ledger import FakeLedger

_SHAPE = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


class Granting(DynamoExceptions):
    """Both sides of the table of exceptions: what the guard reads, and what people do."""

    def __init__(self, table: Table, warn: Callable[[str], object]) -> None:
        super().__init__(table, warn)
        grants = Grants(table)
        self.grant, self.revoke = grants.grant, grants.revoke


@dataclass(frozen=True, slots=True)
class Memory:
    """All that is kept between invocations."""

    ledger: Ledger
    exceptions: Granting | FakeExceptions


Memories = Callable[[], Memory]


def no_warning(line: str) -> NoReturn:
    raise AssertionError(line)


@pytest.fixture(scope="session")
def dynamodb() -> Iterator[Any]:
    """A DynamoDB client of a local AWS."""
    with LocalAws.start() as aws:
        yield aws.client("dynamodb")


@pytest.fixture(scope="session")
def shapes() -> dict[str, dict[str, Any]]:
    """How the stack's two tables are made: "ledger" and "exceptions"."""
    # Imported here: the CDK's Node process starts with it, for the tests that need it only.
    import aws_cdk as cdk  # noqa: PLC0415
    from aws_cdk.assertions import Template  # noqa: PLC0415

    from stacks.constructs.exceptions import Exceptions as ExceptionsTable  # noqa: PLC0415
    from stacks.constructs.ledger import Ledger as LedgerTable  # noqa: PLC0415

    stack = cdk.Stack()
    ExceptionsTable(stack, "exceptions", ledger=LedgerTable(stack, "ledger"))
    tables = Template.from_stack(stack).find_resources("AWS::DynamoDB::Table")
    return {
        name: {key: entry["Properties"][key] for key in _SHAPE}
        for name in ("ledger", "exceptions")
        for logical_id, entry in tables.items()
        if logical_id.startswith(name)
    }


@pytest.fixture(scope="session")
def new_table(dynamodb: Any, shapes: dict[str, dict[str, Any]]) -> Callable[[str], str]:
    """Creates an empty table of a shape, and returns its name."""
    numbers = count()

    def create(shape: str) -> str:
        name = f"{shape}-{next(numbers)}"
        dynamodb.create_table(TableName=name, **shapes[shape])
        return name

    return create


@pytest.fixture(scope="session", params=["memory", "dynamodb"])
def memories(request: pytest.FixtureRequest) -> Memories:
    """Makes a memory that holds nothing yet."""
    if request.param == "memory":

        def in_memory() -> Memory:
            return Memory(FakeLedger(), FakeExceptions())

        return in_memory
    client = request.getfixturevalue("dynamodb")
    new_table = request.getfixturevalue("new_table")

    def on_dynamodb() -> Memory:
        dynamo = Dynamo(client)
        table, exceptions = (Table(new_table(shape), dynamo) for shape in ("ledger", "exceptions"))
        return Memory(DynamoLedger(table, no_warning), Granting(exceptions, no_warning))

    return on_dynamodb


@pytest.fixture
def memory(memories: Memories) -> Memory:
    return memories()


@pytest.fixture
def ledger(memory: Memory) -> Ledger:
    return memory.ledger


@pytest.fixture
def table_name(new_table: Callable[[str], str]) -> str:
    """The name of an empty table of the ledger's shape."""
    return new_table("ledger")


@pytest.fixture
def table(table_name: str, dynamodb: Any) -> Table:
    return Table(table_name, Dynamo(dynamodb))


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def on_dynamodb(table: Table, warnings: list[str]) -> DynamoLedger:
    return DynamoLedger(table, warnings.append)


@pytest.fixture
def written(dynamodb: Any, table_name: str) -> Callable[[], dict[tuple[str, str], dict[str, Any]]]:
    """All items as they lie in the table, by pk and sk."""

    def read() -> dict[tuple[str, str], dict[str, Any]]:
        items = dynamodb.scan(TableName=table_name)["Items"]
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}

    return read
