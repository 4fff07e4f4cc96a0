"""What a seed starts from: an organization, a guardrail, and the times of the sweeps.

The organizations are small, so that thousands of histories run in minutes. Every kind of protection occurs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from simulation.history import ROOT, PolicyBefore, SweepTimes

TRUSTED: Final = "pipeline"
"""The one principal whose changes are trusted, if any are."""
EMPTY: Final = "Empty"
"""A unit without accounts, which can be deleted."""
_UNITS: Final = {"Prod": ROOT, "Pay": "Prod", "Sandbox": ROOT, EMPTY: ROOT}
_HARMLESS: Final = ("ec2", "s3", "sqs", "sns", "kms", "rds", "ecs", "eks", "ses", "glue", "athena", "states")


@dataclass(slots=True)
class Setup:
    """What people find, and what they add to it.

    Attributes:
        rng: the seed's one source of chance.
        attached: the policies on each target, as people believe. A call can fail: then they are wrong, which
            does no harm.
        pinned: the accounts that must stay where they are.
    """

    rng: Random
    guardrail: Mapping[str, Any]
    sweep: SweepTimes
    units: Mapping[str, str]
    accounts: dict[str, str]
    policies: Mapping[str, PolicyBefore]
    protected: Sequence[str]
    pinned: Sequence[str]
    attached: dict[str, list[str]] = field(default_factory=dict)
    made: int = 0

    @property
    def targets(self) -> list[str]:
        """Every target by its name."""
        return [ROOT, *self.units, *self.accounts]

    def new_policy(self) -> str:
        """Return a name that no policy has."""
        self.made += 1
        return f"New{self.made}"

    def harmless(self) -> str:
        """Return a content that denies one service."""
        return f"deny {self.rng.choice(_HARMLESS)}"

    def chance(self, share: float) -> bool:
        """Tell whether something happens that happens in this share of all cases."""
        return self.rng.random() < share


def setup_of(rng: Random) -> Setup:
    """Return a setup."""
    accounts = {"shop": rng.choice(["Pay", "Prod", ROOT]), "lab": "Sandbox"}
    policies = {
        "Base": PolicyBefore("deny ec2", tuple(rng.sample([ROOT, "Prod"], rng.choice([1, 2])))),
        "Guard": PolicyBefore("deny s3", tuple(rng.sample(["Prod", "Pay", "shop"], rng.choice([1, 2])))),
        "Spare": PolicyBefore("deny kms"),
        **({"Limit": PolicyBefore("deny sqs", (ROOT,))} if rng.random() < _HALF else {}),
    }
    protections, protected, pinned = _protections(rng)
    guardrail: dict[str, Any] = {"protections": protections}
    if rng.random() < _SELDOM:
        guardrail["mode"] = "observe"
    setup = Setup(
        rng=rng,
        guardrail=guardrail,
        sweep=_sweeps(rng),
        units=_UNITS,
        accounts=accounts,
        policies=policies,
        protected=protected,
        pinned=pinned,
    )
    for target in setup.targets:
        setup.attached[target] = [name for name, policy in policies.items() if target in policy.on]
    return setup


_HALF: Final = 0.5
_OFTEN: Final = 0.8
_SOMETIMES: Final = 0.25
_SELDOM: Final = 0.06


def _protections(rng: Random) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Return the protections, the names of the targets that they protect, and the accounts that they pin."""
    trusted = [TRUSTED] if rng.random() < _OFTEN else []
    root: dict[str, Any] = {"name": "root", "targets": [ROOT], "trusted_principals": trusted}
    protections, protected = [root], [ROOT]
    kind = rng.choice(["root", "root", "units", "below", "both"])
    if kind != "root":
        below = kind != "units"
        targets = ["Prod"] if kind != "both" else ["Prod", "Sandbox"]
        unit = {
            "name": "units",
            "targets": targets,
            "include_descendants": below,
            "trusted_principals": trusted,
        }
        protections.append(unit)
        protected += [*targets, *(["Pay", "shop"] if below else [])]
    if rng.random() < _SOMETIMES:
        rng.choice(protections)["targets"].append(EMPTY)
        protected.append(EMPTY)
    pinned: list[str] = []
    if rng.random() < _SOMETIMES:
        pinned = ["shop"]
        root["pin_accounts"] = ["shop"]
    if rng.random() < _SOMETIMES:
        root["restore_policy_type"] = True
    if rng.random() < _SOMETIMES:
        root["allow"] = ["Spare"]
    if rng.random() < _SELDOM:
        rng.choice(protections)["on_violation"] = "alert"
    return protections, protected, pinned


def _sweeps(rng: Random) -> SweepTimes:
    if rng.random() < _OFTEN:
        return SweepTimes()
    every = rng.choice([60, 60, 120, 300])
    return SweepTimes(every=every, first=rng.randrange(0, 600))
