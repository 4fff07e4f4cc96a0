"""What the drafts of reports have in common, be it an incident's or an isolation's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli import output


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


def write(text: str, out: Path | None, document: dict[str, Any] | None) -> None:
    """Write a draft to a file, or else to stdout.

    Args:
        text: the draft.
        out: the file.
        document: what a script gets in JSON of it, beside the draft or the file; None if people read it.
    """
    if out is not None:
        output.write_file(out, text)
    if document is not None:
        output.write_json(document | ({"report": text} if out is None else {"file": str(out)}))
    elif out is None:
        output.write_text(text)
    else:
        output.stderr().print(output.printable(f"{out}: written."))
