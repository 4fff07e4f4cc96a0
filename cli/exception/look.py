"""Exceptions for people: what exactly was granted, until when, who may use it and how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.exception.wish import Answer, Wish
from cli.output import printable
from rootguard.domain.exceptions import Permit, State
from rootguard.domain.policy import is_account_id
from rootguard.notify.phrases import duration_label, label_of, target_label, time_label
from rootguard.notify.words.exceptions import SHORT_DIGEST, granter_label

STYLES: Final = {State.OPEN: "green", State.USED: "cyan", State.REVOKED: "yellow", State.EXPIRED: "dim"}


def show_answer(answer: Answer, now: datetime, console: Console) -> None:
    """Print what was granted, or that it was granted before, in 80 columns and more."""
    wish, permit = answer.wish, answer.permit
    word, style = ("GRANTED", "bold green") if answer.granted else ("GRANTED BEFORE", "bold yellow")
    head = f"  one change of {label_of(wish.policy, permit.policy_id)} on {_place(wish)}"
    console.print(Text.assemble((word, style), printable(head)))
    if denies := wish.denies(now):
        console.print()
        console.print(Padding(printable(f"The policy {denies}: a lockout.", "bold red"), (0, 2)))
    console.print()
    console.print(_facts(answer, now))
    console.print()
    console.print(Padding(printable(_rules(granter_label(permit.granted_by))), (0, 2)))
    console.print()
    console.print(_commands(permit.policy_id, permit.target_id), soft_wrap=True)
    if not answer.granted:
        console.print()
        note = "Nothing was written. For another end, revoke it and grant it anew."
        console.print(Padding(Text(note, style="yellow"), (0, 2)))


def show_list(permits: Sequence[Permit], now: datetime, console: Console) -> None:
    """Print exceptions, a block each."""
    if not permits:
        console.print("No exceptions.")
    for permit in permits:
        state = permit.state(now)
        head = f"{permit.policy_id} on {_target(permit.target_id)}, {_when(permit, now)}"
        console.print(Text.assemble((f"{state.value:<9}", STYLES[state]), printable(head)), soft_wrap=True)
        who = f"granted by {granter_label(permit.granted_by)}: {permit.reason or 'no reason given'}"
        console.print(Padding(printable(who, "dim"), (0, 0, 0, 9)))


def show_revoked(
    revoked: Sequence[Permit], others: Sequence[Permit], now: datetime, console: Console
) -> None:
    """Print what was revoked, and what only others can revoke."""
    for permit in revoked:
        what = f"  {permit.policy_id} on {_target(permit.target_id)}: nobody can use it any more"
        console.print(Text.assemble(("REVOKED", "bold yellow"), printable(what)), soft_wrap=True)
    if not revoked:
        console.print("You have granted no open exception for this: nothing to revoke.")
    for permit in others:
        who = granter_label(permit.granted_by)
        console.print(printable(f"One more is open, {_when(permit, now)}; only {who} can revoke it."))


def _facts(answer: Answer, now: datetime) -> Padding:
    wish, permit = answer.wish, answer.permit
    table = Table.grid(padding=(0, 2))
    name = f"{wish.policy.name} ({permit.policy_id})" if wish.policy.name else permit.policy_id
    for label, text in (
        ("Policy", name),
        ("", f"content SHA-256 {permit.content_sha256[:SHORT_DIGEST]}"),
        ("Target", f"{_place(wish)} ({wish.target_id}): {_below(wish)}"),
        ("Until", f"{_until(permit.expires_at)}, {duration_label(permit.expires_at - now)} from now"),
        ("By", granter_label(permit.granted_by)),
        ("Reason", permit.reason),
    ):
        table.add_row(Text(label, style="dim"), printable(text))
    return Padding(table, (0, 2))


def _rules(granter: str) -> str:
    return (
        f"Anyone but you may use it, once, within that time; what {granter} does is undone as ever. "
        "Rootguard lets the change be, accepts it, and pages on-call. If the policy's content changes "
        "first, the exception holds no longer."
    )


def _commands(policy_id: str, target_id: str) -> Text:
    both = f"--policy-id {policy_id} --target-id {target_id}"
    return Text(
        "  Used in the console, or with attach-policy or detach-policy:\n"
        f"    aws organizations attach-policy {both}\n"
        "  Take it back with:\n"
        f"    rootguard exception revoke --policy {policy_id} --target {target_id}"
    )


def _place(wish: Wish) -> str:
    if wish.target_name is None:
        return target_label(wish.target_id)
    kind = "account" if is_account_id(wish.target_id) else "OU"
    return f'{kind} "{wish.target_name}"'


def _below(wish: Wish) -> str:
    if wish.target_name is None:
        return "every member account"
    return "this account alone" if is_account_id(wish.target_id) else "every account in it"


def _target(target_id: str) -> str:
    label = target_label(target_id)
    return label if target_id in label else f"{label} ({target_id})"


def _when(permit: Permit, now: datetime) -> str:
    state, expires_at = permit.state(now), permit.expires_at
    if state is State.OPEN:
        return f"for {duration_label(expires_at - now)} more"
    at = {State.USED: permit.used_at, State.REVOKED: permit.revoked_at}.get(state) or expires_at
    return f"at {time_label(at)}"


def _until(at: datetime) -> str:
    local = at.astimezone()
    here = f" ({local:%Y-%m-%d %H:%M} {local.tzname()})" if local.utcoffset() else ""
    return f"{time_label(at)}{here}"
