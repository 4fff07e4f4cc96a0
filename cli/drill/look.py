"""A drill for people: what happened when, Root before and after, the pages as they were sent."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.preview.look import pagerduty, slack
from drill.scenarios import Scenario

_WIDEST = 100
_MOMENTS = {"incident": ("✗", "bold red"), "clean": ("✓", "bold green")}
"""How the two moments stand out that a reader looks for."""
_SHORTENED = "CloudTrail's way is shortened here: on AWS, 14 to 39 s have been seen."
_CHANNELS = ("email", "sms", "slack", "pagerduty")
_LAID_OUT = {"slack": ("Slack", slack), "pagerduty": ("PagerDuty", lambda event: pagerduty([event]))}
_THEN = {
    "deny-all-on-root": "On 2023-12-05 it took 25 minutes.",
}
"""How long it took the people whose incident a scenario replays."""


def show(result: Mapping[str, Any], console: Console) -> None:
    """Print it, in 80 columns and more, with and without colour."""
    width = min(console.width, _WIDEST)
    console.print()
    console.print(Text.assemble(("Drill ", "dim"), (result["scenario"], "bold"), f": {result['title']}"))
    console.print()
    console.print(_timeline(result["timeline"]), width=width)
    console.print(Text(f"\n{_SHORTENED}", style="dim"), width=width)
    console.print()
    console.print(_root_over_time(result))
    console.print()
    for page in sorted(result["pages"], key=lambda page: _CHANNELS.index(page["channel"])):
        console.print(_page(page, width))
    console.print()
    console.print(_reads(result["organizations_calls_before_detach"]), width=width)
    console.print()
    console.print(_verdict(result), width=width)


def show_list(scenarios: Iterable[Scenario], console: Console) -> None:
    """Print the names and what happens in each."""
    table = Table.grid(padding=(0, 2))
    for scenario in scenarios:
        table.add_row(Text(scenario.name, style="bold"), scenario.title)
    console.print(table)


def show_all(reports: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print a line of each drill, with what failed in it."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column()
    table.add_column("scenario", no_wrap=True)
    table.add_column("detached after", justify="right", no_wrap=True)
    table.add_column("what happens")
    for report in reports:
        mark = Text("✓", style="green") if report["passed"] else Text("✗", style="bold red")
        seconds = report["seconds_to_detach"]
        took = Text("" if seconds is None else f"{seconds:.1f} s", style="dim")
        table.add_row(mark, Text(report["scenario"], style="bold"), took, report["title"])
        for failure in report["failures"]:
            table.add_row("", "", "", printable(f"not so: {failure}", "red"))
    console.print()
    console.print(table)
    passed = sum(1 for report in reports if report["passed"])
    console.print()
    style = "bold green" if passed == len(reports) else "bold red"
    console.print(Text(f"{passed} of {len(reports)} passed", style=style))


def _timeline(timeline: Sequence[Mapping[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for entry in timeline:
        mark, style = _MOMENTS.get(entry["moment"], (" ", ""))
        table.add_row(
            Text(f"{entry['at_seconds']:.2f} s", style=style or "dim"),
            Text(mark, style=style),
            printable(entry["who"], style or "cyan"),
            printable(entry["what"], style),
        )
    return table


def _root_over_time(result: Mapping[str, Any]) -> Columns:
    before = frozenset(result["root_policies_before"])
    moments = {
        title: result[key]
        for title, key in (
            ("Root before", "root_policies_before"),
            ("meanwhile", "root_policies_meanwhile"),
            ("Root after", "root_policies_after"),
        )
        if result.get(key)
    }
    panels = (_root(title, policies, frozenset(policies) - before) for title, policies in moments.items())
    return Columns(panels, padding=(0, 1))


def _root(title: str, policies: Sequence[str], strangers: frozenset[str]) -> Panel:
    lines = Text("\n").join(
        printable(policy, "red" if policy in strangers else "green") for policy in policies
    )
    return Panel(lines, title=title, border_style="red" if strangers else "green", padding=(0, 1))


def _page(page: Mapping[str, Any], width: int) -> Panel | Padding:
    text = page["text"].rstrip("\n")
    if page["channel"] == "email":
        padding = 2
        body = _hanging(text, width - 2 * (padding + 1))
        if page.get("subject"):
            body = f"{page['subject']}\n\n{body}"
        title = f"E-mail to {page['endpoint']}" if page.get("endpoint") else "E-mail"
        return Panel(
            printable(body), title=printable(title), title_align="left", padding=(1, padding), width=width
        )
    if page["channel"] == "sms":
        return Padding(printable(_hanging(f"SMS  {text}", width)), (1, 0))
    title, laid_out = _LAID_OUT[page["channel"]]
    return Panel(laid_out(json.loads(text)), title=title, title_align="left", padding=(1, 2), width=width)


def _hanging(text: str, width: int) -> str:
    """Wrap long lines under where their words began, so that the page's columns stay columns."""
    return "\n".join(_wrapped(line, width) for line in text.splitlines())


def _wrapped(line: str, width: int) -> str:
    label = re.match(r"\s+|\d+\. |\S+\s{2,}", line)
    indent = " " * (label.end() if label else 0)
    wrapped = textwrap.wrap(
        line, width, subsequent_indent=indent, break_on_hyphens=False, replace_whitespace=False
    )
    return "\n".join(wrapped)


def _reads(calls: Sequence[str]) -> Text:
    text = Text("Organizations calls before the detach: ", style="dim")
    return text.append_text(printable(", ".join(calls) or "none", "dim"))


def _verdict(result: Mapping[str, Any]) -> Text:
    if result["passed"] is not True:
        failures = "\n".join(f"  not true: {failure}" for failure in result["failures"])
        return Text.assemble(("✗ FAILED", "bold red"), "\n", printable(failures))
    seconds = result["seconds_to_detach"]
    if seconds is None:
        return Text("✓ PASSED", style="bold green")
    how = f"Clean again after {seconds:.1f} s, and paged."
    then = _THEN.get(result["scenario"], "")
    return Text.assemble(("✓ PASSED", "bold green"), "  ", f"{how} {then}".rstrip())
