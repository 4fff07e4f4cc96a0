"""Runs the checks one after the other. What AWS does not answer is a finding, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from cli.doctor.check import Check
from cli.doctor.finding import Finding, Level, warning
from cli.doctor.probe import Probe, RefusedError


@dataclass(frozen=True, slots=True)
class Examination:
    """What all checks found.

    Attributes:
        account: the account that was looked at.
        region: its Region.
        is_deployed: whether the stack was looked at, too.
        found: each check that ran, with each of its findings.
    """

    account: str
    region: str
    is_deployed: bool
    found: tuple[tuple[Check[Any], Finding], ...]

    def count(self, level: Level) -> int:
        """Return how many findings are so bad."""
        return Counter(finding.level for _, finding in self.found)[level]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data. `level` is ok, warning or broken; `why` and `fix` are empty if it is ok."""
        return {
            "account": self.account,
            "region": self.region,
            "deployed": self.is_deployed,
            **{level.value: self.count(level) for level in Level},
            "findings": [
                {"check": check.name, "section": check.section.value, **asdict(finding)}
                for check, finding in self.found
            ],
        }


def examine(probe: Probe, checks: Iterable[Check[Any]], *, before: bool) -> Examination:
    """Run the checks.

    Args:
        probe: where they look.
        checks: which ones.
        before: leave out those that look at the deployed stack, as if it were not there.

    Raises:
        TroubleError: the caller is not signed in to AWS.
    """
    account, region = probe.aws.account(), probe.aws.region
    is_deployed = not before and _is_deployed(probe)
    found: list[tuple[Check[Any], Finding]] = []
    for check in checks:
        if check.needs_stack and not is_deployed:
            continue
        found += [(check, located(finding, region)) for finding in _findings(check, probe)]
    return Examination(account, region, is_deployed, tuple(found))


def _is_deployed(probe: Probe) -> bool:
    try:
        return probe.stack is not None and probe.stack.is_deployed
    except RefusedError:
        # The check "stack" says why.
        return False


def located(finding: Finding, region: str) -> Finding:
    """Return it with commands that go to the stack's Region, which is seldom the operator's usual one."""
    steps = finding.fix.split(" && ")
    located = [
        f"{step} --region {region}" if step.startswith("aws ") and "--region" not in step else step
        for step in steps
    ]
    return replace(finding, fix=" && ".join(located))


def _findings(check: Check[Any], probe: Probe) -> Iterator[Finding]:
    try:
        fact = check.read(probe)
    except RefusedError as refused:
        yield unseen(refused)
    else:
        yield from check.judge(fact)


def unseen(refused: RefusedError) -> Finding:
    """Return that something could not be looked at, and why."""
    why = f"{str(refused).rstrip('.')}."
    if refused.is_denied:
        return warning(f"could not look: needs {refused.action}", why, "rootguard doctor --permissions")
    return warning(f"could not look: {refused.action} failed with {refused.code}", why, "rootguard doctor")
