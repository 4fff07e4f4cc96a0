"""`rootguard incident`: what the ledger keeps of incidents, listed, told, and drafted as a post-mortem.

It reads the deployed stack's table with the caller's own credentials, and writes nothing to AWS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import typer

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from cli.incident import sample as incident_sample
from cli.incident.file import problem_of_record
from cli.incident.story import Story, by_event, story_of
from cli.zones import zone_of
from rootguard.aws.ledger import DynamoLedger
from rootguard.aws.ledger_table import Table
from rootguard.aws.snapshots import DynamoSnapshots
from rootguard.incidents.incident import RecordedIncident
from rootguard.notify.words.phrases import clean
from rootguard.ports import LedgerError
from stacks.names import TABLE_OUTPUT

_MEND: Final = (
    "Use a role of the management account that may call dynamodb:Query on the ledger's table and its index, "
    "such as one with AWS's ReadOnlyAccess"
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event of which the ledger keeps what Rootguard did not write, and what is wrong with it."""

    event_id: str
    why: str

    @property
    def told(self) -> str:
        """The same in a sentence."""
        return f"The ledger's record of the event {clean(self.event_id)} cannot be read: {clean(self.why)}."


@dataclass(frozen=True, slots=True)
class Kept:
    """What the ledger keeps: the stories that can be told, and what cannot."""

    stories: tuple[Story, ...]
    unreadable: tuple[Unreadable, ...] = ()


def list_all(*, open_only: bool, as_json: bool) -> ExitCode:
    """Print the incidents, open ones first, newest first, and return the exit code. Raises TroubleError.

    A record that cannot be read hides no other: it is told, and the exit code is that of a refusal.
    """
    kept = recorded(Aws())
    found = [story for story in kept.stories if story.is_open or not open_only]
    # An event of several incidents is open while one of them is.
    found.sort(key=lambda story: not story.is_open)
    if as_json:
        unreadable = [{"event_id": entry.event_id, "error": entry.told} for entry in kept.unreadable]
        output.write_json({"incidents": [story.brief() for story in found], "unreadable": unreadable})
    elif found or not kept.unreadable:
        from cli.incident.look import show_list  # noqa: PLC0415

        show_list(found, output.stdout(), open_only=open_only)
    for entry in kept.unreadable:
        typer.echo(entry.told, err=True)
    if kept.unreadable:
        return ExitCode.AWS_REFUSED
    return ExitCode.FINDING if any(story.is_open for story in found) else ExitCode.FINE


def show(event_id: str, zone: str | None, *, as_json: bool) -> ExitCode:
    """Print an incident's story, and return the exit code. Raises TroubleError."""
    local = zone_of(zone)
    story = find(event_id)
    if as_json:
        output.write_json(story.as_json())
    else:
        from cli.incident.look import show_story  # noqa: PLC0415

        show_story(story, local, output.stdout())
    return ExitCode.FINE


def report(event_id: str, kind: str, out: Path | None, zone: str | None, *, as_json: bool) -> ExitCode:
    """Draft an incident's post-mortem, and return the exit code. Raises TroubleError."""
    from cli.incident.report.draft import drafted, surroundings_of  # noqa: PLC0415
    from cli.incident.report.look import FORMATS  # noqa: PLC0415

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
    """Return the story of an event, or the sample's. Raises TroubleError where none can be read."""
    if event_id == incident_sample.SAMPLE:
        sample = incident_sample.recorded()
        return story_of(str(sample.record["event_id"]), [sample])
    kept = recorded(Aws())
    found = next((story for story in kept.stories if story.event_id == event_id), None)
    if found is not None:
        return found
    unreadable = next((entry for entry in kept.unreadable if entry.event_id == event_id), None)
    if unreadable is not None:
        raise TroubleError(ExitCode.AWS_REFUSED, unreadable.told)
    raise TroubleError(
        ExitCode.FINDING,
        f"No incident of the event {event_id} is on record.\n"
        "`rootguard incident list` shows those of the last year. An incident that goes on is kept under "
        "its first event.",
    )


def recorded(aws: Aws) -> Kept:
    """Return what is on record, the open ones first, newest first. Raises TroubleError."""
    table = Table(aws.deployed(TABLE_OUTPUT)[TABLE_OUTPUT], aws.dynamodb)
    snapshots = DynamoSnapshots(table)
    with aws.asking("Query", mend=_MEND):
        events = by_event(DynamoLedger(table).incidents())
    found = [_told(event_id, incidents, snapshots) for event_id, incidents in events.items()]
    return Kept(
        stories=tuple(entry for entry in found if isinstance(entry, Story)),
        unreadable=tuple(entry for entry in found if isinstance(entry, Unreadable)),
    )


def _told(
    event_id: str, incidents: Sequence[RecordedIncident], snapshots: DynamoSnapshots
) -> Story | Unreadable:
    for incident in incidents:
        problem = problem_of_record(incident.record)
        if problem is not None:
            return Unreadable(event_id, problem)
    try:
        return _followed(story_of(event_id, incidents), snapshots)
    except (KeyError, TypeError, ValueError, LedgerError) as error:
        # What only the page's own words are wrong in, or the snapshot beside the record.
        return Unreadable(event_id, str(error))


def _followed(story: Story, snapshots: DynamoSnapshots) -> Story:
    """Return a story with how far it has come, where attachments are being put back."""
    record = story.record
    if not (story.is_open and record["restoring"]):
        return story
    snapshot = snapshots.snapshot(record["policy_type"])
    return replace(story, restored=snapshot.progress(story.page.at))
