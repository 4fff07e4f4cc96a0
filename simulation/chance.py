"""No chance: what a run takes at random is the same on every run."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def fixed_order() -> Iterator[None]:
    """Seed the process's random numbers, unique ids included, until the block ends; then go on as before."""
    before, real = random.getstate(), os.urandom
    random.seed(0)
    os.urandom = random.Random("urandom").randbytes  # noqa: S311 - a simulation
    try:
        yield
    finally:
        os.urandom = real
        random.setstate(before)
