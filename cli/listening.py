"""`ports.Telemetry` of a verb that wants to know what went wrong on the way, and counts nothing."""

from __future__ import annotations

from typing import Final

NO_LEDGER: Final = "the ledger does not answer"


class Listening:
    """Keeps the first reason of each warning."""

    def __init__(self) -> None:
        self._warnings: dict[str, str] = {}
        self._left_out: list[str] = []

    @property
    def left_out(self) -> tuple[str, ...]:
        """What could not be read, a line each."""
        return tuple(self._left_out)

    def leave_out(self, line: str) -> None:
        """Keep a line on what a listing leaves out."""
        self._left_out.append(line)

    def because(self, message: str) -> str | None:
        """Return why a warning was given, as a sentence; None if it was not."""
        return self._warnings.get(message)

    def log(self, message: str, **fields: object) -> None:
        """Pass over what went well."""

    def warn(self, message: str, **fields: object) -> None:
        """Keep what went wrong; the first reason counts."""
        self._warnings.setdefault(message, str(fields.get("error", message)).rstrip(".") + ".")

    def count(self, name: str) -> None:
        """Pass over a metric."""

    def seconds(self, name: str, value: float) -> None:
        """Pass over a metric."""
