"""`rootguard preview`: every kind of page as each channel lays it out, before anyone is paged.

It sends nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli import output
from cli.exits import ExitCode, TroubleError
from cli.incident import sample
from cli.inputs import read_json
from cli.preview import samples
from cli.preview.incident_file import page_in, parse
from cli.preview.outcomes import pages_of
from cli.preview.previews import laid_out
from rootguard.notify.page import Page


def run(source: str, kind: str | None, html: Path | None, *, as_json: bool) -> ExitCode:
    """Preview an incident's pages, and return the exit code. Raises TroubleError.

    Args:
        source: a file of an incident's JSON, an incident's id, or "sample".
        kind: which page; "all" or None for all, the incident's own first.
        html: where to write them side by side.
        as_json: print one JSON document, and nothing else.
    """
    found = pages(source)
    wanted = found if kind in {None, "all"} else {name: page for name, page in found.items() if name == kind}
    if not wanted:
        there = ", ".join(found)
        raise TroubleError(
            ExitCode.BAD_INPUT, f'--kind: "{kind}" is not among its pages; there are: {there}, all.'
        )
    is_sample = source == sample.SAMPLE
    organization, by_aws = (samples.ORGANIZATION, samples.by_aws()) if is_sample else ("", {})
    previews = laid_out(wanted, organization, by_aws)
    if html is not None:
        from cli.preview.html import written  # noqa: PLC0415 - jinja2 is slow to load

        output.write_file(html, written(previews))
    if as_json:
        output.write_json({"pages": [preview.as_json() for preview in previews]})
    elif html is not None:
        output.stderr().print(output.printable(f"{html}: written."))
    else:
        from cli.preview.look import show  # noqa: PLC0415 - rich is slow to load

        show(previews, output.stdout())
    return ExitCode.FINE


def pages(source: str) -> dict[str, Page]:
    """Return an incident's pages by name, its own first. Raises TroubleError."""
    if source == sample.SAMPLE:
        incident, around = sample.incident(), sample.around()
        return pages_of(incident, around) | samples.pages(incident)
    if source != "-" and not source.endswith(".json") and not Path(source).exists():
        from cli.incident.kept import find  # noqa: PLC0415 - boto3 is slow to load, and a file does without

        story = find(source)
        return pages_of(story.incident, story.around)
    return of_file(read_json(source), source)


def of_file(data: Any, source: str) -> dict[str, Page]:
    """Return the pages of an incident's JSON; of what the topic carries, the page that was sent."""
    sent = page_in(data, source)
    if sent is not None:
        return {sent.kind.value: sent}
    return pages_of(*parse(data, source))
