"""How long a cold start of the guard takes on this machine, and what of it the imports are.

Run: .venv/bin/python bench/cold_start.py [RUNS]

Each figure is the median wall time of a fresh interpreter over RUNS runs (9 by default), less that of an
interpreter that does nothing, in milliseconds. Machines differ and are noisy: compare the lines of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from at_detach import GUARDRAIL, LAMBDAS, SETTINGS

STEPS = {
    "what decides (eight rules, remedies)": "import rootguard.domain.rules, rootguard.domain.remedy",
    "the loop": "import rootguard.reconcile.reconciler",
    "boto3": "import boto3",
    "boto3 and an Organizations client": "from rootguard.aws.calls import connect; connect()",
    "… and the ledger with its client": (
        "from rootguard.aws.calls import connect; connect();"
        "from rootguard.aws import ledger, dynamo; dynamo.connect()"
    ),
    "Powertools Logger and Metrics": "import rootguard.aws.telemetry",
    "the guard's handler, ready for its event": "import rootguard.handlers.guard",
    "… and what only a sweep needs": "import rootguard.handlers.guard, rootguard.reconcile.sweep",
    "what words a page (the notifier)": "import rootguard.notify.notifier",
}


def median_ms(code: str, runs: int, environment: dict[str, str]) -> float:
    """Return the median wall time of a fresh interpreter that runs `code`."""
    took = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)  # noqa: S603 - our own code
        took.append(time.perf_counter() - started)
    return statistics.median(took[1:]) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=9, help="how often each is measured (9)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as task_root:
        (Path(task_root) / "guardrail.json").write_text(json.dumps(GUARDRAIL))
        environment = SETTINGS | {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(LAMBDAS),
            "LAMBDA_TASK_ROOT": task_root,
        }
        bare = median_ms("pass", runs, environment)
        print(f"{bare:6.0f} ms  a bare interpreter; the lines below are over it")
        for name, code in STEPS.items():
            print(f"{median_ms(code, runs, environment) - bare:6.0f} ms  {name}", flush=True)


if __name__ == "__main__":
    main()
