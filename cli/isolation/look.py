"""Isolation for people: which accounts, what will stop and what will not, what was done, who is isolated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.output import printable
from rootguard.notify.phrases import duration_label, time_label
from rootguard.notify.words.exceptions import granter_label

_MARKS: Final = {
    "isolated": ("✓", "green"),
    "released": ("✓", "green"),
    "not-isolated": ("·", "dim"),
    "refused": ("✗", "bold red"),
    "failed": ("✗", "bold red"),
    "not-begun": ("…", "yellow"),
    "would-isolate": ("→", "cyan"),
    "would-release": ("→", "cyan"),
}
_WORDS: Final = {
    "refused": "REFUSED",
    "failed": "FAILED",
    "not-begun": "NOT BEGUN",
    "would-isolate": "goes into quarantine",
    "would-release": "comes back",
}
STOPS: Final = (
    "every API call of the accounts' own users and roles, their root users included",
    "access to their resources from outside, for the services that honour RCPs",
)
"""What isolation stops ("Service control policies", AWS Organizations User Guide)."""
GOES_ON: Final = (
    "running instances, containers and other workloads",
    "the forensic roles that guardrail.yaml names",
    "open sessions (SSH, databases), and network traffic",
    "service-linked roles: no SCP and no RCP binds them",
)
"""What it does not."""


def show_plan(answer: Mapping[str, Any], console: Console) -> None:
    """Print what would be done with each account, in 80 columns and more."""
    isolate = answer["verb"] == "isolate"
    where = place_label(answer["quarantine"])
    count = len(answer["accounts"])
    many = "1 account" if count == 1 else f"{count} accounts"
    head = f"{many} to isolate, in {where}" if isolate else f"{many} to release, from {where}"
    console.print(printable(head, "bold"))
    _table(answer, console)
    if isolate and any(account["outcome"] == "would-isolate" for account in answer["accounts"]):
        console.print()
        _grid([*_labelled("Stops", STOPS), *_labelled("Goes on", GOES_ON)], console)
    console.print()
    if answer["refused"]:
        console.print(
            Text("Nothing was moved. Leave out the accounts that are refused, or fix why.", "bold red")
        )
    elif answer["dry_run"]:
        console.print(printable(f"Nothing is moved yet. Asked by {_who(answer['by'])}.", "dim"))


def show_done(answer: Mapping[str, Any], console: Console) -> None:
    """Print what came of each account, and what to do if something is left."""
    _table(answer, console)
    accounts = answer["accounts"]
    left = sum(account["outcome"] in ("failed", "not-begun", "refused") for account in accounts)
    console.print()
    if left:
        again = f"{left} of {len(accounts)} left. Run the same command again: it goes on with what is left."
        console.print(Text(again, "bold yellow"))
    if answer["paged"] is False:
        console.print(
            Text("On-call was not paged. Run the same command again: it only sends the page.", "yellow")
        )
    if not left and answer["paged"] is not False:
        paged = ", and on-call is paged" if answer["paged"] else ""
        console.print(Text(f"Done{paged}.", "green"))
    if answer["verb"] == "isolate" and left < len(accounts):
        ids = " ".join(account["id"] for account in accounts if account["outcome"] == "isolated")
        console.print(
            Text(f"To bring them back:\n  rootguard release {ids} --reason …", "dim"), soft_wrap=True
        )


def show_list(answer: Mapping[str, Any], console: Console) -> None:
    """Print who is isolated, a block each."""
    accounts = answer["accounts"]
    where = place_label(answer["quarantine"])
    if not accounts:
        console.print(printable(f"No account is isolated: {where} is empty."))
        return
    many = "1 account is" if len(accounts) == 1 else f"{len(accounts)} accounts are"
    console.print(printable(f"{many} isolated, in {where}", "bold"))
    for account in accounts:
        console.print()
        console.print(_account(account))
        rows = [("From", place_label(account["origin"]) or "nobody knows: release it with --to OU")]
        if account["since"]:
            since = datetime.fromisoformat(account["since"])
            ago = duration_label(datetime.now(UTC) - since)
            rows.append(("Since", f"{time_label(since)}, {ago} ago"))
        rows.append(("By", granter_label(account["by"]) if account["by"] else "the ledger does not say"))
        rows.append(("Reason", account["reason"] or "the ledger does not say"))
        _grid(rows, console)


def _table(answer: Mapping[str, Any], console: Console) -> None:
    for account in answer["accounts"]:
        mark, style = _MARKS[account["outcome"]]
        head, what = Text.assemble((f"{mark} ", style), _account(account)), _what(account)
        console.print(head)
        if answer["dry_run"] or answer["refused"]:
            now_in = place_label(account["parent"])
            _grid([*([("Now in", now_in)] if now_in else []), ("Then", what)], console)
        else:
            console.print(Padding(printable(what), (0, 0, 0, 2)))


def _what(account: Mapping[str, Any]) -> str:
    """Return what came of an account, or would come of it, and why."""
    outcome, why = account["outcome"], account["why"]
    if account["done_before"] and why:
        return str(why)
    to = f" to {place_label(account['home'])}" if outcome in ("would-release", "released") else ""
    twice = ". If you mean it, name the account twice" if account["unless_twice"] else ""
    return f"{_WORDS.get(outcome, outcome)}{to}{f': {why}' if why else ''}{twice}"


def _account(account: Mapping[str, Any]) -> Text:
    known = f"  {account['name']}  {account['email']}" if account["name"] else ""
    state = "" if account["state"] in ("", "ACTIVE") else f"  {account['state']}"
    return Text.assemble((account["id"], "bold"), printable(known + state))


def _labelled(label: str, lines: tuple[str, ...]) -> list[tuple[str, str]]:
    return [("" if place else label, line) for place, line in enumerate(lines)]


def _grid(rows: list[tuple[str, str]], console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=7)
    for label, text in rows:
        table.add_row(Text(label, style="dim"), printable(text))
    console.print(Padding(table, (0, 0, 0, 2)))


def place_label(place: Mapping[str, str]) -> str:
    """Return a place as people name it, with its id; empty if there is none."""
    if place["name"] in ("", "Root"):
        return f"Root ({place['id']})" if place["name"] else place["id"]
    return f'OU "{place["name"]}" ({place["id"]})'


def _who(by: Mapping[str, str]) -> str:
    return granter_label(by["user_id"])
