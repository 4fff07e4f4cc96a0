"""What import-linter cannot say: what decides takes nothing but pure parts of the standard library."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "lambdas" / "rootguard"
DECIDING = [source for room in ("cloudtrail", "domain", "lockout") for source in (HOUSE / room).rglob("*.py")]
PURE = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "ipaddress",
    "itertools",
    "json",
    "re",
    "rootguard",
    "types",
    "typing",
    "unicodedata",
}
CLOCKS = {"now", "utcnow", "today"}


@pytest.mark.parametrize("source", sorted(DECIDING), ids=lambda path: str(path.relative_to(HOUSE)))
def test_what_decides_reads_no_clock_environment_file_or_network(source: Path) -> None:
    tree = ast.parse(source.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {name.name.partition(".")[0] for name in node.names} <= PURE
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in PURE
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CLOCKS
        if isinstance(node, ast.Name):
            assert node.id not in {"open", "print", "input", "__import__", "eval", "exec"}
