"""The list: who is isolated, and what is on record of accounts that are named, also of released ones."""

from __future__ import annotations

import pytest

from rootguard.ports import LedgerError
from tests.fakes.isolation import DIEGO, SARA, Office


def test_a_list_says_who_is_isolated_since_when_why_and_by_whom(office: Office, tree: dict[str, str]) -> None:
    office.ask("isolate", tree["prod"])
    office.move(tree["dev"], office.quarantine)
    found = {each["name"]: each for each in office.ask("list")["accounts"]}
    prod, dev = found["prod"], found["dev"]
    assert (prod["by"], prod["reason"], prod["origin"]["name"]) == (SARA.user_id, "forensics", "Workload")
    assert (dev["by"], dev["since"], dev["origin"]["id"]) == ("", None, "")
    assert len(office.pages) == 1


def test_of_an_account_that_is_named_it_says_who_released_it_when_and_why(
    office: Office, tree: dict[str, str]
) -> None:
    office.ask("isolate", tree["prod"], tree["dev"])
    office.later(hours=2)
    office.ask("release", tree["prod"], by=DIEGO, reason="over")
    released_at = office.now.isoformat()
    office.later(hours=2)
    office.ask("release", tree["prod"], reason="once more")  # there is nothing left to release
    prod, dev = office.ask("list", tree["prod"], tree["dev"])["accounts"]
    assert (prod["outcome"], prod["by"], prod["reason"]) == ("released", SARA.user_id, "forensics")
    assert (prod["released"], prod["released_by"]) == (released_at, DIEGO.user_id)
    assert (prod["released_arn"], prod["released_reason"]) == (DIEGO.arn, "over")
    assert (prod["origin"]["name"], prod["parent"]["name"]) == ("Workload", "Workload")
    assert (dev["outcome"], dev["released"], dev["released_by"]) == ("isolated", None, "")
    assert prod["request"] == dev["request"] == "request-1"
    assert [each["id"] for each in office.ask("list")["accounts"]] == [tree["dev"]]


def test_what_was_never_isolated_and_what_is_no_account_is_said(office: Office, tree: dict[str, str]) -> None:
    lab, nobody = office.ask("list", tree["lab"], "999988887777")["accounts"]
    assert (lab["outcome"], lab["since"], lab["why"]) == ("not-isolated", None, "")
    assert (nobody["id"], nobody["outcome"]) == ("999988887777", "not-isolated")
    assert nobody["why"] == "the organization has no account with this id"


def test_an_account_that_was_moved_out_by_hand_has_no_release_on_record(
    office: Office, tree: dict[str, str]
) -> None:
    office.ask("isolate", tree["prod"])
    office.move(tree["prod"], tree["team"])
    (prod,) = office.ask("list", tree["prod"])["accounts"]
    assert (prod["outcome"], prod["released"], prod["by"]) == ("released", None, SARA.user_id)
    assert (prod["origin"]["name"], prod["parent"]["name"]) == ("Workload", "Team")


def test_what_is_asked_of_the_ledger_is_not_guessed_without_it(office: Office, tree: dict[str, str]) -> None:
    office.ask("isolate", tree["prod"])
    office.records.fail = {"get"}
    assert [each["by"] for each in office.ask("list")["accounts"]] == [""]
    with pytest.raises(LedgerError):
        office.ask("list", tree["prod"])


def test_a_list_changes_nothing(office: Office, tree: dict[str, str]) -> None:
    office.ask("isolate", tree["prod"])
    office.wire.calls.clear()
    office.ask("list", tree["prod"], tree["dev"])
    office.ask("list")
    assert (office.writes, len(office.pages)) == ([], 1)
