"""The draft of an isolation's report as Markdown."""

from __future__ import annotations

from cli.isolation.report.draft import Draft
from cli.markup import environment


def markdown(draft: Draft) -> str:
    """Return it; what is in brackets is people's to fill in."""
    templates = environment("cli.isolation.report", is_markdown=True)
    return templates.get_template("report.md.j2").render(draft=draft)
