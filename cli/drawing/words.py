"""What the picture says beside its names, in the SVG and in mermaid alike."""

from __future__ import annotations

from cli.drawing.folding import Branch, Folded
from cli.drawing.organization import Account, Unit
from rootguard.domain.policy import is_root_id
from rootguard.notify.phrases import clean


def label(place: Unit | Account) -> str:
    """Return its name on one line, or its id where it has none; the root is Root."""
    if is_root_id(place.id):
        return "Root"
    return clean(place.name) if place.name else clean(place.id)


def remark(branch: Branch) -> str:
    """Say what is folded in a unit, or how many accounts are at and below it, and what could not be read."""
    if branch.folded:
        return folded_label(branch.folded)
    if branch.is_read:
        return counted(branch.accounts, "account")
    return f"at least {counted(branch.accounts, 'account')}" if branch.accounts else "could not be read"


def folded_label(folded: Folded) -> str:
    """Return what is folded, such as "48 accounts, 12 OUs"."""
    least = "" if folded.is_read else "at least "
    units = f", {counted(folded.units, 'OU')}" if folded.units else ""
    return f"{least}{counted(folded.accounts, 'account')}{units}"


def counted(number: int, thing: str) -> str:
    """Return a number with its noun, such as "1 account" or "1,204 OUs"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
