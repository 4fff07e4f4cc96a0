"""The row of the incidents that are not over: what is still in force, and what the next sweep closes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.aws import DeniedError
from cli.doctor.finding import Finding, Level, ok, warning
from cli.doctor.probe import Probe, RefusedError
from cli.exits import TroubleError
from cli.incident.kept import Kept
from cli.incident.story import Story
from rootguard.notify.phrases import STILL_IN_FORCE, time_label

ASKS: Final = ("dynamodb:Query",)
_MOST: Final = 4
"""As many as leave room for the other rows on a screen of 24 lines."""


@dataclass(frozen=True, slots=True)
class Unclosed:
    """What is open or only suspected, and a line on each record that cannot be read."""

    stories: Sequence[Story]
    left_out: Sequence[str] = ()


def read(probe: Probe) -> Unclosed:
    """Read what the ledger keeps of it."""
    kept = Kept(probe.aws)
    try:
        return Unclosed(kept.unclosed(), kept.left_out)
    except TroubleError as refused:
        code = "AccessDenied" if isinstance(refused, DeniedError) else "Ledger"
        raise RefusedError("dynamodb:Query", code, str(refused).splitlines()[0]) from refused


def judge(found: Unclosed) -> Iterator[Finding]:
    """Judge each; those in force are the worst."""
    ordered = sorted(found.stories, key=_is_in_force, reverse=True)
    for story in ordered[:_MOST]:
        level = Level.BROKEN if _is_in_force(story) else Level.WARNING
        when = f"{time_label(story.incident.drift.at)}, {_lasted(story)}"
        yield Finding(level, f"{story.headline}  {story.what}", when, f"rootguard incident show {story.id}")
    if more := ordered[_MOST:]:
        level = Level.BROKEN if _is_in_force(more[0]) else Level.WARNING
        yield Finding(level, f"and {len(more)} more", "", "rootguard incident list --open")
    for line in found.left_out:
        yield warning(line.rstrip("."), "", "rootguard incident list")
    if not found.stories and not found.left_out:
        yield ok("none open")


def data(found: Unclosed) -> dict[str, Any]:
    """Return all of them, as `rootguard incident list --json` has them."""
    return {"open": [story.brief() for story in found.stories]}


def _is_in_force(story: Story) -> bool:
    return story.is_open and story.in_force == STILL_IN_FORCE


def _lasted(story: Story) -> str:
    return story.in_force if story.in_force == STILL_IN_FORCE else f"in force {story.in_force}"
