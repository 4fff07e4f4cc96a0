"""How the picture looks: its colours, its type, its icons. One place, so that light, dark and print agree.

The two colours are near Okabe and Ito's vermilion and blue, which the colour-blind tell apart; an icon and a
hatched edge say the same without colour. The styles hold only inside the picture, whatever page it is in.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement

from cli.drawing.organization import State

SCOPE: Final = "rootguard-drawing"
HATCH: Final = f"{SCOPE}-hatch"

_LIGHT: Final = {
    "paper": "#ffffff",
    "ink": "#1c2430",
    "quiet": "#5b6675",
    "line": "#c3cad4",
    "locked": "#b34a00",
    "locked-tint": "#fdf0e6",
    "zone": "#fef8f3",
    "reachable": "#0067a6",
    "reachable-tint": "#eaf4fb",
    "unknown": "#5b6675",
    "unknown-tint": "#f3f5f7",
}
_DARK: Final = {
    "paper": "#12171e",
    "ink": "#e8ecf1",
    "quiet": "#98a4b3",
    "line": "#3a4553",
    "locked": "#f28e4c",
    "locked-tint": "#36220f",
    "zone": "#1d1a19",
    "reachable": "#62b8ef",
    "reachable-tint": "#10283a",
    "unknown": "#98a4b3",
    "unknown-tint": "#1e252e",
}
COLOURS: Final = {State.LOCKED_OUT: "locked", State.REACHABLE: "reachable", State.UNKNOWN: "unknown"}
"""The class of what is drawn in a state's colour."""

_RULES: Final = {
    "text": "fill: var(--ink); font-family: system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
    ".id": "fill: var(--quiet); font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
    ".quiet": "fill: var(--quiet)",
    ".strong": "font-weight: 600",
    ".paper": "fill: var(--paper)",
    ".branch": "fill: none; stroke: var(--line); stroke-width: 1.25",
    ".zone": "fill: var(--zone); stroke: var(--locked); stroke-opacity: .45; stroke-dasharray: 5 4",
    ".locked": "color: var(--locked); --tint: var(--locked-tint)",
    ".reachable": "color: var(--reachable); --tint: var(--reachable-tint)",
    ".unknown": "color: var(--unknown); --tint: var(--unknown-tint)",
    ".neutral": "color: var(--quiet)",
    ".card": "fill: var(--tint); stroke: currentColor; stroke-opacity: .5",
    ".unknown .card": "stroke-dasharray: 3 3; stroke-opacity: .9",
    ".solid": "fill: currentColor",
    ".stroke": "fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round",
    ".locked .edge": f"fill: url(#{HATCH})",
    ".reachable .edge": "fill: currentColor",
    ".unknown .edge": "fill: none; stroke: currentColor; stroke-dasharray: 2 2",
    ".flag": "fill: var(--ink); color: var(--paper)",
    ".flag-text": "fill: var(--paper); font-weight: 600",
}

_ICONS: Final = {
    State.LOCKED_OUT.name: (
        ("stroke", "M5.25 7V5.2a2.75 2.75 0 0 1 5.5 0V7"),
        ("solid", "M4.5 7h7a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1z"),
    ),
    State.REACHABLE.name: (
        ("stroke", "M8 1.75a6.25 6.25 0 1 1 0 12.5a6.25 6.25 0 0 1 0-12.5z"),
        ("stroke", "M5.25 8.2l2 2L10.9 6"),
    ),
    State.UNKNOWN.name: (
        ("stroke", "M5.6 5.6a2.4 2.4 0 1 1 3.6 2.1c-.8.5-1.2.9-1.2 1.8"),
        ("solid", "M8 11.2a1 1 0 1 1 0 2a1 1 0 0 1 0-2z"),
    ),
    "flag": (("stroke", "M4 14V2.5"), ("solid", "M4 2.5h8.5l-2 2.75l2 2.75H4z")),
    "folder": (
        ("stroke", "M2 5a1 1 0 0 1 1-1h3.1l1.5 1.7H13a1 1 0 0 1 1 1V12a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z"),
    ),
    "root": (
        ("stroke", "M8 5.5v3M3.5 11V8.5h9V11"),
        ("solid", "M6 1.5h4v4H6zM1.75 11h3.5v3.5h-3.5zM10.75 11h3.5v3.5h-3.5z"),
    ),
    "folded": (("solid", "M6 4.5l4.5 3.5L6 11.5z"),),
}
"""Each a few paths in a square of 16, stroked or filled."""


def dress(picture: Element) -> None:
    """Give a picture its style and the hatching that its edges refer to."""
    picture.set("class", SCOPE)
    SubElement(picture, "style").text = "\n".join(
        [
            f".{SCOPE} {{ {_variables(_LIGHT)} }}",
            f"@media screen and (prefers-color-scheme: dark) {{ .{SCOPE} {{ {_variables(_DARK)} }} }}",
            # A picture that is no taller than a page is not cut by one.
            f"@media print {{ .{SCOPE} {{ max-height: 96vh; break-inside: avoid; }} }}",
            *(f".{SCOPE} {selector} {{ {look} }}" for selector, look in _RULES.items()),
        ]
    )
    hatch = SubElement(
        SubElement(picture, "defs"),
        "pattern",
        {
            "id": HATCH,
            "class": "locked",
            "width": "5",
            "height": "5",
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
    )
    SubElement(hatch, "rect", {"class": "solid", "width": "3", "height": "5"})


def icon(parent: Element, name: str, x: float, y: float, size: float = 16) -> None:
    """Draw an icon in the colour around it, from its left upper corner."""
    group = SubElement(parent, "g", {"transform": f"translate({x:g} {y:g}) scale({size / 16:g})"})
    for kind, path in _ICONS[name]:
        SubElement(group, "path", {"class": kind, "d": path})


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in colours.items())
