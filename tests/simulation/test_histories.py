"""Every history of the shared cases, carried out with the real functions."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from simulation.history import dump, parse
from simulation.run import run

SHARED: Final = Path(__file__).parents[3] / "shared" / "cases" / "histories"
"""Beside the checkout. Where it is absent there is nothing to run, and the tests are skipped."""
FILES: Final = sorted(SHARED.glob("*.yaml"))

BROKEN: Final = {
    "01-copy-after-grant": "a copy of an event is judged again, and uses an exception that was granted later",
    "04-copy-of-a-disabled-type": "a copy of DisablePolicyType puts back what was taken off since",
    "05-mended-move": "the guard believes an event that an account belongs where it came from",
    "05b-lost-move": "no sweep looks where pinned accounts are",
    "07-old-suspicion": "a suspicion of an earlier edit condemns a fresh one",
    "08-trusted-edit-beside-detach": "a trusted edit is not accepted while the policy is detached",
    "09-one-document": "a policy has a document for each target, and the guard goes back and forth",
    "10-killed-then-approved": "what was undone before a kill is not paged once the policy is approved",
    "11-exception-by-time-of-change": "an exception counts by the time of the event, not of the change",
    "12-fight-per-target": "detaches on five OUs count as a fight with one edit",
    "13-describe-throttled": "the detach waits for DescribePolicy",
    "14-two-halves": "two policies that lock everyone out together are judged alone",
    "15-stale-catalogue": "what an earlier event said of a policy condemns it",
    "16-second-actor": "a second actor of an open incident is not paged",
    "17-refused-again-and-again": "each refused attempt is a page",
    "18-laundered-by-a-detour": "an account that comes back is accepted with what it brings",
    "19-before-the-deployment": "an event of a target that was never adopted is a violation",
    "21-one-event-one-page": "a copy of an event is paged again after the policy was edited",
    "22-late-trusted-attach": "the guard's own detach is blamed on the pipeline",
    "23-detached-then-deleted": "the page advises to attach what does not exist any more",
    "24-full-target": "full access does not fit until the stranger is off, and is not tried again in time",
    "25-a-target-is-gone": "a sweep does not complete while a target of guardrail.yaml is gone",
    "26-two-delegations": "two services of one delegated administrator are one incident",
}
"""Histories that today's guard does not get right, and why. Whoever mends one takes its line out."""


def _marked(file: Path) -> object:
    reason = BROKEN.get(file.stem)
    marks = [pytest.mark.xfail(reason=reason, raises=AssertionError, strict=True)] if reason else []
    return pytest.param(file, id=file.stem, marks=marks)


@pytest.mark.parametrize("file", [_marked(file) for file in FILES])
def test_history(file: Path) -> None:
    assert run(parse(file.read_text("utf-8"), str(file))).unmet == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_is_written_as_it_is_read(file: Path) -> None:
    history = parse(file.read_text("utf-8"), str(file))
    assert parse(dump(history), "written.yaml") == history


def test_the_table_names_histories_that_there_are() -> None:
    if FILES:
        assert BROKEN.keys() <= {file.stem for file in FILES}
