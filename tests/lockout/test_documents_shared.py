"""The shared cases: documents with the class that each must get, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lockout.documents import OWN, classify, denial_together
from tests.lockout.drawing import Case
from tests.lockout.drawing import expected as by_the_reference
from tests.lockout.kinds import KINDS

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "documents"


def cases() -> Iterator[Any]:
    if CASES.is_dir():
        for name, case in json.loads((CASES / "expected.json").read_text("utf-8")).items():
            yield pytest.param(json.loads((CASES / f"{name}.json").read_text("utf-8")), case, id=name)


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this repository")
@pytest.mark.parametrize(("found", "case"), list(cases()))
def test_a_shared_document_gets_its_class(found: Any, case: dict[str, Any]) -> None:
    if case.get("alone"):
        denial = denial_together(map(json.dumps, found), case["type"], OWN)
    else:
        denial = classify(json.dumps(found), case["type"], OWN).denial
    assert denial.value in case["expected"], case["why"]


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this repository")
@pytest.mark.parametrize(("found", "case"), list(cases()))
def test_the_reference_gives_a_shared_document_its_class(found: Any, case: dict[str, Any]) -> None:
    documents = found if isinstance(found, list) else [found]
    asked = json.dumps(found).lower()
    names = [name for name, kind in KINDS.items() if any(key.lower() in asked for key in kind.keys)]
    statements = [statement for document in documents for statement in document["Statement"]]
    attached = Case(tuple(names), case["type"], OWN, bool(case.get("alone")), tuple(statements))
    assert by_the_reference(attached) in case["expected"], case["why"]
