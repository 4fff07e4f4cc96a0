"""The checks, each in its place. `CHECKS` is all of them; a judge is a pure function of what was read."""

from __future__ import annotations

from typing import Any, Final

from cli.doctor.check import Check
from cli.doctor.checks import account, deployment, events, functions, pages, rehearsals

CHECKS: Final[tuple[Check[Any], ...]] = (
    *account.CHECKS,
    *events.CHECKS,
    *rehearsals.CHECKS,
    *functions.CHECKS,
    *pages.CHECKS,
    *deployment.CHECKS,
)
