"""A delegation as it is printed, and what people should know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.exits import bad_input
from cli.prevention.audit.certainty import Certainty
from cli.prevention.audit.delegated import Delegate, delegates
from cli.prevention.delegation.document import MOST, Delegation, statements, text_of
from cli.prevention.organization import Organization

_REFUSED: Final = frozenset({"NotAction", "NotResource"})
"""Elements that AWS takes no more in a delegation policy ("Update a resource-based delegation policy", AWS
Organizations User Guide)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A resource policy with a delegation in it.

    Attributes:
        text: the whole policy, as JSON.
        kept: the names of the statements that were there before, and are in it as they were.
        refused: those of them that AWS takes no more, since 2026-06-30.
        reaching: whom these let attach to Root, or perhaps let.
    """

    delegation: Delegation
    text: str
    kept: tuple[str, ...]
    refused: tuple[str, ...]
    reaching: tuple[Delegate, ...]


def answer_for(
    delegation: Delegation, kept: Sequence[Mapping[str, Any]], organization: Organization
) -> Answer:
    """Return the policy with the delegation beside these. Raises TroubleError if it is too long."""
    text = text_of(kept, statements(delegation, organization))
    if len(text) > MOST:
        raise bad_input(
            f"The policy would have {len(text):,} characters, and AWS takes {MOST:,}: "
            "name the OUs and accounts that the account shall work on with --target."
        )
    named = {str(each.get("Sid") or f"statement {place}"): each for place, each in enumerate(kept, start=1)}
    return Answer(
        delegation=delegation,
        text=text,
        kept=tuple(named),
        refused=tuple(name for name, each in named.items() if _REFUSED & each.keys()),
        reaching=tuple(
            each for each in delegates(text, organization) if each.attaching.can is not Certainty.NO
        ),
    )
