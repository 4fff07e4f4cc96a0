"""JSON documents with something odd in them, as hands, other versions and strangers write them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

ODD = (
    *(None, 5, -1.5, True, "x", "", [], {}, [1], {"a": 1}, "\ud800", "a\nb", float("nan"), 10**400),
    *("9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "2023-01-01T00:00:00"),
    *("undone", "refused", "alert", "UpdatePolicy", "DisablePolicyType", "MoveAccount", "LeaveOrganization"),
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries = (
        enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    )
    return [place for key, entry in entries for place in ((*path, key), *places(entry, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn, documents: Sequence[Any]) -> Any:
    """One of these with something odd in some of its places, or without them."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        if not (left := places(document)):
            break
        *above, last = draw(st.sampled_from(left))
        at = document
        for name in above:
            at = at[name]
        if draw(st.booleans()) and isinstance(at, dict):
            del at[last]
        else:
            at[last] = copy.deepcopy(draw(st.sampled_from(ODD) | st.text(max_size=5)))
    return document
