"""From what was found to the text of a guardrail.yaml: the one that ships, with comments added.

Every added line is a comment, or a bracket around comments: the file does what the shipped one does, whatever
the organization calls its OUs and policies. To take a suggestion up, one removes the "# " before it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from cli.drawing import Unit
from cli.init.found import Found
from cli.init.products import ACCELERATOR, CONTROL_TOWER, IDENTITY_CENTER, Suggestion
from cli.init.words import attached_line, count_of, counted, lockouts, one_line
from rootguard.domain.policy import FULL_ACCESS
from rootguard.notify.phrases import clean
from stacks.config_problems import MAX_TARGETS

TEMPLATE: Final = Path(__file__).with_name("template.yaml")
"""The guardrail.yaml that ships, kept a second time: people edit theirs, which init may replace."""

MOST_UNITS: Final = MAX_TARGETS - 1
"""The OUs that are shown: as many as can be guarded beside Root."""
MOST_ROLES: Final = 10
"""The roles of one product that are shown."""
_WIDTH: Final = 110

_HEADER: Final = (
    "# Checked when the stack is synthesized: each error names its line, and nothing is deployed.\n"
)
_TRUSTED: Final = "\ntrusted_principals: []\n"
_TARGETS: Final = "    targets:\n      - root\n"
_TYPES: Final = "    policy_types:\n"
_ALLOW: Final = "    allow: []\n"
PLACES: Final = (_HEADER, _TRUSTED, _TARGETS, _TYPES, _ALLOW)
"""The lines of the template beside which something is added."""


def rendered(found: Found) -> str:
    """Return the text of a guardrail.yaml for the organization. The same is found, the same is written."""
    additions = {
        _HEADER: _HEADER + _lines(_about(found)),
        _TRUSTED: "\n" + _lines(_trusted(found.suggestions)),
        _TARGETS: _TARGETS + _lines(_units(found.root), 6),
        _TYPES: _lines(_enabled(found.enabled), 4) + _TYPES,
        _ALLOW: _lines(_attached(found), 4) + _ALLOW,
    }
    text = TEMPLATE.read_text("utf-8")
    for place, more in additions.items():
        before, line, after = text.partition(place)
        if not line:
            raise ValueError(f"{TEMPLATE} has no line {place.strip()!r}: give PLACES those that it has.")
        text = f"{before}{more}{after}"
    return text


def _about(found: Found) -> Iterator[str]:
    yield "#"
    name = found.management_account_name
    called = f' "{one_line(name)}"' if name else ""
    yield from _prose(
        f"`rootguard init` wrote this file for the organization {found.organization_id}: {count_of(found)}, "
        f"managed by account {found.management_account_id}{called}. What it found there is in the comments."
    )


def _trusted(suggestions: tuple[Suggestion, ...]) -> Iterator[str]:
    if not suggestions:
        yield from _prose("`rootguard init` found no role of these in the management account.")
        yield "trusted_principals: []"
        return
    yield from _prose(
        "`rootguard init` found those below, and trusts none: remove the `# ` before an ARN to trust it. "
        "Whoever is trusted may change everything but lock Root out, so keep the list short."
    )
    yield "trusted_principals: ["
    # The products sort as their roles do, so that each is one group.
    groups = groupby(suggestions, key=lambda each: (each.product, each.means))
    for number, ((product, means), group) in enumerate(groups):
        yield from ("  #",) if number else ()
        yield from _offered(product, means, [each.arn for each in group])
    yield "]"


def _offered(product: str, means: str, arns: list[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in _prose(f"{product}: {means}", 2))
    yield from (f"  # {_in_brackets(arn)}," for arn in arns[:MOST_ROLES])
    if len(arns) > MOST_ROLES:
        begins = _PREFIXES.get(product, "")
        listing = f"aws iam list-roles --query \"Roles[?starts_with(RoleName,'{begins}')].Arn\""
        yield f"  # … and {len(arns) - MOST_ROLES} more: {listing}"


_PREFIXES: Final = {
    CONTROL_TOWER: "AWSControlTower",
    ACCELERATOR: "AWSAccelerator",
    IDENTITY_CENTER: "AWSReservedSSO",
}
"""How the names of a product's roles begin, of those products that can have many."""


def _in_brackets(arn: str) -> str:
    """Return an ARN as an item between brackets: IAM takes a comma in a name, YAML ends the item."""
    return f'"{arn}"' if "," in arn else arn


def _units(root: Unit) -> Iterator[str]:
    listed = list(_below(root))
    if not listed:
        return
    # Those that are further up reach further; an OU stays below the one that it is in.
    kept = {unit.id for unit, _ in sorted(listed, key=lambda each: len(each[1]))[:MOST_UNITS]}
    yield from _prose(
        "The OUs of this organization, each with the accounts directly in it. Remove the `# ` before one to "
        "guard it by the rules of this entry; with others, it needs an entry of its own "
        "(docs/examples/organization.yaml). First trust those who change policies there.",
        6,
    )
    for unit, names in listed:
        if unit.id in kept:
            more = "" if unit.is_read else ", not listed to the end"
            holds = counted(len(unit.accounts), "account")
            yield f"# - {unit.id}  # {' / '.join(map(one_line, names))} ({holds}{more})"
    if len(listed) > len(kept):
        yield f"# … and {len(listed) - len(kept)} OUs further down."


def _below(unit: Unit, *above: str | None) -> Iterator[tuple[Unit, tuple[str | None, ...]]]:
    """Yield every OU below one, with the names that lead to it."""
    for each in unit.units:
        names = (*above, each.name)
        yield each, names
        yield from _below(each, *names)


def _enabled(enabled: frozenset[str]) -> Iterator[str]:
    off = [each for each in FULL_ACCESS if each not in enabled]
    on = ", ".join(sorted(map(clean, enabled))) or "none"
    idle = f" Not enabled: {', '.join(off)}; guarded as soon as someone enables it." if off else ""
    yield from _prose(f"Enabled in this organization: {on}.{idle}", 4)


def _attached(found: Found) -> Iterator[str]:
    yield from _prose(f"What is attached to Root ({found.root.id}) today:", 4)
    for entry in found.on_root:
        yield from (f"#   {attached_line(entry, policy)}" for policy in entry.policies)
    if not any(entry.policies for entry in found.on_root):
        yield "#   nothing"
    for lockout in lockouts(found):
        yield from _prose(lockout.sentences, 4)
        # A command is copied, so it is never broken.
        yield from (f"#   {command}" for command in (lockout.command,) if command)


def _prose(text: str, indent: int = 0) -> list[str]:
    width = _WIDTH - indent - 2
    wrapped = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return [f"# {line}" for line in wrapped]


def _lines(lines: Iterable[str], indent: int = 0) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in lines)
