"""Structured logs and embedded metrics, through Powertools.

Metrics are lines in the log (CloudWatch embedded metric format), so recording one calls nothing.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider


class PowertoolsTelemetry:
    """`ports.Telemetry` for one invocation, correlated by the CloudTrail event's id."""

    def __init__(self, correlation_id: str | None) -> None:
        self._logger = Logger(location=None)
        self._logger.set_correlation_id(correlation_id)
        self._metrics = AmazonCloudWatchEMFProvider()

    def log(self, message: str, **fields: object) -> None:
        self._logger.info(message, extra=_known(fields))

    def warn(self, message: str, **fields: object) -> None:
        self._logger.warning(message, extra=_known(fields))

    def count(self, name: str) -> None:
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)

    def seconds(self, name: str, value: float) -> None:
        self._metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)

    def milliseconds(self, name: str, value: float) -> None:
        """Record a duration in milliseconds."""
        self._metrics.add_metric(name=name, unit=MetricUnit.Milliseconds, value=value)

    def flush(self) -> None:
        """Write the metrics out, if there are any. Called once, at the end, whatever the end is."""
        if self._metrics.metric_set:
            self._metrics.flush_metrics()


def _known(fields: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value is not None}
