"""The options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", metavar="FILE", help="The protection policy.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]

CONFIG: Final = Path("guardrail.yaml")
