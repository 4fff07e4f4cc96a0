"""`rootguard preview`: every kind of page as each channel lays it out, before anyone is paged.

It lays out with the code that runs in the functions, and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cli import output
from cli.exits import ExitCode, TroubleError
from cli.incident import sample as incident_sample
from cli.incident.sample import SAMPLE
from cli.inputs import read_json
from cli.preview_incident import incident_of, with_result
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.document import record
from rootguard.notify.layouts import pagerduty, plain, slack
from rootguard.notify.page import Kind, Page
from rootguard.notify.words import closing, incidents

RUNBOOKS: Final = "docs/runbooks/"
_INSTEAD: Final = {
    Kind.CLEAN: "Left out: it wakes nobody.",
    Kind.ALARM: "CloudWatch words it: it has to arrive even when no code of Rootguard runs.",
    Kind.TAMPERED: "EventBridge words it: it has to arrive even when no code of Rootguard runs.",
}
_SWEPT_AFTER: Final = timedelta(minutes=1)
_KINDS: Final = {
    Kind.UNDONE: Result.UNDONE,
    Kind.ALREADY_UNDONE: Result.ALREADY_UNDONE,
    Kind.NOT_UNDONE: Result.NOT_UNDONE,
    Kind.WATCHED: Result.WATCHED,
    Kind.REFUSED: Result.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Preview:
    """A page in every channel's layout. `pagerduty` is None where PagerDuty is told nothing."""

    page: Page
    subject: str
    email: str
    sms: str
    slack: dict[str, Any]
    pagerduty: dict[str, Any] | None

    @property
    def instead(self) -> str:
        """What comes by e-mail and SMS instead of these words, as a sentence; empty where they do."""
        return _INSTEAD.get(self.page.kind, "")

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data; what is not sent is null."""
        return {
            "kind": self.page.kind.value,
            "email": None if self.instead else {"subject": self.subject, "body": self.email},
            "sms": None if self.instead else self.sms,
            "slack": self.slack,
            "pagerduty": self.pagerduty,
        }


def run(source: str, kind: str | None, html: Path | None, *, as_json: bool) -> ExitCode:
    """Preview an incident's pages, and return the exit code. Raises TroubleError.

    Args:
        source: a file of an incident's JSON, an event's id, or "sample".
        kind: which kind of page; "all" or None for all, the incident's own first.
        html: where to write them side by side.
        as_json: print one JSON document, and nothing else.
    """
    found = pages(source)
    wanted = found if kind in {None, "all"} else {k: page for k, page in found.items() if k == kind}
    if not wanted:
        there = ", ".join(found)
        raise TroubleError(
            ExitCode.BAD_INPUT, f'--kind: "{kind}" is not among its pages; there are: {there}, all.'
        )
    previews = laid_out(wanted.values())
    if html is not None:
        from cli.preview_html import written  # noqa: PLC0415

        output.write_file(html, written(previews))
    if as_json:
        output.write_json({"pages": [preview.as_json() for preview in previews]})
    elif html is not None:
        output.stderr().print(output.printable(f"{html}: written."))
    else:
        from cli.preview_view import show  # noqa: PLC0415

        show(previews, output.stdout())
    return ExitCode.FINE


def pages(source: str) -> dict[Kind, Page]:
    """Return an incident's pages by kind, its own first. Raises TroubleError."""
    if source != SAMPLE:
        return outcomes(_incident(source))
    from cli import preview_samples  # noqa: PLC0415

    incident = incident_sample.incident()
    return outcomes(incident) | preview_samples.pages(incident)


def outcomes(incident: Incident) -> dict[Kind, Page]:
    """Return the page of each outcome that an incident can have, its own first, and of its closing."""
    kinds = sorted(_KINDS, key=lambda kind: _KINDS[kind] is not incident.result)
    at = (incident.undone_at or incident.change.at) + _SWEPT_AFTER
    return {
        **{kind: incidents.page(with_result(incident, _KINDS[kind])) for kind in kinds},
        Kind.CLEAN: closing.page(record(incident), at),
    }


def laid_out(found: Iterable[Page]) -> tuple[Preview, ...]:
    """Return pages as every channel lays them out, each with its runbook."""
    with_runbooks = (page.with_runbook(RUNBOOKS) for page in found)
    return tuple(
        Preview(
            page=page,
            subject=plain.subject(page),
            email=plain.body(page),
            sms=plain.sms(page),
            slack=slack.message(page),
            pagerduty=pagerduty.event(page, resolve_when_clean=True),
        )
        for page in with_runbooks
    )


def _incident(source: str) -> Incident:
    if source != "-" and not source.endswith(".json") and not Path(source).exists():
        from cli.incident.kept import find  # noqa: PLC0415 - boto3 is slow to load, and a file does without

        return incident_of(find(source).record, source)
    return incident_of(read_json(source), source)
