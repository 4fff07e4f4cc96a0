"""A page as a Slack message, in Block Kit: the layout of the Slack channel.

Names are someone else's words. They appear only where Slack parses nothing, in plain and in rich text ("Block
Kit reference", Slack API docs), and escaped in the fallback text, which screen readers take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import accumulate
from typing import Any, Final

from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.phrases import cut

# Bytes of UTF-8, which are never fewer than what Slack counts as characters. What a text object may hold is
# documented; what a whole message may is not: above 10,600 bytes some were refused ("msg_blocks_too_long").
# These add up to less than 9,000.
_HEADER_LIMIT: Final = 150
_FALLBACK_LIMIT: Final = 600
_FALLBACK_SENTENCE_LIMIT: Final = 250
_CODE_LIMIT: Final = 2_000
_LABEL_LIMIT: Final = 40
_URL_LIMIT: Final = 300
_ROOM: Final = {
    "sentence": (5, 600, 1_000),
    "field": (16, 1_000, 2_700),
    "step": (10, 500, 1_500),
    "line": (8, 250, 500),
}
"""What there is for texts of one sort: how many, and bytes for each and for all of them."""
_IN_A_SECTION: Final = 10
"""A section has so many fields at most; a label and its value take one each, and so are side by side."""
_SAFETY: Final = {True: ", safe now", False: ", NOT safe", None: ""}
# The selector makes pictures of these two signs.
_WARNING: Final = "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}"
_SYMBOLS: Final = {
    Severity.CRITICAL: "\N{POLICE CARS REVOLVING LIGHT}",
    Severity.INFO: "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16}",
}
_CODE: Final = re.compile("`([^`]+)`")
_LINK: Final = re.compile(r"https?://[^\s<>|\"]+")

Block = dict[str, Any]


def message(page: Page) -> dict[str, Any]:
    """Return the body of a call to an incoming webhook: `text`, the fallback, and `blocks`."""
    # Each is cut by itself, so that a long name in the first does not push out whether it is safe.
    sentences = [cut(sentence, _FALLBACK_SENTENCE_LIMIT) for sentence in page.sentences]
    said = cut(" ".join([f"Rootguard {page.headline}.", *sentences]), _FALLBACK_LIMIT)
    return {"text": escape(said, quote=False), "blocks": list(_blocks(page))}


def _blocks(page: Page) -> Iterator[Block]:
    closing = page.kind in (Kind.CLEAN, Kind.PUT_BACK)
    # A headline may say by itself whether it is safe.
    safety = page.headline + ("" if "SAFE" in page.headline else _SAFETY[page.safe])
    symbol = "\N{WHITE HEAVY CHECK MARK}" if page.safe else _SYMBOLS.get(page.severity, _WARNING)
    header = f"{symbol} {safety}: {page.title}{page.aside if closing else ''}"
    yield {"type": "header", "text": _plain(cut(header, _HEADER_LIMIT))}
    # The second sentence is bold: it says whether it is safe.
    texts, more = _fit(page.sentences, "sentence")
    said = enumerate(texts + more)
    yield _rich(_section(*(_text(f" {text}" if place else text, bold=place == 1) for place, text in said)))
    if not closing:
        yield from _facts(page.fields)
        if page.statements:
            code = _text(cut(",\n".join(page.statements), _CODE_LIMIT))
            yield _titled("What the policy says", {"type": "rich_text_preformatted", "elements": [code]})
        if page.steps:
            texts, more = _fit(page.steps, "step")
            yield _titled("What to do next", *_steps(texts + more))
    if context := list(_context(page)):
        yield {"type": "context", "elements": context}


def _facts(fields: Sequence[Field]) -> Iterator[Block]:
    values, more = _fit(["\n".join(field.lines) for field in fields], "field")
    texts: list[Block] = []
    for field, value in zip(fields, values, strict=False):
        label = escape(cut(field.label, _LABEL_LIMIT), quote=False)
        texts += ({"type": "mrkdwn", "text": f"*{label}*"}, _plain(value))
    for start in range(0, len(texts), _IN_A_SECTION):
        yield {"type": "section", "fields": texts[start : start + _IN_A_SECTION]}
    if more:
        yield {"type": "context", "elements": [_plain(text) for text in more]}


def _steps(steps: Sequence[str]) -> Iterator[Block]:
    """Yield the steps as a list that goes on below each command, which is code that can be copied."""
    items: list[Block] = []
    for number, step in enumerate(steps, start=1):
        text, _, command = step.partition("\n")
        items.append(_section(*_with_code(text)))
        if command or number == len(steps):
            offset = number - len(items)
            yield {"type": "rich_text_list", "style": "ordered", "offset": offset, "elements": items}
            items = []
        if command:
            yield {"type": "rich_text_preformatted", "elements": [_text(command)]}


def _with_code(text: str) -> Iterator[Block]:
    """Yield the parts of a text; what is between two backticks is code."""
    for place, part in enumerate(_CODE.split(text)):
        if part:
            yield _text(part, code=place % 2 == 1)


def _context(page: Page) -> Iterator[Block]:
    texts, more = _fit(page.origin, "line")
    yield from map(_plain, texts + more)
    if _LINK.fullmatch(page.runbook) and len(page.runbook) <= _URL_LIMIT:
        yield {"type": "mrkdwn", "text": f"<{escape(page.runbook, quote=False)}|Runbook>"}
    elif page.runbook:
        yield _plain(cut(f"Runbook {page.runbook}", _URL_LIMIT))


def _titled(title: str, *elements: Block) -> Block:
    return _rich(_section(_text(title, bold=True)), *elements)


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _section(*elements: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(elements) or [_text("-")]}


def _text(text: str, **style: bool) -> Block:
    on = {name: True for name, is_on in style.items() if is_on}
    return {"type": "text", "text": text} | ({"style": on} if on else {})


def _plain(text: str) -> Block:
    # Otherwise ":skull:" in a name becomes a picture.
    return {"type": "plain_text", "text": text, "emoji": False}


def _fit(texts: Sequence[str], noun: str) -> tuple[list[str], list[str]]:
    """Return as many of the texts as fit, each of them cut, and the word that some are left out."""
    most, each, room = _ROOM[noun]
    short = [cut(text, each) for text in texts[:most]]
    ends = accumulate(len(text.encode()) for text in short)
    fitting = [text for text, end in zip(short, ends, strict=True) if end <= room]
    left = len(texts) - len(fitting)
    return fitting, [f"… {left} more {noun}{'' if left == 1 else 's'}, left out here."] if left else []
