"""PagerDuty's Events API v2, through PagerDuty's own client.

The client tries again what PagerDuty may take later: a rate limit, an error of the server's, a broken
connection. Silence ends that within fifteen seconds, and then the queue delivers the page again. Lambda ends
an answer that trickles. The key is in the body of each request, so no answer or request is repeated in full.
"""

from __future__ import annotations

import re
from typing import Final

from httpx2 import HTTPError
from pagerduty import Error, EventsApiV2Client

from rootguard.notify.delivery import SenderError
from rootguard.notify.layouts import pagerduty
from rootguard.notify.page import Page

_KEY: Final = re.compile(r"[0-9A-Za-z]{32}")
_URL: Final = re.compile(r"https://[^\s/]+.*|http://127\.0\.0\.1:\d+(/.*)?")
_TRIED_AGAIN: Final = (429, 500, 502, 503, 504)
_PAUSE_SECONDS: Final = 0.4  # the first wait between two attempts; the second is twice as long
_SAID_LIMIT: Final = 300


class _Client(EventsApiV2Client):
    """PagerDuty's client, with an end to its patience: four attempts at the most, three for errors alone."""

    # It counts the first attempt in neither, and a refusal only after it has let it pass.
    max_network_attempts = 1
    max_http_attempts = 1
    # Without the client's own check, which leaves no way to a local PagerDuty. Drills have one.
    url = ""


class PagerDutySender:
    """`Sender` for one PagerDuty service: `routing_key` is that of its integration of the Events API v2.

    `seconds` is how long to wait for an answer to begin, or to go on, at each attempt. Raises ValueError if
    the key or the URL cannot be one. The message does not repeat the key.
    """

    def __init__(
        self, routing_key: str, *, events_url: str, resolve_when_clean: bool = True, seconds: float = 3.0
    ) -> None:
        if not _KEY.fullmatch(routing_key):
            raise ValueError("not a routing key of PagerDuty's Events API v2: 32 letters and digits")
        if not _URL.fullmatch(events_url):
            raise ValueError(f"not an https URL: {events_url}")
        self._key = routing_key
        self._resolve_when_clean = resolve_when_clean
        self._client = _Client(routing_key, base_url=events_url)
        # The client's own answer to 429 is to try for ever.
        self._client.retry = dict.fromkeys(_TRIED_AGAIN, 2)
        self._client.timeout = seconds  # type: ignore[assignment] # httpx takes fractions
        self._client.sleep_timer = _PAUSE_SECONDS / self._client.sleep_timer_base

    def send(self, page: Page) -> None:
        """Send the events of a page, if there are any to send. Raises SenderError."""
        for event in pagerduty.events(page, resolve_when_clean=self._resolve_when_clean):
            try:
                self._client.send_event(event.pop("event_action"), **event)
            except (Error, HTTPError) as error:
                response, said = getattr(error, "response", None), type(error.__cause__ or error).__name__
                why = f"PagerDuty does not answer: {said}"
                if response is not None:
                    said = " ".join(response.text.replace(self._key, "…").split())
                    why = f"PagerDuty answered {response.status_code}: {said[:_SAID_LIMIT]}"
                # Not chained: the client's own message can end with the end of the key.
                raise SenderError(why) from None
