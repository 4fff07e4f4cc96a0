"""One history is one schedule: again, after others, and in a process with another order of hashes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from simulation.clock import Clock
from simulation.history import parse
from simulation.run import run
from tests.simulation.stories import attached

STORY = """
why: a busy half hour
guardrail:
  protections:
    - {name: root, targets: [root, X, Y, Z], trusted_principals: [pipeline], restore_policy_type: true}
organization:
  units: {X: root, Y: root, Z: root}
  accounts: {shop: X}
  policies: {A: {says: deny ec2, on: [root, X]}, B: {says: deny s3, on: [Y, Z]}}
steps:
  - {at: 90, fault: {call: DetachPolicy, error: TooManyRequestsException, until: 700, share: 0.5}}
  - {at: 100, by: diego, call: CreatePolicy, policy: N, says: deny all, event: 15}
  - {at: 101, by: diego, call: AttachPolicy, policy: N, target: root, event: [15, 15], interleave: 3}
  - {at: 130, by: mallory, call: DetachPolicy, policy: B, target: Y, event: 20}
  - {at: 140, kill: after Publish}
  - {at: 200, fault: {ledger: down, until: 330}}
  - {at: 210, by: mallory, call: UpdatePolicy, policy: A, says: deny sqs, event: 15}
  - {at: 300, by: ann, grant: N, target: X, for: 1h}
  - {at: 340, by: diego, call: AttachPolicy, policy: N, target: X, event: 15}
  - {at: 500, by: mallory, call: DisablePolicyType, type: SERVICE_CONTROL_POLICY, event: 15}
"""
SCRIPT = """
import hashlib, sys
from simulation.clock import Clock
from simulation.history import parse
from simulation.run import run
from tests.simulation.test_determinism import STORY
from tests.simulation.toys import deployment
toy = sys.argv[1]
outcome = run(parse(STORY, "x"), deployment=deployment(toy)) if toy else run(parse(STORY, "x"))
print(hashlib.sha256(repr(outcome.trace).encode()).hexdigest())
"""


def _digest(toy: str, seed: str) -> str:
    paths = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, toy],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_the_trace_is_the_same_again_and_after_another_history() -> None:
    first = run(parse(STORY, "x")).trace
    run(attached())
    assert repr(run(parse(STORY, "x")).trace) == repr(first)
    assert len(first) > 500


@pytest.mark.parametrize("toy", ["counts", "asks aside"])
def test_the_trace_is_the_same_whatever_the_order_of_hashes_is(toy: str) -> None:
    assert _digest(toy, "1") == _digest(toy, "3")


def test_the_guard_s_own_calls_do_not_depend_on_the_order_of_hashes() -> None:
    assert _digest("", "1") == _digest("", "3")


def test_nothing_of_the_process_is_changed_by_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import random  # noqa: PLC0415
    import threading  # noqa: PLC0415
    import time  # noqa: PLC0415

    import boto3  # noqa: PLC0415

    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("ROOTGUARD_TABLE", "mine")
    random.seed(5)
    kept = (dict(os.environ), time.sleep, time.monotonic, os.urandom, boto3.Session, boto3.DEFAULT_SESSION)
    started, chance, threads = time.time(), random.getstate(), threading.active_count()
    run(attached())
    assert kept == (
        dict(os.environ),
        time.sleep,
        time.monotonic,
        os.urandom,
        boto3.Session,
        boto3.DEFAULT_SESSION,
    )
    assert random.getstate() == chance
    assert threading.active_count() == threads
    assert 0 <= time.time() - started < 60


def test_a_thread_from_before_a_run_sleeps_in_its_own_time() -> None:
    asked: list[float] = []
    go, woken = threading.Event(), threading.Event()

    def reap() -> None:
        go.wait()
        time.sleep(0)
        woken.set()

    other = threading.Thread(target=reap, daemon=True)
    other.start()
    with Clock().shown(asked.append):
        go.set()
        woken.wait()
        time.sleep(7)
    assert asked == [7]
