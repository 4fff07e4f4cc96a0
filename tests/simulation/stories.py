"""Short ways to tell a history and to look at what came of it."""

from __future__ import annotations

from typing import TypeVar

from simulation.history import History, parse
from simulation.run import Outcome
from simulation.trace import Paged

T = TypeVar("T")

ATTACH = """
organization: {policies: {A: {says: deny ec2, on: []}, B: {says: deny s3, on: []}}}
sweep: {every: 3600, first: 3600}
"""


def history(text: str) -> History:
    """A history of which only the rest matters."""
    return parse(f"why: a test\n{text}", "test.yaml")


def attached(*steps: str, event: str = "15", expect: str = "") -> History:
    """Diego attaches A to Root at 100 s; other steps come before."""
    call = f"{{at: 100, by: diego, call: AttachPolicy, policy: A, target: root, event: {event}}}"
    listed = "".join(f"  - {step}\n" for step in (*steps, call))
    return history(f"{ATTACH}steps:\n{listed}{expect}")


def of(outcome: Outcome, kind: type[T]) -> list[T]:
    """What happened of one kind."""
    return [record for record in outcome.trace if isinstance(record, kind)]


def told(outcome: Outcome) -> list[tuple[float, str]]:
    """When people were paged, and what the e-mail said."""
    return [(page.at, page.text.splitlines()[-1]) for page in of(outcome, Paged)]
