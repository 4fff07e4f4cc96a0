"""`rootguard incident list`, `show` and `report` on a local AWS, and what they do with the sample."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drill.local_aws import LocalAws
from rootguard.aws.claims import Claims
from rootguard.aws.dynamo import Dynamo, Table
from rootguard.aws.ledger import DynamoLedger
from rootguard.domain.drift import ChangeKind
from rootguard.domain.inventory import Listing, Located
from rootguard.domain.policy import Policy
from rootguard.incidents import life
from rootguard.incidents.incident import Restoring, Result
from stacks.names import STACK
from tests.cli.conftest import Rootguard
from tests.cli.deployed import LEDGER, As, allowed, aws, ledger, root, sara, sign_in, started
from tests.cli.telling import AT, changed, incident, unattributed
from tests.given import ACCOUNT, DENY_ALL, OU, SCP

__all__ = ["aws", "ledger", "root", "sara", "sign_in", "started"]

NAME = "[bold red]x[/] <b>&amp; \u202egnp.exe"
# Everything that the verbs need, but for the organization.
LEDGER_ONLY = allowed(
    "auditor", "cloudformation:DescribeStacks", "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"
)
NOTHING_OF_IT = allowed("visitor", "cloudformation:*")

Keep = Callable[..., str]


@pytest.fixture
def keep(aws: LocalAws, ledger: DynamoLedger, root: str) -> Keep:
    """Have the guard keep an incident on Root; returns its id."""

    def kept(
        result: Result = Result.UNDONE, hour: int = 8, closed_after: float | None = None, **different: Any
    ) -> str:
        at = AT + timedelta(hours=hour - 8)
        of_event = {"at": at, "target_id": root, "policy_id": f"p-policy{hour:04}", **different}
        told = incident(result, changed(id=f"5c1f0e9a-2b7d-4e63-9a41-0d8f6b2c7e{hour:02}", **of_event))
        record, notice = life.happened(None, told, at + timedelta(seconds=18))
        assert notice is not None
        assert ledger.keep_record(record)
        Claims(Table(LEDGER, Dynamo(aws.client("dynamodb")))).paged(notice.key, at + timedelta(seconds=18))
        if closed_after is not None:
            clean, _ = life.closed(record, at + timedelta(seconds=closed_after))
            assert ledger.keep_record(replace(clean, revision=record.revision + 1))
        return record.id

    return kept


def listed(rootguard: Rootguard, *more: str) -> tuple[int, list[tuple[str, bool]]]:
    result = rootguard("incident", "list", "--json", *more)
    return result.exit_code, [(i["id"], i["open"]) for i in json.loads(result.stdout)["incidents"]]


def test_the_list_begins_with_what_is_open_and_goes_back_in_time(
    rootguard: Rootguard, keep: Keep, sara: str
) -> None:
    assert listed(rootguard) == (0, [])
    assert rootguard("incident", "list").stdout == "No incidents in the last year.\n"
    first, second = keep(hour=8, closed_after=60), keep(hour=9, closed_after=60)
    assert listed(rootguard) == (0, [(second, False), (first, False)])
    earlier, later = keep(hour=6), keep(Result.NOT_UNDONE, hour=7)
    opened = [(later, True), (earlier, True)]
    assert listed(rootguard) == (1, [*opened, (second, False), (first, False)])
    assert listed(rootguard, "--open") == (1, opened)


def test_what_a_sweep_saw_once_is_listed_if_one_asks_for_all(
    rootguard: Rootguard, ledger: DynamoLedger, sara: str
) -> None:
    seen = life.suspect(None, unattributed(), AT)
    ledger.keep_record(seen)
    assert listed(rootguard) == (0, [])
    assert listed(rootguard, "--all") == (0, [(seen.id, False)])
    assert "SUSPECTED" in rootguard("incident", "list", "--all").stdout
    shown = rootguard("incident", "show", seen.id)
    assert shown.exit_code == 0
    assert "A sweep saw it once." in shown.stdout


def test_people_see_what_happened_where_for_how_long_and_the_id(
    rootguard: Rootguard, keep: Keep, sara: str
) -> None:
    incident_id = keep(closed_after=60)
    shown = rootguard("incident", "list").stdout
    for part in (
        'closed  UNDONE  SCP "QuarantineDenyAll" attached to Root',
        "2023-12-05 08:15:02 UTC, in force 17 s",
        incident_id,
    ):
        assert part in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert rootguard("incident", "list", "--open").stdout == "No open incidents.\n"


def test_a_story_is_told_by_its_id_or_how_it_begins(rootguard: Rootguard, keep: Keep, sara: str) -> None:
    keep(hour=8, closed_after=60)
    incident_id = keep(Result.NOT_UNDONE, hour=9)
    document = json.loads(rootguard("incident", "show", incident_id, "--json").stdout)
    assert (document["id"], document["open"], document["result"]) == (incident_id, True, "not-undone")
    assert [moment["kind"] for moment in document["timeline"]] == ["changed", "failed", "paged"]
    result = rootguard("incident", "show", incident_id[:9], "--zone", "Asia/Tokyo")
    assert result.exit_code == 0
    for part in ("NOT UNDONE", "2023-12-05 18:15:02 JST", "▶ decides: IsolateForForensics", "Undo it now"):
        assert part in result.stdout


def test_a_beginning_of_several_ids_is_bad_input(rootguard: Rootguard, keep: Keep, sara: str) -> None:
    ids = sorted((keep(hour=8), keep(hour=9)))
    result = rootguard("incident", "show", "i-")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"i- begins several ids: {', '.join(ids)}." in result.stderr


def test_while_a_policy_type_is_restored_the_story_says_how_far_it_has_come(
    rootguard: Rootguard, ledger: DynamoLedger, root: str, sara: str
) -> None:
    disabled = changed(
        kind=ChangeKind.TYPE_DISABLED, policy_type=SCP, target_id=root, policy_id="", policy=None
    )
    told = incident(drift=disabled, done=(), restoring=Restoring(3, AT), lockout=False)
    record, _ = life.happened(None, told, AT)
    ledger.keep_record(record)
    ledger.keep_listing(SCP, Listing(frozenset({"p-policy0001"}), AT))
    before = frozenset({root, OU, ACCOUNT})
    minutes = timedelta(minutes=5)
    ledger.locate(SCP, "p-policy0001", Located(before, AT - minutes).seen(frozenset({root}), AT + minutes))
    document = json.loads(rootguard("incident", "show", record.id, "--json").stdout)
    assert document["restored"] == {"restored": 1, "wanted": 3}
    assert "Restored  1 of 3 attachments" in rootguard("incident", "show", record.id).stdout


def test_an_unknown_id_is_a_finding(rootguard: Rootguard, keep: Keep, sara: str) -> None:
    keep()
    for verb in ("show", "report"):
        result = rootguard("incident", verb, "nope")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "No incident nope is on record." in result.stderr
        document = json.loads(rootguard("incident", verb, "nope", "--json").stdout)
        assert (document["error"], document["exit_code"]) == (result.stderr.rstrip("\n"), 1)


def test_a_name_is_shown_as_it_is_and_steers_nothing(rootguard: Rootguard, keep: Keep, sara: str) -> None:
    policy = Policy("p-policy0008", SCP, NAME, content=DENY_ALL)
    incident_id = keep(policy=policy)
    for verb in (("list",), ("show", incident_id)):
        shown = rootguard("incident", *verb).stdout
        assert "[bold red]x[/] <b>&amp;" in " ".join(shown.split())
        assert not {"\x1b", "\u202e"} & set(shown)


def test_the_report_draws_the_organization_as_it_is(
    rootguard: Rootguard, keep: Keep, aws: LocalAws, sara: str, root: str
) -> None:
    organizations = aws.client("organizations")
    unit = organizations.create_organizational_unit(ParentId=root, Name="Payments <1>")["OrganizationalUnit"]
    made = organizations.create_account(Email="lab@example.com", AccountName="till")["CreateAccountStatus"]
    organizations.move_account(
        AccountId=made["AccountId"], SourceParentId=root, DestinationParentId=unit["Id"]
    )
    incident_id = keep()
    result = rootguard("incident", "report", incident_id)
    assert result.exit_code == 0
    assert "Read the organization" in result.stderr
    for part in ("```mermaid", "Payments", made["AccountId"], "**OUs reached:** 1 OU\n", "✕ till"):
        assert part in result.stdout
    page = rootguard("incident", "report", incident_id, "--format", "html").stdout
    assert "<svg" in page
    assert "Payments &lt;1&gt;" in page


def test_where_the_organization_cannot_be_read_the_report_goes_without_and_says_so(
    rootguard: Rootguard, keep: Keep, aws: LocalAws, sign_in: As
) -> None:
    sign_in(LEDGER_ONLY)
    result = rootguard("incident", "report", keep())
    assert result.exit_code == 0
    assert "mermaid" not in result.stdout
    assert "**OUs reached:** unknown: the organization could not be read" in result.stdout
    assert (
        "The organization could not be read: DescribeOrganization failed with AccessDenied" in result.stdout
    )


def test_who_may_not_read_the_ledger_is_told_what_it_takes(
    rootguard: Rootguard, aws: LocalAws, sign_in: As
) -> None:
    sign_in(NOTHING_OF_IT)
    for arguments in (("list",), ("show", "x"), ("report", "x")):
        result = rootguard("incident", *arguments)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "may read the ledger's table and its index" in result.stderr


def test_without_a_stack_people_are_told_where_it_should_be(
    rootguard: Rootguard, aws: LocalAws, sara: str
) -> None:
    aws.client("cloudformation").delete_stack(StackName=STACK)
    result = rootguard("incident", "list")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no stack Rootguard" in result.stderr


def test_a_record_that_cannot_be_read_is_reported_and_hides_no_other(
    rootguard: Rootguard, keep: Keep, aws: LocalAws, sara: str
) -> None:
    readable, broken = keep(closed_after=60), keep(hour=9)
    dynamodb = aws.client("dynamodb")
    (item,) = [
        item
        for item in dynamodb.scan(TableName=LEDGER)["Items"]
        if item.get("kind", {}).get("S") == "INCIDENT"
    ]
    dynamodb.put_item(TableName=LEDGER, Item=item | {"data": {"S": "{}\x1b[2J"}})
    listed = rootguard("incident", "list")
    assert listed.exit_code == 3
    assert readable in listed.stdout
    assert "cannot be read" in listed.stderr
    assert "\x1b" not in listed.stderr
    document = json.loads(rootguard("incident", "list", "--json").stdout)
    assert [found["id"] for found in document["incidents"]] == [readable]
    assert len(document["unreadable"]) == 1
    lost = rootguard("incident", "show", broken)
    assert (lost.exit_code, lost.stdout) == (1, "")
    assert "cannot be read" in lost.stderr
    assert rootguard("incident", "show", readable).exit_code == 0


def test_the_sample_needs_no_aws(rootguard: Rootguard, folder: Path) -> None:
    assert rootguard("incident", "show", "sample").exit_code == 0
    assert json.loads(rootguard("incident", "show", "sample", "--json").stdout)["open"] is False
    result = rootguard("incident", "report", "sample", "--out", "report.md")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "report.md: written.\n")
    assert (folder / "report.md").read_text("utf-8").startswith("# Post-mortem: ")


def test_a_narrow_terminal_shows_all_of_a_name(rootguard: Rootguard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    shown = rootguard("incident", "show", "sample").stdout
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 50


def test_a_report_as_json_is_one_document(rootguard: Rootguard, folder: Path) -> None:
    document = json.loads(rootguard("incident", "report", "sample", "--json").stdout)
    assert document["format"] == "md"
    assert document["report"].startswith("# Post-mortem: ")
    more = ("--json", "--format", "html", "--out", "r.html")
    document = json.loads(rootguard("incident", "report", "sample", *more).stdout)
    assert (document["format"], document["file"]) == ("html", "r.html")
    assert (folder / "r.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "Asia/Tokyo\x00"])
def test_what_is_no_time_zone_is_bad_input(rootguard: Rootguard, zone: str) -> None:
    for verb in ("show", "report"):
        result = rootguard("incident", verb, "sample", "--zone", zone)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("--zone: ")


def test_a_file_that_cannot_be_written_is_told(rootguard: Rootguard) -> None:
    result = rootguard("incident", "report", "sample", "--out", "nowhere/report.md")
    assert result.exit_code == 2
    assert "nowhere/report.md" in result.stderr
