"""Plant faults into what decides, one at a time, and see which of them no test notices.

Run: .venv/bin/python bench/mutants.py [--count N] [--seed S] [--jobs J] [--only PART]

Of all faults that `mutations` can plant into domain/, reconcile/, incidents/ and aws/, this takes N (300 by
default) by a seed: the same seed takes the same ones. Each is planted into a copy of the tree. The tests of
its module run there, then those of its room, then whole histories, until one fails. What survives is printed
with its file and line, before and after. Some survivors change nothing that matters; the others show where a
test is missing.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue

from mutations import Mutant, mutants_of
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

REPOSITORY = Path(__file__).parents[1]
SOURCES = Path("lambdas") / "rootguard"
ROOMS = {
    "domain": ("domain", "incidents", "reconcile"),
    "incidents": ("incidents", "reconcile"),
    "reconcile": ("reconcile", "handlers"),
    "aws": ("aws", "reconcile", "handlers"),
}
"""Where faults are planted, and whose tests may notice them, the fastest first."""
SIMULATED = ("tests/simulation/test_histories.py", "tests/simulation/test_seeds.py::test_the_invariants_hold")
"""What may notice a fault of any room: whole histories of all functions."""
_LEFT_OUT = (".*", "node_modules", "cdk.out", "__pycache__", "*.egg-info")
_NONE_COLLECTED = 5
_TIMED_OUT = -1
_SECONDS = 180.0
"""A fault can make a test wait for ever."""


def stages(mutant: Mutant, tree: Path) -> Iterator[list[str]]:
    """Yield what to run, in order: the tests of the module, then those of each room."""
    module = Path(mutant.path)
    room = module.relative_to(SOURCES).parts[0]
    own = sorted((tree / "tests" / room).glob(f"test_{module.stem}*.py"))
    if own:
        yield [str(path.relative_to(tree)) for path in own]
    for name in ROOMS[room]:
        if (tree / "tests" / name).is_dir():
            yield [f"tests/{name}"]
    if (tree / "tests" / "simulation").is_dir():
        yield list(SIMULATED)


def sampled(tree: Path, count: int, seed: int, only: str = "") -> list[Mutant]:
    """Return some of all faults, in the order of the text. The same seed returns the same ones."""
    paths = (path for room in sorted(ROOMS) for path in sorted((tree / SOURCES / room).rglob("*.py")))
    found = [mutant for path in paths for mutant in mutants_of(tree, path) if only in mutant.path]
    chosen = random.Random(seed).sample(range(len(found)), min(count, len(found)))  # noqa: S311 - no secret
    return [found[number] for number in sorted(chosen)]


def survives(mutant: Mutant, tree: Path) -> bool:
    """Tell whether no test in a copy of the tree notices a fault."""
    module = tree / mutant.path
    text = module.read_bytes()
    module.write_bytes(mutant.planted(text))
    try:
        return all(_run(tests, tree) in (0, _NONE_COLLECTED) for tests in stages(mutant, tree))
    finally:
        module.write_bytes(text)


def check(mutants: Sequence[Mutant], tree: Path) -> list[str]:
    """Return the tests that fail without any fault: with these, every fault would seem noticed."""
    wanted = {tuple(tests): None for mutant in mutants for tests in stages(mutant, tree)}
    return [" ".join(tests) for tests in wanted if _run(list(tests), tree) not in (0, _NONE_COLLECTED)]


def _run(tests: Sequence[str], tree: Path) -> int:
    # What is compiled is told apart by the time and size of its source: two faults can have both the same.
    environment = os.environ | {"PYTHONPATH": f"{tree}:{tree / 'lambdas'}", "PYTHONDONTWRITEBYTECODE": "1"}
    # In CI, Hypothesis takes the same examples each time. Other plugins only cost time here.
    environment |= {"CI": "mutants", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    running = subprocess.Popen(  # noqa: S603 - our own tests
        command,
        cwd=tree,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return running.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        return _TIMED_OUT
    finally:
        with suppress(ProcessLookupError):  # All of it ended by itself.
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


@contextmanager
def copies(tree: Path, count: int) -> Iterator[SimpleQueue[Path]]:
    """Lend copies of a tree."""
    lent: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        shared = tree.resolve().parent / "shared"
        if shared.is_dir():  # The cases that histories are tested with.
            (Path(folder) / shared.name).symlink_to(shared)
        for number in range(count):
            copy = Path(folder) / str(number)
            shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
            lent.put(copy)
        yield lent


def hunt(mutants: Sequence[Mutant], tree: Path, jobs: int, console: Console) -> list[Mutant]:
    """Try each fault, show how far that is, and return those that survive."""
    survivors = []
    columns = (
        TextColumn("Faults"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]} survive"),
    )
    with (
        copies(tree, jobs) as lent,
        ThreadPoolExecutor(jobs) as pool,
        Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress,
    ):
        first = lent.get()
        broken = check(mutants, first)
        lent.put(first)
        if broken:
            raise SystemExit(
                f"These fail without any fault, so they would notice nothing: {'; '.join(broken)}"
            )

        def attempt(mutant: Mutant) -> bool:
            copy = lent.get()
            try:
                return survives(mutant, copy)
            finally:
                lent.put(copy)

        task = progress.add_task("faults", total=len(mutants), left=0)
        attempts = {pool.submit(attempt, mutant): mutant for mutant in mutants}
        for done in as_completed(attempts):
            if done.result():
                survivors.append(attempts[done])
            progress.update(task, advance=1, left=len(survivors))
    return sorted(survivors, key=mutants.index)


def main() -> None:
    """Plant, test, and print what survived. Exit with 1 if fewer than --at-least percent are noticed."""
    parser = argparse.ArgumentParser(description="Which faults does no test notice?")
    parser.add_argument("--count", type=int, default=300, help="how many faults to plant (300)")
    parser.add_argument("--seed", type=int, default=0, help="which of all (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    parser.add_argument("--only", default="", metavar="PART", help="only modules whose path has this in it")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT", help="fail below it")
    parser.add_argument("--tree", type=Path, default=REPOSITORY, help=argparse.SUPPRESS)
    options = parser.parse_args()
    mutants = sampled(options.tree, options.count, options.seed, options.only)
    if not mutants:
        raise SystemExit("No fault can be planted there.")
    survivors = hunt(mutants, options.tree, options.jobs, Console(stderr=True))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for mutant in survivors:
        console.print(Text(f"{mutant.path}:{mutant.line}", style="bold"))
        console.print(Text(f"  - {mutant.before}", style="red"))
        console.print(Text(f"  + {mutant.after}", style="green"))
    killed = len(mutants) - len(survivors)
    percent = 100 * killed / len(mutants)
    console.print(f"{killed} of {len(mutants)} faults are noticed: {percent:.1f} % (seed {options.seed})")
    sys.exit(int(percent < options.at_least))


if __name__ == "__main__":
    main()
