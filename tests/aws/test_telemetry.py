"""What one invocation writes to its log: lines that carry the event's id, and CloudWatch's embedded metrics.

Run in an interpreter of their own, because Powertools binds its handler to the stdout it first meets.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

ENVIRONMENT = {"POWERTOOLS_SERVICE_NAME": "rootguard", "POWERTOOLS_METRICS_NAMESPACE": "Rootguard"}
PREAMBLE = "from rootguard.aws.telemetry import PowertoolsTelemetry as T; t = T('event-1')\n"


def written(code: str) -> list[dict[str, Any]]:
    run = subprocess.run(
        [sys.executable, "-c", PREAMBLE + code],
        env={**os.environ, **ENVIRONMENT},
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_metrics_are_embedded() -> None:
    (line,) = written(
        "t.count('Violations'); t.seconds('ExposureSeconds', 17.0)\n"
        "t.milliseconds('HandlerMilliseconds', 84.5); t.flush()"
    )
    assert (line["Violations"], line["ExposureSeconds"], line["service"]) == ([1.0], [17.0], "rootguard")
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Rootguard", [["service"]])
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == {
        "Violations": "Count",
        "ExposureSeconds": "Seconds",
        "HandlerMilliseconds": "Milliseconds",
    }


def test_one_invocations_metrics_and_id_do_not_leak_into_the_next() -> None:
    _, line, metrics = written(
        "t.count('RevertFailed'); t.flush()\n"
        "u = T('event-2'); u.count('Violations'); u.log('undone'); u.flush()"
    )
    assert line["correlation_id"] == "event-2"
    assert "RevertFailed" not in metrics


def test_log_lines_carry_the_events_id_and_leave_out_what_is_not_known() -> None:
    undone, less = written("t.log('undone', rule=8, error=None); t.warn('less')")
    assert (undone["message"], undone["correlation_id"], undone["rule"]) == ("undone", "event-1", 8)
    assert "error" not in undone
    assert less["level"] == "WARNING"
