"""The trails that this Region knows: EventBridge gets Organizations calls only through one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.doctor.probe import Probe, RefusedError


@dataclass(frozen=True, slots=True)
class Trail:
    """One trail.

    Attributes:
        name: its name.
        arn: its ARN.
        home: the Region that it was made in.
        is_everywhere: whether it records every Region.
        is_logging: whether it records now.
        selectors: what it records, as GetEventSelectors says it.
        refusal: why its state or its selectors could not be read; empty if they were.
    """

    name: str
    arn: str
    home: str
    is_everywhere: bool
    is_logging: bool = False
    selectors: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Trails:
    """The trails, and the Region in which they are needed."""

    region: str
    trails: tuple[Trail, ...]


def trails(probe: Probe) -> Trails:
    """Read them. One that cannot be read says why: it can be another account's."""
    listed = probe.ask("cloudtrail", "DescribeTrails", includeShadowTrails=True)["trailList"]
    return Trails(probe.aws.region, tuple(_trail(probe, each) for each in listed))


def _trail(probe: Probe, listed: Mapping[str, Any]) -> Trail:
    arn, home = str(listed["TrailARN"]), str(listed["HomeRegion"])
    is_everywhere = bool(listed.get("IsMultiRegionTrail"))
    named = Trail(str(listed["Name"]), arn, home, is_everywhere)
    try:
        # A trail is asked in its home Region, which is the one place that surely knows all of it.
        status = probe.ask("cloudtrail", "GetTrailStatus", region=home, Name=arn)
        selectors = probe.ask("cloudtrail", "GetEventSelectors", region=home, TrailName=arn)
    except RefusedError as refused:
        needs = f"needs {refused.action}" if refused.is_denied else str(refused)
        return Trail(named.name, arn, home, is_everywhere, refusal=needs)
    return Trail(named.name, arn, home, is_everywhere, bool(status["IsLogging"]), selectors)
