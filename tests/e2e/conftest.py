"""One local AWS for all end-to-end tests; the stack is deployed anew only when its guardrail differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drill.local_aws import LocalAws
from drill.run import Theatre, rehearse
from drill.scenarios import Scenario


@pytest.fixture(scope="session")
def theatre() -> Iterator[Theatre]:
    with LocalAws.start() as aws:
        yield Theatre(aws)


@pytest.fixture(scope="session")
def drill(theatre: Theatre) -> Callable[[Scenario], dict[str, Any]]:
    """Hold a drill and return its report."""
    return lambda scenario: rehearse(scenario, theatre.stage(scenario))
