"""`make install` and what stands before every verb: what is missing is told before anything is installed.

The tools here are stand-ins, in a checkout whose path has a space and an umlaut.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
FILES = ("Makefile", "install.sh", "pyproject.toml", "package.json", "constraints.txt")
PINS = ("requirements.txt", "requirements-dev.txt")
TOOLS = ("bash", "awk", "cat", "chmod", "cp", "cut", "find", "mkdir", "mktemp", "rm", "sleep", "tail", "tr")
PYTHON = """#!/bin/bash
case "$*" in
  --version) echo "Python 3.9.1" ;;
  "-c import sys"*) exit ${PYTHON_IS_OLD:-0} ;;
  "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip install"*) echo "Collecting everything"; exit ${PIP_FAILS:-0} ;;
esac
"""
NODE = """#!/bin/bash
[ "$1" != --version ] || echo v18.0.0
[ "$1" = --version ] || exit ${NODE_IS_OLD:-0}
"""
NPM = "#!/bin/bash\nmkdir -p node_modules/.bin && echo >node_modules/.bin/cdk\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    place = tmp_path / "Über alles"
    for name in (*FILES, *PINS, "lambdas/requirements.txt", "lambdas/requirements-channels.txt"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, place / name)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    for name, text in (("python3", PYTHON), ("node", NODE), ("npm", NPM)):
        (tools / name).write_text(text, "utf-8")
        (tools / name).chmod(0o755)
    return place


def make(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("make")
    assert program
    clean = {"PATH": str(checkout.parent / "bin"), "LC_ALL": "C.UTF-8", "TMPDIR": str(checkout.parent)}
    return subprocess.run(
        [program, *arguments],
        cwd=checkout,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_says_what_it_does_and_for_how_long(checkout: Path) -> None:
    done = make(checkout, "install")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("Installing into .venv and node_modules, once: one to three minutes")
    for step in ("a virtual environment", "Python packages", "kept for later", "the AWS CDK"):
        begun, ended = [line for line in done.stderr.splitlines() if step in line]
        assert begun.endswith(" ...")
        assert ended.endswith(" s")
    # Once: the next verb finds everything.
    assert "nstalling" not in make(checkout, "install").stdout + make(checkout, "install").stderr


@pytest.mark.parametrize(
    ("missing", "environment", "told"),
    [
        ("python3", {}, "there is no python3. Name another: make PYTHON=python3.12 install"),
        ("node", {}, "there is no node."),
        ("npm", {}, "there is no npm. It comes with Node"),
        (None, {"PYTHON_IS_OLD": "1"}, "needs Python 3.11 or newer; python3 is Python 3.9.1."),
        (None, {"NODE_IS_OLD": "1"}, "needs Node 20 or newer, for the AWS CDK; node is v18.0.0."),
    ],
)
def test_what_is_missing_is_told_before_anything_is_installed(
    checkout: Path, missing: str | None, environment: dict[str, str], told: str
) -> None:
    if missing:
        (checkout.parent / "bin" / missing).unlink()
    done = make(checkout, "drill", **environment)
    assert done.returncode != 0
    assert told in done.stderr
    assert "Installing" not in done.stderr
    assert not (checkout / ".venv").exists()


def test_another_python_can_be_named(checkout: Path) -> None:
    tools = checkout.parent / "bin"
    (tools / "python3").rename(tools / "python3.12")
    assert make(checkout, "install", "PYTHON=python3.12").returncode == 0


def test_a_step_that_fails_shows_its_own_words_and_is_tried_again(checkout: Path) -> None:
    failed = make(checkout, "install", PIP_FAILS="1")
    assert failed.returncode != 0
    assert "Python packages: failed after" in failed.stderr
    assert "Collecting everything" in failed.stderr
    assert "AWS CDK:" not in failed.stderr
    assert make(checkout, "install").returncode == 0


@pytest.mark.parametrize("verb", ["drill", "test", "deploy", "install"])
def test_a_moved_checkout_is_told_before_anything_runs(checkout: Path, verb: str) -> None:
    assert make(checkout, "install").returncode == 0
    moved = checkout.rename(checkout.with_name("moved"))
    done = make(moved, verb)
    assert done.returncode != 0
    assert f"This checkout was installed in {checkout}, and is in {moved} now." in done.stdout
    assert "Run make clean, and then this again." in done.stdout
    assert make(moved, "clean").returncode == 0
    assert make(moved, "install").returncode == 0


def test_a_python_that_is_gone_is_told(checkout: Path) -> None:
    assert make(checkout, "install").returncode == 0
    (checkout / ".venv" / "bin" / "python").unlink()
    done = make(checkout, "drill")
    assert done.returncode != 0
    assert "The Python that .venv was made with is gone. Run make clean" in done.stdout


def test_a_cdk_that_is_gone_is_installed_again(checkout: Path) -> None:
    assert make(checkout, "install").returncode == 0
    shutil.rmtree(checkout / "node_modules")
    assert make(checkout, "install").returncode == 0
    assert (checkout / "node_modules" / ".bin" / "cdk").exists()
