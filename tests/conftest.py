"""What several folders of tests share: an organization in memory, behind the SDK, that never waits."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.http_server import HttpServer, serving
from tests.fakes.wire import Wire, account, new_wire, unit
from tests.simulation.fresh import pytest_configure, pytest_terminal_summary

__all__ = ["pytest_configure", "pytest_terminal_summary"]

# How long an example takes says something of the machine, and nothing of the code. A test run tells of the
# change that it ran on, so the examples are the same each time; with ROOTGUARD_EXPLORE they are new ones.
settings.register_profile(
    "rootguard",
    deadline=None,
    derandomize="ROOTGUARD_EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("rootguard")

# What people see depends on the width of their terminal; what the tests see must not.
os.environ["COLUMNS"] = "80"


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that open nothing, and no waiting between the SDK's attempts."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture
def wire(credentials: None) -> Wire:
    """An organization of account 111122223333 with SCPs enabled, at the end of a wire."""
    return new_wire()


@pytest.fixture
def root(wire: Wire) -> str:
    """The root's id."""
    return wire.organization.tree.root_id


@pytest.fixture
def tree(wire: Wire, root: str) -> dict[str, str]:
    """Root ─ workload (2 accounts) ─ team (1 account); one account under Root."""
    workload = unit(wire, root, "Workload")
    team = unit(wire, workload, "Team")
    return {
        "workload": workload,
        "team": team,
        "audit": account(wire, "audit", root),
        "prod": account(wire, "prod", workload),
        "dev": account(wire, "dev", workload),
        "lab": account(wire, "lab", team),
    }


@pytest.fixture
def http_server() -> Iterator[HttpServer]:
    """A server on this machine that answers as the test tells it."""
    with serving() as server:
        yield server
