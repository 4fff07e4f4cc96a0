"""A house for each test."""

from __future__ import annotations

import pytest

from tests.fakes.wire import Wire
from tests.house import House


@pytest.fixture
def house(wire: Wire) -> House:
    """A guard of Root alone that has seen nothing yet."""
    return House(wire)
