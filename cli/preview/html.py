"""Pages side by side in one HTML file, each channel's about as it looks there. It loads and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from cli.markup import environment
from cli.preview.previews import Preview
from cli.preview.slack import parts


def written(previews: Sequence[Preview]) -> str:
    """Return the file's text."""
    return (
        environment("cli.incident.report")
        .get_template("preview.html.j2")
        .render(previews=previews, parts=parts)
    )
