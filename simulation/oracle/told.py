"""What people were told: the pages that wake them, and whom and what each names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulation.identities import PIPELINE, PIPELINE_ROLE
from simulation.trace import Paged, Record

NOBODY: Final = ""
"""Whom a page names that does not know who it was."""
_USER: Final = re.compile(r"\buser ([\w-]+)")
_ROLE: Final = re.compile(r"\brole ([\w-]+)")


@dataclass(frozen=True, slots=True)
class Told:
    """One page.

    Attributes:
        by: whom it names as the one who did it.
        stage: its kind, such as "undone" or "not-undone".
        text: all of it, by which it can be asked what it names.
    """

    at: float
    number: int
    by: str
    stage: str
    title: str
    text: str

    def names(self, *ids: str) -> bool:
        """Tell whether the page names all these ids."""
        return all(id_ in self.text for id_ in ids if id_)


def told_of(trace: Sequence[Record]) -> tuple[Told, ...]:
    """Return the pages that woke people, in order."""
    return tuple(
        Told(
            at=record.at,
            number=number,
            by=_by(record.page, record.text),
            stage=record.kind,
            title=record.subject,
            text=f"{record.subject}\n{record.text}\n{record.message}",
        )
        for number, record in enumerate(trace)
        if isinstance(record, Paged) and record.wakes
    )


def _by(page: Mapping[str, Any], text: str) -> str:
    lines = [line for field in page.get("fields", ()) if field["label"] == "By" for line in field["lines"]]
    said = lines[0] if lines else next((line for line in text.splitlines() if line.startswith("By ")), "")
    user, role = _USER.search(said), _ROLE.search(said)
    if user:
        return user[1]
    if role:
        return PIPELINE if PIPELINE_ROLE.endswith(f"/{role[1]}") else role[1]
    return NOBODY
