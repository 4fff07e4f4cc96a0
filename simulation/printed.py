"""What functions print: metrics, as lines in CloudWatch's embedded metric format."""

from __future__ import annotations

import json
from collections.abc import Callable


class Printed:
    """Takes the place of standard output, and keeps the names of the metrics by invocation."""

    def __init__(self) -> None:
        self.metrics: dict[int, set[str]] = {}
        self.current: Callable[[], int] = lambda: 0
        self._line = ""

    def write(self, text: str) -> int:
        """Take text, line by line."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if '"CloudWatchMetrics"' in line:
                self._note(line)
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""

    def isatty(self) -> bool:
        """Tell that this is no terminal."""
        return False

    def _note(self, line: str) -> None:
        try:
            described = json.loads(line)["_aws"]["CloudWatchMetrics"]
        except (ValueError, KeyError, TypeError):
            return
        names = {metric["Name"] for directive in described for metric in directive["Metrics"]}
        self.metrics.setdefault(self.current(), set()).update(names)
