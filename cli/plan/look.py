"""A plan for people: each drift, what the next sweep would decide and do about it, and what it cannot see."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.plan.findings import Finding, Findings
from cli.verdicts import STYLES, step
from rootguard.domain.verdict import Outcome
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.phrases import capital, duration_label, time_label
from rootguard.notify.story import Story, what

_INDENT: Final = 8
_WOULD: Final = {
    Outcome.REVERT: "undo {}",
    Outcome.ALERT: "page {} and leave it so",
    Outcome.ALLOW: "accept {}",
    Outcome.IGNORE: "ignore {}",
}
_PATIENCE: Final = (
    "A sweep undoes what it sees for the second time, so that the event can come first and say who did it. "
    "It undoes a lockout on Root at once."
)


def show(findings: Findings, now: datetime, console: Console) -> None:
    """Print it, in 80 columns and more."""
    console.print(_summary(findings))
    for finding in findings.found:
        console.print()
        _show_finding(finding, now, console)
    if any(finding.verdict.outcome is Outcome.REVERT for finding in findings.found):
        console.print()
        console.print(Text(_PATIENCE, style="dim"))
    if findings.unadopted:
        console.print()
        targets = ", ".join(findings.unadopted)
        first = f"Nothing was accepted yet on {targets}. The next sweep accepts what is attached there."
        console.print(printable(first, "yellow"))
    if findings.unseen:
        console.print()
        console.print(Text("Not looked at. The next sweep tries again:", style="yellow"))
        table = Table.grid(padding=(0, 1))
        for line in findings.unseen:
            table.add_row("  ·", printable(line))
        console.print(table)


def _summary(findings: Findings) -> Text:
    if not findings.found:
        seen = "Everything that was looked at" if findings.unseen else "Everything"
        return Text.assemble(("✓ ", "green"), f"No drift. {seen} is as it was accepted.")
    outcomes = Counter(finding.verdict.outcome for finding in findings.found)
    drifts = "1 drift" if len(findings.found) == 1 else f"{len(findings.found)} drifts"
    would = ", ".join(_WOULD[outcome].format(outcomes[outcome]) for outcome in _WOULD if outcomes[outcome])
    return Text.assemble(("✗ ", "bold red"), (drifts, "bold"), f". The next sweep would {would}.")


def _show_finding(finding: Finding, now: datetime, console: Console) -> None:
    drift, verdict = finding.drift, finding.verdict
    style = STYLES[verdict.outcome]
    story = Story(Incident(drift, verdict, Result.WATCHED))
    head = Text(f"{verdict.outcome.value.upper():<{_INDENT}}", style=f"bold {style}")
    console.print(head.append_text(printable(capital(what(story, with_id=True)), "bold")), soft_wrap=True)
    rule = f"rule {verdict.reason.rule}, {verdict.reason.value}"
    held = f' (protection "{verdict.protection}")' if verdict.protection is not None else ""
    age = f"; since {time_label(drift.at)}, {duration_label(now - drift.at)} ago" if now > drift.at else ""
    _below(f"{rule}{held}{age}", "dim", console)
    if verdict.obstacle is not None:
        _below(f"It is not undone, because {verdict.obstacle}.", style, console)
    for number, action in enumerate(finding.actions, start=1):
        _below(f"{number}. {step(action)}", "bold", console)


def _below(text: str, style: str, console: Console) -> None:
    console.print(Padding(printable(text, style), (0, 0, 0, _INDENT)))
