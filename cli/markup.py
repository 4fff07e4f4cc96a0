"""Documents for people, as Markdown and HTML, and what keeps names from becoming markup in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

_JOINER: Final = "\u2060"
_MARKUP: Final = re.compile(r"[\\`*_{}\[\]<>|&~$]|:(?=//)|(?<=www)\.")
_SPACES: Final = re.compile(r"\s+")
_FIRST: Final = re.compile(r"^(\d+(?=[.)])|(?=[-+=#]))")
"""What begins a list, a heading or its underline, where it is the first of a line."""
_CODE: Final = re.compile("`([^`]+)`")
_REFERENCE: Final = re.compile(r"[@#](?=\w)|(?<![\w:]):(?=[\w+-]+:)")
"""What GitHub and others turn into a mention, a link to an issue, an address or a picture, escaped or not."""


def in_markdown(text: object) -> Markup:
    """Return text on one line that Markdown shows as it is ("Backslash escapes", CommonMark 0.31)."""
    if isinstance(text, Markup):
        return text
    return _first(_escaped(str(text)))


def fenced(text: str, language: str = "") -> Markup:
    """Return a code block of Markdown that nothing in the text can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}{language}\n{text.rstrip()}\n{fence}")  # noqa: S704 - a code block is not parsed


def code_in_markdown(text: str) -> Markup:
    """Return text as `in_markdown` does, but for what it sets in backticks: that is code."""
    return _first("".join(f"`{part}`" if code else _escaped(part) for part, code in _parts(text)))


def code_in_html(text: str) -> Markup:
    """Return text escaped for HTML; what it sets in backticks is code."""
    return Markup().join(
        Markup("<code>{}</code>").format(part) if code else escape(part) for part, code in _parts(text)
    )


def _escaped(text: str) -> str:
    escaped = _MARKUP.sub(r"\\\g<0>", _SPACES.sub(" ", text))
    return _REFERENCE.sub(lambda found: found[0] + _JOINER, escaped)


def _first(escaped: str) -> Markup:
    return Markup(_FIRST.sub(r"\1\\", escaped.strip()))  # noqa: S704 - all of it is escaped now


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text, and whether each is code. What is code holds no backtick.

    A step's command is on a line of its own, and is code.
    """
    text, _, command = text.partition("\n")
    end = 0
    for found in _CODE.finditer(text):
        yield text[end : found.start()], False
        yield found[1], True
        end = found.end()
    yield text[end:], False
    if command:
        yield from ((" ", False), (command.replace("`", "'"), True))


@cache
def environment(package: str, *, is_markdown: bool = False) -> Environment:
    """Return a package's templates. What is no `Markup` is escaped; an unknown name is an error."""
    templates = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        finalize=in_markdown if is_markdown else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.globals["Markup"] = Markup
    templates.filters |= {"fenced": fenced, "code": code_in_markdown if is_markdown else code_in_html}
    return templates
