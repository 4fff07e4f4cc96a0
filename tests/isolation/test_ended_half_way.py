"""Whatever ends a request half-way, the same command finishes it, and people hear of it once."""

from __future__ import annotations

import pytest

from drill.api_error import ApiError
from rootguard.isolation.records import read_tag
from tests.fakes.isolation import EFFECTS, Office

IN_ALL = 9
"""The effects of two accounts, four for each, and one page."""


@pytest.mark.parametrize("effects", range(IN_ALL + 1))
def test_an_isolation_that_was_killed_is_finished_by_the_same_command(
    office: Office, tree: dict[str, str], effects: int
) -> None:
    accounts = (tree["prod"], tree["lab"])
    with office.killed(before=effects):
        office.ask("isolate", *accounts)
    office.later(minutes=3)
    assert office.outcomes("isolate", *accounts) == ["isolated", "isolated"]
    for account, home in zip(accounts, (tree["workload"], tree["team"]), strict=True):
        assert office.at(account) == office.quarantine
        assert office.records.kept[account].origin == home
        assert read_tag(office.tag(account)) == office.records.kept[account].tag
        assert office.records.places[account][0] == office.quarantine
    assert len(office.pages) == 1
    assert office.outcomes("release", *accounts) == ["released", "released"]
    assert [office.at(account) for account in accounts] == [tree["workload"], tree["team"]]
    assert [office.records.places[each][0] for each in accounts] == [tree["workload"], tree["team"]]


@pytest.mark.parametrize("effects", range(IN_ALL + 1))
@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_a_release_that_was_killed_is_finished_by_the_same_command(
    office: Office, tree: dict[str, str], effects: int, ledger: str
) -> None:
    accounts = (tree["prod"], tree["lab"])
    office.ask("isolate", *accounts)
    office.queue.sent.clear()
    if ledger == "lost":
        office.records.kept.clear()
    with office.killed(before=effects):
        office.ask("release", *accounts)
    office.later(minutes=3)
    assert set(office.outcomes("release", *accounts)) <= {"released", "not-isolated"}
    assert [office.at(account) for account in accounts] == [tree["workload"], tree["team"]]
    assert [office.tag(account) for account in accounts] == [None, None]
    if ledger == "kept":
        assert [office.records.places[each][0] for each in accounts] == [tree["workload"], tree["team"]]
    assert all(record.released for record in office.records.kept.values())
    assert len(office.pages) == 1


@pytest.mark.parametrize("effects", range(4))
def test_an_isolation_that_was_killed_can_be_taken_back(
    office: Office, tree: dict[str, str], effects: int
) -> None:
    with office.killed(before=effects):
        office.ask("isolate", tree["prod"])
    office.ask("release", tree["prod"])
    assert (office.at(tree["prod"]), office.tag(tree["prod"])) == (tree["workload"], None)


@pytest.mark.parametrize("operation", ["TagResource", "MoveAccount"])
def test_a_call_that_fails_is_told_of_its_account_and_the_others_go_on(
    office: Office, tree: dict[str, str], operation: str
) -> None:
    office.wire.fail(operation, ApiError("AccessDeniedException", "not you"))
    answer = office.ask("isolate", tree["prod"], tree["lab"])
    assert [each["outcome"] for each in answer["accounts"]] == ["failed", "isolated"]
    assert f"{operation} failed with AccessDeniedException: not you" in answer["accounts"][0]["why"]
    assert office.at(tree["prod"]) == tree["workload"]
    assert office.outcomes("isolate", tree["prod"], tree["lab"]) == ["isolated", "isolated"]
    told = [[each["outcome"] for each in page.data["accounts"]] for page in office.pages]
    assert told == [["failed", "isolated"], ["isolated", "isolated"]]


@pytest.mark.parametrize("operation", ["UntagResource", "MoveAccount"])
def test_so_is_one_of_a_release(office: Office, tree: dict[str, str], operation: str) -> None:
    office.ask("isolate", tree["prod"])
    office.wire.fail(operation, ApiError("ConstraintViolationException", "no"))
    assert office.outcomes("release", tree["prod"]) == ["failed"]
    assert office.outcomes("release", tree["prod"]) == ["released"]
    assert (office.at(tree["prod"]), office.tag(tree["prod"])) == (tree["workload"], None)


def test_without_the_ledger_nothing_is_isolated(office: Office, tree: dict[str, str]) -> None:
    office.records.fail = {"get", "keep"}
    (said,) = office.ask("isolate", tree["prod"])["accounts"]
    assert (said["outcome"], said["why"]) == ("failed", "the ledger does not answer")
    assert office.writes == []


def test_if_on_call_cannot_be_told_that_is_said_and_the_same_command_tells_them(
    office: Office, tree: dict[str, str]
) -> None:
    office.queue.fail = True
    answer = office.ask("isolate", tree["prod"])
    assert (answer["accounts"][0]["outcome"], answer["paged"]) == ("isolated", False)
    office.queue.fail = False
    assert office.ask("isolate", tree["prod"])["paged"] is True
    assert len(office.pages) == 1


def test_an_isolation_that_failed_the_same_way_twice_is_paged_once(
    office: Office, tree: dict[str, str]
) -> None:
    for _ in range(2):
        office.wire.fail("MoveAccount", ApiError("AccessDeniedException", "no"))
        office.ask("isolate", tree["prod"])
        office.later(minutes=5)
    assert len(office.pages) == 1


def test_the_origin_is_on_record_twice_before_the_account_is_moved(
    office: Office, tree: dict[str, str]
) -> None:
    office.ask("isolate", tree["prod"])
    assert [call for call in office.wire.calls if call in EFFECTS] == ["TagResource", "MoveAccount"]
    office.ask("release", tree["prod"])
    assert office.writes[2:] == ["MoveAccount", "UntagResource"]


def test_whoever_moves_an_account_in_writes_its_record_anew(office: Office, tree: dict[str, str]) -> None:
    with office.killed(before=2):
        office.ask("isolate", tree["prod"])
    begun = office.records.kept[tree["prod"]]
    office.ask("isolate", tree["prod"])
    record = office.records.kept[tree["prod"]]
    assert (record.request, record.latest) == (begun.request, "request-2")
    assert record.tag == begun.tag


def test_a_release_gives_the_tag_back_if_somebody_isolates_the_account_meanwhile(
    office: Office, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask("isolate", tree["prod"])
    tag = office.tag(tree["prod"])
    monkeypatch.setattr(office.records, "keep", lambda *_: False)
    (said,) = office.ask("release", tree["prod"])["accounts"]
    assert said["outcome"] == "failed"
    assert "at this moment" in said["why"]
    assert office.tag(tree["prod"]) == tag


def test_one_that_was_moved_home_by_someone_else_and_is_isolated_again_is_paged_again(
    office: Office, tree: dict[str, str]
) -> None:
    for _ in range(2):
        office.ask("isolate", tree["prod"])
        office.ask("isolate", tree["prod"])
        office.call(
            "MoveAccount",
            AccountId=tree["prod"],
            SourceParentId=office.quarantine,
            DestinationParentId=tree["workload"],
        )
    assert len(office.pages) == 2
