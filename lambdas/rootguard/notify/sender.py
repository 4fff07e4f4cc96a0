"""What a channel is to the pages: a way to its people."""

from __future__ import annotations

from typing import Protocol

from rootguard.notify.page import Page


class SenderError(Exception):
    """A channel did not take a page. The message says why, and holds no secret."""


class Sender(Protocol):
    """A channel's way to its people, such as a webhook."""

    def send(self, page: Page) -> None:
        """Send a page, within fifteen seconds. Raises SenderError if it was not accepted."""
