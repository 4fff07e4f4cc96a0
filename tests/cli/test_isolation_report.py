"""The report of an isolation: what it says, what it says is not on record, and whom it asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt

from cli.isolation.report.draft import Draft, drafted
from cli.isolation.report.look import markdown
from tests.cli.conftest import REPOSITORY, Rootguard
from tests.cli.isolating import (  # noqa: F401 - fixtures
    BANK,
    SHOP,
    As,
    Deployment,
    account,
    allowed,
    answer,
    aws,
    deploying,
    sign_in,
    started,
)

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ISOLATED = account(outcome="isolated")
RELEASED = account(
    outcome="released",
    released="2026-11-27T11:05:00+00:00",
    released_by="AROAEXAMPLE:diego",
    released_arn="diego's arn",
    released_reason="forensics are done",
)
NOWHERE = {"id": "", "name": ""}
BY_HAND = account(BANK, "isolated", since=None, by="", arn="", reason="", request="", origin=NOWHERE)
NEVER = account(BANK, "not-isolated", since=None, by="", arn="", reason="", request="", origin=NOWHERE)
TOKYO = ZoneInfo("Asia/Tokyo")


def draft(*accounts: dict[str, Any], zone: ZoneInfo = TOKYO) -> Draft:
    return drafted(answer(*accounts, verb="list"), NOW, zone)


def test_it_says_who_asked_when_and_why_for_both_ways() -> None:
    told = draft(RELEASED, RELEASED | {"id": BANK, "name": "bank"})
    assert told.title == "2 accounts"
    assert told.summary == (
        "At 2026-11-27 09:00:00 UTC, sara (AROAEXAMPLE) isolated 2 accounts: ticket 4711.",
        "At 2026-11-27 11:05:00 UTC, diego (AROAEXAMPLE) released 2 accounts: forensics are done.",
    )
    isolated, released = told.timeline
    assert (isolated.since, isolated.local) == ("", "2026-11-27 18:00:00 JST")
    assert released.since == "+2 h 5 min"
    assert f"released shop ({SHOP}), bank ({BANK})" in released.what
    assert [did.lines[1] for did in told.who_did_what] == ["arn", "diego's arn"]
    assert [page.headline for page in told.pages] == ["ISOLATED", "RELEASED"]
    assert told.kept_until == "2027-02-25 11:05:00 UTC"
    assert (told.still, told.steps, told.requests) == ("", (), ("request-1",))


def test_what_is_still_isolated_is_said_with_how_to_release_it() -> None:
    told = draft(RELEASED, account(BANK, "isolated", name="bank"))
    assert told.still == f"bank ({BANK})"
    assert told.summary[-1] == "Released: 1 of 2."
    assert [row.lasted for row in told.accounts] == ["2 h 5 min", "3 h 0 min so far"]
    assert told.steps == (
        f"Release what is isolated, when the work is done:\nrootguard release {BANK} --reason WHY",
    )
    assert told.kept_until == ""
    assert f"**Still isolated at 2026-11-27 12:00:00 UTC: bank ({BANK}).**" in markdown(told)


def test_accounts_of_several_requests_are_told_apart() -> None:
    later = account(BANK, "isolated", since="2026-11-27T09:30:00+00:00", reason="ticket 4712", request="r-2")
    told = draft(ISOLATED, later)
    assert [row.what.rpartition(": ")[2] for row in told.timeline] == ["ticket 4711", "ticket 4712"]
    assert told.requests == ("request-1", "r-2")
    assert len(told.pages) == 2


def test_what_somebody_moved_in_by_hand_is_not_on_record() -> None:
    told = draft(BY_HAND)
    assert told.summary[0] == f"Nothing is on record of who moved shop ({BANK}) into quarantine."
    assert (told.accounts[0].origin, told.accounts[0].lasted) == ("not on record", "unknown")
    assert told.steps[0].endswith("--reason WHY --to OU")
    text = markdown(told)
    assert "Nobody who asked is on record." in text
    assert "| after |" not in text


def test_what_somebody_moved_out_by_hand_has_no_release_on_record() -> None:
    told = draft(ISOLATED | {"outcome": "released"})
    assert told.summary[1] == f"Out of quarantine without a release on record: shop ({SHOP})."
    assert told.accounts[0].lasted == "unknown"
    assert told.steps[0].endswith(f"rootguard release {SHOP} --reason WHY")


def test_if_the_ledger_was_lost_it_does_not_say_who_asked() -> None:
    told = draft(ISOLATED | {"by": "", "arn": "", "reason": ""})
    assert told.timeline[0].what.startswith("Somebody who is not on record isolated shop")
    assert told.timeline[0].what.endswith("the reason is not on record")
    assert (told.who_did_what, told.pages) == ((), ())


def test_no_name_and_no_reason_becomes_markup() -> None:
    evil = "<script>alert(1)</script> | `a` *b* [c](https://evil) @all\n# no heading"
    place = {"id": "ou-exam-customer1", "name": evil}
    told = draft(RELEASED | {"name": evil, "reason": evil, "released_reason": evil, "origin": place})
    html = MarkdownIt("commonmark").enable("table").render(markdown(told))
    assert "alert(1)" in html
    for element in ("<script", "<a ", "<em>b", "<h1>no"):
        assert element not in html
    assert html.count("<tr>") == 6  # three of the timeline, with its head and its blank, and two of accounts


def test_local_time_that_is_utc_is_left_out() -> None:
    assert "| local |" in markdown(draft(ISOLATED))
    assert "| local |" not in markdown(draft(ISOLATED, zone=ZoneInfo("UTC")))


def test_it_asks_for_the_accounts_that_are_named(rootguard: Rootguard, deployment: Deployment) -> None:
    deployment.answers(listed=answer(RELEASED, verb="list"))
    result = rootguard("isolation", "report", SHOP, "--out", "report.md")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "forensics are done" in Path("report.md").read_text("utf-8")
    (asked,) = deployment.heard.bodies()
    assert (asked["verb"], asked["accounts"], asked["dry_run"]) == ("list", [SHOP], True)


def test_without_accounts_it_is_about_all_that_are_isolated(
    rootguard: Rootguard, deployment: Deployment
) -> None:
    deployment.answers(listed=answer(ISOLATED, verb="list"))
    result = rootguard("isolation", "report", "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["accounts"], document["format"]) == (0, [SHOP], "md")
    assert document["report"].startswith("# Isolation of account shop")
    deployment.answers(listed=answer(verb="list"))
    result = rootguard("isolation", "report")
    assert result.exit_code == 1
    assert "No account is isolated. Name those that were" in result.stderr


def test_of_what_nothing_is_on_record_nothing_is_written(
    rootguard: Rootguard, deployment: Deployment
) -> None:
    deployment.answers(listed=answer(RELEASED, NEVER, verb="list"))
    result = rootguard("isolation", "report", SHOP, BANK, "--out", "report.md")
    assert result.exit_code == 1
    assert f"No isolation of {BANK} is on record" in result.stderr
    assert "90 days after its release" in result.stderr
    assert not Path("report.md").exists()


@pytest.mark.parametrize(
    "arguments", [("44445555666",), ("sample", "--zone", "Mars/Olympus"), ("sample", "--out", "nowhere/x.md")]
)
def test_what_cannot_be_asked_is_bad_input(rootguard: Rootguard, arguments: tuple[str, ...]) -> None:
    assert rootguard("isolation", "report", *arguments).exit_code == 2


def test_the_sample_is_what_the_command_writes(rootguard: Rootguard) -> None:
    written = rootguard("isolation", "report", "sample", "--zone", "Asia/Tokyo").stdout
    sample = (REPOSITORY / "docs" / "samples" / "isolation.md").read_text("utf-8")
    assert written == sample, "docs/samples/isolation.md is old: docs/samples/README.md says how to write it"
