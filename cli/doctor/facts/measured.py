"""What CloudWatch counted of late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cli.doctor.probe import Probe


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as CloudWatch names it, and which statistic of it counts: Sum or Maximum."""

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Point:
    """A value, and the beginning of the period that it is of, in UTC."""

    at: datetime
    value: float


def measured(
    probe: Probe, metrics: Sequence[Metric], *, since: timedelta, period: timedelta
) -> list[list[Point]]:
    """Return the points of each metric, oldest first; none where CloudWatch has no data."""
    queries: list[Any] = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": metric.namespace,
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": name, "Value": of} for name, of in metric.dimensions.items()],
                },
                "Period": int(period.total_seconds()),
                "Stat": metric.statistic,
            },
        }
        for number, metric in enumerate(metrics)
    ]
    if not queries:
        return []
    found: dict[str, list[Point]] = {query["Id"]: [] for query in queries}
    answers = probe.list(
        "cloudwatch",
        "GetMetricData",
        "MetricDataResults",
        MetricDataQueries=queries,
        StartTime=probe.now - since,
        EndTime=probe.now,
    )
    for answer in answers:
        points = zip(answer["Timestamps"], answer["Values"], strict=True)
        found[answer["Id"]] += [Point(at, value) for at, value in points]
    return [sorted(points, key=lambda point: point.at) for points in found.values()]
