"""stdout and stderr made ready: in which bytes the command's text leaves.

What goes into a file or a pipe is UTF-8, whatever the locale, unless PYTHONIOENCODING wishes otherwise: no
name in a report is lost. A terminal gets what it can show, and the command's own marks in ASCII for the rest.
"""

from __future__ import annotations

import codecs
import os
import sys
from typing import Final

_IN_ASCII: Final = {
    "✓": "+",
    "✗": "x",
    "✕": "x",
    "▶": ">",
    "→": "->",
    "·": "-",
    "…": "...",
}
_UNENCODABLE: Final = "rootguard.in-ascii"


def make_ready() -> None:
    """Make both streams ready, before anything is written."""
    codecs.register_error(_UNENCODABLE, _in_ascii)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by who started us: nobody wants to hear it.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif stream.isatty() or "PYTHONIOENCODING" in os.environ:
            stream.reconfigure(errors=_UNENCODABLE)
        else:
            stream.reconfigure(encoding="utf-8", errors=_UNENCODABLE)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for text that cannot be encoded, and where to go on: "?" for what is no mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unencodable = error.object[error.start : error.end]
    return "".join(_IN_ASCII.get(character, "?") for character in unencodable), error.end
