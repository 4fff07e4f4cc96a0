"""Accounts go into quarantine: all are judged before the first one is moved, and one page tells of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.domain.guardrail import ROOT
from rootguard.incidents.notice import About
from rootguard.isolation.judgement import Surroundings, judged
from rootguard.isolation.records import Account, read_tag
from rootguard.isolation.request import read_request
from rootguard.ports import OrganizationsError
from tests.fakes.isolation import DIEGO, MANAGEMENT, SARA, Office
from tests.given import guardrail, protection

STRANGER = "210987654321"


def test_an_account_goes_into_quarantine_and_people_hear_of_it(office: Office, tree: dict[str, str]) -> None:
    (said,) = office.ask("isolate", tree["prod"])["accounts"]
    assert (said["outcome"], said["parent"]["name"]) == ("isolated", "Workload")
    assert office.at(tree["prod"]) == office.quarantine
    record, tag = office.records.kept[tree["prod"]], read_tag(office.tag(tree["prod"]))
    assert tag == record.tag
    assert (record.origin, record.by, record.reason) == (tree["workload"], SARA.user_id, "forensics")
    (notice,) = office.queue.sent
    assert notice.about is About.ISOLATION
    assert notice.data["by"] == SARA.user_id
    assert [(each["name"], each["origin"]) for each in notice.data["accounts"]] == [("prod", "Workload")]


def test_a_dry_run_shows_it_and_changes_nothing(office: Office, tree: dict[str, str]) -> None:
    answer = office.ask("isolate", tree["prod"], tree["lab"], dry_run=True)
    assert [each["outcome"] for each in answer["accounts"]] == ["would-isolate"] * 2
    assert [each["email"] for each in answer["accounts"]] == ["prod@example.com", "lab@example.com"]
    assert answer["paged"] is None
    assert (office.writes, office.queue.sent, office.records.kept) == ([], [], {})


def test_if_one_is_refused_none_is_moved(office: Office, tree: dict[str, str]) -> None:
    answer = office.ask("isolate", tree["prod"], STRANGER)
    assert answer["refused"]
    assert [each["outcome"] for each in answer["accounts"]] == ["would-isolate", "refused"]
    assert "no account with this id" in answer["accounts"][1]["why"]
    assert (office.writes, office.queue.sent) == ([], [])


def test_the_management_account_is_never_isolated(office: Office) -> None:
    (said,) = office.ask("isolate", MANAGEMENT, MANAGEMENT)["accounts"]
    assert (said["outcome"], said["unless_twice"]) == ("refused", False)
    assert "no SCP or RCP binds" in said["why"]


def test_a_delegated_administrator_has_to_be_named_twice(office: Office, tree: dict[str, str]) -> None:
    service = {"AccountId": tree["audit"], "ServicePrincipal": "config.amazonaws.com"}
    office.call("RegisterDelegatedAdministrator", **service)
    (said,) = office.ask("isolate", tree["audit"])["accounts"]
    assert (said["outcome"], said["unless_twice"]) == ("refused", True)
    assert "delegated administrator" in said["why"]
    assert office.outcomes("isolate", tree["audit"], tree["audit"]) == ["isolated"]


@pytest.mark.parametrize(
    ("where", "protects"),
    [
        ({"targets": {"prod"}}, True),
        ({"pin_accounts": {"prod"}}, True),
        ({"pin_accounts": {"workload"}}, True),
        ({"pin_accounts": {ROOT}}, False),
        ({"targets": {"workload"}}, False),
        ({"pin_accounts": {"team"}}, False),
    ],
)
def test_a_protected_account_has_to_be_named_twice(
    office: Office, tree: dict[str, str], where: dict[str, Any], protects: bool
) -> None:
    named = {key: frozenset(tree.get(each, each) for each in names) for key, names in where.items()}
    office.rules = guardrail(protection(name="crown-jewels", **{"targets": frozenset()} | named))
    (said,) = office.ask("isolate", tree["prod"], dry_run=True)["accounts"]
    assert (said["outcome"] == "refused") == protects
    assert ("crown-jewels" in said["why"]) == protects
    assert office.outcomes("isolate", tree["prod"], tree["prod"]) == ["isolated"]


def test_one_in_a_pinned_root_is_protected(office: Office, tree: dict[str, str]) -> None:
    office.rules = guardrail(protection(pin_accounts=frozenset({ROOT})))
    assert office.outcomes("isolate", tree["audit"]) == ["refused"]


@pytest.mark.parametrize("state", ["SUSPENDED", "PENDING_CLOSURE", "CLOSED"])
def test_a_closed_account_has_to_be_named_twice(state: str) -> None:
    account = Account("444455556666", "shop", "shop@example.com", state, "ou-exam-workload1")
    around = Surroundings("ou-exam-quarant1", MANAGEMENT, frozenset(), guardrail())
    asked: dict[str, Any] = {
        "verb": "isolate",
        "accounts": [account.id],
        "reason": "x",
        "dry_run": True,
        "twice": [],
    }
    (said,) = judged(read_request(asked), {account.id: account}, around, {})
    assert (said.step, said.unless_twice) == ("refuse", True)
    assert state in said.why
    (said,) = judged(read_request(asked | {"twice": [account.id]}), {account.id: account}, around, {})
    assert said.step == "move"


def test_a_second_isolate_moves_nothing_pages_nothing_and_keeps_the_origin(
    office: Office, tree: dict[str, str]
) -> None:
    office.ask("isolate", tree["prod"])
    before = office.records.kept[tree["prod"]]
    office.wire.calls.clear()
    office.later(days=3)
    (said,) = office.ask("isolate", tree["prod"], by=DIEGO)["accounts"]
    assert (said["outcome"], said["done_before"], said["by"]) == ("isolated", True, SARA.user_id)
    assert office.writes == []
    assert office.records.kept[tree["prod"]] == before
    assert len(office.pages) == 1


def test_after_a_release_the_next_isolation_begins_anew(office: Office, tree: dict[str, str]) -> None:
    office.ask("isolate", tree["prod"])
    office.ask("release", tree["prod"])
    office.move(tree["prod"], tree["team"])
    office.ask("isolate", tree["prod"], by=DIEGO)
    record = office.records.kept[tree["prod"]]
    assert (record.origin, record.by, record.released) == (tree["team"], DIEGO.user_id, None)
    assert len(office.pages) == 3


def test_of_two_that_isolate_at_once_one_goes_on(office: Office, tree: dict[str, str]) -> None:
    office.ask("isolate", tree["lab"])
    other = replace(office.records.kept[tree["lab"]], origin=tree["team"])
    real = office.records.keep

    def keep(account_id: str, *record: Any) -> bool:
        office.records.kept[account_id] = other
        return real(account_id, *record)

    office.records.keep = keep  # type: ignore[method-assign]
    (said,) = office.ask("isolate", tree["prod"])["accounts"]
    assert said["outcome"] == "failed"
    assert "at this moment" in said["why"]
    assert office.at(tree["prod"]) == tree["workload"]


def test_one_that_somebody_moves_meanwhile_is_left_where_it_is(office: Office, tree: dict[str, str]) -> None:
    real = office.records.keep

    def keep(account_id: str, *record: Any) -> bool:
        office.move(account_id, tree["team"])
        return real(account_id, *record)

    office.records.keep = keep  # type: ignore[method-assign]
    (said,) = office.ask("isolate", tree["prod"])["accounts"]
    assert (said["outcome"], office.at(tree["prod"])) == ("failed", tree["team"])
    assert "moved it to" in said["why"]
    del office.records.keep
    assert office.outcomes("isolate", tree["prod"]) == ["isolated"]
    assert office.records.kept[tree["prod"]].origin == tree["team"]


def test_only_the_management_account_may_ask(office: Office, tree: dict[str, str]) -> None:
    stranger = replace(SARA, arn="arn:aws:iam::999988887777:user/sara")
    with pytest.raises(Exception, match=r"999988887777\. Sign in to the management account"):
        office.ask("isolate", tree["prod"], by=stranger)
    assert office.wire.calls == []


def test_what_cannot_be_looked_at_is_not_moved(office: Office, tree: dict[str, str]) -> None:
    office.seconds = lambda: 0.0
    for operation in (
        "DescribeAccount",
        "ListParents",
        "ListTagsForResource",
        "ListDelegatedAdministrators",
        "DescribeOrganizationalUnit",
    ):
        office.wire.fail(operation, ApiError("AccessDeniedException", "no"))
        with pytest.raises(OrganizationsError, match=operation):
            office.ask("isolate", tree["prod"])
    assert office.writes == []


def test_those_for_whom_no_time_is_left_are_named_and_come_next(office: Office, tree: dict[str, str]) -> None:
    # By the time that the first account is moved, the second one has too little.
    office.seconds = lambda: 20.0 if "MoveAccount" in office.wire.calls else 60.0
    assert office.outcomes("isolate", tree["prod"], tree["dev"]) == ["isolated", "not-begun"]
    assert office.at(tree["dev"]) == tree["workload"]
    office.seconds = lambda: 60.0
    assert office.outcomes("isolate", tree["prod"], tree["dev"]) == ["isolated", "isolated"]
    assert [len(page.data["accounts"]) for page in office.pages] == [2, 2]


@pytest.mark.parametrize("is_in", [True, False])
def test_one_that_is_released_while_its_move_is_tried_has_record_and_tag_where_it_is_in_quarantine(
    office: Office, tree: dict[str, str], is_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = office.wire.organization.call

    def call(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation != "MoveAccount":
            return real(operation, parameters)
        monkeypatch.undo()
        if is_in:
            office.ask("release", tree["prod"], by=DIEGO)
        moved = real(operation, parameters)
        if not is_in:
            office.ask("release", tree["prod"], by=DIEGO)
        return moved

    monkeypatch.setattr(office.wire.organization, "call", call)
    assert office.outcomes("isolate", tree["prod"]) == ["isolated"]
    record = office.records.kept[tree["prod"]]
    assert (record.released is None, office.at(tree["prod"]) == office.quarantine) == (is_in, is_in)
    assert read_tag(office.tag(tree["prod"])) == (record.tag if is_in else None)
