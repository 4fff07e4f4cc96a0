"""The row of what is protected: each protection of guardrail.yaml, and whether its targets were adopted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from cli.doctor.checks.events import is_adopted
from cli.doctor.facts import sweeps
from cli.doctor.facts.sweeps import Adopted, Baseline
from cli.doctor.finding import Finding, ok
from cli.doctor.probe import Probe
from rootguard.notify.phrases import types_label
from stacks.config import GuardrailConfig

ASKS: Final = ("dynamodb:Query", "organizations:ListRoots")
_MOST: Final = 6
"""The protections that are shown, and the targets of each: more would fill the screen."""


@dataclass(frozen=True, slots=True)
class Protections:
    """guardrail.yaml, and what became of the targets that it lists."""

    config: GuardrailConfig
    baseline: Baseline

    def of_each(self) -> Iterator[tuple[Any, tuple[Adopted, ...]]]:
        """Yield each protection with its targets."""
        targets = iter(self.baseline.targets)
        for entry in self.config.protections:
            yield entry, tuple(next(targets) for _ in entry.targets)


def read(probe: Probe) -> Protections:
    """Read which targets were adopted."""
    return Protections(probe.config, sweeps.baseline(probe))


def judge(found: Protections) -> Iterator[Finding]:
    """Judge whether each listed target was adopted."""
    fine = []
    for entry, targets in found.of_each():
        lacking = tuple(target for target in targets if target.missing)
        yield from is_adopted(replace(found.baseline, targets=lacking))
        if not lacking:
            fine.append(_line(found.config, entry, targets))
    yield from map(ok, fine[:_MOST])
    if more := fine[_MOST:]:
        yield ok(f"and {len(more)} more protections")


def data(found: Protections) -> dict[str, Any]:
    """Return each listed target, whether it was adopted, and since when what was found there is accepted."""
    return {
        "protections": [
            {
                "name": entry.name,
                "targets": [
                    {
                        "id": target.target,
                        "adopted": not target.missing,
                        "since": target.since.isoformat() if target.since else None,
                    }
                    for target in targets
                ],
            }
            for entry, targets in found.of_each()
        ]
    }


def _line(config: GuardrailConfig, entry: Any, targets: tuple[Adopted, ...]) -> str:
    ids = [target.target for target in targets[:_MOST]]
    more = len(targets) - len(ids)
    where = ", ".join(ids) + (f" and {more} more" if more > 0 else "")
    below = " and all below" if entry.include_descendants else ""
    types = " and ".join(types_label(kind) for kind in entry.policy_types)
    undoes = config.mode == "enforce" and entry.on_violation == "revert"
    return f"{entry.name}: {where}{below}; {types}, {'undone' if undoes else 'only paged'}"
