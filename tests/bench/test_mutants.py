"""The mutants: which faults are planted, that a seed chooses the same ones, and who survives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"
MODULE = '''
"""Not 1 of these counts."""
from __future__ import annotations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from somewhere import anything


def is_adult(age: int, *, strict: bool = True) -> bool:
    """Tell it, é."""
    if age < 0:
        raise ValueError(f"{age + 1} — no age")
    return "é" and age >= 18
'''
NOTICES_A_LITTLE = """
from rootguard.domain.ages import is_adult

def test_ages():
    assert is_adult(18)
    assert not is_adult(17)
"""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    import mutants  # noqa: PLC0415 - a bench is found in its own folder

    return mutants


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "lambdas/rootguard/__init__.py": "",
        "lambdas/rootguard/domain/__init__.py": "",
        "lambdas/rootguard/domain/ages.py": MODULE,
        "tests/domain/test_ages.py": NOTICES_A_LITTLE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(dedent(text).lstrip(), "utf-8")
    return tmp_path


def hunted(tree: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / "mutants.py"), "--tree", str(tree), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)


def test_each_kind_of_fault_is_planted_where_it_says(bench: ModuleType, tree: Path) -> None:
    found = bench.sampled(tree, 100, 0)
    assert [(mutant.line, mutant.before, mutant.after) for mutant in found] == [
        (9, "True", "False"),
        (11, "age < 0", "(age <= 0)"),
        (11, "0", "1"),
        (11, "0", "(-1)"),
        (12, 'raise ValueError(f"{age + 1} — no age")', "pass"),
        (13, 'return "é" and age >= 18', "return None"),
        (13, '"é" and age >= 18', "('é' or age >= 18)"),
        (13, "age >= 18", "(age > 18)"),
        (13, "18", "19"),
        (13, "18", "(17)"),
    ]
    text = (tree / found[0].path).read_bytes()
    planted = [mutant.planted(text).decode() for mutant in found]
    assert len({*planted, text.decode()}) == len(found) + 1
    for each in planted:
        compile(each, "ages.py", "exec")
    assert '    return "é" and (age > 18)\n' in planted[7]


def test_a_seed_chooses_the_same_faults_each_time(bench: ModuleType, tree: Path) -> None:
    assert bench.sampled(tree, 4, 1) == bench.sampled(tree, 4, 1)
    assert bench.sampled(tree, 4, 1) != bench.sampled(tree, 4, 2)
    assert bench.sampled(tree, 4, 1, only="nowhere") == []


def test_the_tests_of_the_module_run_first(bench: ModuleType, tree: Path) -> None:
    (mutant,) = bench.sampled(tree, 1, 0)
    own = [["tests/domain/test_ages.py"], ["tests/domain"]]
    assert list(bench.stages(mutant, tree)) == own
    (tree / "tests/simulation").mkdir()
    assert list(bench.stages(mutant, tree)) == [*own, list(bench.SIMULATED)]


def test_what_no_test_notices_is_printed_and_the_tree_stays_as_it_was(tree: Path) -> None:
    result = hunted(tree, "--count", "4", "--seed", "3", "--jobs", "2", "--at-least", "90")
    assert result.stdout.splitlines()[-1].endswith("(seed 3)")
    assert "of 4 faults are noticed" in result.stdout
    assert "lambdas/rootguard/domain/ages.py:1" in result.stdout
    assert result.returncode == 1
    assert (tree / "lambdas/rootguard/domain/ages.py").read_text("utf-8") == MODULE.lstrip()


def test_tests_that_fail_by_themselves_notice_nothing(tree: Path) -> None:
    (tree / "tests/domain/test_ages.py").write_text("def test_it(): assert False\n", "utf-8")
    result = hunted(tree, "--count", "1")
    assert result.returncode == 1
    assert "These fail without any fault" in result.stderr
    assert "tests/domain/test_ages.py" in result.stderr
