"""What import-linter cannot say: what decides takes nothing but pure parts of the standard library."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "lambdas" / "rootguard"
MAY_KNOW = {
    "lockout": ("lockout",),
    "domain": ("domain", "lockout"),
    "cloudtrail": ("cloudtrail", "domain"),
    "incidents": ("incidents", "domain"),
    "isolation": ("isolation", "incidents", "ports", "domain"),
}
"""The folders that decide, and what each of them may import of the function."""
DECIDING = [source for folder in MAY_KNOW for source in (HOUSE / folder).rglob("*.py")]
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
    "math",
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


@pytest.mark.parametrize("source", sorted(DECIDING), ids=lambda path: str(path.relative_to(HOUSE)))
def test_what_decides_knows_only_the_folders_below_it(source: Path) -> None:
    folder = source.relative_to(HOUSE).parts[0]
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rootguard"):
            assert str(node.module).removeprefix("rootguard.").startswith(MAY_KNOW[folder])


def test_the_rules_load_the_evaluator_only_if_they_ask_it() -> None:
    """It costs start-up time, and between most events and their undo nobody asks it."""
    for source in (HOUSE / "domain").rglob("*.py"):
        tree = ast.parse(source.read_text("utf-8"))
        at_load = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        assert not any((node.module or "").startswith("rootguard.lockout") for node in at_load)
