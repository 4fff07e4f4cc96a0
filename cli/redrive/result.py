"""What came of one dead letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cli.redrive.letter import Letter


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: "done" and deleted, "failed" and kept, or "waiting" since nobody delivered it."""

    outcome: Literal["done", "failed", "waiting"]
    detail: str = ""  # the function's verdict, or the error

    @property
    def is_done(self) -> bool:
        """Whether it was delivered and deleted."""
        return self.outcome == "done"

    def as_json(self, letter: Letter) -> dict[str, Any]:
        """Return it with its letter as JSON data."""
        return {
            "queue": letter.queue,
            "message_id": letter.id,
            "given_up_at": letter.sent_at.isoformat(),
            "what": letter.what,
            "why": letter.why,
            "outcome": self.outcome,
            "detail": self.detail,
        }
