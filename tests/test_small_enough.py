"""What can write in Organizations stays small enough to be read before it is trusted.

A fresh process sends an untrusted attach on Root through the guard's real handler. What counts is what was
asked, loaded and run by the moment at which DetachPolicy is sent.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest

REPOSITORY = Path(__file__).parents[1]
LAMBDAS = REPOSITORY / "lambdas"
LOADED, RUN, ALL, REACHABLE = 4_496, 387, 12_946, 7_797
"""The most lines of Rootguard: loaded by the detach, run until then, in all, and reachable from the guard.

A limit goes down with the code. It goes up only for something new that the guard does not load by then. The
aims are 8,500 in all and 5,500 reachable.
"""


@cache
def at_detach(case: str) -> dict[str, Any]:
    """What bench/at_detach.py says of a case."""
    command = [sys.executable, str(REPOSITORY / "bench" / "at_detach.py"), case]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return document


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    ("case", "calls"),
    [
        ("known", ["BatchGetItem", "Query"]),
        ("unknown", ["BatchGetItem", "Query", "DescribePolicy"]),
        ("silent", ["BatchGetItem", "Query", "DescribePolicy"]),
    ],
)
def test_before_it_detaches_the_guard_reads_what_a_rule_needs_and_writes_nothing(
    case: str, calls: list[str]
) -> None:
    # The two reads of DynamoDB run at the same time.
    assert sorted(at_detach(case)["calls"]) == sorted(calls)
    assert at_detach(case)["calls"][2:] == calls[2:]


@pytest.mark.parametrize("case", ["known", "unknown", "silent"])
def test_before_it_detaches_the_guard_loads_nothing_that_renders_or_evaluates(case: str) -> None:
    rooms = {name.split(".")[1] for name in at_detach(case)["modules"] if "." in name}
    assert not rooms & {"notify", "lockout"}
    assert {"handlers", "domain", "reconcile", "aws"} <= rooms


def test_what_is_loaded_by_then_is_little() -> None:
    modules = at_detach("unknown")["modules"]
    assert sum(modules.values()) <= LOADED, by_room(modules)


def test_what_is_run_by_then_is_little() -> None:
    assert 0 < at_detach("unknown")["lines_run"] <= RUN


def test_the_functions_are_small() -> None:
    # `python -m rootguard` is in no function: tests/stacks/test_bundling.py.
    deployed = (path for path in LAMBDAS.rglob("*.py") if path.name != "__main__.py")
    lines = {".".join(path.relative_to(LAMBDAS).parts): lines_of(path) for path in deployed}
    assert sum(lines.values()) <= ALL, by_room(lines)


def test_what_the_guard_can_reach_is_small() -> None:
    graph = grimp.build_graph("rootguard", exclude_type_checking_imports=True, cache_dir=None)
    handler = "rootguard.handlers.guard"
    modules = {handler, *graph.find_upstream_modules(handler)}
    # To import a module is to import each package above it.
    packages = {
        ".".join(name.split(".")[:depth]) for name in modules for depth in range(1, name.count(".") + 1)
    }
    lines = {name: lines_of(file_of(name)) for name in modules | packages}
    assert sum(lines.values()) <= REACHABLE, by_room(lines)


def by_room(lines: Mapping[str, int]) -> dict[str, int]:
    """The lines of each folder, the most first."""
    rooms: Counter[str] = Counter()
    for name, count in lines.items():
        rooms[".".join(name.split(".")[:2])] += count
    return dict(rooms.most_common())


def file_of(module: str) -> Path:
    path = LAMBDAS / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
