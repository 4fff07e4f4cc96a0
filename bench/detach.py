"""What the guard asks and loads before it detaches, and how long it takes for it, without a network.

Run: .venv/bin/python bench/detach.py [RUNS]

Each figure is the median over RUNS fresh processes (9 by default), from the event to the DetachPolicy that
the SDK sends. AWS answers from memory. So this is the guard's and the SDK's own time, for the first event
after a cold start; on AWS each call adds its way there and back. Machines differ and are noisy: compare the
lines of one run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from at_detach import CASES, UNKNOWN

SCRIPT = Path(__file__).with_name("at_detach.py")


def measured(case: str, *more: str) -> dict[str, Any]:
    """Return what one fresh process says."""
    command = [sys.executable, str(SCRIPT), case, *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own code
    document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return document


def main() -> None:
    """Measure each case, and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=9, help="how often each is measured (9)")
    runs = parser.parse_args().runs
    print("Someone attached a Deny * SCP to Root. Until the guard sends DetachPolicy:\n")
    for case, what in CASES.items():
        took = statistics.median(measured(case, "--time")["milliseconds"] for _ in range(runs))
        document = measured(case)
        print(f"{took:6.1f} ms  {what}: {', '.join(document['calls']) or 'no call'}", flush=True)
        print(f"           {document['lines_run']} lines run")
    rooms: Counter[str] = Counter()
    for name, lines in measured(UNKNOWN)["modules"].items():
        rooms[".".join(name.split(".")[:2])] += lines
    print(f"\n{sum(rooms.values()):6} lines are loaded:")
    for room, lines in rooms.most_common():
        print(f"{lines:6} {room}")


if __name__ == "__main__":
    main()
