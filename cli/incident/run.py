"""`rootguard incident`: what the ledger keeps of incidents, listed, shown, and drafted as a post-mortem.

It reads the deployed stack's table with the caller's own credentials, and writes nothing to AWS.
"""

from __future__ import annotations

from pathlib import Path

import typer

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode
from cli.incident.kept import Kept, find
from cli.incident.look import show_list, show_story
from cli.report import write
from cli.zones import zone_of


def list_all(*, open_only: bool, suspected_too: bool, as_json: bool) -> ExitCode:
    """Print the incidents, open ones first, latest first, and return the exit code. Raises TroubleError.

    A record that cannot be read hides no other: it is reported, and the exit code is that of a refusal.
    """
    kept = Kept(Aws())
    found = [
        story
        for story in kept.stories()
        if story.is_open or not (open_only or (story.is_suspected and not suspected_too))
    ]
    if as_json:
        document = {"incidents": [story.brief() for story in found], "unreadable": kept.left_out}
        output.write_json(document)
    elif found or not kept.left_out:
        show_list(found, output.stdout(), open_only=open_only)
    for line in kept.left_out:
        typer.echo(output.printable(line).plain, err=True)
    if kept.left_out:
        return ExitCode.AWS_REFUSED
    return ExitCode.FINDING if any(story.is_open for story in found) else ExitCode.FINE


def show(wanted: str, zone: str | None, *, as_json: bool) -> ExitCode:
    """Print an incident's story, and return the exit code. Raises TroubleError."""
    local = zone_of(zone)
    story = find(wanted)
    if as_json:
        output.write_json(story.as_json())
    else:
        show_story(story, local, output.stdout())
    return ExitCode.FINE


def report(wanted: str, kind: str, out: Path | None, zone: str | None, *, as_json: bool) -> ExitCode:
    """Draft an incident's post-mortem, and return the exit code. Raises TroubleError."""
    from cli.incident.report.draft import context_of, drafted  # noqa: PLC0415 - jinja2 is slow to load
    from cli.incident.report.look import FORMATS  # noqa: PLC0415

    local = zone_of(zone)
    story = find(wanted)
    text = FORMATS[kind](drafted(story, context_of(story, wanted), local))
    document = {"id": story.id, "format": kind}
    write(text, out, document if as_json else None)
    return ExitCode.FINE
