"""Slack: a page goes to an incoming webhook, through Slack's own client and its retries.

What fails for good raises, and the queue delivers the page again. So the retries are few.
"""

from __future__ import annotations

import logging
import re
from http.client import HTTPException
from typing import Any, Final

from slack_sdk.http_retry import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler
from slack_sdk.http_retry.builtin_handlers import ServerErrorRetryHandler
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.webhook import WebhookClient

from rootguard.notify.delivery import SenderError
from rootguard.notify.layouts.slack import message
from rootguard.notify.page import Page

# Of silence nine seconds in all: two attempts, and between them a wait, to which Slack's client adds up to a
# second. Each is a limit of one wait for the socket, not of the whole answer.
_RETRIES: Final = 1
_TIMEOUT_SECONDS: Final = 2.5
_LONGEST_WAIT_SECONDS: Final = 3
# The whole URL is checked, since urllib's errors repeat one that cannot be used. 127.0.0.1 is the drill's.
_WEBHOOK: Final = re.compile(r"https://[!-~]+|http://127\.0\.0\.1:\d+/[!-~]*")
_WORD: Final = re.compile(r"[a-z_]{1,60}")


class _SoonEnough(RateLimitErrorRetryHandler):
    """Slack's own, which waits as long as Retry-After says. What has to wait longer waits in the queue."""

    def _can_retry(self, *, response: HttpResponse | None = None, **around: Any) -> bool:
        if response is None or not super()._can_retry(response=response, **around):
            return False
        named = {name.lower(): values[0] for name, values in response.headers.items()}
        seconds = named.get("retry-after", "1")
        return seconds.isdecimal() and int(seconds) <= _LONGEST_WAIT_SECONDS


class SlackSender:
    """`Sender` on an incoming webhook. The URL is a secret: whoever has it can write to the channel.

    `timeout` is how many seconds to wait for Slack to connect, and to go on answering, at each attempt.
    Raises ValueError, which does not show the URL, if it is no https URL.
    """

    def __init__(self, url: str, timeout: float = _TIMEOUT_SECONDS) -> None:
        if not _WEBHOOK.fullmatch(url):
            raise ValueError("the webhook is no https URL")
        retries = (ConnectionErrorRetryHandler, ServerErrorRetryHandler, _SoonEnough)
        self._client = WebhookClient(
            url,
            timeout=timeout,  # type: ignore[arg-type]  # urllib takes fractions of a second
            # The client's own lines hold the URL; all that matters of them is in the error.
            logger=logging.Logger("slack", logging.CRITICAL),  # noqa: LOG001 - of its own, so nothing else hears
            retry_handlers=[again(_RETRIES) for again in retries],
        )

    def send(self, page: Page) -> None:
        """Post the page. Raises SenderError, with Slack's own word for why."""
        try:
            answer = self._client.send(**message(page), unfurl_links=False, unfurl_media=False)
        except (OSError, HTTPException) as error:
            raise SenderError(f"Slack could not be reached: {type(error).__name__}: {error}") from error
        # The address of no webhook leads to a web page, with 200.
        if (answer.status_code, answer.body) != (200, "ok"):
            # Slack's word is one such as "no_service"; a proxy's page is none.
            word = answer.body if _WORD.fullmatch(answer.body) else "without a word of Slack's own"
            raise SenderError(f"Slack answered {answer.status_code}: {word}")
