"""Accounts come back, each to where it came from: by the ledger, or by the tag if the ledger is lost."""

from __future__ import annotations

import pytest

from rootguard.isolation.records import TAG
from tests.fakes.isolation import DIEGO, SARA, Office
from tests.fakes.wire import unit


@pytest.fixture
def isolated(office: Office, tree: dict[str, str]) -> Office:
    """An office in which prod, of Workload, and lab, of Team, are isolated."""
    assert office.outcomes("isolate", tree["prod"], tree["lab"]) == ["isolated", "isolated"]
    office.queue.sent.clear()
    office.wire.calls.clear()
    office.later(hours=2)
    return office


def test_each_goes_back_to_where_it_came_from(isolated: Office, tree: dict[str, str]) -> None:
    answer = isolated.ask("release", tree["prod"], tree["lab"], by=DIEGO)
    assert [each["outcome"] for each in answer["accounts"]] == ["released", "released"]
    assert (isolated.at(tree["prod"]), isolated.at(tree["lab"])) == (tree["workload"], tree["team"])
    assert (isolated.tag(tree["prod"]), isolated.tag(tree["lab"])) == (None, None)
    (notice,) = isolated.queue.sent
    assert (notice.data["verb"], notice.data["by"]) == ("release", DIEGO.user_id)
    assert [each["home"] for each in notice.data["accounts"]] == ["Workload", "Team"]


def test_if_the_ledger_is_lost_the_tag_is_enough(isolated: Office, tree: dict[str, str]) -> None:
    isolated.records.kept.clear()
    (seen,) = isolated.ask("isolate", tree["prod"])["accounts"]
    assert (seen["origin"]["id"], seen["by"]) == (tree["workload"], "")
    isolated.records.kept.clear()
    assert isolated.outcomes("release", tree["prod"]) == ["released"]
    assert isolated.at(tree["prod"]) == tree["workload"]


def test_if_the_ledger_is_silent_the_account_comes_back_and_that_is_said(
    isolated: Office, tree: dict[str, str]
) -> None:
    isolated.records.fail = {"get", "keep"}
    (said,) = isolated.ask("release", tree["prod"])["accounts"]
    assert (said["outcome"], isolated.at(tree["prod"])) == ("failed", tree["workload"])
    assert "it is out of quarantine, but the ledger does not answer" in said["why"]
    isolated.records.fail = set()
    assert isolated.outcomes("release", tree["prod"]) == ["released"]
    assert isolated.records.kept[tree["prod"]].released == isolated.now


def test_if_the_tag_is_lost_the_ledger_is_enough(isolated: Office, tree: dict[str, str]) -> None:
    isolated.call("UntagResource", ResourceId=tree["prod"], TagKeys=[TAG])
    assert isolated.outcomes("release", tree["prod"]) == ["released"]
    assert isolated.at(tree["prod"]) == tree["workload"]


def test_a_tag_that_was_taken_off_is_put_back_by_the_same_isolate(
    isolated: Office, tree: dict[str, str]
) -> None:
    before = isolated.tag(tree["prod"])
    isolated.call("UntagResource", ResourceId=tree["prod"], TagKeys=[TAG])
    isolated.ask("isolate", tree["prod"])
    assert isolated.tag(tree["prod"]) == before


def test_if_its_home_is_gone_another_one_is_asked_for(isolated: Office, tree: dict[str, str]) -> None:
    isolated.call("DeleteOrganizationalUnit", OrganizationalUnitId=tree["team"])
    answer = isolated.ask("release", tree["prod"], tree["lab"])
    assert [each["outcome"] for each in answer["accounts"]] == ["would-release", "refused"]
    why = f"the OU that it came from, {tree['team']}, does not exist: name another one with --to OU"
    assert answer["accounts"][1]["why"] == why
    assert isolated.at(tree["prod"]) == isolated.quarantine
    elsewhere = unit(isolated.wire, isolated.wire.organization.tree.root_id, "Elsewhere")
    assert isolated.outcomes("release", tree["lab"], destination=elsewhere) == ["released"]
    assert isolated.at(tree["lab"]) == elsewhere


@pytest.mark.parametrize("where", ["ou-exam-12345678", "quarantine"])
def test_it_is_not_brought_to_nowhere_nor_into_quarantine(
    isolated: Office, tree: dict[str, str], where: str
) -> None:
    to = isolated.quarantine if where == "quarantine" else where
    assert isolated.outcomes("release", tree["prod"], destination=to) == ["refused"]
    assert isolated.at(tree["prod"]) == isolated.quarantine


def test_one_that_was_moved_in_by_hand_needs_a_destination(office: Office, tree: dict[str, str]) -> None:
    office.move(tree["dev"], office.quarantine)
    assert office.outcomes("isolate", tree["dev"]) == ["isolated"]
    (said,) = office.ask("release", tree["dev"])["accounts"]
    assert (said["outcome"], "--to OU" in said["why"]) == ("refused", True)
    assert office.outcomes("release", tree["dev"], destination=tree["team"]) == ["released"]


def test_what_is_on_record_of_an_earlier_isolation_is_no_home_of_this_one(
    isolated: Office, tree: dict[str, str]
) -> None:
    isolated.ask("release", tree["prod"])
    isolated.move(tree["prod"], tree["team"])
    isolated.move(tree["prod"], isolated.quarantine)
    assert isolated.outcomes("release", tree["prod"]) == ["refused"]
    (listed,) = (each for each in isolated.ask("list")["accounts"] if each["id"] == tree["prod"])
    assert (listed["since"], listed["by"]) == (None, "")


def test_one_that_is_not_isolated_is_left_alone_and_pages_nobody(
    office: Office, tree: dict[str, str]
) -> None:
    assert office.outcomes("release", tree["prod"]) == ["not-isolated"]
    assert (office.writes, office.queue.sent) == ([], [])


def test_one_that_was_moved_out_by_hand_is_off_the_record_afterwards(
    isolated: Office, tree: dict[str, str]
) -> None:
    isolated.move(tree["prod"], tree["team"])
    assert isolated.outcomes("release", tree["prod"]) == ["released"]
    assert (isolated.at(tree["prod"]), isolated.tag(tree["prod"])) == (tree["team"], None)


def test_the_same_release_once_more_pages_nobody_again(isolated: Office, tree: dict[str, str]) -> None:
    for days in (0, 1, 30):
        isolated.later(days=days)
        assert isolated.outcomes("release", tree["prod"], by=SARA) == ["released"]
    assert len(isolated.pages) == 1


def test_one_that_was_released_before_and_moved_in_by_hand_is_paged_when_it_comes_back(
    office: Office, tree: dict[str, str]
) -> None:
    office.ask("isolate", tree["prod"])
    office.ask("release", tree["prod"])
    office.call(
        "MoveAccount",
        AccountId=tree["prod"],
        SourceParentId=tree["workload"],
        DestinationParentId=office.quarantine,
    )
    office.ask("release", tree["prod"], destination=tree["team"])
    assert office.at(tree["prod"]) == tree["team"]
    assert len({page.key for page in office.pages}) == len(office.pages) == 3
