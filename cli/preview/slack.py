"""A Slack message taken apart into what it shows, for a terminal and for HTML alike.

It knows the blocks that the Slack channel uses ("Block Kit reference", Slack API docs); another one is shown
as its JSON, so that nothing is hidden.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_MRKDWN: Final = re.compile(r"\*(?P<bold>[^*]+)\*|<(?P<link>[^|>]+)\|(?P<label>[^>]+)>|`(?P<code>[^`]+)`")


@dataclass(frozen=True, slots=True)
class Run:
    """Some text in one style."""

    text: str
    bold: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a message, its lines in runs; `kind` is header, text, fields, code, list or context."""

    kind: str
    lines: tuple[tuple[Run, ...], ...]
    first: int = 1  # the number of a list's first line


def parts(message: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return the pieces of a message, from top to bottom."""
    return tuple(part for block in message["blocks"] for part in _parts(block))


def _parts(block: Mapping[str, Any]) -> Iterator[Part]:
    match block:
        case {"type": "header", "text": text}:
            yield Part("header", (_runs(text),))
        case {"type": "section", "fields": fields}:
            yield Part("fields", tuple(_runs(field) for field in fields))
        case {"type": "section", "text": text}:
            yield Part("text", (_runs(text),))
        case {"type": "context", "elements": elements}:
            yield Part("context", tuple(_runs(element) for element in elements))
        case {"type": "rich_text", "elements": elements}:
            yield from (_rich(element) for element in elements)
        case _:
            yield Part("code", ((Run(json.dumps(block, indent=2)),),))


def _rich(element: Mapping[str, Any]) -> Part:
    kind = {"rich_text_preformatted": "code", "rich_text_list": "list"}.get(element["type"], "text")
    if kind == "list":
        items = tuple(_styled(item) for item in element["elements"])
        return Part(kind, items, element.get("offset", 0) + 1)
    return Part(kind, (_styled(element),))


def _styled(element: Mapping[str, Any]) -> tuple[Run, ...]:
    return tuple(
        Run(
            run["text"],
            bold=run.get("style", {}).get("bold", False),
            code=run.get("style", {}).get("code", False),
            link=run.get("url", ""),
        )
        for run in element["elements"]
    )


def _runs(text: Mapping[str, Any]) -> tuple[Run, ...]:
    if text["type"] != "mrkdwn":
        return (Run(text["text"]),)
    return tuple(_parsed(text["text"]))


def _parsed(text: str) -> Iterator[Run]:
    end = 0
    for found in _MRKDWN.finditer(text):
        if found.start() > end:
            yield Run(html.unescape(text[end : found.start()]))
        shown = next(part for part in (found["bold"], found["label"], found["code"]) if part is not None)
        link = html.unescape(found["link"] or "")
        yield Run(
            html.unescape(shown), bold=found["bold"] is not None, code=found["code"] is not None, link=link
        )
        end = found.end()
    if end < len(text):
        yield Run(html.unescape(text[end:]))
