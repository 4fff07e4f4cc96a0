"""`rootguard incident list`, `show` and `report` on a local AWS, and what they do with the sample."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.incident import sample as incident_sample
from cli.preview_incident import with_result
from drill.local_aws import LocalAws
from drill.principals import Principal
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_table import Table
from rootguard.aws.snapshots import DynamoSnapshots
from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.facts import Policy
from rootguard.domain.snapshot import Seen, Sight
from rootguard.incidents.incident import Incident, Restoring, Result
from rootguard.notify.document import record
from stacks.names import STACK
from tests.cli.conftest import Rootguard
from tests.cli.test_exception import TABLE, As, aws, root, sara, sign_in, started
from tests.given import ACCOUNT, DENY_ALL, OU, SCP

__all__ = ["aws", "root", "sara", "sign_in", "started"]

SAMPLE = incident_sample.incident()
NAME = "[bold red]x[/] <b>&amp; \u202egnp.exe"
# Everything that the verbs need, but for the organization.
LEDGER_ONLY = Principal(
    user="auditor",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["cloudformation:DescribeStacks", "dynamodb:Query"],
                    "Resource": "*",
                }
            ],
        }
    ),
)
NOTHING_OF_IT = Principal(
    user="visitor",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}],
        }
    ),
)

Keep = Callable[..., str]


@pytest.fixture
def keep(aws: LocalAws, root: str) -> Keep:
    """Have the guard keep an incident on Root; returns its event's id."""
    client = aws.client("dynamodb")

    def kept(
        result: Result = Result.UNDONE, hour: int = 8, closed_after: float | None = None, **different: Any
    ) -> str:
        event_id = f"5c1f0e9a-2b7d-4e63-9a41-0d8f6b2c7e{hour:02}"
        at = datetime(2023, 12, 5, hour, 15, 2, tzinfo=SAMPLE.change.at.tzinfo)
        change = different.pop("change", None) or replace(
            SAMPLE.change, at=at, target_id=root, policy_id=f"p-policy{hour:04}"
        )
        change = replace(change, event_id=event_id)
        incident = replace(
            SAMPLE,
            change=change,
            verdict=replace(SAMPLE.verdict, change=change, target_id=root),
            undone_at=at + timedelta(seconds=17),
            **different,
        )
        return put(with_result(incident, result), closed_after)

    def put(incident: Incident, closed_after: float | None) -> str:
        ledger, at = DynamoLedger(Table(TABLE, lambda: client)), incident.change.at
        opened_at = {"opened_at": (at + timedelta(seconds=18)).isoformat()}
        ledger.open_incident(incident.key, record(incident) | opened_at, at)
        ledger.paged(incident.key, at)
        if closed_after is not None:
            ledger.close_incident(incident.key, at + timedelta(seconds=closed_after))
        return incident.id

    return kept


def listed(rootguard: Rootguard, *more: str) -> tuple[int, list[tuple[str, bool]]]:
    result = rootguard("incident", "list", "--json", *more)
    return result.exit_code, [(i["event_id"], i["open"]) for i in json.loads(result.stdout)["incidents"]]


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


def test_people_see_what_happened_where_for_how_long_and_the_id(
    rootguard: Rootguard, keep: Keep, sara: str
) -> None:
    event_id = keep(closed_after=60)
    shown = rootguard("incident", "list").stdout
    for part in (
        'closed  UNDONE  SCP "QuarantineDenyAll" attached to Root',
        "2023-12-05 08:15:02 UTC, stood 17 s, reached 15 accounts",
        event_id,
    ):
        assert part in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert rootguard("incident", "list", "--open").stdout == "No open incidents.\n"


def test_a_story_is_told_by_its_event(rootguard: Rootguard, keep: Keep, sara: str) -> None:
    keep(hour=8, closed_after=60)
    event_id = keep(Result.NOT_UNDONE, hour=9)
    document = json.loads(rootguard("incident", "show", event_id, "--json").stdout)
    assert (document["event_id"], document["open"], document["result"]) == (event_id, True, "not-undone")
    assert [moment["turn"] for moment in document["timeline"]] == ["changed", "failed", "paged"]
    result = rootguard("incident", "show", event_id, "--zone", "Asia/Tokyo")
    assert result.exit_code == 0
    for part in ("NOT UNDONE", "2023-12-05 18:15:02 JST", "▶ decides: IsolateForForensics", "Undo it now"):
        assert part in result.stdout


def test_while_a_policy_type_is_restored_the_story_says_how_far_it_has_come(
    aws: LocalAws, rootguard: Rootguard, keep: Keep, root: str, sara: str
) -> None:
    at = datetime(2023, 12, 5, 9, 15, 2, tzinfo=SAMPLE.change.at.tzinfo)
    disabled = replace(
        SAMPLE.change, kind=ChangeKind.TYPE_DISABLED, policy_type=SCP, at=at, target_id=root, policy_id=""
    )
    event_id = keep(hour=9, change=disabled, restoring=Restoring(3, at))
    snapshots = DynamoSnapshots(Table(TABLE, lambda: aws.client("dynamodb")))
    snapshots.keep_listing(SCP, frozenset({"p-policy0001"}), at)
    before = Sight(frozenset({root, OU, ACCOUNT}), at - timedelta(minutes=5))
    snapshots.keep(SCP, "p-policy0001", Seen(Sight(frozenset({root}), at + timedelta(minutes=1)), before))
    assert json.loads(rootguard("incident", "show", event_id, "--json").stdout)["restored"] == {
        "restored": 1,
        "wanted": 3,
    }
    assert "Restored  1 of 3 attachments" in rootguard("incident", "show", event_id).stdout


def test_an_unknown_event_is_a_finding(rootguard: Rootguard, keep: Keep, sara: str) -> None:
    keep()
    for verb in ("show", "report"):
        result = rootguard("incident", verb, "nope")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "No incident of the event nope is on record." in result.stderr
        document = json.loads(rootguard("incident", verb, "nope", "--json").stdout)
        assert (document["error"], document["exit_code"]) == (result.stderr.rstrip("\n"), 1)


def test_a_name_is_shown_as_it_is_and_steers_nothing(rootguard: Rootguard, keep: Keep, sara: str) -> None:
    policy = Policy("p-policy0008", "SERVICE_CONTROL_POLICY", NAME, content=DENY_ALL)
    event_id = keep(policy=policy, target_name=NAME)
    for verb in (("list",), ("show", event_id)):
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
    event_id = keep()
    result = rootguard("incident", "report", event_id)
    assert result.exit_code == 0
    assert "Read the organization" in result.stderr
    for part in ("```mermaid", "Payments", made["AccountId"], "**OUs reached:** 1 OU\n", "✕ till"):
        assert part in result.stdout
    page = rootguard("incident", "report", event_id, "--format", "html").stdout
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
        assert "dynamodb:Query on the ledger's table and its index" in result.stderr


def test_without_a_stack_people_are_told_where_it_should_be(
    rootguard: Rootguard, aws: LocalAws, sara: str
) -> None:
    aws.client("cloudformation").delete_stack(StackName=STACK)
    result = rootguard("incident", "list")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no stack Rootguard" in result.stderr


BROKEN = "9e41c7d2-58b6-4f0a-8c13-7a2d90e6b5f4"
REMOVED = object()


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("result",), REMOVED, "result: is missing"),
        (("page", "severity"), "loud", "'loud' is not a valid Severity"),
    ],
    ids=["missing", "wrong"],
)
def test_a_record_that_cannot_be_read_is_told_and_hides_no_other(
    rootguard: Rootguard,
    keep: Keep,
    aws: LocalAws,
    sara: str,
    place: tuple[str | int, ...],
    value: object,
    said: str,
) -> None:
    readable = keep(closed_after=60)
    broken = json.loads(json.dumps(record(SAMPLE))) | {
        "event_id": BROKEN,
        "opened_at": SAMPLE.change.at.isoformat(),
    }
    at: Any = broken
    for name in place[:-1]:
        at = at[name]
    if value is REMOVED:
        del at[place[-1]]
    else:
        at[place[-1]] = value
    ledger = DynamoLedger(Table(TABLE, lambda: aws.client("dynamodb")))
    ledger.open_incident("key", broken, SAMPLE.change.at)
    told = f"The ledger's record of the event {BROKEN} cannot be read: {said}"

    listed = rootguard("incident", "list")
    assert listed.exit_code == 3
    assert readable in listed.stdout
    assert listed.stderr.startswith(told)
    document = json.loads(rootguard("incident", "list", "--json").stdout)
    assert [incident["event_id"] for incident in document["incidents"]] == [readable]
    assert [entry["event_id"] for entry in document["unreadable"]] == [BROKEN]
    for arguments in (("incident", "show", BROKEN), ("incident", "report", BROKEN), ("preview", BROKEN)):
        result = rootguard(*arguments)
        assert (result.exit_code, result.stdout) == (3, "")
        assert result.stderr.startswith(told)
    assert rootguard("incident", "show", readable).exit_code == 0


def test_with_nothing_but_what_cannot_be_read_the_list_does_not_say_that_there_is_none(
    rootguard: Rootguard, aws: LocalAws, sara: str
) -> None:
    ledger = DynamoLedger(Table(TABLE, lambda: aws.client("dynamodb")))
    ledger.open_incident("key", {"event_id": "x\x1b[2J"}, SAMPLE.change.at)
    result = rootguard("incident", "list")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("The ledger's record of the event x?[2J cannot be read: ")


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
