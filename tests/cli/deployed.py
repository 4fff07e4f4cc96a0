"""A stack on a local AWS as the command finds it: its two tables, its outputs, an organization, people.

A module that uses these fixtures imports them. pytest finds a fixture by its name where a test stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drill.local_aws import LocalAws
from drill.principals import Principal
from rootguard.aws import exceptions
from rootguard.aws.dynamo import LISTING, Dynamo, Table
from rootguard.aws.ledger import DynamoLedger
from stacks.names import EXCEPTIONS_OUTPUT, GRANTER_OUTPUT, ROLE_OUTPUT, STACK, TABLE_OUTPUT
from tests.aws.conftest import Granting
from tests.given import DENY_ALL, OWN_ROLE

LEDGER, EXCEPTIONS = "ledger", "exceptions"
GRANTER = "arn:aws:iam::111122223333:policy/RootguardExceptionGranter"
OUTPUTS = {
    TABLE_OUTPUT: LEDGER,
    EXCEPTIONS_OUTPUT: EXCEPTIONS,
    GRANTER_OUTPUT: GRANTER,
    ROLE_OUTPUT: OWN_ROLE,
}
SARA, DIEGO = Principal(user="sara"), Principal(user="diego")

As = Callable[[Principal], str]


def allowed(user: str, *actions: str) -> Principal:
    """A user who may do these things, and nothing else."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return Principal(user=user, policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.fixture(scope="module")
def started() -> Iterator[LocalAws]:
    with LocalAws.start() as aws:
        yield aws


@pytest.fixture
def aws(started: LocalAws) -> Iterator[LocalAws]:
    """An organization, two empty tables, and a stack that says where they are."""
    started.begin_anew()
    started.client("organizations").create_organization(FeatureSet="ALL")
    _table(started, LEDGER, (LISTING, "kind", "entry", "ALL"))
    _table(started, EXCEPTIONS, (exceptions.INDEX, "sk", "pk", "KEYS_ONLY"))
    stack(started, OUTPUTS)
    yield started
    for name in (LEDGER, EXCEPTIONS):
        started.client("dynamodb").delete_table(TableName=name)
    started.client("cloudformation").delete_stack(StackName=STACK)


def stack(aws: LocalAws, outputs: dict[str, str]) -> None:
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    aws.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))


@pytest.fixture
def sign_in(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> As:
    """Let the command run as someone; returns their `aws:userid`."""
    for name, value in aws.settings().items():
        monkeypatch.setenv(name, value)

    def as_(principal: Principal) -> str:
        found = aws.session(as_=principal).get_credentials().get_frozen_credentials()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", found.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", found.secret_key)
        return str(aws.client("sts", as_=principal).get_caller_identity()["UserId"])

    return as_


@pytest.fixture
def sara(sign_in: As) -> str:
    return sign_in(SARA)


@pytest.fixture
def root(aws: LocalAws) -> str:
    return str(aws.client("organizations").list_roots()["Roots"][0]["Id"])


@pytest.fixture
def policy(aws: LocalAws) -> str:
    return create(aws, DENY_ALL)


def create(
    aws: LocalAws, content: str, name: str = "Quarantine", kind: str = "SERVICE_CONTROL_POLICY"
) -> str:
    made = aws.client("organizations").create_policy(Name=name, Description="-", Type=kind, Content=content)
    return str(made["Policy"]["PolicySummary"]["Id"])


@pytest.fixture
def ledger(aws: LocalAws) -> DynamoLedger:
    return DynamoLedger(Table(LEDGER, _dynamo(aws)), print)


@pytest.fixture
def granted(aws: LocalAws) -> Granting:
    """The table of exceptions, with what people may do there."""
    return Granting(Table(EXCEPTIONS, _dynamo(aws)), print)


def _dynamo(aws: LocalAws) -> Dynamo:
    return Dynamo(aws.client("dynamodb"))


def _table(aws: LocalAws, name: str, index: tuple[str, str, str, str]) -> None:
    index_name, partition, sort, projection = index
    attributes = dict.fromkeys(("pk", "sk", partition, sort))
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in attributes],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": index_name,
                "KeySchema": _keys(partition, sort),
                "Projection": {"ProjectionType": projection},
            }
        ],
    )


def _keys(partition: str, sort: str) -> list[Any]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
