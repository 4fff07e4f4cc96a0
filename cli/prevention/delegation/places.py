"""Where a member account may attach policies: everywhere but on Root and on what guardrail.yaml protects.

A policy that is attached to an OU binds all below it. So what is above a protected target is left out, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cli.drawing import Unit
from rootguard.domain.guardrail import ROOT, Guardrail, protection_of
from rootguard.domain.policy import is_account_id


@dataclass(frozen=True, slots=True)
class Places:
    """Where policies may be attached.

    Attributes:
        ous: the OUs; None for every OU, also one that is made later.
        accounts: the accounts; None for every account.
        left_out: the OUs and accounts that are protected, or have something protected below them.
    """

    ous: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None
    left_out: tuple[str, ...] = ()

    @property
    def is_nowhere(self) -> bool:
        """Whether there is no place left."""
        return self.ous == () and self.accounts == ()


EVERYWHERE = Places()
"""Every OU and account. Root is neither."""


def protects_below_root(guardrail: Guardrail) -> bool:
    """Tell whether anything but Root is protected, so that not every OU may be delegated."""
    return any(entry.targets - {ROOT} or entry.include_descendants for entry in guardrail.protections)


def protects_all(guardrail: Guardrail) -> bool:
    """Tell whether Root is protected with all that is below it."""
    return any(ROOT in entry.targets and entry.include_descendants for entry in guardrail.protections)


def places_named(targets: Iterable[str]) -> Places:
    """Return the places that somebody named."""
    distinct = tuple(dict.fromkeys(targets))
    accounts = tuple(target for target in distinct if is_account_id(target))
    return Places(tuple(target for target in distinct if target not in accounts), accounts)


def places_in(root: Unit, guardrail: Guardrail, management_account_id: str) -> Places:
    """Return the places of an organization where policies may be attached.

    Args:
        root: the organization's whole tree.
        guardrail: what protects.
        management_account_id: no policy binds it, so it is no place.
    """
    ous: list[str] = []
    accounts: list[str] = []
    left_out: list[str] = []

    def divide(unit: Unit, above: tuple[str, ...]) -> bool:
        """Sort what is in a unit; return whether anything of it is protected."""
        path = (unit.id, *above)
        protected = [divide(child, path) for child in unit.units]
        for account in unit.accounts:
            if account.id != management_account_id:
                protected.append(protection_of(account.id, guardrail, lambda _: path) is not None)
                (left_out if protected[-1] else accounts).append(account.id)
        is_left_out = any(protected) or protection_of(unit.id, guardrail, lambda _: above) is not None
        if above:  # Root is no place in any case.
            (left_out if is_left_out else ous).append(unit.id)
        return is_left_out

    divide(root, ())
    every_account = not any(map(is_account_id, left_out))
    return Places(
        tuple(ous) if left_out else None,
        None if every_account else tuple(accounts),
        tuple(sorted(left_out, key=lambda target: (is_account_id(target), target))),
    )


def unread_in(unit: Unit) -> Iterator[str]:
    """Yield the root or OUs whose children could not be listed to the end."""
    if not unit.is_read:
        yield unit.id
    for child in unit.units:
        yield from unread_in(child)
