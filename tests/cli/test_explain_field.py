"""The shared cases of the field: a record, what is known, and what explain must say about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import REPOSITORY, Rootguard, Written

FIELD = REPOSITORY.parent / "shared" / "cases" / "field"


def cases() -> Iterator[Any]:
    for path in sorted(FIELD.glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        if case["kind"] == "explain":
            yield pytest.param(case, id=path.stem)


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
