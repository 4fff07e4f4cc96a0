"""Exceptions for people: what exactly was granted, until when, who may use it and how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.output import printable
from rootguard.domain.exceptions import Grant, State
from rootguard.domain.facts import is_account_id
from rootguard.notify.words.exceptions import SHORT_DIGEST, granter_label, place_label
from rootguard.notify.words.phrases import duration_label, label_of, time_label

if TYPE_CHECKING:
    from cli.exception import Answer, Subject

STYLES: Final = {State.OPEN: "green", State.USED: "cyan", State.REVOKED: "yellow", State.EXPIRED: "dim"}


def show_answer(answer: Answer, now: datetime, console: Console) -> None:
    """Print what was granted, or that it was granted before, in 80 columns and more."""
    subject, permit = answer.subject, answer.grant.permit
    word, style = ("GRANTED", "bold green") if answer.granted else ("GRANTED BEFORE", "bold yellow")
    head = f"  one change of {label_of(subject.policy, permit.policy_id)} on {_place(subject)}"
    console.print(Text.assemble((word, style), printable(head)))
    if subject.denies:
        console.print()
        console.print(Padding(printable(f"The policy {subject.denies}: a lockout.", "bold red"), (0, 2)))
    console.print()
    console.print(_facts(answer, now))
    console.print()
    console.print(Padding(printable(_rules(granter_label(permit.granted_by))), (0, 2)))
    console.print()
    console.print(_commands(permit.policy_id, permit.target_id), soft_wrap=True)
    if not answer.granted:
        console.print()
        told = "Nothing was written. For another end, revoke it and grant it anew."
        console.print(Padding(Text(told, style="yellow"), (0, 2)))


def show_list(grants: Sequence[Grant], now: datetime, console: Console) -> None:
    """Print exceptions, a block each."""
    if not grants:
        console.print("No exceptions.")
    for grant in grants:
        permit, state = grant.permit, grant.state(now)
        head = f"{permit.policy_id} on {_target(permit.target_id)}, {_when(grant, now)}"
        console.print(Text.assemble((f"{state.value:<9}", STYLES[state]), printable(head)), soft_wrap=True)
        who = f"granted by {granter_label(permit.granted_by)}: {permit.reason or 'no reason given'}"
        console.print(Padding(printable(who, "dim"), (0, 0, 0, 9)))


def show_revoked(revoked: Sequence[Grant], others: Sequence[Grant], now: datetime, console: Console) -> None:
    """Print what was revoked, and what only others can revoke."""
    for grant in revoked:
        permit = grant.permit
        told = f"  {permit.policy_id} on {_target(permit.target_id)}: nobody can use it any more"
        console.print(Text.assemble(("REVOKED", "bold yellow"), printable(told)), soft_wrap=True)
    if not revoked:
        console.print("You have granted no open exception for this: nothing to revoke.")
    for grant in others:
        who = granter_label(grant.permit.granted_by)
        console.print(printable(f"One more is open, {_when(grant, now)}; only {who} can revoke it."))


def _facts(answer: Answer, now: datetime) -> Padding:
    subject, permit = answer.subject, answer.grant.permit
    table = Table.grid(padding=(0, 2))
    name = f"{subject.policy.name} ({permit.policy_id})" if subject.policy.name else permit.policy_id
    for label, text in (
        ("Policy", name),
        ("", f"content SHA-256 {permit.content_sha256[:SHORT_DIGEST]}"),
        ("Target", f"{_place(subject)} ({subject.target_id}): {_below(subject)}"),
        ("Until", f"{_until(permit.expires_at)}, {duration_label(permit.expires_at - now)} from now"),
        ("By", granter_label(permit.granted_by)),
        ("Reason", permit.reason),
    ):
        table.add_row(Text(label, style="dim"), printable(text))
    return Padding(table, (0, 2))


def _rules(granter: str) -> str:
    return (
        f"Anyone but you may use it, once, within that time; what {granter} does is undone as ever. "
        "Rootguard lets the change stand, accepts it, and pages on-call. If the policy's content changes "
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


def _place(subject: Subject) -> str:
    if subject.target_name is None:
        return place_label(subject.target_id)
    kind = "account" if is_account_id(subject.target_id) else "OU"
    return f'{kind} "{subject.target_name}"'


def _below(subject: Subject) -> str:
    if subject.target_name is None:
        return "every member account"
    return "this account alone" if is_account_id(subject.target_id) else "every account in it"


def _target(target_id: str) -> str:
    label = place_label(target_id)
    return label if target_id in label else f"{label} ({target_id})"


def _when(grant: Grant, now: datetime) -> str:
    state, expires_at = grant.state(now), grant.permit.expires_at
    if state is State.OPEN:
        return f"for {duration_label(expires_at - now)} more"
    at = {State.USED: grant.used_at, State.REVOKED: grant.revoked_at}.get(state) or expires_at
    return f"at {time_label(at)}"


def _until(at: datetime) -> str:
    local = at.astimezone()
    here = f" ({local:%Y-%m-%d %H:%M} {local.tzname()})" if local.utcoffset() else ""
    return f"{time_label(at)}{here}"
