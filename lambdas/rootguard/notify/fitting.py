"""What is left out of a page that is too large for a message, and that it is: better than no page at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from rootguard.notify.page import Page

_STATEMENTS_LIMIT: Final = 20_000
"""Characters of all statements together. Channels show far fewer."""


def shortened(document: Mapping[str, Any], page: Page) -> tuple[dict[str, Any], Page]:
    """Return the document without the policy's content, and the page with its first statements alone."""
    policy = document.get("policy")
    if policy and policy.get("content"):
        document = {**document, "policy": {**policy, "content": None, "content_left_out": True}}
    return dict(document), replace(page, statements=_first(page.statements))


def _first(statements: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    room, left = _STATEMENTS_LIMIT, 0
    for statement in statements:
        left += len(statement[room:])
        if room:
            kept.append(statement[:room])
        room = max(room - len(statement), 0)
    return (*kept, f"… (+{left} characters, left out here)") if left else tuple(kept)
