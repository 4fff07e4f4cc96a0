"""What people heard: the pages of incidents, and whom and what each names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulation.identities import PIPELINE, PIPELINE_ROLE
from simulation.rehearsal import REHEARSAL, REHEARSAL_ROLE
from simulation.trace import Paged, Record

NOBODY: Final = ""
"""Whom a page names that does not know who it was."""
_ROLES: Final = {PIPELINE_ROLE: PIPELINE, REHEARSAL_ROLE: REHEARSAL}
"""Who acts by which role."""
_USER: Final = re.compile(r"\buser[ /]([\w-]+)")
_ROLE: Final = re.compile(r"\brole[ /]([\w-]+)")


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        by: whom it names as the one who did it.
        stage: its kind, such as "undone" or "not-undone".
        about: its title, and its fields of the policy and of the place; all of its text if it has no fields.
        text: all of it.
    """

    at: float
    number: int
    by: str
    stage: str
    title: str
    about: str
    text: str

    def mentions(self, *ids: str) -> bool:
        """Tell whether all these ids occur in the page: it may tell of something else beside."""
        return all(id_ in self.text for id_ in ids if id_)

    def names(self, *ids: str) -> bool:
        """Tell whether the page is about all these ids."""
        return all(id_ in self.about for id_ in ids if id_)


def pages_of(trace: Sequence[Record]) -> tuple[Page, ...]:
    """Return the pages of incidents, in order; also those that add who did it, and wake nobody."""
    return tuple(
        Page(
            at=record.at,
            number=number,
            by=_by(record.page, record.text),
            stage=record.kind,
            title=_title(record),
            about=_about(record),
            text=f"{record.subject}\n{record.text}",
        )
        for number, record in enumerate(trace)
        if isinstance(record, Paged) and (record.wakes or record.of_incident)
        # How a rehearsal ended is no incident.
        if record.kind != REHEARSAL
    )


def _title(record: Paged) -> str:
    """Return the subject; of a lockout in force it says that first, and the first sentence what was done."""
    said = record.page.get("sentences", ())[:1] if "LOCKED OUT" in record.subject else ()
    return "\n".join([record.subject, *said])


def _about(record: Paged) -> str:
    lines = [*_field(record.page, "Policy"), *_field(record.page, "Where")]
    return "\n".join([record.subject, *(lines or [record.text])])


def _field(page: Mapping[str, Any], label: str) -> list[str]:
    return [line for field in page.get("fields", ()) if field["label"] == label for line in field["lines"]]


def _by(page: Mapping[str, Any], text: str) -> str:
    # A plain line, which the guard sends itself, says it at its end.
    plain = (line.rpartition(", by ")[2] for line in text.splitlines() if line.startswith("Rootguard: "))
    told = (line for line in text.splitlines() if line.startswith("By "))
    said = next(iter([*_field(page, "By"), *told, *plain]), "")
    user, role = _USER.search(said), _ROLE.search(said)
    if user:
        return user[1]
    if role:
        return next((who for arn, who in _ROLES.items() if arn.endswith(f"/{role[1]}")), role[1])
    return NOBODY
