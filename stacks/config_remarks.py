"""What the author of a usable guardrail.yaml should hear: what is probably not meant, and what is needless.

`config.read` asks for it when nothing is wrong. It stops no deployment: synth and
`rootguard validate` show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stacks.config_values import ALWAYS_ALLOWED, FULL_ACCESS_IDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.config_source import Plain, Problem, Source


def warnings(source: Source, trusting: Sequence[bool]) -> tuple[Problem, ...]:
    """Protections that undo every change below their targets, whoever makes it.

    Args:
        source: the file, in which nothing is wrong.
        trusting: for each protection, whether anybody is trusted there.
    """
    data = cast("dict[str, list[dict[str, Plain]]]", source.data)
    return tuple(
        source.problem(
            ("protections", index),
            "everything below its targets is guarded, and nobody is trusted there: each policy change by "
            "people, pipelines and Control Tower is undone",
            "name those who manage policies there under `trusted_principals`, or write "
            "`on_violation: alert`; docs/works-with.md has their ARNs",
        )
        for index, entry in enumerate(data["protections"])
        if entry.get("include_descendants") and entry.get("on_violation") != "alert" and not trusting[index]
    )


def notes(source: Source) -> tuple[Problem, ...]:
    """Full access on an `allow` list."""
    return tuple(
        source.problem(path, f'"{text}" need not be listed', ALWAYS_ALLOWED)
        for path, text in source.texts.items()
        if path[::2] == ("protections", "allow") and text in FULL_ACCESS_IDS
    )
