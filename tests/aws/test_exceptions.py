"""What a granter can write, in the partition of their own: it hides nobody's exception and breaks nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli.exception.grants import Grants
from rootguard.aws import exceptions as module
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.ports import LedgerError
from tests.aws.conftest import Granting
from tests.aws.examples import DIEGO, OU, POLICY, ROOT, SARA, at, permit

SCOPE = f"{POLICY}#{ROOT}"
GOOD = {
    "content_sha256": "ab" * 32,
    "reason": "forensics, ticket 4711",
    "granted_at": at(0).isoformat(),
    "expires_at": at(7200).isoformat(),
}


@pytest.fixture
def name(new_table: Callable[[str], str]) -> str:
    return new_table("exceptions")


@pytest.fixture
def exceptions(dynamodb: Any, name: str, warnings: list[str]) -> Granting:
    return Granting(Table(name, Dynamo(dynamodb)), warnings.append)


@pytest.fixture
def put(dynamodb: Any, name: str) -> Callable[..., None]:
    """Writes what a granter can write: anything, in a partition of their own."""

    def put(granter: str = DIEGO, sk: str = SCOPE, permits: Any = None, **attributes: Any) -> None:
        item = {"pk": {"S": granter}, "sk": {"S": sk}, **attributes}
        if permits is not None:
            item["permits"] = {"S": permits if isinstance(permits, str) else json.dumps(permits)}
        dynamodb.put_item(TableName=name, Item=item)

    return put


def test_the_granter_is_the_partition_whatever_the_item_says(
    put: Callable[..., None], exceptions: Granting
) -> None:
    put(SARA, permits=[{**GOOD, "granted_by": "AIDAEXAMPLE", "policy_id": "p-12345678"}])
    assert exceptions.permits(POLICY, ROOT) == exceptions.all() == (permit(),)


@pytest.mark.parametrize(
    "permits",
    [
        "",
        "{",
        "[" * 30_000,
        7,
        {},
        [7],
        [[]],
        [{}],
        [{**GOOD, "content_sha256": "AB" * 32}],
        [{**GOOD, "content_sha256": None}],
        [{**GOOD, "expires_at": "tomorrow"}],
        [{**GOOD, "expires_at": "2023-12-05T10:15:00"}],
        [{**GOOD, "expires_at": "9999-12-31T23:59:59+00:00"}],
        [{**GOOD, "expires_at": 7}],
        [{**GOOD, "granted_at": "0001-01-01T00:00:00+14:00"}],
        [{**GOOD, "revoked_at": "yes"}],
        json.dumps([{**GOOD, "reason": "x" * 100_000}]),
    ],
)
def test_what_cannot_be_read_is_no_exception_and_hides_none(
    put: Callable[..., None], exceptions: Granting, permits: Any
) -> None:
    put(DIEGO, permits=permits)
    exceptions.grant(permit())
    assert exceptions.permits(POLICY, ROOT) == exceptions.all() == (permit(),)


def test_other_attributes_and_other_keys_change_nothing(
    put: Callable[..., None], exceptions: Granting, dynamodb: Any, name: str
) -> None:
    put(DIEGO, permits=None)
    put(DIEGO, sk="#adopted", permits=[GOOD])
    put(DIEGO, sk=f"{POLICY}#*", permits=[GOOD])
    put(f"{DIEGO}2", permits=[GOOD], expires={"S": "x"}, kind={"SS": ["BASELINE"]})
    other_type = {"pk": {"S": f"{DIEGO}3"}, "sk": {"S": SCOPE}, "permits": {"BOOL": True}}
    dynamodb.put_item(TableName=name, Item=other_type)
    exceptions.grant(permit())
    assert {found.granted_by for found in exceptions.all()} == {SARA, f"{DIEGO}2"}
    assert len(exceptions.permits(POLICY, ROOT)) == 2


def test_a_reason_of_another_type_is_left_out(put: Callable[..., None], exceptions: Granting) -> None:
    put(SARA, permits=[{**GOOD, "reason": {"a": 1}}])
    assert exceptions.permits(POLICY, ROOT) == (permit(reason=""),)


def test_an_item_holds_two_exceptions_at_most_whatever_is_written(
    put: Callable[..., None], exceptions: Granting
) -> None:
    put(SARA, permits=[{**GOOD, "content_sha256": f"{number:064x}"} for number in range(100)])
    assert [found.content_sha256 for found in exceptions.permits(POLICY, ROOT)] == [
        f"{98:064x}",
        f"{99:064x}",
    ]


def test_thousands_of_items_of_one_principal_hide_nobody(
    put: Callable[..., None],
    exceptions: Granting,
    monkeypatch: pytest.MonkeyPatch,
    warnings: list[str],
) -> None:
    """Whoever may assume a role chooses the session's name, so they are many granters."""
    monkeypatch.setattr(module, "MOST_OF_A_SCOPE", 10)
    monkeypatch.setattr(module, "MOST_OF_A_PRINCIPAL", 20)
    for number in range(60):
        put(f"AROAAAAAAAAAAAAAAAAAA:{number:03}", permits=[GOOD], large={"S": "x" * 10_000})
        put("AIDAAAAAAAAAAAAAAAAAA", sk=f"p-{number:08}#{OU}", permits=[GOOD], large={"S": "x" * 10_000})
    exceptions.grant(permit())
    assert permit() in exceptions.permits(POLICY, ROOT)
    assert len(exceptions.permits(POLICY, ROOT)) == 10
    assert permit() in exceptions.all()
    assert len(exceptions.all()) == 20 + 20 + 1
    monkeypatch.setattr(module, "MOST_OF_ALL", 9)
    assert permit() in exceptions.all()
    assert len(exceptions.all()) == 9
    assert warnings[0] == "51 of 61 items with exceptions were not read"


def test_large_items_of_others_are_read_past(put: Callable[..., None], exceptions: Granting) -> None:
    for number in range(45):
        put(f"AIDA{number:03}", permits="x" * 390_000)
    exceptions.grant(permit())
    assert exceptions.permits(POLICY, ROOT) == exceptions.all() == (permit(),)


def test_a_grant_waits_until_the_guard_can_find_it(
    dynamodb: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    table = Table(name, Dynamo(dynamodb))
    exceptions = Grants(table, waits.append)
    shows: list[list[Any] | None] = [[], [], None]
    query = table.query

    def late(*arguments: Any, **parameters: Any) -> Any:
        shown = shows.pop(0) if shows else None
        return query(*arguments, **parameters) if shown is None else iter(shown)

    monkeypatch.setattr(table, "query", late)
    assert exceptions.grant(permit())
    assert len(waits) == 2
    monkeypatch.setattr(table, "query", lambda *_, **__: iter(()))
    with pytest.raises(LedgerError, match="cannot find it yet"):
        exceptions.grant(permit(granted_by=DIEGO))
    assert 9 <= sum(waits) <= 11


def test_two_commands_of_one_granter_at_once_are_told(
    dynamodb: Any, exceptions: Granting, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    table = Table(name, Dynamo(dynamodb))
    other = Grants(table)
    get, before = table.get, [lambda: exceptions.grant(permit())]

    def in_between(key: tuple[str, str]) -> Any:
        found = get(key)
        before.pop()()
        return found

    monkeypatch.setattr(table, "get", in_between)
    with pytest.raises(LedgerError, match="try again"):
        other.grant(permit(content_sha256="cd" * 32))
    assert exceptions.permits(POLICY, ROOT) == (permit(),)


def test_an_exception_outlives_its_end(dynamodb: Any, name: str, exceptions: Granting) -> None:
    exceptions.grant(permit())
    (item,) = dynamodb.scan(TableName=name)["Items"]
    assert int(item["expires"]["N"]) == int(permit().expires_at.timestamp()) + 90 * 24 * 3600
