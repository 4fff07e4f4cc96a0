"""Text that stays in its place: cut to a width with an ellipsis, and clipped there should a font run wider.

No font can be measured here, so widths are estimated on the wide side. A name keeps its own direction: it
is put between isolating marks ("Unicode Bidirectional Algorithm", UAX #9), and turns nothing around it.
"""

from __future__ import annotations

import unicodedata
from typing import Final
from xml.etree.ElementTree import Element, SubElement

_ISOLATE: Final = "\u2068"
_END: Final = "\u2069"
_NARROW: Final = frozenset("fijlrtI.,:;'|!()[]{} -/·")
_BROAD: Final = frozenset("mwMW@%&")
_SMALLER: Final = 0.86


def cut(text: str, width: float, size: float, *, monospaced: bool = False) -> str:
    """Return the text, or its beginning with an ellipsis where it is wider than `width`."""
    if width_of(text, size, monospaced=monospaced) <= width:
        return text
    left = width - size
    for number, character in enumerate(text):
        left -= width_of(character, size, monospaced=monospaced)
        if left < 0:
            return f"{text[:number].rstrip()}…"
    return text


def width_of(text: str, size: float, *, monospaced: bool = False) -> float:
    """Return about how wide a text is at a font size, in the same unit."""
    return size * sum(_em(character, monospaced=monospaced) for character in text)


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Return the text in lines of whole words, each at most about `width` wide."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def line(
    parent: Element,
    at: tuple[float, float],
    width: float,
    size: float,
    parts: tuple[tuple[str, str], ...],
) -> None:
    """Write (class, text) parts on a baseline, a gap between them; the first is cut to fit.

    A part of class "id" is set in a monospaced font, somewhat smaller.
    """
    x, baseline = at
    ascent, gap = 1.2 * size, 0.6 * size
    measures = {"x": x, "y": baseline - ascent, "width": width, "height": 1.7 * size}
    frame = SubElement(parent, "svg", {name: f"{value:g}" for name, value in measures.items()})
    frame.set("overflow", "hidden")
    text = SubElement(frame, "text", {"y": f"{ascent:g}"})
    for number, (kind, words) in enumerate(parts):
        em = _SMALLER * size if kind == "id" else size
        part = SubElement(text, "tspan", {"class": kind, "font-size": f"{em:g}"})
        if number:
            part.set("dx", f"{gap:g}")
            part.text = f"{_ISOLATE}{words}{_END}"
        else:
            after = sum(gap + width_of(rest, size, monospaced=each == "id") for each, rest in parts[1:])
            first = cut(words, width - after, em, monospaced=kind == "id")
            part.text = f"{_ISOLATE}{first}{_END}"


def _em(character: str, *, monospaced: bool) -> float:
    """Return a character's width in ems, as wide as the usual fonts have it in bold."""
    category = unicodedata.category(character)
    if category in {"Mn", "Me"}:
        return 0
    if category == "So":
        return 1.35
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return 1.05
    if monospaced:
        return 0.62
    if character in _BROAD:
        return 1.15
    if character in _NARROW:
        return 0.43
    return 0.76 if character.isupper() else 0.68
