"""The office that the tests of isolation share, in an organization with a few accounts."""

from __future__ import annotations

import pytest

from tests.fakes.isolation import Office
from tests.fakes.wire import Wire


@pytest.fixture
def office(wire: Wire, tree: dict[str, str]) -> Office:
    return Office(wire)
