"""A draft as Markdown, and as one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from markupsafe import Markup

from cli.drawing import mermaid, svg
from cli.incident.report.draft import Draft
from cli.markup import environment

_PACKAGE: Final = "cli.incident.report"


def markdown(draft: Draft) -> str:
    """Return the draft as Markdown, with the organization as a mermaid diagram."""
    diagram = mermaid(draft.lockout) if draft.lockout else ""
    return (
        environment(_PACKAGE, is_markdown=True)
        .get_template("report.md.j2")
        .render(draft=draft, diagram=diagram)
    )


def html(draft: Draft) -> str:
    """Return the draft as one HTML file, with the organization as an SVG. It loads and runs nothing."""
    picture = Markup(svg(draft.lockout)) if draft.lockout else ""  # noqa: S704 - built as XML, escaped there
    return environment(_PACKAGE).get_template("report.html.j2").render(draft=draft, picture=picture)


FORMATS: Final[Mapping[str, Callable[[Draft], str]]] = {"md": markdown, "html": html}
