"""The shared cases of the field: a record, what is known, and what explain must say about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import REPOSITORY, Rootguard, Written

FIELD = REPOSITORY.parent / "shared" / "cases" / "field"
OPEN = {
    "01-full-access-off-an-ou": "a change that takes the last allow away below the root is not seen",
    "13-trusted-lockout-on-a-protected-ou": "a trusted lockout below the root is not told",
}
"""The cases that still get another answer, and why."""


def cases() -> Iterator[Any]:
    for path in sorted(FIELD.glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        if case["kind"] == "explain":
            reason = OPEN.get(path.stem)
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            yield pytest.param(case, id=path.stem, marks=marks)


@pytest.mark.skipif(not FIELD.is_dir(), reason="the shared cases are not beside this repository")
@pytest.mark.parametrize("case", list(cases()))
def test_a_case_of_the_field(rootguard: Rootguard, written: Written, case: dict[str, Any]) -> None:
    result = rootguard(
        "explain",
        written("event.json", case["record"]),
        *("--facts", written("facts.json", case["facts"])),
        *("--config", written("case.yaml", case["config"])),
        "--json",
    )
    document = json.loads(result.stdout)
    assert {key: document[key] for key in case["expect"]} == case["expect"], case["why"]


def test_every_open_case_exists() -> None:
    if FIELD.is_dir():
        assert OPEN.keys() <= {path.stem for path in FIELD.glob("*.json")}
