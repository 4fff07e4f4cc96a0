"""The names of a history: which there are, and what each may stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from simulation.calls import Kind
from simulation.steps import FULL_ACCESS, ROOT, Call, OrganizationBefore, Says, Step
from simulation.yaml_lines import Value

_SAYS: Final = re.compile(r"deny [a-z0-9*:-]+")


@dataclass(frozen=True, slots=True)
class Names:
    """All names of a history: those that were there before, and those that its steps create."""

    policies: frozenset[str]
    units: frozenset[str]
    accounts: frozenset[str]

    @classmethod
    def of(cls, before: OrganizationBefore, steps: Iterable[Mapping[str, Value]]) -> Self:
        """Collect them; `steps` as they are written."""
        made: dict[str, set[str]] = {"policy": set(), "unit": set(), "account": set()}
        creates = {"CreatePolicy": "policy", "CreateOrganizationalUnit": "unit", "CreateAccount": "account"}
        for step in steps:
            kind = creates.get(str(step["call"].data)) if "call" in step else None
            if kind and kind in step and isinstance(step[kind].data, str):
                made[kind].add(step[kind].data)
        return cls(
            frozenset(made["policy"] | before.policies.keys() | set(FULL_ACCESS)),
            frozenset(made["unit"] | before.units.keys()),
            frozenset(made["account"] | before.accounts.keys()),
        )

    @classmethod
    def of_steps(cls, before: OrganizationBefore, steps: Iterable[Step]) -> Self:
        """Collect them; `steps` as they were read."""
        written = [
            {"call": _bare(step.call), **{key: _bare(value) for key, value in step.parameters.items()}}
            for step in steps
            if isinstance(step, Call)
        ]
        return cls.of(before, written)

    def ambiguous(self) -> frozenset[str]:
        """Return the names that stand for two things, or for something else than root."""
        pairs = (self.policies & self.units, self.policies & self.accounts, self.units & self.accounts)
        return frozenset().union(*pairs) | ({ROOT} & (self.policies | self.units | self.accounts))

    def check(self, value: Value, kind: Kind) -> str:
        """Return a name. Raises HistoryError if there is nothing of that kind and name."""
        name = value.text()
        known = self.known(kind)
        if known is not None and name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise value.error(f'unknown {kind} "{name}"', f"name one that the history has: {there}")
        return name

    def known(self, kind: Kind) -> frozenset[str] | None:
        """Return the names of a kind; None if any text will do."""
        places = self.units | {ROOT}
        return {
            "policy": self.policies,
            "target": places | self.accounts,
            "parent": places,
            "unit": self.units,
            "account": self.accounts,
        }.get(kind)


def says(value: Value) -> Says:
    """Return a policy's content as it is written. Raises HistoryError for what is none."""
    if isinstance(value.data, dict):
        document: Mapping[str, Any] = value.plain()
        return document
    if not _SAYS.fullmatch(value.text()):
        raise value.error(f'"{value.data}" is no policy', "write deny all, deny SERVICE or a whole document")
    return str(value.data)


def _bare(data: Any) -> Value:
    return Value(data, (), 0, "")
