"""A check: what it reads, by which read-only calls, and how it judges that. A line of the answer, or more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from cli.doctor.finding import Finding
from cli.doctor.probe import Probe

Fact = TypeVar("Fact")


class Section(StrEnum):
    """What a check is about, in the order of the answer."""

    ACCOUNT = "The account"
    EVENTS = "What wakes it"
    FUNCTIONS = "The functions"
    PAGES = "Who hears of it"
    DEPLOYMENT = "The deployment"


@dataclass(frozen=True, slots=True)
class Check(Generic[Fact]):
    """One check.

    Attributes:
        name: what docs/doctor.md and the JSON call it.
        section: what it is about.
        asks: the IAM actions that it needs.
        read: reads what it looks at. Raises RefusedError.
        judge: decides on what was read. Pure.
        needs_stack: whether there is nothing to look at before the deployment.
    """

    name: str
    section: Section
    asks: tuple[str, ...]
    read: Callable[[Probe], Fact]
    judge: Callable[[Fact], Iterable[Finding]]
    needs_stack: bool = False

    @property
    def title(self) -> str:
        """What people read."""
        return self.name.replace("-", " ").capitalize()
