"""`rootguard incident`: what the ledger keeps of incidents, listed, told, and drafted as a post-mortem.

It reads the deployed stack's table with the caller's own credentials, and writes nothing to AWS.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from cli import incident_sample, output
from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from cli.incident_story import Story, stories
from cli.zones import zone_of
from rootguard.edge.ledger import DynamoLedger
from rootguard.edge.snapshots import DynamoSnapshots
from rootguard.ports import LedgerError
from stacks.names import TABLE_OUTPUT

_MEND: Final = (
    "Use a role of the management account that may call dynamodb:Query on the ledger's table and its index, "
    "such as one with AWS's ReadOnlyAccess"
)


def list_all(*, open_only: bool, as_json: bool) -> ExitCode:
    """Print the incidents, open ones first, newest first, and return the exit code. Raises TroubleError."""
    found = [story for story in recorded(Aws()) if story.is_open or not open_only]
    # An event of several incidents is open while one of them is.
    found.sort(key=lambda story: not story.is_open)
    if as_json:
        output.write_json({"incidents": [story.brief() for story in found]})
    else:
        from cli.incident_view import show_list  # noqa: PLC0415

        show_list(found, output.stdout(), open_only=open_only)
    return ExitCode.FINDING if any(story.is_open for story in found) else ExitCode.FINE


def show(event_id: str, zone: str | None, *, as_json: bool) -> ExitCode:
    """Print an incident's story, and return the exit code. Raises TroubleError."""
    local = zone_of(zone)
    story = find(event_id)
    if as_json:
        output.write_json(story.as_json())
    else:
        from cli.incident_view import show_story  # noqa: PLC0415

        show_story(story, local, output.stdout())
    return ExitCode.FINE


def report(event_id: str, kind: str, out: Path | None, zone: str | None, *, as_json: bool) -> ExitCode:
    """Draft an incident's post-mortem, and return the exit code. Raises TroubleError."""
    from cli.report.draft import drafted, surroundings_of  # noqa: PLC0415
    from cli.report.look import FORMATS  # noqa: PLC0415

    local = zone_of(zone)
    story = find(event_id)
    text = FORMATS[kind](drafted(story, surroundings_of(story, event_id), local))
    if out is not None:
        output.write_file(out, text)
    document = {"event_id": story.event_id, "format": kind}
    if as_json:
        output.write_json(document | ({"report": text} if out is None else {"file": str(out)}))
    elif out is None:
        output.write_text(text)
    else:
        output.stderr().print(output.printable(f"{out}: written."))
    return ExitCode.FINE


def find(event_id: str) -> Story:
    """Return the story of an event, or the sample's. Raises TroubleError where none is on record."""
    if event_id == incident_sample.SAMPLE:
        (sample,) = stories([incident_sample.recorded()])
        return sample
    found = next((story for story in recorded(Aws()) if story.event_id == event_id), None)
    if found is None:
        raise TroubleError(
            ExitCode.FINDING,
            f"No incident of the event {event_id} is on record.\n"
            "`rootguard incident list` shows those of the last year. An incident that goes on is kept under "
            "its first event.",
        )
    return found


def recorded(aws: Aws) -> tuple[Story, ...]:
    """Return the stories on record, the open ones first, newest first. Raises TroubleError."""
    table = aws.deployed(TABLE_OUTPUT)[TABLE_OUTPUT]
    snapshots = DynamoSnapshots(table, aws.dynamodb)
    with aws.asking("Query", mend=_MEND):
        found = DynamoLedger(table, aws.dynamodb).incidents()
        try:
            return tuple(_followed(story, snapshots) for story in stories(found))
        except (KeyError, TypeError, ValueError) as error:
            raise LedgerError(f"a record of the ledger cannot be read: {error!r}") from error


def _followed(story: Story, snapshots: DynamoSnapshots) -> Story:
    """Return a story with how far it has come, where attachments are being put back."""
    record = story.record
    if not (story.is_open and record["restoring"]):
        return story
    snapshot = snapshots.snapshot(record["policy_type"])
    return replace(story, restored=snapshot.progress(story.page.at))
