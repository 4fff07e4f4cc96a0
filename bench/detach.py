"""What the guard asks Organizations before it detaches, and how long it takes for it, without a network.

Run: .venv/bin/python bench/detach.py [RUNS]

Each line is the median over RUNS events (100 by default), from the event to the DetachPolicy that the SDK
sends. Organizations and the ledger answer from memory, so this is the guard's and the SDK's own time; on AWS
each read adds its way there and back. Machines differ and are noisy: compare the lines of one run.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ |= {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}

from rootguard.aws.calls import connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.surroundings import AwsSurroundings
from rootguard.domain.facts import Policy
from rootguard.reconcile.respond import Guard
from tests.fakes.ledger import FakeLedger
from tests.fakes.people import FakePager, FakeTelemetry
from tests.fakes.surveys import FakeSurveys
from tests.fakes.wire import Wire, account, create, new_wire
from tests.given import DENY_ALL, NOW, OWN_ROLE, SCP, attach, envelope, guardrail

ACCOUNTS = 100
CASES = ("the policy is in the catalogue", "the policy is not in it", "the ledger does not answer")


def main() -> None:
    """Measure each case, and print it."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    wire = new_wire()
    root = wire.organization.tree.root_id
    for number in range(ACCOUNTS):
        account(wire, f"account-{number}", root)
    policy_id = create(wire)
    print(f"An organization of {ACCOUNTS} accounts; a Deny * SCP is attached to Root.\n")
    for case in CASES:
        measured = [detach(case, wire, root, policy_id) for _ in range(runs)]
        reads = {calls for _, calls in measured}
        took = statistics.median(seconds for seconds, _ in measured) * 1000
        print(f"{took:6.1f} ms  {case}: {' or '.join(', '.join(calls) or 'no read' for calls in reads)}")


def detach(case: str, wire: Wire, root: str, policy_id: str) -> tuple[float, tuple[str, ...]]:
    """Return how long it took until the detach was sent, in seconds, and what was called before it."""
    wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    wire.calls.clear()
    ledger = FakeLedger()
    ledger.adopt_all(root, {}, NOW - timedelta(days=1))
    if case == CASES[0]:
        ledger.learn(Policy(policy_id, SCP, "Quarantine", content=DENY_ALL), NOW)
    ledger.fail = case == CASES[2]
    sent: list[float] = []
    client = connect()
    client.meta.events.register(
        "before-send.organizations.DetachPolicy", lambda **_: sent.append(time.perf_counter())
    )
    wire.plug(client)
    guard = Guard(
        guardrail=guardrail(),
        own_role_arn=OWN_ROLE,
        organizations=AwsOrganizations(client, lambda: 60.0),
        surroundings=AwsSurroundings(client),
        ledger=ledger,
        surveys=FakeSurveys(),
        pager=FakePager(),
        telemetry=FakeTelemetry(),
        clock=lambda: NOW,
    )
    event = envelope(attach(root, policy_id))
    began = time.perf_counter()
    guard.respond(event)
    return sent[0] - began, tuple(wire.calls[: wire.calls.index("DetachPolicy")])


if __name__ == "__main__":
    main()
