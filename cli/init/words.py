"""The words that the written file and the view on it share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cli.init.found import Found
from cli.init.on_root import Attached, OnRoot
from rootguard.domain.policy import full_access_of
from rootguard.notify.phrases import brief, clean, lockout_label, types_label

_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Warned:
    """A lockout that is on Root now: what to know, and the command that ends it; empty if there is no one."""

    sentences: str
    command: str = ""


def lockouts(found: Found) -> Iterator[Warned]:
    """Yield each lockout that is on Root now."""
    for entry in found.on_root:
        alone = [policy for policy in entry.policies if policy.denies]
        for policy in alone:
            yield Warned(
                f'LOCKOUT: "{one_line(policy.name)}" on Root {lockout_label(entry.policy_type)}, now. The '
                "first sweep accepts it, and pages it as critical. Unless it is meant, detach it first:",
                f"aws organizations detach-policy --policy-id {policy.id} --target-id {found.root.id}",
            )
        if entry.is_closed and not alone:
            yield Warned(
                f"LOCKOUT: together, the {types_label(entry.policy_type)} on Root lock everyone out, now, "
                "though none of them does so alone. The first sweep accepts them. Unless this is meant, "
                "change them first."
            )


def attached_line(entry: OnRoot, policy: Attached) -> str:
    """Return a policy that is attached to Root, on one line."""
    kind = types_label(entry.policy_type).removesuffix("s")
    known = "AWS's own full access" if full_access_of(policy.id) else f'"{one_line(policy.name)}"'
    denies = f"  LOCKOUT: it {one_line(policy.denies, 200)}" if policy.denies else ""
    return f"{kind}  {policy.id}  {known}{denies}"


def count_of(found: Found) -> str:
    """Return how many accounts and OUs there are."""
    more = "" if found.is_read else "; not all of them could be listed"
    return f"{counted(found.accounts, 'account')} and {counted(found.units, 'OU')}{more}"


def counted(number: int, what: str) -> str:
    """Return a number of things."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def one_line(name: str | None, longest: int = _LONGEST_NAME) -> str:
    """Return a name on one line, of which nothing can end a comment. People may call a thing anything."""
    return brief(" ".join(clean(name or "").split()), longest) or "no name"
