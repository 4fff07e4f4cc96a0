"""A listing of Organizations, page by page."""

from __future__ import annotations

from typing import Any

from drill.api_error import invalid_input

_MOST = 20
"""What AWS returns at once, whatever is asked for."""


def page_of(key: str, items: list[dict[str, Any]], parameters: dict[str, Any]) -> dict[str, Any]:
    """Return one page of items under a key; the token of the next one is opaque to callers."""
    token = str(parameters.get("NextToken", "0"))
    if not token.isdigit():
        raise invalid_input("INVALID_NEXT_TOKEN", "You provided an invalid NextToken.")
    start, size = int(token), min(int(parameters.get("MaxResults", _MOST)), _MOST)
    page: dict[str, Any] = {key: items[start : start + size]}
    if start + size < len(items):
        page["NextToken"] = str(start + size)
    return page
