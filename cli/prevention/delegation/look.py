"""The delegation for people: what it lets the account do, what it does not, and how to apply it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.prevention.delegation.answer import Answer
from cli.prevention.delegation.places import Places
from rootguard.domain.policy import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY

FILE: Final = "delegation.json"
_SHORT: Final = {SERVICE_CONTROL_POLICY: "SCPs", RESOURCE_CONTROL_POLICY: "RCPs"}
_MOST: Final = 6


def show(answer: Answer, console: Console, out: Path | None, command: str) -> None:
    """Explain it, in 80 columns and more.

    Args:
        answer: what was printed.
        console: for people; the policy itself went to stdout, or to `out`.
        out: the file that it was written to.
        command: what prints the same again.
    """
    delegation = answer.delegation
    policies = " and ".join(_SHORT[kind] for kind in delegation.policy_types)
    console.print()
    console.print(Text(f"What it lets account {delegation.account_id} do", "bold"))
    console.print(
        _rows(
            ("see", f"the organization, its OUs and accounts, and its {policies}"),
            ("create", f"{policies}, and delete those that are attached nowhere"),
            ("attach", f"{policies} to {_where(delegation.places)}, and detach them there"),
        )
    )
    console.print(Text("What it does not", "bold"))
    console.print(_rows(*_not_delegated(delegation.places)))
    console.print(
        Padding(
            "Users and roles of the account need IAM permissions for the same actions, and no SCP that "
            "denies them.",
            (0, 2),
            expand=False,
        )
    )
    console.print()
    console.print(Text("How to apply it", "bold"))
    # A command is copied, so it is never broken.
    if out is None:
        console.print(Text(f"  {command} --out {FILE}"), soft_wrap=True)
    content = f"file://{shlex.quote(str(out or FILE))}"
    console.print(Text(f"  aws organizations put-resource-policy --content {content}"), soft_wrap=True)
    console.print(Padding(printable(_replaces(answer)), (0, 2), expand=False))
    if answer.refused:
        trouble = (
            f"AWS refuses the policy as long as {_listed(answer.refused)} has NotAction or NotResource. "
            "Write Action and Resource there."
        )
        console.print(Padding(printable(trouble, "bold red"), (0, 2), expand=False))
    for delegate in answer.reaching:
        ground = delegate.attaching.grants[0]
        trouble = (
            f'Statement "{ground.statement}", which was there before, lets {delegate.principal} attach to '
            f"Root ({delegate.attaching.can.word}). Take Root out of its resources."
        )
        console.print(Padding(printable(trouble, "bold red"), (0, 2), expand=False))


def _rows(*rows: tuple[str, str]) -> Padding:
    table = Table.grid(padding=(0, 2), expand=False)
    table.add_column(no_wrap=True)
    for heading, text in rows:
        table.add_row(Text(heading, style="dim"), printable(text))
    return Padding(table, (0, 2, 1, 2), expand=False)


def _where(places: Places) -> str:
    if places.ous is None and places.accounts is None:
        return "every OU and account, also those made later"
    ous = "every OU" if places.ous is None else _counted(places.ous, "OU")
    accounts = "every account" if places.accounts is None else _counted(places.accounts, "account")
    return " and ".join(filter(None, (ous, accounts)))


def _not_delegated(places: Places) -> tuple[tuple[str, str], ...]:
    protected = f"the same on {_listed(places.left_out)}: guardrail.yaml protects it, or what is below it"
    of_root = "a policy's text: UpdatePolicy knows no target, so it would reach policies on Root, too"
    return (
        ("Root", "attach or detach anything there"),
        *([("protected", protected)] if places.left_out else []),
        ("edit", f"{of_root}. A new policy can take its place"),
        ("more", "enable or disable a policy type, move accounts, change this delegation"),
    )


def _replaces(answer: Answer) -> str:
    replaces = "It replaces the organization's whole resource policy"
    if not answer.kept:
        return f"{replaces}. No other statement is there now."
    kept = "1 statement that is" if len(answer.kept) == 1 else f"{len(answer.kept)} statements that are"
    return f"{replaces}. It includes the {kept} there now: {_listed(answer.kept)}."


def _counted(ids: Sequence[str], what: str) -> str:
    if not ids:
        return ""
    if len(ids) <= _MOST:
        return _listed(ids)
    return f"{len(ids)} {what}s"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")
