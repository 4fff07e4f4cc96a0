"""The audit for people: a table of who can attach a policy to Root and why, the worst first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output import printable
from cli.prevention.audit.answer import Audit, Can, Expected, Finding
from cli.prevention.audit.attaching import Attaching
from cli.prevention.audit.delegated import EVERYONE, Delegate
from cli.prevention.audit.judgement import UNREAD, Ground, Judgement, Part
from cli.prevention.audit.principals import Kind
from cli.prevention.organization import TYPES, Organization
from rootguard.domain.policy import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY

_MOST: Final = 3
"""Of a list in a cell; how many more there are is said. The JSON has all."""
_SHORT: Final = {SERVICE_CONTROL_POLICY: "SCPs", RESOURCE_CONTROL_POLICY: "RCPs"}
_ACCOUNT: Final = re.compile(r"(?:arn:[a-z-]+:iam::)?([0-9]{12})(?::root)?")
_EXPECTED: Final = {
    Expected.TRUSTED: "trusted in guardrail.yaml",
    Expected.OWN: "Rootguard's own",
}
_MARKS: Final[Mapping[str, tuple[str, str]]] = {
    Can.YES: ("✗", "red"),
    Can.UNCERTAIN: ("?", "yellow"),
    Can.INDIRECTLY: ("?", "yellow"),
}


def show(audit: Audit, console: Console) -> None:
    """Print it, in 80 columns and more."""
    console.print(_summary(audit))
    if audit.findings or audit.delegates:
        console.print()
        console.print(_table(audit))
    console.print()
    for line in _notes(audit):
        console.print(printable(line, "dim"))


def _summary(audit: Audit) -> Text:
    judged = f"{_count(audit.users, 'user')} and {_count(audit.roles, 'role')} were judged."
    how = Counter(finding.can for finding in audit.unexpected)
    how.update(Can(delegate.attaching.can.word) for delegate in audit.reaching)
    if not how:
        nobody = "Nobody but who is meant to can attach a policy to Root. "
        return Text.assemble(("✓ ", "green"), (nobody, "bold"), judged)
    said = f"{how[Can.YES] or 'Nobody for sure'} can attach a policy to Root"
    said += f", {how[Can.UNCERTAIN]} perhaps can" if how[Can.UNCERTAIN] else ""
    said += f", {how[Can.INDIRECTLY]} can let themselves do it" if how[Can.INDIRECTLY] else ""
    return Text.assemble(("✗ ", "bold red"), (f"{said}. ", "bold"), judged)


def _table(audit: Audit) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("who", overflow="fold", ratio=1)
    table.add_column("can", no_wrap=True)
    table.add_column("by which policy, statement", overflow="fold", ratio=1)
    for finding in audit.findings:
        table.add_row(*_finding(finding, audit.organization))
    if audit.delegates:
        if audit.findings:
            table.add_row()
        table.add_row("", Text("the resource policy delegates to", "dim"))
    for delegate in audit.delegates:
        table.add_row(*_delegate(delegate))
    return table


def _finding(finding: Finding, organization: Organization) -> tuple[Text, Text, Text, Text]:
    principal = finding.principal
    mark, style = _MARKS[finding.can]
    if finding.expected is not None or principal.is_of_a_service:
        mark, style = "·", "dim"
    who = printable(f"{principal.kind.value}/{principal.name}", "bold")
    about = [_EXPECTED[finding.expected]] if finding.expected else []
    if principal.permission_set:
        about.append(f"permission set {principal.permission_set}")
    elif principal.is_service_linked:
        about.append(f"service-linked: {_listed(principal.trust.principals)}")
    elif principal.kind is Kind.ROLE:
        trusted = [_trusted(name, organization) for name in principal.trust.principals]
        about.append(f"assumed by {_listed(trusted) or 'nobody'}")
    for line in about:
        who.append("\n").append_text(printable(line, "dim"))
    is_direct = finding.can is not Can.INDIRECTLY
    why = _why(finding.attaching) if is_direct else _why_itself(finding.itself)
    return Text(mark, style), who, Text(finding.can.value, style), why


def _delegate(delegate: Delegate) -> tuple[Text, Text, Text, Text]:
    mark, style = _MARKS.get(delegate.attaching.can.word, ("✓", "green"))
    name = delegate.principal
    shown = "everyone" if name == EVERYONE else f"account {name}" if name.isdecimal() else name
    why = _why(delegate.attaching) if delegate.attaching.grants else Text("not on Root", "dim")
    return Text(mark, style), printable(shown, "bold"), Text(delegate.attaching.can.word, style), why


def _trusted(name: str, organization: Organization) -> str:
    account = _ACCOUNT.fullmatch(name)
    if account is None:
        return "everyone" if name == EVERYONE else name
    is_own = account[1] == organization.management_account_id
    return f"principals of {'this account' if is_own else f'account {account[1]}'}"


def _why_itself(judgement: Judgement) -> Text:
    why = Text("can change its own policies:\n")
    return why.append_text(_grounds(judgement.grants, judgement.doubts))


def _grounds(grants: Sequence[Ground], doubts: Sequence[Ground]) -> Text:
    sure = [_place(ground) for ground in grants if UNREAD not in ground.unknown]
    unsure = [_doubt(ground, grants) for ground in doubts]
    lines = [*((line, "") for line in _shortened(sure)), *((line, "yellow") for line in _shortened(unsure))]
    return Text("\n").join(printable(line, style) for line, style in lines)


def _why(attaching: Attaching) -> Text:
    why = _grounds(attaching.grants, attaching.doubts)
    if attaching.only:
        why.append("\n").append_text(printable(f"only {_listed(attaching.only)}", "dim"))
    if attaching.policy_types != TYPES:
        types = " and ".join(_SHORT[kind] for kind in attaching.policy_types)
        why.append("\n").append_text(printable(f"only {types}", "dim"))
    return why


def _doubt(ground: Ground, grants: Sequence[Ground]) -> str:
    if UNREAD in ground.unknown:
        return f"{ground.policy} could not be read"
    keys = _listed(ground.unknown)
    if ground in grants:
        return f"depends on {keys}"
    what = "Deny" if ground.part is Part.DENY else "Allow"
    return f"{what} depends on {keys}: {_place(ground)}"


def _place(ground: Ground) -> str:
    return f"{ground.policy}, {ground.statement}" if ground.statement else ground.policy


def _notes(audit: Audit) -> Iterable[str]:
    if not audit.delegates:
        yield "No resource policy delegates anything to a member account."
    if audit.own_unknown:
        yield f"Rootguard's own roles are not marked. {audit.own_unknown}"
    if any(finding.expected or finding.principal.is_of_a_service for finding in audit.findings):
        yield "· is meant to, or only services of AWS assume it. Who may pass them such a role is not judged."
    yield "The management account's root user can always do it: no IAM policy binds it."
    yield "Not judged: longer ways to the permission, and who can edit a policy that is attached to Root."


def _shortened(lines: Sequence[str]) -> list[str]:
    distinct = list(dict.fromkeys(lines))
    more = len(distinct) - _MOST
    return [*distinct[:_MOST], *([f"and {more} more"] if more > 0 else [])]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(_shortened(names))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
