"""Does a trail bring Organizations calls to EventBridge? Decided on what CloudTrail says of the trails.

EventBridge gets "AWS API Call via CloudTrail" only where a trail that is logging records write management
events ("Receiving AWS service events via CloudTrail", Amazon EventBridge User Guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cli.doctor.facts.trails import Trail, Trails
from cli.doctor.finding import Finding, broken, ok, warning

_SOURCE: Final = "organizations.amazonaws.com"
_WITHOUT: Final = (
    "Without one, EventBridge sees no Organizations calls: only sweeps find a lockout, and later."
)


def bring_events(found: Trails) -> Iterator[Finding]:
    """Judge whether one of the trails brings the calls to this Region."""
    troubles = {trail.name: trouble for trail in found.trails if (trouble := _trouble(trail, found.region))}
    working = [trail for trail in found.trails if trail.name not in troubles]
    if working:
        yield from _proven(working, found.region)
        return
    told = "; ".join(f"{name} {trouble}" for name, trouble in troubles.items())
    if any(trail.refusal for trail in found.trails):
        yield warning(
            f"could not see whether a trail logs management events: {told}",
            _WITHOUT,
            "rootguard doctor --permissions",
        )
        return
    yield broken(
        f"no trail brings management events to {found.region}" + (f": {told}" if told else ""),
        _WITHOUT,
        _fix(found),
    )


def _proven(working: Sequence[Trail], region: str) -> Iterator[Finding]:
    """Say which trail brings the changes, and whether one brings the reads that prove it each minute."""
    reading = [trail for trail in working if records(trail.selectors, reads=True)]
    yield ok(f"{(reading or working)[0].name} brings management events to {region}")
    if not reading:
        yield warning(
            f"{working[0].name} does not record the reads of Organizations",
            "Changes come, but the sweeps' own reads do not, so the alarm EventsMissing rings all the time.",
            _select_all(working[0]),
        )


def records(selectors: Mapping[str, Any], *, reads: bool = False) -> bool:
    """Tell whether a trail with these selectors records the writes of Organizations, or its reads.

    Args:
        selectors: the answer of GetEventSelectors ("Logging management events", AWS CloudTrail User Guide).
        reads: whether it is about the reads.
    """
    others = "WriteOnly" if reads else "ReadOnly"
    advanced = selectors.get("AdvancedEventSelectors") or ()
    if advanced:
        return any(_selects(selector.get("FieldSelectors", ()), reads=reads) for selector in advanced)
    return any(
        selector.get("IncludeManagementEvents", True)
        and selector.get("ReadWriteType", "All") != others
        and _SOURCE not in selector.get("ExcludeManagementEventSources", ())
        for selector in selectors.get("EventSelectors", ())
    )


def _selects(fields: Any, *, reads: bool) -> bool:
    """Tell whether the fields of one advanced selector let every write, or read, of Organizations pass."""
    by_name = {field["Field"]: field for field in fields}
    category = by_name.pop("eventCategory", {})
    if category.get("Equals") != ["Management"]:
        return False
    reading = by_name.pop("readOnly", None)
    if reading is not None and str(reads).lower() not in reading.get("Equals", ()):
        return False
    source = by_name.pop("eventSource", None)
    if source is not None and (
        _SOURCE in source.get("NotEquals", ()) or _SOURCE not in source.get("Equals", (_SOURCE,))
    ):
        return False
    # Any other field leaves something out.
    return not by_name


def _trouble(trail: Trail, region: str) -> str:
    """Return why a trail does not bring the calls; empty if it does."""
    if trail.refusal:
        return f"could not be read ({trail.refusal})"
    if not trail.is_everywhere and trail.home != region:
        return f"is for {trail.home} only"
    if not records(trail.selectors):
        return "does not record all writes of Organizations"
    return "" if trail.is_logging else "is not logging"


def _select_all(trail: Trail) -> str:
    return (
        f"aws cloudtrail put-event-selectors --region {trail.home} --trail-name {trail.arn} "
        "--event-selectors ReadWriteType=All,IncludeManagementEvents=true"
    )


def _fix(found: Trails) -> str:
    for trail in found.trails:
        if trail.is_everywhere or trail.home == found.region:
            if not records(trail.selectors):
                return _select_all(trail)
            return f"aws cloudtrail start-logging --region {trail.home} --name {trail.arn}"
    return (
        f"aws cloudtrail create-trail --region {found.region} --name management-events "
        "--is-multi-region-trail --s3-bucket-name … && "
        f"aws cloudtrail start-logging --region {found.region} --name management-events"
    )
