"""What `rootguard init` found, for people: a lockout first, then what is there and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.init.found import Found
from cli.init.words import attached_line, count_of, lockouts
from cli.options import CONFIG
from cli.output import printable
from rootguard.domain.policy import FULL_ACCESS
from rootguard.notify.phrases import types_label
from stacks.names import ORGANIZATIONS_REGIONS


def show(found: Found, path: Path | None, console: Console) -> None:
    """Print what was found. `path` is where the file was written; None if it went to stdout."""
    written = printable(str(path), "bold") if path else Text("guardrail.yaml", "bold")
    said = " is written. It protects Root, and nothing else yet" if path else " for stdout"
    console.print(Text.assemble(("✓ ", "green"), written, said), soft_wrap=True)
    for lockout in lockouts(found):
        console.print()
        console.print(Padding(Text.assemble("✗ ", printable(lockout.sentences), style="bold red"), (0, 2)))
        if lockout.command:
            # A command is copied, so it is never broken.
            console.print(Text(f"    {lockout.command}"), soft_wrap=True)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for heading, cell in _rows(found):
        table.add_row(Text(heading, "dim"), cell)
    console.print()
    console.print(Padding(table, (0, 2)))
    console.print()
    for number, step in enumerate(_next(found, path), 1):
        # A command is copied, so it is never broken.
        console.print(Text.assemble(f"  {number}. ", printable(step)), soft_wrap=True)
    console.print()


def _rows(found: Found) -> Iterator[tuple[str, Text]]:
    name = found.management_account_name
    managed = f"{found.management_account_id}{f' ({name})' if name else ''}"
    yield "Organization", printable(f"{found.organization_id}, managed by account {managed}")
    yield "Has", Text(count_of(found), "" if found.is_read else "yellow")
    for policy_type in FULL_ACCESS:
        is_on = policy_type in found.enabled
        state = Text("enabled") if is_on else Text("not enabled: there is nothing to guard yet", "yellow")
        yield types_label(policy_type), state
    attached = [
        (attached_line(entry, each), each.denies) for entry in found.on_root for each in entry.policies
    ]
    for number, (line, denies) in enumerate(attached):
        yield "" if number else "On Root", printable(line, "bold red" if denies else "")
    if not attached:
        yield "On Root", Text("nothing")
    groups = [(product, len(list(each))) for product, each in groupby(found.suggestions, lambda s: s.product)]
    for number, (product, count) in enumerate(groups):
        yield "" if number else "Could trust", Text(f"{product}: {count} role{'' if count == 1 else 's'}")
    if not groups:
        yield "Could trust", Text("no role that init knows")


def _next(found: Found, path: Path | None) -> Iterator[str]:
    if found.is_locked_out:
        yield "Detach the lockout, unless it is meant."
    yield "Name whom to page, under `pages`."
    if found.suggestions:
        yield "Read what is suggested under `trusted_principals`. None is trusted yet."
    is_default = path is None or path == CONFIG
    is_usual = found.region == ORGANIZATIONS_REGIONS["aws"]
    file = "" if is_default else f" -c {shlex.quote(str(path))}"
    region = "" if is_usual else f" --region {found.region}"
    yield f"Check it: rootguard validate --live{file}{region}"
    yield f"Deploy: {_deploy(None if is_default else path, None if is_usual else found.region)}"


def _deploy(path: Path | None, region: str | None) -> str:
    """Return the command that deploys, with a file and a Region that are not the usual ones."""
    context = ([f"config={path}"] if path else []) + ([f"region={region}"] if region else [])
    options = " ".join(f"-c {shlex.quote(each)}" for each in context)
    # make hands it to a shell of its own, so that a name with a space is quoted twice.
    quoted = shlex.quote(options) if set(options) & set('"$`\\') else f'"{options}"'
    arguments = f" ARGS={quoted}" if options else ""
    # The CDK looks the account up in the environment's Region.
    return f"{f'AWS_REGION={region} ' if region else ''}make deploy{arguments}"
