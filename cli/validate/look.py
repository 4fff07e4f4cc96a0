"""A valid guardrail.yaml for people: who protects what, what happens otherwise, whom it wakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.output import printable
from stacks.config import GuardrailConfig, Pages, Protection

if TYPE_CHECKING:
    from cli.validate.answer import Answer
    from cli.validate.principals import Lookup

_SHORT_TYPES = {"SERVICE_CONTROL_POLICY": "SCPs", "RESOURCE_CONTROL_POLICY": "RCPs"}

_Rows = Iterable[tuple[str, Text]]


def show(answer: Answer, console: Console) -> None:
    """Print what the file does, then what is odd in it, and what else was asked for."""
    config = answer.reading.config
    console.print(Text.assemble(("✓ ", "green"), printable(answer.name, "bold"), " is valid"), soft_wrap=True)
    _print(console, "", _in_all(config))
    for protection in config.protections:
        _print(console, protection.name, _of(protection, config))
    for mark, remarks in (("Warning: ", answer.reading.warnings), ("Note: ", answer.reading.notes)):
        for remark in remarks:
            console.print()
            console.print(Padding(Text(f"{mark}{remark}", "yellow" if mark == "Warning: " else ""), (0, 2)))
    if answer.lookups is not None:
        _print(console, "Trusted principals, as IAM knows them", _looked_up(answer.lookups))
    if answer.permissions is not None:
        for function, statements in answer.permissions.items():
            title = f"What the role of {function} may write in Organizations"
            _print(console, title, _written(statements))
        if not answer.permissions:
            _print(console, "", [("Writes", Text("none in Organizations: nothing is undone"))])
    console.print()


def _print(console: Console, title: str, rows: _Rows) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for heading, cell in rows:
        table.add_row(Text(heading, style="dim"), cell)
    console.print()
    if title:
        console.print(Padding(printable(title, "bold"), (0, 2)))
    console.print(Padding(table, (0, 2)))


def _in_all(config: GuardrailConfig) -> _Rows:
    if config.mode == "observe":
        yield "Mode", Text("observe: nothing is undone, on-call is only paged", "yellow")
    else:
        yield "Mode", Text("enforce: what nobody approved of is undone or paged, as each protection says")
    minutes = config.sweep.every_minutes
    yield "Sweep", Text("every minute" if minutes == 1 else f"every {minutes} minutes")
    most = config.lockout_alert_accounts
    elsewhere = "nothing is paged" if most is None else f"lockouts of more than {most} accounts are paged"
    yield "Elsewhere", Text(f"{elsewhere}; nothing is undone")
    yield "Pages", _paged(config.pages)


def _of(protection: Protection, config: GuardrailConfig) -> _Rows:
    targets = "\n".join("Root" if target == "root" else target for target in protection.targets)
    below = "\nand all OUs and accounts below" if protection.include_descendants else ""
    yield "Guards", Text(targets + below)
    yield (
        "Against",
        Text(f"changes of {' and '.join(_SHORT_TYPES[kind] for kind in protection.policy_types)}"),
    )
    undoes = protection in config.reverting
    then = "revert: undo the change, and page" if undoes else "alert: only page"
    because = " (mode: observe)" if not undoes and protection.on_violation == "revert" else ""
    yield "Then", Text(then + because, style="red" if undoes else "yellow")
    yield "Accepts", _listed(("what is attached when Rootguard first looks", *protection.allow))
    yield "Trusts", _listed(config.trusted_in(protection) or ("nobody",))
    if protection.pin_accounts:
        moved = "moves are moved back" if undoes else "moves are only paged"
        yield "Pins", _listed((*protection.pin_accounts, f"({moved})"))
    else:
        yield "Pins", Text("none")
    restores = undoes and protection.restore_policy_type
    yield (
        "Restore",
        Text("yes: a disabled policy type is enabled again" if restores else "no: a disabled type is paged"),
    )


def _listed(lines: Iterable[str]) -> Text:
    return printable("\n".join(lines))


def _paged(pages: Pages) -> Text:
    channels = {"Slack": pages.slack, "PagerDuty": pages.pagerduty}
    people = [*pages.email, *pages.sms, *(name for name, channel in channels.items() if channel)]
    if not people:
        return Text("Nobody is paged: add an address, a number or a channel under `pages`.", style="yellow")
    return printable(", ".join(people), "bold")


def _looked_up(lookups: tuple[Lookup, ...]) -> _Rows:
    if not lookups:
        yield "-", Text("none are named")
    for lookup in lookups:
        if lookup.trouble:
            yield "✗", printable(f"{lookup.arn}: {lookup.trouble}.", "red")
        elif lookup.remark:
            yield "-", printable(f"{lookup.arn} {lookup.remark}")
        else:
            yield "✓", printable(lookup.arn)


def _written(statements: list[dict[str, Any]]) -> _Rows:
    for statement in statements:
        yield _words(statement["Action"]), _listed(_all(statement["Resource"]))
        for operator, keys in statement.get("Condition", {}).items():
            # That a key must be there is no news beside what it must be.
            if operator != "Null":
                yield "", Text(_condition(keys), "dim")


def _condition(keys: Mapping[str, Any]) -> str:
    return "; ".join(f"if {key} is {' or '.join(_all(values))}" for key, values in keys.items())


def _words(actions: str | list[str]) -> str:
    return "\n".join(action.removeprefix("organizations:") for action in _all(actions))


def _all(values: str | list[str]) -> list[str]:
    return [values] if isinstance(values, str) else list(values)
