"""An explanation for people: the verdict, why, the eight rules with the one that spoke, the writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.explain.explanation import Explanation
from cli.explain.witness import denial_label
from cli.output import printable
from cli.verdicts import STYLES, step
from rootguard.domain.drift import Drift
from rootguard.domain.verdict import Outcome, Verdict

RULES: Final = (
    "the call failed, or IAM refused it",
    "Rootguard made the change itself",
    "nothing protected is touched",
    "the policy's type is not covered",
    "full access, allow-listed, or as it was accepted there",
    "made by a trusted principal, and no lockout on Root",
    "an exception that someone else granted permits it",
    "none of these: a violation",
)


def show(explanation: Explanation, console: Console) -> None:
    """Print it, in 80 columns and more."""
    verdict = explanation.verdict
    style = STYLES[verdict.outcome]
    head = Text(verdict.outcome.value.upper(), style=f"bold {style}")
    head.append(f"  rule {verdict.reason.rule}, {verdict.reason.value}", style=style)
    if verdict.protection is not None:
        head.append_text(printable(f'  (protection "{verdict.protection}")', "dim"))
    console.print(head)
    console.print()
    console.print(Padding(printable(explanation.why), (0, 2)))
    for line in _denials(explanation):
        console.print(Padding(printable(line, "dim"), (0, 2)))
    for assumption in explanation.assumptions:
        console.print(Padding(printable(assumption, "italic"), (0, 2)))
    if isinstance(explanation.found, Drift):
        # A record of anything else never reached the rules.
        console.print()
        console.print(_ladder(verdict, style))
    console.print()
    for number, action in enumerate(explanation.actions, start=1):
        console.print(printable(f"  {number}. {step(action)}", "bold"), soft_wrap=True)
    if not explanation.actions:
        is_undone = verdict.outcome is Outcome.REVERT
        nothing = "Nothing to write: it is undone already." if is_undone else "Nothing is written."
        console.print(Text(f"  {nothing}", style="dim"))


def _denials(explanation: Explanation) -> Iterator[str]:
    """Yield how much is denied, alone and together, and who can still work."""
    if explanation.alone is not None:
        yield f"The policy denies: {denial_label(explanation.alone)}."
    if explanation.together is not None:
        yield f"All policies of its type there deny together: {denial_label(explanation.together)}."
    if explanation.witness is not None:
        yield explanation.witness


def _ladder(verdict: Verdict, style: str) -> Table:
    table = Table.grid(padding=(0, 2))
    for number, rule in enumerate(RULES, start=1):
        if number == verdict.reason.rule:
            table.add_row(
                "", Text(f"{number}", style=f"bold {style}"), Text(rule, style=f"bold {style}"), "yes"
            )
        else:
            answer = "no" if number < verdict.reason.rule else "not asked"
            table.add_row("", *(Text(cell, style="dim") for cell in (str(number), rule, answer)))
    return table
