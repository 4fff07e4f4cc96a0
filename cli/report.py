"""What the drafts of reports have in common, be it an incident's or an isolation's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline; `local` is empty where local time is UTC."""

    utc: str
    local: str
    since: str
    what: str


@dataclass(frozen=True, slots=True)
class Did:
    """What one did: `who`, and what in lines."""

    who: str
    lines: tuple[str, ...]
