"""A row of the status: what it reads, how it judges that, and what of it a script gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Generic, TypeVar

from cli.doctor.examine import located, unseen
from cli.doctor.finding import Finding, Level
from cli.doctor.probe import Probe, RefusedError

Fact = TypeVar("Fact")
WORST_FIRST: Final = (Level.BROKEN, Level.WARNING, Level.OK)


@dataclass(frozen=True, slots=True)
class Row(Generic[Fact]):
    """One row.

    Attributes:
        title: what people read at its beginning; the JSON has it in lower case, with "_" for a space.
        asks: the IAM actions that it needs, beside those that find the stack.
        read: reads what it shows. Raises RefusedError.
        judge: decides on what was read; one finding at least. Pure.
        data: what else of it a script gets, as JSON data. Pure.
    """

    title: str
    asks: tuple[str, ...]
    read: Callable[[Probe], Fact]
    judge: Callable[[Fact], Iterable[Finding]]
    data: Callable[[Fact], dict[str, Any]] = lambda _: {}


@dataclass(frozen=True, slots=True)
class Seen:
    """A row with what it shows, the worst first."""

    title: str
    findings: tuple[Finding, ...]
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How bad the worst of it is."""
        return next(level for level in WORST_FIRST if any(each.level is level for each in self.findings))

    @property
    def key(self) -> str:
        """What the JSON calls it."""
        return self.title.lower().replace(" ", "_")

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {"level": self.level, "findings": [asdict(each) for each in self.findings], **self.data}


def look(probe: Probe, rows: Iterable[Row[Any]]) -> tuple[Seen, ...]:
    """Read each row. What AWS refuses spoils one row, and not all of them."""
    return tuple(_seen(probe, row) for row in rows)


def _seen(probe: Probe, row: Row[Any]) -> Seen:
    try:
        fact = row.read(probe)
    except RefusedError as refused:
        return Seen(row.title, (unseen(refused),))
    found = [located(finding, probe.aws.region) for finding in row.judge(fact)]
    found.sort(key=lambda finding: WORST_FIRST.index(finding.level))
    return Seen(row.title, tuple(found), row.data(fact))
